// When a session changes between the hot threads and the cold ones, and how
// much one read may take. Pure.
//
// select() pays for each descriptor in its set, ready or not. So those that
// are active share a hot thread's small set; an idle one moves to a cold
// thread, a thread with a few of them and nothing else to do. To stay hot
// costs every call of the hot thread 0.6 us, to move there and back 40 us: who
// leaves after 64 calls without use, and comes back only when used more often
// than once in 64 calls, costs at most twice what the best choice would. A hot
// thread that sleeps costs nothing, but those it has count where sessions are
// shared out evenly: after a second it sends them all away.
#ifndef TANDEM_SPLITFWD_RELAY_ACTIVITY_H
#define TANDEM_SPLITFWD_RELAY_ACTIVITY_H

#include <stddef.h>
#include <stdint.h>

#include <atomic>

namespace splitfwd {

// A hot thread looks for idle sessions every so many calls of select().
const uint64_t kDemoteEveryCalls = 16;
const uint64_t kDemoteCalls = 64;
const uint64_t kQuietMs = 1000;
const uint64_t kPromoteCalls = 64;
const uint64_t kPromoteMs = 20;
const size_t kColdSessionsMax = 8;

// One read moves at most this much, while others are active; what one session
// may hold each way.
const size_t kBufferBytes = 16384;
// While it alone is active in the whole process. Others would notice: such a
// read fills the queues of the sockets, and the CPU of who empties them.
const size_t kBigBufferBytes = 1 << 20;
const uint64_t kAloneMs = 50;
// At most so many of the big ones, wherever they are.
const int kBigBuffersMax = 8;

// What a session read since its thread last looked; bits.
const unsigned kReadClient = 1;
const unsigned kReadServer = 2;
const unsigned kReadFull = 4;  // all that one read may take

struct Activity {
  uint64_t call = 0;  // of its thread, in which it last moved a byte
  uint64_t ms = 0;  // cold: its last query
  uint64_t hot_call = 0;  // cold: the call its hot thread was at then
  bool asked = false;  // cold: an answer is due
};

// A session has been idle for too long to stay hot. quiet: so has its thread,
// before this call.
bool is_idle(const Activity& activity, uint64_t call, bool quiet);
// A session becomes cold: its next query is its first.
void on_demoted(Activity* activity);
// A cold session read that (bits): true when it should be hot again.
bool on_cold_read(Activity* activity, unsigned reads, uint64_t now_ms,
                  uint64_t hot_call);

// Who was active lately, in the whole process, told by any thread. Written
// about once in 10 ms, however busy: a line of cache that everybody writes
// would be the dearest part of a query.
class Solo {
 public:
  // who moved bytes; only its address counts.
  void note(const void* who, uint64_t now_ms);
  // Nobody else has for kAloneMs.
  bool is_alone(const void* who, uint64_t now_ms) const;

 private:
  std::atomic<const void*> who_{nullptr};
  std::atomic<uint64_t> since_ms_{0};
};

}  // namespace splitfwd

#endif
