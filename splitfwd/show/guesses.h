// Who guesses the page's password: a few wrong ones are a person's, then one a
// second is heard from each source, whether it is right or not. Pure.
#ifndef TANDEM_SPLITFWD_SHOW_GUESSES_H
#define TANDEM_SPLITFWD_SHOW_GUESSES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <algorithm>
#include <vector>

#include "lib/addr.h"

namespace splitfwd {

class Guesses {
 public:
  static const uint64_t kAtOnce = 5;
  static const uint64_t kEachMs = 1000;
  static const size_t kSourcesMax = 64;  // then who is forgiven first goes

  // A password from there is looked at.
  bool may_try(const tandem::Address& from, uint64_t now_ms) const {
    for (const Source& s : sources_) {
      if (is_of(s, from)) {
        return s.forgiven_ms <= now_ms + (kAtOnce - 1) * kEachMs;
      }
    }
    return true;
  }
  void on_wrong(const tandem::Address& from, uint64_t now_ms) {
    std::vector<Source>::iterator at = std::find_if(
        sources_.begin(), sources_.end(),
        [this, &from](const Source& s) { return is_of(s, from); });
    if (at == sources_.end()) {
      if (sources_.size() >= kSourcesMax) {
        sources_.erase(std::min_element(
            sources_.begin(), sources_.end(),
            [](const Source& a, const Source& b) {
              return a.forgiven_ms < b.forgiven_ms;
            }));
      }
      sources_.push_back(Source{from, 0});
      at = sources_.end() - 1;
    }
    at->forgiven_ms = std::max(at->forgiven_ms, now_ms) + kEachMs;
  }

 private:
  struct Source {
    tandem::Address from;
    uint64_t forgiven_ms;  // all its wrong ones are, then
  };
  // Of IPv6 a host has a network to itself: the first 64 bits count. Of
  // 127.0.0.0/8 each user of this host has each address.
  static bool is_of(const Source& s, const tandem::Address& a) {
    const bool local = a.is_v4() && a.bytes[0] == 127;
    return s.from.family == a.family &&
           memcmp(s.from.bytes, a.bytes, local ? 1 : a.is_v4() ? 4 : 8) == 0;
  }

  std::vector<Source> sources_;
};

}  // namespace splitfwd

#endif
