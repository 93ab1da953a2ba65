// Sessions on their way to a thread. A pipe makes its select() return.
#ifndef TANDEM_SPLITFWD_RELAY_MAILBOX_H
#define TANDEM_SPLITFWD_RELAY_MAILBOX_H

#include <pthread.h>

#include <vector>

#include "lib/error.h"
#include "lib/fd.h"
#include "splitfwd/relay/fdset.h"

namespace splitfwd {

struct Session;

// Holds it for the life of this object.
class Lock {
 public:
  explicit Lock(pthread_mutex_t* m) : m_(m) { pthread_mutex_lock(m_); }
  ~Lock() { pthread_mutex_unlock(m_); }

 private:
  Lock(const Lock&);
  Lock& operator=(const Lock&);
  pthread_mutex_t* m_;
};

class Mailbox {
 public:
  Mailbox();
  ~Mailbox() { pthread_mutex_destroy(&mutex_); }
  TANDEM_MUST_USE tandem::Error open(Numbers numbers);

  // From any thread. From here on the session is the reader's.
  void post(Session* s);
  // Without waking the reader: who does that rings, soon.
  void leave(const std::vector<Session*>& sessions);
  // Makes the reader look.
  void ring();
  // Waits likewise, unless all has been taken.
  void ring_if_waiting();

  // The reader: to be watched for reading; then what has come, in order.
  int fd() const { return read_end_.get(); }
  std::vector<Session*> take();

 private:
  void ring_locked();

  pthread_mutex_t mutex_;
  std::vector<Session*> waiting_;
  bool rung_;  // a byte is, or will be, in the pipe
  tandem::UniqueFd read_end_, write_end_;
};

}  // namespace splitfwd

#endif
