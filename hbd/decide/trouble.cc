// When a trouble begins, lasts and is gone.
#include "hbd/decide/trouble.h"

namespace hbd {

using promote::Fault;
using promote::Faults;

namespace {

const uint64_t kGoneMs = 2000;  // what comes and goes is one trouble

}  // namespace

Faults faults_in(const tandem::Attrs& attrs) {
  return Faults::of_code(tandem::attr_value(attrs, "faults"));
}

Faults all_faults_in(const tandem::Attrs& attrs) {
  Faults all = faults_in(attrs);
  all.add(Faults::of_code(tandem::attr_value(attrs, "found")));
  return all;
}

std::vector<Trouble::News> Trouble::take(uint64_t now_ms, const Faults& now) {
  std::vector<News> news;
  std::vector<Held> still;
  Faults known;
  for (Held h : held_) {
    known.add(h.fault);
    if (now.has(h.fault)) h.last_ms = now_ms;
    if (now_ms - h.last_ms < kGoneMs) still.push_back(h);
    else news.push_back(News{h.fault, true});
  }
  for (Fault f : now.list()) {
    if (known.has(f)) continue;
    still.push_back(Held{f, now_ms, now_ms});
    news.push_back(News{f, false});
  }
  held_ = still;
  return news;
}

}  // namespace hbd
