// What all threads of the worker process share beside their mailboxes: words
// that are read and written whole, never a lock. The rules are in relay.h.
#ifndef TANDEM_SPLITFWD_RELAY_COMMON_H
#define TANDEM_SPLITFWD_RELAY_COMMON_H

#include <stddef.h>
#include <stdint.h>

#include <atomic>
#include <memory>

#include "splitfwd/config.h"
#include "splitfwd/relay/session.h"
#include "splitfwd/relay/activity.h"

namespace splitfwd {

class Common {
 public:
  explicit Common(const Config& config);

  // Terms: each listener has one at each server. A session is handed over
  // with the one of that moment; when the router raises it, all sessions of
  // the term before are cut. Each thread asks before it moves a byte, so that
  // none goes to a server that is known to be the wrong one, wherever the
  // session was on its way to.
  uint32_t term(size_t listen, size_t server) const {
    return terms_[listen * server_count_ + server].load(
        std::memory_order_acquire);
  }
  bool is_cut(const Session& s) const {
    return s.killed.load(std::memory_order_acquire) ||
           s.routed.term != term(s.routed.listen, s.routed.server);
  }
  // Who ends one that is cut: 'D', its server; 'K', the operator, or we are
  // stopped.
  char who_cuts(const Session& s) const {
    return s.killed.load() || stopping_.load() ? 'K' : 'D';
  }
  // The router alone:
  void raise_term(size_t listen, size_t server);
  void raise_all_to_stop();
  // Everybody is to give back the sessions he has, for another process.
  void recall() { recalled_.store(true); }
  bool recalled() const { return recalled_.load(); }

  // The whole process may have been stopped for a while (SIGSTOP, a frozen
  // guest), and the news of that time be unread: a thread whose last turn
  // was so long ago waits until they are read, and their cuts made.
  static const uint64_t kGapMs = 10;
  void await_news() const;
  // The router alone: where news come from (-1: nowhere), and that it is
  // about to read them, or has and has done what they ask for.
  void set_news_fd(int fd) { news_fd_.store(fd); }
  void begin_news() { reading_.store(true); }
  void end_news() { reading_.store(false); }

  // The router's: somebody waits for the end of others, or soon will. Else a
  // thread need not wake the router for each.
  std::atomic<bool> in_want;
  // A drain, which the router alone begins: who comes to rest is to end; of one
  // server's, or (kNoServer) of all.
  std::atomic<bool> drains;
  std::atomic<size_t> drained;
  bool drains_it(const Session& s) const {
    if (!drains.load()) return false;
    const size_t server = drained.load();
    return server == kNoServer || s.routed.server == server;
  }
  Solo solo;
  std::atomic<int> big_buffers;  // how many there are

 private:
  size_t server_count_;
  size_t term_count_;
  std::unique_ptr<std::atomic<uint32_t>[]> terms_;
  std::atomic<bool> stopping_;
  std::atomic<bool> recalled_;
  std::atomic<int> news_fd_;
  std::atomic<bool> reading_;
};

}  // namespace splitfwd

#endif
