// Requests are taken whole and handed on; an answer may come in a later turn,
// when the core has it.
#include "hbd/control.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "lib/net.h"

namespace hbd {

using tandem::Error;
using tandem::UniqueFd;

namespace {

const size_t kRequestBytesMax = 1024;  // the rest is cut off
const uint64_t kClientMs = 10000;

}  // namespace

Error Control::open(const std::string& path) {
  UniqueFd listener;
  const Error e = tandem::listen_unix(path, &listener);
  if (e) return e;
  path_ = path;
  clients_.reset(new tandem::Clients<Asker>("control socket",
                                            std::move(listener)));
  return e;
}

void Control::close() {
  if (clients_) unlink(path_.c_str());
  clients_.reset();
}

void Control::step(tandem::WaitSet* set, uint64_t now_ms,
                   std::vector<Request>* out) {
  clients_->turn(set, now_ms, [out](Asker* a) -> bool {
    Request r;
    if (a->reads && a->take_line(&r.line)) {
      a->reads = false;
      r.id = a->id;
      r.line.resize(std::min(r.line.size(), kRequestBytesMax));
      out->push_back(r);
    }
    return a->answered ? !a->out.empty() : !a->reads || !a->ended;
  });
  UniqueFd fd = clients_->accept(*set, now_ms);
  if (fd.valid()) clients_->add(set, std::move(fd), now_ms + kClientMs);
}

void Control::reply(uint32_t id, bool ok, const std::string& text) {
  Asker* a = clients_->find(id);
  if (!a || a->answered) return;
  a->answered = true;
  a->out = (ok ? "ok\n" : "no\n") + text;
  if (!text.empty() && text[text.size() - 1] != '\n') a->out += '\n';
  // Mostly all of it is taken: then the next turn, at once, is the end.
  a->again = !a->write_some() || a->out.empty();
}

}  // namespace hbd
