#include "splitfwd/common.h"

#include <poll.h>
#include <time.h>

namespace splitfwd {

namespace {

// The news are read within microseconds; a front that is held up longer must
// not hold up everybody for ever.
const int kNewsRounds = 4000;
const long kNewsRoundNs = 50000;

}  // namespace

Common::Common(const Config& config)
    : in_want(false), big_buffers(0), server_count_(config.servers.size()),
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
    struct pollfd p;
    p.fd = news_fd_.load();
    p.events = POLLIN;
    p.revents = 0;
    const bool unread = p.fd >= 0 && poll(&p, 1, 0) == 1 &&
                        (p.revents & POLLIN) != 0;
    if (!unread && !reading_.load()) return;
    struct timespec pause;
    pause.tv_sec = 0;
    pause.tv_nsec = kNewsRoundNs;
    nanosleep(&pause, nullptr);
  }
}

}  // namespace splitfwd
