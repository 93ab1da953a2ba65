// The keeper at work: the core (keeper_core.h) decides, and here the kernel is
// told, once for each action and in order.
#include "vipctl/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>

#include "lib/clock.h"
#include "lib/lease.h"
#include "lib/log.h"
#include "lib/net.h"
#include "lib/select.h"

using tandem::Error;

namespace vipctl {

namespace {

const unsigned kReadsPerTurn = 16;  // a full pipe is four of them
const uint64_t kRemoveEveryMs = 20;
const uint64_t kRemoveForMs = 2000;

class Keeper {
 public:
  Keeper(KeeperTools* tools, KeeperCore* core)
      : tools_(*tools), core_(*core), pipe_open_(tools->lifeline.valid()),
        ended_(false), gone_(false), limit_(5, 60000) {}
  void run();

 private:
  void turn();
  void perform(const Action& action);
  void renew(uint32_t lifetime_s);
  void step_back(uint32_t lifetime_s);
  void remove();
  void announce();
  // What a look at the address has found.
  void note_look(const Error& e, const Standing& standing);
  // Logs what can happen again and again.
  void complain(const Error& e);

  KeeperTools& tools_;
  KeeperCore& core_;
  tandem::Selector selector_;
  bool pipe_open_;
  bool ended_;
  bool gone_;
  tandem::LogLimit limit_;
};

void Keeper::complain(const Error& e) {
  uint64_t dropped;
  if (!e || !limit_.allow(tandem::clock_ms(), &dropped)) return;
  tandem::log_warn("%s: %s", tools_.place.addr.host().c_str(), e.c_str());
}

void Keeper::note_look(const Error& e, const Standing& standing) {
  complain(e);
  if (!standing.there) {
    gone_ = true;  // nothing may be announced any more
    core_.on_gone();
  } else if (!e) {
    core_.on_look(standing.leads);
  }
}

// In each of these three an error that says nothing of the address leaves it
// for there.
void Keeper::renew(uint32_t lifetime_s) {
  Standing s;
  s.there = true;
  note_look(tools_.netlink.renew_address(tools_.place, lifetime_s, &s), s);
}

void Keeper::step_back(uint32_t lifetime_s) {
  Standing s;
  s.there = true;
  note_look(tools_.netlink.step_back(tools_.place, lifetime_s, &s), s);
}

// Never for an address that the kernel let expire while we were frozen, or
// that somebody deleted.
void Keeper::announce() {
  Standing s;
  s.there = true;
  Error e = tools_.netlink.find_address(tools_.place, &s);
  note_look(e, s);
  if (!e && s.there) complain(tools_.announcer.announce());
}

// The kernel would let a leased address expire anyway, but later.
void Keeper::remove() {
  const uint64_t until_ms = tandem::clock_ms() + kRemoveForMs;
  for (;;) {
    bool was;
    Error e = tools_.netlink.delete_address(tools_.place, &was);
    if (!e) return;
    complain(e);
    if (tandem::clock_ms() >= until_ms) return;
    tandem::sleep_ms(kRemoveEveryMs);
  }
}

void Keeper::perform(const Action& action) {
  const std::string host = tools_.place.addr.host();
  switch (action.what) {
    case Do::Renew: renew(action.lifetime_s); break;
    case Do::StepBack: step_back(action.lifetime_s); break;
    case Do::Remove: remove(); break;
    case Do::Announce: announce(); break;
    case Do::Probe: complain(tools_.announcer.probe()); break;
    case Do::Note:
      tandem::log_info("%s: %s", host.c_str(), action.text.c_str());
      break;
    case Do::Warn:
      tandem::log_warn("%s: %s", host.c_str(), action.text.c_str());
      break;
    case Do::End: ended_ = true; break;
  }
}

void Keeper::turn() {
  selector_.clear();
  if (pipe_open_) selector_.want_read(tools_.lifeline.fd());
  const int arp_fd = tools_.announcer.fd();
  if (arp_fd >= 0) selector_.want_read(arp_fd);
  const Error waited = selector_.wait(core_.next_due_ms());
  complain(waited);
  // The lifeline before the clock's verdict: a keeper that was frozen may
  // have a newer time waiting.
  std::vector<std::string> lines;
  if (pipe_open_) tools_.lifeline.read(&lines);
  const uint64_t now_ms = tandem::clock_ms();
  core_.on_lines(now_ms, lines);
  if (pipe_open_ && (!waited.ok() || tools_.lifeline.eof())) {
    pipe_open_ = false;
    core_.on_eof(now_ms);
  }
  Mac who;
  if (selector_.can_read(arp_fd) && tools_.announcer.heard_claim(&who)) {
    core_.on_claim(now_ms, who.text());
  }
  core_.on_tick(now_ms);
}

void Keeper::run() {
  while (!ended_) {
    const std::vector<Action> actions = core_.take_actions();
    gone_ = false;  // what stands behind a failed renewal is not done
    for (size_t i = 0; i < actions.size() && !gone_; ++i) perform(actions[i]);
    if (!ended_ && actions.empty()) turn();
  }
}

}  // namespace

Error LifelinePipe::open(int fd) {
  if (fcntl(fd, F_GETFD) < 0) return Error::from_errno("HB_LIFELINE=%d", fd);
  fd_.reset(fd);
  Error e = tandem::set_cloexec(fd);
  if (!e) e = tandem::set_nonblocking(fd);
  return e.within("HB_LIFELINE");
}

void LifelinePipe::read(std::vector<std::string>* lines) {
  for (unsigned i = 0; i < kReadsPerTurn && !eof_; ++i) {
    const size_t before = lines->size();
    Error e = reader_.read_from(fd_.get(), lines);
    eof_ = e.code() != tandem::kExitOk || reader_.eof();
    if (lines->size() == before) return;
  }
}

void run_keeper(KeeperTools* tools, KeeperCore* core) {
  // The lifeline alone decides: a TERM to all processes of a service must not
  // take the address off before its owner has stopped in order.
  signal(SIGTERM, SIG_IGN);
  signal(SIGINT, SIG_IGN);
  signal(SIGHUP, SIG_IGN);
  Keeper keeper(tools, core);
  keeper.run();
}

}  // namespace vipctl
