// Serves the statistics page.
#ifndef TANDEM_SPLITFWD_SHOW_WEB_H
#define TANDEM_SPLITFWD_SHOW_WEB_H

#include <stdint.h>

#include <string>
#include <vector>

#include "lib/clients.h"
#include "lib/error.h"
#include "lib/fd.h"
#include "lib/log.h"
#include "lib/waitset.h"
#include "splitfwd/config.h"
#include "splitfwd/show/guesses.h"

namespace splitfwd {

class Router;

const uint64_t kWebDeadlineMs = 5000;

// Reads the file of [stats] auth. What is wrong with it is FILE:LINE, exit 6.
TANDEM_MUST_USE tandem::Error load_credentials(const Config& config,
                                               std::vector<std::string>* out);

class Web {
 public:
  // Borrows config, set and router; the listener is invalid without [stats].
  Web(const Config& config, const std::vector<std::string>& credentials,
      tandem::WaitSet* set, Router* router, tandem::UniqueFd listener);
  void want() const { clients_.want(set_); }  // before each wait
  void turn(uint64_t now_ms);
  uint64_t next_due_ms() const { return clients_.next_due_ms(); }

 private:
  struct Client : tandem::Client {
    tandem::Address from;
    bool ending;  // all is sent; its end is waited for
    Client() : ending(false) {}
  };
  bool advance(Client* c, uint64_t now_ms);
  std::string answer(const Client& c, uint64_t now_ms);
  void on_wrong(const Client& c, uint64_t now_ms);

  const StatsConfig& config_;
  std::vector<std::string> credentials_;
  tandem::WaitSet* set_;
  Router* router_;
  tandem::LogLimit denied_limit_;
  Guesses guesses_;
  tandem::Clients<Client> clients_;
};

}  // namespace splitfwd

#endif
