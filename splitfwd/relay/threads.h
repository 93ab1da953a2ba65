// The threads that move bytes: hot threads, one a CPU, and cold threads, made
// when sessions idle and gone when they are empty for a while. See relay.h
// for the rules, activity.h for who is where.
#ifndef TANDEM_SPLITFWD_RELAY_THREADS_H
#define TANDEM_SPLITFWD_RELAY_THREADS_H

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
#include "splitfwd/relay/relay.h"

namespace splitfwd {

class Threads {
 public:
  // Borrows both; run_queue: of runnable.h. It lives as long as the process:
  // its threads use it.
  Threads(const Config& config, Common* common, RunQueue run_queue);
  // Starts the hot threads. All signals are blocked in them.
  TANDEM_MUST_USE tandem::Error start();

  // The router's: this session flows, a hot thread has it from here on.
  void hand_over(Session* s);
  // The router's: a term was raised, everybody is to end who was cut.
  void ring_all();
  // The router's: to be watched for reading; but whoever looks sooner finds
  // those that ended a moment ago.
  Mailbox* ended() { return &ended_; }
  // How often there was no thread for idle sessions, which stay hot then.
  unsigned shortages() const { return shortages_.load(); }

 private:
  // A thread and its share.
  struct Thread {
    Threads* threads;
    Mailbox mail;
    WaitSet set;
    Relay relay;
    uint64_t turned_ms;
    uint64_t ring_ms;                // then the router must hear of our ended
    std::atomic<size_t> sessions;    // hot: here and on the way here
    std::atomic<uint64_t> call;      // hot: relay.calls()
    size_t sessions_taken;              // cold: likewise; under lock_
    Thread(Threads* p, Tier tier);
  };

  static void* run_hot(void* thread);
  static void* run_cold(void* thread);
  void pause_if_crowded(Thread* h, Gather* gather) const;
  TANDEM_MUST_USE tandem::Error start_thread(Thread* h, Numbers numbers,
                                             void* (*run)(void*),
                                             size_t stack_bytes);
  uint64_t turn(Thread* h, bool whole);
  void give_back(Thread* h);
  size_t report_ended(Thread* h);
  uint64_t due_ms(const Thread& h) const;
  void demote_idle(Thread* h, bool quiet);
  bool to_cold(Session* s, uint64_t now_ms);
  void to_hot(Session* s, size_t hot);
  size_t least_loaded() const;
  Session* look_at_reads(Thread* h, uint64_t now_ms);
  void leave(Thread* h, size_t n);
  bool retire(Thread* h);

  const Config& config_;
  Common* common_;
  const RunQueue run_queue_;
  Mailbox ended_;
  std::vector<std::unique_ptr<Thread>> hot_;
  std::atomic<unsigned> shortages_;
  pthread_mutex_t lock_;
  std::vector<Thread*> cold_;     // under lock_; each thread owns its own
  uint64_t no_thread_until_ms_;  // under lock_
};

}  // namespace splitfwd

#endif
