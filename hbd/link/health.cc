#include "hbd/link/health.h"

#include <algorithm>

namespace hbd {

namespace {

const uint64_t kLateMax = 64;  // beats behind the newest: a slow link's

}  // namespace

LinkHealth::LinkHealth(const std::vector<bool>& expected,
                     uint64_t self_incarnation, uint64_t deadtime_ms)
    : self_incarnation_(self_incarnation), deadtime_ms_(deadtime_ms),
      incarnation_(0), top_seq_(0), top_echo_seq_(0), heard_(false),
      last_ms_(0) {
  for (bool is_expected : expected) {
    Link l = {is_expected, false, false, 0, 0, 0, Arrivals()};
    links_.push_back(l);
  }
}

bool LinkHealth::counts(size_t link, const Beat& b) {
  if (b.echo_incarnation != self_incarnation_) return false;
  if (b.incarnation != incarnation_) {
    if (incarnation_ != 0 && b.echo_seq <= top_echo_seq_) return false;
    incarnation_ = b.incarnation;
    top_seq_ = 0;
    any_.clear();
    for (Link& l : links_) {
      l.seq = 0;
      l.arrivals.clear();
    }
  }
  if (b.seq <= links_[link].seq ||
      (b.seq < top_seq_ && top_seq_ - b.seq > kLateMax)) {
    return false;
  }
  links_[link].seq = b.seq;
  top_seq_ = std::max(top_seq_, b.seq);
  top_echo_seq_ = std::max(top_echo_seq_, b.echo_seq);
  return true;
}

void LinkHealth::on_beat(uint64_t now_ms, size_t link, const Beat& beat,
                        std::vector<LinkChange>* out) {
  const uint64_t top_seq = top_seq_;
  if (!counts(link, beat)) return;
  links_[link].arrivals.on_beat(now_ms, beat.seq);
  if (top_seq_ != top_seq) any_.on_beat(now_ms, beat.seq);
  // A node that was away, on every link: none of them is to blame.
  const bool back = !heard_ || now_ms - last_ms_ > deadtime_ms_;
  heard_ = true;
  last_ms_ = now_ms;
  for (size_t i = 0; i < links_.size(); ++i) {
    Link* l = &links_[i];
    if (back || i == link) l->since_ms = now_ms;
    LinkChange change = {i, i == link};
    if (i == link) {
      l->heard = true;
      l->last_ms = now_ms;
      if (l->down) out->push_back(change);
      l->down = false;
    } else if (!l->down && (l->expected || l->heard) &&
               now_ms - l->since_ms > deadtime_ms_) {
      l->down = true;
      out->push_back(change);
    }
  }
}

}  // namespace hbd
