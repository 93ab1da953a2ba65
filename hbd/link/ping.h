// Asks the ping nodes: an ICMP echo to each every interval. Only an answer to
// a recent question of this process counts.
#ifndef TANDEM_HBD_LINK_PING_H
#define TANDEM_HBD_LINK_PING_H

#include <stdint.h>

#include <string>
#include <vector>

#include "lib/addr.h"
#include "lib/error.h"
#include "lib/fd.h"
#include "lib/select.h"

namespace hbd {

class Ping {
 public:
  Ping() : token_(0), interval_ms_(0), age_ms_max_(0), next_ms_(0), seq_(0) {}
  // token: random, tells our answers from others'. An answer to a question
  // older than age_ms_max is dropped.
  TANDEM_MUST_USE tandem::Error open(const std::vector<tandem::Address>& nodes,
                                     uint64_t token, uint64_t interval_ms,
                                     uint64_t age_ms_max);
  void want(tandem::Selector* sel) const;
  // Appends the index of each node that has answered; asks when it is time.
  void step(uint64_t now_ms, std::vector<size_t>* answered);
  uint64_t next_due_ms() const;

 private:
  void ask(uint64_t now_ms);
  void listen(uint64_t now_ms, int fd, bool is_v4,
              std::vector<size_t>* answered);
  std::vector<tandem::Address> nodes_;
  tandem::UniqueFd fd4_, fd6_;
  uint64_t token_, interval_ms_, age_ms_max_, next_ms_;
  uint16_t seq_;
};

// The echo message: pure, for tests. token and sent_ms are its data.
std::string format_echo(bool is_v4, uint16_t id, uint16_t seq, uint64_t token,
                        uint64_t sent_ms);
// An answer with this token, with or without an IPv4 header before
// it; *sent_ms is when the question was sent.
TANDEM_MUST_USE bool parse_echo_reply(bool is_v4, const std::string& packet,
                                      uint64_t token, uint64_t* sent_ms);

}  // namespace hbd

#endif
