#include "hbd/control.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "lib/log.h"
#include "lib/net.h"

namespace hbd {

using tandem::Error;

namespace {

const size_t kClientsMax = 16;
const uint64_t kClientMs = 10000;

}  // namespace

Error Control::open(const std::string& path) {
  const Error e = tandem::listen_unix(path, &listen_fd_);
  if (!e) path_ = path;
  return e;
}

void Control::close() {
  if (!listen_fd_.valid()) return;
  unlink(path_.c_str());
  listen_fd_.reset();
  clients_.clear();
}

void Control::want(tandem::Selector* sel) const {
  // At capacity the next one waits in the kernel's queue.
  if (clients_.size() < kClientsMax) sel->want_read(listen_fd_.get());
  for (size_t i = 0; i < clients_.size(); ++i) {
    const Client& c = *clients_[i];
    if (c.answered) {
      sel->want_write(c.fd.get());
    } else if (!c.asked) {
      sel->want_read(c.fd.get());
    }
  }
}

void Control::accept_all(uint64_t now_ms) {
  while (clients_.size() < kClientsMax) {
    std::unique_ptr<Client> c(new Client);
    const Error e = tandem::accept_socket(listen_fd_.get(), &c->fd);
    if (e) tandem::log_warn("control socket: %s", e.c_str());
    if (!c->fd.valid()) return;
    c->id = next_id_++;
    c->deadline_ms = now_ms + kClientMs;
    clients_.push_back(std::move(c));
  }
}

void Control::read_request(Client* c, std::vector<Request>* out) {
  std::vector<std::string> lines;
  const Error e = c->reader.read_from(c->fd.get(), &lines);
  if (!lines.empty()) {
    c->asked = true;
    Request r;
    r.id = c->id;
    r.line = lines[0];
    out->push_back(r);
  } else if (e || c->reader.eof()) {
    c->done = true;
  }
}

void Control::write_answer(Client* c) {
  const ssize_t n = send(c->fd.get(), c->answer.data(), c->answer.size(),
                         MSG_NOSIGNAL);
  if (n < 0) {
    c->done = !tandem::would_block(errno);
    return;
  }
  c->answer.erase(0, static_cast<size_t>(n));
  c->done = c->answer.empty();
}

void Control::step(uint64_t now_ms, std::vector<Request>* out) {
  accept_all(now_ms);
  for (size_t i = clients_.size(); i-- > 0;) {
    Client* c = clients_[i].get();
    if (!c->asked) read_request(c, out);
    if (c->answered) write_answer(c);
    if (c->done || now_ms >= c->deadline_ms) {
      clients_.erase(clients_.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
}

void Control::reply(uint32_t id, bool ok, const std::string& text) {
  for (size_t i = 0; i < clients_.size(); ++i) {
    Client* c = clients_[i].get();
    if (c->id != id || c->answered) continue;
    c->answered = true;
    c->answer = (ok ? "ok\n" : "no\n") + text;
    if (!text.empty() && text[text.size() - 1] != '\n') c->answer += '\n';
    write_answer(c);  // mostly all of it; the rest, and the close, in step()
  }
}

uint64_t Control::next_due_ms() const {
  uint64_t due_ms = tandem::kNever;
  for (size_t i = 0; i < clients_.size(); ++i) {
    // An answer that is out is closed at the next turn, at once.
    if (clients_[i]->done) return 0;
    due_ms = std::min(due_ms, clients_[i]->deadline_ms);
  }
  return due_ms;
}

}  // namespace hbd
