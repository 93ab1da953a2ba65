// Threads that move bytes, and which of them has a session now: hot ones for
// those that speak, cold ones for those that idle.
#include "splitfwd/relay/threads.h"

#include <signal.h>
#include <string.h>

#include <algorithm>
#include <utility>

#include "lib/clock.h"
#include "lib/waitset.h"

namespace splitfwd {

using tandem::Error;
using tandem::clock_ms;

namespace {

const size_t kHotStackBytes = 256 << 10;
const size_t kColdStackBytes = 64 << 10;
// A cold thread asks the server's side alone for so long, before it arms all
// of its descriptors again: most answers are quicker.
const long kAnswerUs = 300;
const uint64_t kEmptyMs = 5000;
const uint64_t kRingMs = 5;
// No thread could be had: not again before.
const uint64_t kShortageMs = 1000;

}  // namespace

Threads::Thread::Thread(Threads* p, Tier tier)
    : threads(p), relay(tier, p->config_, p->common_, &set), turned_ms(0),
      ring_ms(tandem::kNever), sessions(0), call(0), sessions_taken(0) {}

Threads::Threads(const Config& config, Common* common, RunQueue run_queue)
    : config_(config), common_(common), run_queue_(std::move(run_queue)),
      shortages_(0), no_thread_until_ms_(0) {
  pthread_mutex_init(&lock_, nullptr);
}

Error Threads::start() {
  Error e = ended_.open(Numbers::Low);
  for (uint64_t i = 0; !e && i < config_.threads; ++i) {
    hot_.push_back(std::unique_ptr<Thread>(new Thread(this, Tier::Hot)));
  }
  // Only now, for they look at each other.
  for (size_t i = 0; !e && i < hot_.size(); ++i) {
    e = start_thread(hot_[i].get(), Numbers::Low, run_hot, kHotStackBytes);
  }
  return e;
}

Error Threads::start_thread(Thread* h, Numbers numbers, void* (*run)(void*),
                            size_t stack_bytes) {
  Error e = h->mail.open(numbers);
  if (e) return e;
  h->set.want_read(h->mail.fd(), true);
  pthread_attr_t attr;
  pthread_attr_init(&attr);
  pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attr, stack_bytes);
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread;
  const int error = pthread_create(&thread, &attr, run, h);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attr);
  if (error == 0) return e;
  return Error::make(tandem::kExitFailed, "thread: %s", strerror(error));
}

// ---- any thread

void Threads::hand_over(Session* s) { to_hot(s, least_loaded()); }

void Threads::ring_all() {
  for (size_t i = 0; i < hot_.size(); ++i) hot_[i]->mail.ring();
  const Lock lock(&lock_);
  for (size_t i = 0; i < cold_.size(); ++i) cold_[i]->mail.ring();
}

size_t Threads::least_loaded() const {
  size_t best = 0;
  for (size_t i = 1; i < hot_.size(); ++i) {
    if (hot_[i]->sessions.load() < hot_[best]->sessions.load()) best = i;
  }
  return best;
}

void Threads::to_hot(Session* s, size_t hot) {
  renumber(&s->client, Numbers::Low);
  renumber(&s->upstream, Numbers::Low);
  s->hot_thread = hot;
  ++hot_[hot]->sessions;
  hot_[hot]->mail.post(s);
}

// To the first cold thread that has room, so that the last ones run empty.
// No cold thread is there, and none can be made, when this is false.
bool Threads::to_cold(Session* s, uint64_t now_ms) {
  const Lock lock(&lock_);
  size_t i = 0;
  while (i < cold_.size() && cold_[i]->sessions_taken == kColdSessionsMax) ++i;
  if (i == cold_.size()) {
    if (now_ms < no_thread_until_ms_) return false;
    std::unique_ptr<Thread> fresh(new Thread(this, Tier::Cold));
    if (start_thread(fresh.get(), Numbers::High, run_cold,
                     kColdStackBytes)) {
      ++shortages_;
      no_thread_until_ms_ = now_ms + kShortageMs;
      return false;
    }
    cold_.push_back(fresh.release());
  }
  renumber(&s->client, Numbers::High);
  renumber(&s->upstream, Numbers::High);
  ++cold_[i]->sessions_taken;
  cold_[i]->mail.post(s);
  return true;
}

// ---- the thread of h

// One turn after a wait. whole: the mailbox was in the set.
uint64_t Threads::turn(Thread* h, bool whole) {
  const uint64_t now_ms = clock_ms();
  if (now_ms >= h->turned_ms + Common::kGapMs) common_->await_news();
  h->turned_ms = now_ms;
  if (whole && h->set.can_read(h->mail.fd())) {
    const std::vector<Session*> come = h->mail.take();
    for (size_t i = 0; i < come.size(); ++i) h->relay.adopt(come[i]);
    h->relay.end_cut(now_ms);
  }
  if (common_->recalled()) {
    give_back(h);
  } else {
    h->relay.turn(now_ms);
  }
  return now_ms;
}

// Another process will have them.
void Threads::give_back(Thread* h) {
  std::vector<Session*> back;
  while (h->relay.session_count() > 0) {
    back.push_back(h->relay.session(0));
    h->relay.release(back.back());
  }
  ended_.leave(back);
  ended_.ring();
}

