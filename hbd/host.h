// What both roles of hbd stand on: the files as read, the socket for beats,
// the control socket, signals and the wait between two turns.
#ifndef TANDEM_HBD_HOST_H
#define TANDEM_HBD_HOST_H

#include <signal.h>
#include <stdint.h>

#include <string>
#include <vector>

#include "hbd/control.h"
#include "hbd/files.h"
#include "hbd/link/mail.h"
#include "lib/error.h"
#include "lib/select.h"

namespace hbd {

struct Host {
  Loaded& loaded;
  bool foreground;
  Mail mail;
  Control control;
  tandem::Selector selector;
  unsigned spins;
  Gaps late;  // by how much waits lasted longer than they should
  Host(Loaded& l, bool in_foreground)
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
  bool took_reload() { return selector.took_signal(SIGHUP); }
  // Reads all files again, and takes what they change: keys and log at once,
  // the rest stands in loaded.settings afterwards. Refused, and said so in the
  // log: all is as it was.
  bool reload();
  tandem::Error open_log() const;

 private:
  bool stopping_;
};

// The two roles. They return when the process is to end, with its exit code.
int run_node(Host* host);
int run_witness(Host* host);

}  // namespace hbd

#endif
