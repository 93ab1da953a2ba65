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

const size_t kMessageBytesMax = 1024;

// Room for one descriptor, aligned as its header wants it.
union Control {
  struct cmsghdr header;
  char bytes[CMSG_SPACE(sizeof(int))];
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
                  const std::string& text, int passed_fd) {
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
  Control control;
  if (passed_fd >= 0) {
    memset(&control, 0, sizeof control);
    m.msg_control = control.bytes;
    m.msg_controllen = sizeof control.bytes;
    struct cmsghdr* c = CMSG_FIRSTHDR(&m);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(c), &passed_fd, sizeof passed_fd);
  }
  ssize_t n;
  do {
    n = sendmsg(link, &m, MSG_NOSIGNAL);
  } while (n < 0 && errno == EINTR);
  return n >= 0;
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
  if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) {
    return Received::Nothing;
  }
  if (n < 2) return Received::End;
  *out = Message();
  out->type = body[0];
  out->number = static_cast<unsigned char>(body[1]);
  out->text.assign(body + 2, static_cast<size_t>(n) - 2);
  const struct cmsghdr* c = CMSG_FIRSTHDR(&m);
  if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
    int fd;
    memcpy(&fd, CMSG_DATA(c), sizeof fd);
    out->fd.reset(fd);
    if (tandem::set_cloexec(fd)) out->fd.reset();
  }
  return Received::Message;
}

}  // namespace splitfwd
