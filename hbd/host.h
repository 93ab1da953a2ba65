// What both roles of hbd stand on: the files as read, the socket for beats,
// the control socket, signals and the wait between two turns.
#ifndef TANDEM_HBD_HOST_H
#define TANDEM_HBD_HOST_H

#include <stdint.h>

#include <string>
#include <vector>

#include "hbd/config.h"
#include "hbd/control.h"
#include "hbd/decide/state.h"
#include "hbd/hook/haresources.h"
#include "hbd/link/keys.h"
#include "hbd/link/mail.h"
#include "lib/error.h"
#include "lib/select.h"

namespace hbd {

// Everything that was read before the first beat.
struct Loaded {
  Settings settings;
  std::vector<ResourceGroup> groups;  // role = node
  std::vector<AuthKeys> keys;         // by pair
  std::vector<State> states;          // by pair
  std::vector<bool> had_state;
  uint64_t incarnation;               // see next_incarnation()
  Loaded() : incarnation(0) {}
};

struct Host {
  const Loaded& loaded;
  bool foreground;
  Mail mail;
  Control control;
  tandem::Selector selector;
  unsigned spins;
  Host(const Loaded& l, bool in_foreground)
      : loaded(l), foreground(in_foreground),
        mail(l.settings, l.keys, l.incarnation), spins(0), stopping_(false) {}

  void watch_signals();
  // Waits for what the selector was told to, at most until until_ms, and
  // returns the time. A core that is due again and again without end is held
  // to a turn a millisecond: it runs in real time.
  uint64_t wait(uint64_t until_ms);
  // The first TERM or INT has come; the second ends the process at once, as
  // KILL would: the lifelines close, the keepers take the addresses off.
  bool took_stop();
  // HUP: the log's socket is opened again.
  void reopen_log_if_asked();
  tandem::Error open_log() const;

 private:
  bool stopping_;
};

// The two roles. They return when the process is to end, with its exit code.
int run_node(Host* host);
int run_witness(Host* host);

}  // namespace hbd

#endif
