// The node's whole state as a beat, at most one packet of it.
#include "hbd/decide/sender.h"

#include "hbd/decide/choose.h"
#include "hbd/decide/fit.h"
#include "hbd/decide/group.h"
#include "hbd/decide/out.h"
#include "hbd/decide/view.h"

namespace hbd {

namespace {

Holding holding_of(Phase phase) {
  switch (phase) {
    case Phase::Idle: return Holding::Idle;
    case Phase::Claiming: return Holding::Claim;
    case Phase::Starting:
    case Phase::Owning: return Holding::Own;
    case Phase::Stopping: return Holding::Release;
    case Phase::Stuck: return Holding::Stuck;
  }
  return Holding::Idle;
}

GroupBeat describe(const View& v, const Group& g) {
  GroupBeat gb;
  gb.name = g.config.name;
  gb.holding = holding_of(g.phase);
  gb.giving_way = g.owner.giving_way;
  gb.starting = g.phase == Phase::Starting;
  gb.wants = v.now_ms < g.orders.wants_until_ms;
  gb.held = g.orders.held;
  gb.fit = is_fit(v, g) && v.now_ms >= g.orders.hold_off_ms;
  gb.takes = g.phase == Phase::Idle &&
             choose_if_silent(v, g).path != Path::None;
  gb.record = g.record;
  if (gb.holding == Holding::Claim) gb.claim = g.claim.claim;
  return gb;
}

Beat describe(const View& v, const std::vector<Group>& groups, bool leaving) {
  Beat b;
  b.pair = v.config.pair;
  b.from = v.config.self;
  b.epoch = v.epoch_seen;
  b.up = v.server.is_up();
  b.leaving = leaving;
  b.blank = v.blank;
  b.ping_score = v.pings.score(v.now_ms);
  b.digest = v.config.digest;
  b.maintenance = v.maintenance.to_say(v.now_ms, v.config.self);
  b.maintenance.holds |= b.maintenance.version != 0 && v.blank;
  b.agreement = v.agreement;
  b.attrs = v.server.attrs();
  for (const Group& g : groups) b.groups.push_back(describe(v, g));
  return b;
}

// What a receiver should know at once, not at the next keepalive.
std::string fingerprint_of(const Beat& beat) {
  Beat b = beat;
  b.ping_score = 0;
  b.maintenance.left_ms = b.maintenance.left_ms != 0;
  b.attrs.clear();
  for (GroupBeat& g : b.groups) g.takes = false;
  for (const char* loud : {"role", "source", "sync", "instance"}) {
    const std::string value = beat.attr(loud);
    if (!value.empty()) b.attrs[loud] = value;
  }
  return format_beat(b);
}

void send_to(Hearing* receiver, uint64_t now_ms, Beat* b, Out* out) {
  Action a(ActionKind::SendBeat);
  receiver->stamp(now_ms, b);
  a.beat = *b;
  out->add(a);
}

}  // namespace

void Sender::step(View* v, const std::vector<Group>& groups, bool leaving,
                  Out* out) {
  Beat b = describe(*v, groups, leaving);
  const std::string fingerprint = fingerprint_of(b);
  const bool greet =
      v->peer.hearing()->took_greeting() | v->witness.took_greeting();
  if (v->now_ms < next_ms_ && fingerprint == fingerprint_ && !greet) return;
  fingerprint_ = fingerprint;
  next_ms_ = v->now_ms + v->config.keepalive_ms;
  const Config& c = v->config;
  b.to = c.peer.size() > c.witness.size() ? c.peer : c.witness;
  if (trim_beat(&b)) {
    trim_warned_ = false;
  } else if (!trim_warned_) {
    trim_warned_ = true;
    out->log(tandem::LogLevel::Err,
        "beats are too long, groups are left out of them: give both nodes the same haresources");
  }
  send_to(v->peer.hearing(), v->now_ms, &b, out);
  if (c.has_witness()) send_to(&v->witness, v->now_ms, &b, out);
  if (leaving && v->last_word_ms == 0) v->last_word_ms = v->now_ms;
}

}  // namespace hbd
