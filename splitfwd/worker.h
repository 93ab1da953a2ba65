// One thread's share of the sessions: moves their bytes and sees their ends.
// It chooses no server and writes no log: what needs that is handed to the
// front (take_lost, take_late, take_ended). Everything it touches is its own,
// so that several can run at once; today there is one, and the front shares
// its WaitSet.
#ifndef TANDEM_SPLITFWD_WORKER_H
#define TANDEM_SPLITFWD_WORKER_H

#include <stdint.h>

#include <string>
#include <vector>

#include "splitfwd/config.h"
#include "splitfwd/fdset.h"
#include "splitfwd/session.h"

namespace splitfwd {

// One read moves at most this much; what one session may hold each way.
const size_t kBufferBytes = 16384;
// A server that has not answered a connect for so long: try another.
const uint64_t kConnectTryMs = 1000;

class Worker {
 public:
  // Borrows both.
  Worker(const Config& config, WaitSet* set);

  // Takes the session; watches its client, and its server if it has one.
  Session* adopt(SessionPtr session);
  // A connect() to session->server is under way on this descriptor.
  void attach(Session* s, tandem::UniqueFd upstream, uint64_t now_ms);
  // Lets the server side go (reset); client bytes that wait are kept. Only
  // while untouched().
  void detach(Session* s);
  // Sends the client a last packet and waits a moment for it to leave.
  void say_goodbye(Session* s, const std::string& packet, uint64_t now_ms);
  // Ends it; reset: both sides get RST instead of an orderly end.
  void end(Session* s, char who, char when, bool reset);

  // Moves what the last wait() found ready; looks at deadlines.
  void turn(uint64_t now_ms);
  uint64_t next_due_ms() const { return next_due_ms_; }
  // A deadline of s changed: not later than this.
  void wake_at(uint64_t due_ms);

  // Sessions whose server refused, or was lost before a byte went anywhere.
  std::vector<Session*> take_lost();
  // Waiting or Connecting sessions one of whose deadlines has passed.
  std::vector<Session*> take_late();
  std::vector<SessionPtr> take_ended();

  size_t session_count() const { return sessions_.size(); }
  Session* session(size_t i) const { return sessions_[i].get(); }

 private:
  Session* session_of(int fd) const;
  void watch(Session* s);
  void on_client(Session* s, uint64_t now_ms);
  void on_upstream(Session* s, uint64_t now_ms);
  void discard(Session* s);
  bool finish_connect(Session* s, uint64_t now_ms);
  bool pull(Session* s, Way way, uint64_t now_ms);
  bool push(Session* s, Way way, uint64_t now_ms);
  void settle(Session* s);
  void failed(Session* s, bool server_side);
  uint64_t client_due_ms(const Session& s) const;
  uint64_t server_due_ms(const Session& s) const;
  uint64_t due_ms(const Session& s) const;
  void expire(Session* s, uint64_t now_ms);
  void close_fd(tandem::UniqueFd* fd, bool reset);
  BufferPtr take_buffer();
  void give_buffer(BufferPtr buffer);

  const Config& config_;
  WaitSet* set_;
  std::vector<SessionPtr> sessions_;
  std::vector<Session*> by_fd_;
  std::vector<BufferPtr> buffers_;  // spare ones
  uint64_t next_due_ms_;  // no deadline is before it
  std::vector<Session*> lost_;
  std::vector<Session*> late_;
  std::vector<SessionPtr> ended_;
};

}  // namespace splitfwd

#endif