// Ends come in crowds: the router finds them when it wakes for the next
// client, or is woken for many at once.
size_t Threads::report_ended(Thread* h) {
  std::vector<Session*> ended;
  for (const Event& e : h->relay.take_events()) ended.push_back(e.session);
  if (!ended.empty()) {
    ended_.leave(ended);
    h->ring_ms = std::min(h->ring_ms, h->turned_ms + kRingMs);
  }
  if (h->ring_ms != tandem::kNever &&
      (h->turned_ms >= h->ring_ms || common_->in_want.load())) {
    h->ring_ms = tandem::kNever;
    ended_.ring_if_waiting();
  }
  return ended.size();
}

uint64_t Threads::due_ms(const Thread& h) const {
  return std::min(h.relay.next_due_ms(), h.ring_ms);
}

void* Threads::run_hot(void* thread) {
  Thread* h = static_cast<Thread*>(thread);
  Threads* threads = h->threads;
  Gather gather(threads->run_queue_.cpus);
  for (;;) {
    threads->pause_if_crowded(h, &gather);
    const uint64_t before_ms = h->turned_ms;
    const uint64_t quiet_ms = h->relay.session_count() == 0
                                  ? tandem::kNever
                                  : before_ms + kQuietMs;
    const Error e = h->set.wait(
        before_ms, std::min(threads->due_ms(*h), quiet_ms), nullptr);
    TANDEM_ASSERT(!e);
    const bool quiet = threads->turn(h, true) >= quiet_ms;
    h->call.store(h->relay.calls(), std::memory_order_relaxed);
    h->sessions -= threads->report_ended(h);
    if (quiet || h->relay.calls() % kDemoteEveryCalls == 0) {
      threads->demote_idle(h, quiet);
    }
  }
  return nullptr;
}

void Threads::pause_if_crowded(Thread* h, Gather* gather) const {
  gather->on_wait(h->set.watched(), h->set.found(), h->turned_ms);
  if (gather->asks(h->turned_ms)) {
    gather->on_runnable(count_runnable(run_queue_.fd.get()), h->turned_ms);
  }
  const uint64_t us = gather->pause_us();
  if (us > 0) tandem::sleep_us(us);
}

void Threads::demote_idle(Thread* h, bool quiet) {
  for (size_t i = h->relay.session_count(); i-- > 0;) {
    Session* s = h->relay.session(i);
    if (!is_idle(s->activity, h->relay.calls(), quiet)) continue;
    h->relay.release(s);
    on_demoted(&s->activity);
    if (to_cold(s, h->turned_ms)) {
      --h->sessions;
    } else {
      h->relay.adopt(s);
    }
  }
}

void* Threads::run_cold(void* thread) {
  Thread* h = static_cast<Thread*>(thread);
  Threads* threads = h->threads;
  Session* asked = nullptr;  // of whom alone an answer is awaited
  h->turned_ms = clock_ms();
  uint64_t empty_since_ms = h->turned_ms;
  for (;;) {
    const bool empty = h->relay.session_count() == 0;
    const uint64_t due_ms =
        std::min(threads->due_ms(*h),
                 empty ? empty_since_ms + kEmptyMs : tandem::kNever);
    const Error e =
        asked ? h->set.wait_alone(asked->upstream.get(), kAnswerUs)
              : h->set.wait(h->turned_ms, due_ms, nullptr);
    TANDEM_ASSERT(!e);
    const uint64_t now_ms = threads->turn(h, !asked);
    asked = threads->look_at_reads(h, now_ms);
    threads->leave(h, threads->report_ended(h));
    if (h->relay.session_count() > 0) empty_since_ms = now_ms;
    if (now_ms >= empty_since_ms + kEmptyMs && threads->retire(h)) break;
  }
  delete h;
  return nullptr;
}

// Sends to the hot ones who belongs there. One that asked, if it alone did.
Session* Threads::look_at_reads(Thread* h, uint64_t now_ms) {
  Session* asked = nullptr;
  size_t asking = 0, warmed = 0;
  for (size_t i = h->relay.session_count(); i-- > 0;) {
    Session* s = h->relay.session(i);
    const unsigned reads = s->reads;
    if (reads == 0) continue;
    s->reads = 0;
    const uint64_t hot_call =
        hot_[s->hot_thread]->call.load(std::memory_order_relaxed);
    if (on_cold_read(&s->activity, reads, now_ms, hot_call)) {
      h->relay.release(s);
      to_hot(s, least_loaded());
      ++warmed;
    } else if (reads == kReadClient) {
      asked = s;
      ++asking;
    }
  }
  leave(h, warmed);
  return asking == 1 ? asked : nullptr;
}

void Threads::leave(Thread* h, size_t n) {
  if (n == 0) return;
  const Lock lock(&lock_);
  h->sessions_taken -= n;
}

// True: nobody has a seat, and nobody will be sent here any more.
bool Threads::retire(Thread* h) {
  const Lock lock(&lock_);
  if (h->sessions_taken > 0) return false;
  cold_.erase(std::find(cold_.begin(), cold_.end(), h));
  return true;
}

}  // namespace splitfwd
