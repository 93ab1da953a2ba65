// Which of our pairs a datagram is for is found by the names in it, which its
// signature must prove, never by where it came from.
#include "hbd/link/mail.h"

#include <inttypes.h>
#include <sys/socket.h>

#include "hbd/link/sign.h"
#include "lib/text.h"

namespace hbd {

using tandem::format;

namespace {

const unsigned kLinesBurst = 3;
const uint64_t kLinesPeriodMs = 10000;

}  // namespace

Mail::Mail(const LinkSettings& settings, const std::vector<AuthKeys>& keys,
           uint64_t incarnation)
    : settings_(settings), keys_(keys), links_(settings.local()),
      limit_(kLinesBurst, kLinesPeriodMs), strangers_(0) {
  TANDEM_ASSERT(keys.size() == settings.pairs.size());
  for (size_t p = 0; p < settings.pairs.size(); ++p) {
    const std::vector<Member>& m = settings.pairs[p].members;
    for (const Member& member : m) {
      if (member.name != settings.self) add_other(p, member, incarnation);
    }
  }
  if (!settings.is_witness && !settings.witness.name.empty()) {
    add_other(0, settings.witness, incarnation);
  }
}

// A witness's file does not say which shared links its pairs have: its beats
// go out on all, and whoever is heard over one is expected there.
void Mail::add_other(size_t pair, const Member& other, uint64_t incarnation) {
  const Member& self = settings_.local();
  std::vector<tandem::Address> to;
  std::vector<bool> expected;
  for (size_t i = 0; i < self.ucast.size(); ++i) {
    expected.push_back(i < other.ucast.size());
    to.push_back(expected.back() ? other.ucast[i] : tandem::Address());
  }
  for (size_t i = 0; i < self.bcast.size(); ++i) {
    expected.push_back(i < other.bcast.size());
    to.push_back(expected.back() || settings_.is_witness ? self.bcast[i].to
                                                         : tandem::Address());
  }
  const Other o = {pair, other.name, to,
                   LinkHealth(expected, incarnation,
                             settings_.pairs[pair].times.deadtime_ms)};
  others_.push_back(o);
}

// Only the keys of the pair that it names are tried: whoever forges many costs
// a witness of many pairs no more than a node.
Mail::Verdict Mail::read(const Datagram& d, Letter* out,
                         const char** why) const {
  const bool shared = links_.is_shared(d.link);
  if (d.bytes.size() <= kSignatureBytes || d.bytes.size() > kBeatBytesMax) {
    *why = "no beat is so long";
    return Verdict::Stranger;
  }
  const std::string named = named_pair(d.bytes.substr(kSignatureBytes));
  Letter letter;
  letter.pair = 0;
  while (letter.pair < keys_.size() &&
         settings_.pairs[letter.pair].name != named) {
    ++letter.pair;
  }
  if (letter.pair == keys_.size()) {
    *why = named.empty() ? "not a beat" : "another pair's";
    // What it says is believed for nothing but that: on a shared link it is no
    // news.
    return shared && !named.empty() ? Verdict::Neighbours : Verdict::Stranger;
  }
  std::string text;
  *why = "wrong signature";
  if (!open_signed(keys_[letter.pair].accepted, d.bytes, &text)) {
    return Verdict::Stranger;
  }
  *why = "signed but not a beat (another version?)";
  if (!parse_beat(text, &letter.beat)) return Verdict::Stranger;
  *why = "for another node";
  if (letter.beat.to != settings_.self) {
    return shared ? Verdict::Neighbours : Verdict::Stranger;  // or our own
  }
  *out = letter;
  return Verdict::Ours;
}

void Mail::receive(uint64_t now_ms, std::vector<Letter>* out) {
  std::vector<Datagram> all;
  links_.receive(&all);
  for (const Datagram& d : all) {
    Letter letter;
    const char* why;
    const Verdict verdict = read(d, &letter, &why);
    if (verdict == Verdict::Ours) {
      note_link(now_ms, d.link, letter);
      out->push_back(letter);
    }
    if (verdict != Verdict::Stranger) continue;
    ++strangers_;
    uint64_t unlogged;
    if (limit_.allow(now_ms, &unlogged)) {
      tandem::log_warn("stranger %s dropped: %s (%zu bytes) unlogged=%" PRIu64,
                       d.source.text().c_str(), why, d.bytes.size(),
                       unlogged);
    }
  }
}

void Mail::note_link(uint64_t now_ms, size_t link, const Letter& letter) {
  Other* from = find(letter.pair, letter.beat.from);
  if (!from) return;
  std::vector<LinkChange> changes;
  from->watch.on_beat(now_ms, link, letter.beat, &changes);
  for (const LinkChange& change : changes) {
    const size_t k = change.link;
    if (change.up) {
      tandem::log_info("link %s: node %s is heard over it again",
                       links_.name(k).c_str(), from->name.c_str());
    } else {
      tandem::log_warn("link %s: node %s is not heard over it, only over "
                       "another", links_.name(k).c_str(),
                       from->name.c_str());
    }
  }
}

Mail::Other* Mail::find(size_t pair, const std::string& name) {
  for (Other& o : others_) {
    if (o.pair == pair && o.name == name) return &o;
  }
  return nullptr;
}

void Mail::send(size_t pair, const Beat& beat) {
  const Other* to = find(pair, beat.to);
  TANDEM_ASSERT(to);
  const std::string bytes = sign_text(keys_[pair].sender, format_beat(beat));
  if (bytes.size() > kBeatBytesMax) {
    tandem::log_err("beat to %s is too long: %zu bytes, at most %zu",
                    beat.to.c_str(), bytes.size(), kBeatBytesMax);
    return;
  }
  links_.send(to->to, bytes);
}

std::vector<LinkStatus> Mail::links(uint64_t now_ms, size_t pair) const {
  std::vector<LinkStatus> all;
  for (const Other& o : others_) {
    const LinkHealth& w = o.watch;
    if (o.pair != pair) continue;
    for (size_t k = 0; k < links_.count(); ++k) {
      if (!w.expected(k) && !w.heard(k)) continue;
      LinkStatus link;
      link.link = links_.name(k);
      link.to = o.name;
      link.up = w.up(now_ms, k);
      link.heard = w.heard(k);
      link.missing = !links_.is_bound(k);
      link.heard_ms = w.heard(k) ? now_ms - w.last_ms(k) : 0;
      const Arrivals& a = w.arrivals(k);
      link.lost_permille = a.lost_permille();
      link.gap_p50_ms = a.gaps().percentile(50);
      link.gap_p99_ms = a.gaps().percentile(99);
      link.gap_max_ms = a.gaps().percentile(100);
      if (w.arrivals().gaps().count() > 0) {
        link.allowed_ms = deadtime_allowed_ms(
            w.arrivals().gaps(), settings_.pairs[pair].times.keepalive_ms);
      }
      all.push_back(link);
    }
  }
  return all;
}

}  // namespace hbd
