// The threads that move bytes: hot workers, one a CPU, and cold workers, made
// when sessions idle and gone when they are empty for a while. See worker.h
// for the rules, tier.h for who is where.
#ifndef TANDEM_SPLITFWD_RELAY_POOL_H
#define TANDEM_SPLITFWD_RELAY_POOL_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include <atomic>
#include <memory>
#include <vector>

#include "lib/error.h"
#include "lib/fd.h"
#include "splitfwd/config.h"
#include "splitfwd/relay/common.h"
#include "splitfwd/relay/fdset.h"
#include "splitfwd/relay/gather.h"
#include "splitfwd/relay/mailbox.h"
#include "splitfwd/relay/runnable.h"
#include "splitfwd/relay/worker.h"

namespace splitfwd {

class Pool {
 public:
  // Borrows both; run_queue: of runnable.h. It lives as long as the process:
  // its threads use it.
  Pool(const Config& config, Common* common, RunQueue run_queue);
  // Starts the hot workers. All signals are blocked in them.
  TANDEM_MUST_USE tandem::Error start();

  // The front's: this session flows, a hot worker has it from here on.
  void hand_over(Session* s);
  // The front's: a term was raised, everybody is to end who was cut.
  void ring_all();
  // The front's: to be watched for reading; but whoever looks sooner finds
  // those that ended a moment ago.
  Mailbox* ended() { return &ended_; }
  // How often there was no thread for idle sessions, which stay hot then.
  unsigned shortages() const { return shortages_.load(); }

 private:
  // A thread and its share.
  struct Hand {
    Pool* pool;
    Mailbox mail;
    WaitSet set;
    Worker worker;
    uint64_t turned_ms;
    uint64_t ring_ms;                // then the front must hear of our ended
    std::atomic<size_t> sessions;    // hot: here and on the way here
    std::atomic<uint64_t> call;      // hot: worker.calls()
    size_t seats_taken;              // cold: likewise; under lock_
    Hand(Pool* p, Tier tier);
  };

  static void* run_hot(void* hand);
  static void* run_cold(void* hand);
  void pause_if_crowded(Hand* h, Gather* gather) const;
  TANDEM_MUST_USE tandem::Error start_thread(Hand* h, Numbers numbers,
                                             void* (*run)(void*),
                                             size_t stack_bytes);
  uint64_t turn(Hand* h, bool whole);
  void give_back(Hand* h);
  size_t report_ended(Hand* h);
  uint64_t due_ms(const Hand& h) const;
  void demote_idle(Hand* h, bool quiet);
  bool chill(Session* s, uint64_t now_ms);
  void warm(Session* s, size_t hot);
  size_t least_loaded() const;
  Session* look_at_reads(Hand* h, uint64_t now_ms);
  void leave(Hand* h, size_t n);
  bool retire(Hand* h);

  const Config& config_;
  Common* common_;
  const RunQueue run_queue_;
  Mailbox ended_;
  std::vector<std::unique_ptr<Hand>> hot_;
  std::atomic<unsigned> shortages_;
  pthread_mutex_t lock_;
  std::vector<Hand*> cold_;     // under lock_; each thread owns its own
  uint64_t no_thread_until_ms_;  // under lock_
};

}  // namespace splitfwd

#endif
