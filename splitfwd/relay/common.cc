// Words that all threads read and one writes; see common.h for who.
#include "splitfwd/relay/common.h"

#include <poll.h>

#include "lib/clock.h"
#include "lib/net.h"

namespace splitfwd {

namespace {

// The news are read within microseconds; a router that is held up longer must
// not hold up everybody for ever.
const int kNewsRounds = 4000;
const uint64_t kNewsRoundUs = 50;

}  // namespace

Common::Common(const Config& config)
    : in_want(false), drains(false), drained(kNoServer), big_buffers(0),
      server_count_(config.servers.size()),
      term_count_(config.listens.size() * server_count_),
      terms_(new std::atomic<uint32_t>[term_count_]), stopping_(false),
      recalled_(false), news_fd_(-1), reading_(false) {
  for (size_t i = 0; i < term_count_; ++i) terms_[i].store(0);
}

void Common::raise_term(size_t listen, size_t server) {
  terms_[listen * server_count_ + server].fetch_add(1);
}

void Common::raise_all_to_stop() {
  stopping_.store(true);
  for (size_t i = 0; i < term_count_; ++i) terms_[i].fetch_add(1);
}

// First the pipe, then whether somebody reads it: what has left the pipe is
// being dealt with, or has been.
void Common::await_news() const {
  for (int i = 0; i < kNewsRounds; ++i) {
    const int fd = news_fd_.load();
    const bool unread = (tandem::ready_events(fd, POLLIN, 0) & POLLIN) != 0;
    if (!unread && !reading_.load()) return;
    tandem::sleep_us(kNewsRoundUs);
  }
}

}  // namespace splitfwd
