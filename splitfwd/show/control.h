// The control socket: HAProxy's commands (command.h), one line a connection,
// or many after 'prompt'; each answer ends with an empty line.
#ifndef TANDEM_SPLITFWD_SHOW_CONTROL_H
#define TANDEM_SPLITFWD_SHOW_CONTROL_H

#include <stdint.h>

#include <string>
#include <vector>

#include "lib/clients.h"
#include "lib/fd.h"
#include "lib/waitset.h"
#include "splitfwd/config.h"
#include "splitfwd/show/command.h"

namespace splitfwd {

class Router;

// Without a byte either way; with a prompt, a person may think.
const uint64_t kControlDeadlineMs = 10000;
const uint64_t kPromptDeadlineMs = 120000;

class Control {
 public:
  // Borrows config, set and router.
  Control(const Config& config, tandem::WaitSet* set, Router* router,
          tandem::UniqueFd listener);
  void want() const { clients_.want(set_); }  // before each wait
  // Before the router's turn(), which serves who may be served now.
  void turn(uint64_t now_ms);
  uint64_t next_due_ms() const { return clients_.next_due_ms(); }

 private:
  struct Client : tandem::Client {
    std::string who;  // for the log
    std::vector<std::string> commands;  // of the line, the next one last
    bool prompt;
    bool last;  // nothing of what follows counts
    Client() : prompt(false), last(false) {}
  };
  bool advance(Client* c, uint64_t now_ms);
  bool take_commands(Client* c);
  void answer(Client* c, const std::string& text, uint64_t now_ms);
  std::string run(const Command& command, uint64_t now_ms);

  const Config& config_;
  tandem::WaitSet* set_;
  Router* router_;
  tandem::Clients<Client> clients_;
};

}  // namespace splitfwd

#endif
