#include "hbd/post.h"

#include <inttypes.h>

#include "hbd/sign.h"

namespace hbd {

namespace {

const unsigned kLinesBurst = 3;
const uint64_t kLinesPeriodMs = 10000;

}  // namespace

Post::Post(const Settings& settings, const std::vector<AuthKeys>& keys)
    : settings_(settings), keys_(keys), limit_(kLinesBurst, kLinesPeriodMs),
      strangers_(0) {
  TANDEM_ASSERT(keys.size() == settings.pairs.size());
}

tandem::Error Post::open() {
  return media_.open(settings_.is_witness
                         ? settings_.witness.ucast
                         : settings_.member(settings_.self).ucast);
}

// A key may serve two pairs, so the name in the beat has the last word.
bool Post::read(const Datagram& d, Letter* out, const char** why) const {
  *why = "wrong signature";
  if (d.bytes.size() > kBeatBytesMax) {
    *why = "too long";
    return false;
  }
  for (size_t i = 0; i < keys_.size(); ++i) {
    std::string text;
    if (!open_signed(keys_[i].accepted, d.bytes, &text)) continue;
    Letter letter;
    letter.pair = i;
    if (!parse_beat(text, &letter.beat)) {
      *why = "signed but not a beat (another version?)";
    } else if (letter.beat.pair != settings_.pairs[i].name) {
      *why = "another pair's";
    } else if (letter.beat.to != settings_.self) {
      *why = "for another node";
    } else {
      *out = letter;
      return true;
    }
  }
  return false;
}

void Post::receive(uint64_t now_ms, std::vector<Letter>* out) {
  std::vector<Datagram> all;
  media_.receive(&all);
  for (size_t i = 0; i < all.size(); ++i) {
    Letter letter;
    const char* why;
    if (read(all[i], &letter, &why)) {
      out->push_back(letter);
      continue;
    }
    ++strangers_;
    uint64_t unlogged;
    if (limit_.allow(now_ms, &unlogged)) {
      tandem::log_warn("stranger %s dropped: %s (%zu bytes) unlogged=%" PRIu64,
                       all[i].source.text().c_str(), why, all[i].bytes.size(),
                       unlogged);
    }
  }
}

const Member* Post::find(size_t pair, const std::string& name) const {
  if (name == settings_.witness.name) return &settings_.witness;
  const std::vector<Member>& m = settings_.pairs[pair].members;
  for (size_t i = 0; i < m.size(); ++i) {
    if (m[i].name == name) return &m[i];
  }
  return nullptr;
}

void Post::send(size_t pair, const Beat& beat) {
  const Member* to = find(pair, beat.to);
  TANDEM_ASSERT(to);
  const std::string bytes = sign_text(keys_[pair].sender, format_beat(beat));
  if (bytes.size() > kBeatBytesMax) {
    tandem::log_err("beat to %s is too long: %zu bytes, at most %zu",
                    beat.to.c_str(), bytes.size(), kBeatBytesMax);
    return;
  }
  media_.send(to->ucast, bytes);
}

}  // namespace hbd
