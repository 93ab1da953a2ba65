#include "hbd/queue.h"

#include <sys/stat.h>

#include "lib/clock.h"
#include "lib/file.h"
#include "lib/log.h"
#include "lib/select.h"

namespace hbd {

namespace {

const uint64_t kRetryMs = 500;

}  // namespace

Queue::Queue(const std::string& state_path)
    : state_path_(state_path), retry_ms_(tandem::kNever), failures_(0) {}

bool Queue::held_up() const { return retry_ms_ != tandem::kNever; }

// Both are overtaken by the next of their kind, and whoever loses one loses
// only time. Everything else keeps its place.
bool Queue::replaces(const Action& newer, const Action& older) const {
  if (newer.kind != older.kind) return false;
  if (newer.kind == ActionKind::SendBeat) {
    return newer.beat.to == older.beat.to;
  }
  return newer.kind == ActionKind::Lifeline && newer.group == older.group;
}

void Queue::push(const std::vector<Action>& actions) {
  for (const Action& a : actions) {
    for (size_t k = 0; held_up() && k < actions_.size(); ++k) {
      if (!replaces(a, actions_[k])) continue;
      actions_.erase(actions_.begin() + static_cast<std::ptrdiff_t>(k));
      break;
    }
    actions_.push_back(a);
  }
}

bool Queue::persist_and_next(uint64_t now_ms, Action* out) {
  if (held_up() && now_ms < retry_ms_) return false;
  while (!actions_.empty() && actions_.front().kind == ActionKind::Persist) {
    State* state = &actions_.front().state;
    state->maintenance.wall_ms = tandem::wall_ms();
    const tandem::Error e = tandem::replace_file(
        state_path_, format_state(*state), S_IRUSR | S_IWUSR);
    if (e) {
      ++failures_;
      retry_ms_ = now_ms + kRetryMs;
      tandem::log_err("state is not written, this node is silent until it is: "
                      "%s (attempt %u)", e.c_str(), failures_);
      return false;
    }
    if (failures_ > 0) {
      tandem::log_info("state is written after %u failures", failures_);
    }
    failures_ = 0;
    retry_ms_ = tandem::kNever;
    actions_.pop_front();
  }
  if (actions_.empty()) return false;
  *out = actions_.front();
  actions_.pop_front();
  return true;
}

}  // namespace hbd
