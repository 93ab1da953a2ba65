// The control socket: HAProxy's commands (command.h), one line a connection,
// or many after 'prompt'; each answer ends with an empty line.
#ifndef TANDEM_SPLITFWD_CONTROL_H
#define TANDEM_SPLITFWD_CONTROL_H

#include <stdint.h>

#include <string>
#include <vector>

#include "lib/fd.h"
#include "splitfwd/command.h"
#include "splitfwd/config.h"
#include "splitfwd/guests.h"

namespace splitfwd {

class Front;

// Without a byte either way; with a prompt, a person may think.
const uint64_t kControlDeadlineMs = 10000;
const uint64_t kPromptDeadlineMs = 120000;

class Control {
 public:
  // Borrows config, set and front.
  Control(const Config& config, WaitSet* set, Front* front,
          tandem::UniqueFd listener);
  // Before the front's turn(), which serves who may be served now.
  void turn(uint64_t now_ms);
  uint64_t next_due_ms() const { return clients_.next_due_ms(); }

 private:
  struct Client {
    tandem::UniqueFd fd;
    uint64_t due_ms;
    std::string who;  // for the log
    std::string in;   // no whole line, or not yet its turn
    std::vector<std::string> commands;  // of the line, the next one last
    std::string out;
    size_t sent;
    bool prompt;
    bool last;   // nothing of what follows counts
    bool ended;  // it sends no more
    Client()
        : due_ms(0), sent(0), prompt(false), last(false), ended(false) {}
  };
  bool advance(Client* c, uint64_t now_ms);
  bool read_some(Client* c, uint64_t now_ms);
  bool write_some(Client* c, uint64_t now_ms);
  bool take_line(Client* c);
  void answer(Client* c, const std::string& text, uint64_t now_ms);
  std::string run(const Command& command, uint64_t now_ms);

  const Config& config_;
  WaitSet* set_;
  Front* front_;
  Guests<Client> clients_;
};

}  // namespace splitfwd

#endif
