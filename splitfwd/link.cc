// SCM_RIGHTS is POSIX's; CMSG_SPACE and CMSG_LEN, which it needs, are beyond
// POSIX.1-2008 and in every system that has it.
#include "splitfwd/link.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <utility>

#include "lib/net.h"

namespace splitfwd {

using tandem::Error;
using tandem::UniqueFd;

namespace {

// Room for the descriptors, aligned as their header wants it.
union Control {
  struct cmsghdr header;
  char bytes[CMSG_SPACE(kMessageFdsMax * sizeof(int))];
};

}  // namespace

Error open_link(UniqueFd* parent_end, UniqueFd* worker_end) {
  int fds[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds) < 0) {
    return Error::from_errno("socketpair");
  }
  UniqueFd ends[2];
  Error e;
  for (int i = 0; i < 2; ++i) ends[i].reset(fds[i]);
  for (int i = 0; i < 2; ++i) {
    if (!e) e = tandem::set_cloexec(fds[i]);
    if (!e) e = tandem::set_nonblocking(fds[i]);
  }
  if (e) return e;
  *parent_end = std::move(ends[0]);
  *worker_end = std::move(ends[1]);
  return e;
}

bool send_message(int link, char type, unsigned char number,
                  const std::string& text, int first_fd, int second_fd) {
  std::string body(1, type);
  body += static_cast<char>(number);
  body.append(text, 0, kMessageBytesMax - 2);
  struct iovec part;
  part.iov_base = const_cast<char*>(body.data());
  part.iov_len = body.size();
  struct msghdr m;
  memset(&m, 0, sizeof m);
  m.msg_iov = &part;
  m.msg_iovlen = 1;
  const int fds[kMessageFdsMax] = {first_fd, second_fd};
  const size_t fds_bytes =
      (first_fd < 0 ? 0 : second_fd < 0 ? 1 : 2) * sizeof(int);
  Control control;
  if (fds_bytes > 0) {
    memset(&control, 0, sizeof control);
    m.msg_control = control.bytes;
    m.msg_controllen = CMSG_SPACE(fds_bytes);
    struct cmsghdr* c = CMSG_FIRSTHDR(&m);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(fds_bytes);
    memcpy(CMSG_DATA(c), fds, fds_bytes);
  }
  ssize_t n;
  do {
    n = sendmsg(link, &m, MSG_NOSIGNAL);
  } while (n < 0 && errno == EINTR);
  return n >= 0;
}

// Takes what is attached, close-on-exec as everything of ours.
static void take_fds(const struct cmsghdr* c, Message* out) {
  if (!c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) return;
  const size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
  for (size_t i = 0; i < count && i < kMessageFdsMax; ++i) {
    int fd;
    memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
    out->fds[i].reset(fd);
    if (tandem::set_cloexec(fd)) out->fds[i].reset();
  }
}

Received receive_message(int link, Message* out) {
  char body[kMessageBytesMax];
  struct iovec part;
  part.iov_base = body;
  part.iov_len = sizeof body;
  Control control;
  struct msghdr m;
  memset(&m, 0, sizeof m);
  m.msg_iov = &part;
  m.msg_iovlen = 1;
  m.msg_control = control.bytes;
  m.msg_controllen = sizeof control.bytes;
  ssize_t n = recvmsg(link, &m, 0);
  // It ended without having read all of ours: that is said first, once, and
  // its own last words come after it.
  if (n < 0 && errno == ECONNRESET) n = recvmsg(link, &m, 0);
  if (n < 0 && tandem::would_block(errno)) return Received::Nothing;
  *out = Message();
  if (n < 0) return Received::End;
  // Of a message that is none too: what is attached is open here already.
  take_fds(CMSG_FIRSTHDR(&m), out);
  if (n < 2) return Received::End;
  out->type = body[0];
  out->number = static_cast<unsigned char>(body[1]);
  out->text.assign(body + 2, static_cast<size_t>(n) - 2);
  return Received::Message;
}

}  // namespace splitfwd
