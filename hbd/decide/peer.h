// The other node, as one value that is judged by the clock. Pure.
//
//   state    it is                          from when to when
//   Unheard  never heard since we started   until its first beat
//   Here     heard, within warntime         from each beat on
//   Late     heard, but not for warntime    until a beat, or deadtime
//   Silent   not heard for deadtime; until its next beat. Or heard and deaf: it
//            has confirmed nothing new of us for deadtime; until it does
//   Left     its last beat said that it ends in order; until its next beat
//
// A node that was late itself judges nobody for warntime: see
// View::no_judge_until_ms.
#ifndef TANDEM_HBD_DECIDE_PEER_H
#define TANDEM_HBD_DECIDE_PEER_H

#include <stdint.h>

#include <string>

#include "hbd/decide/beat.h"
#include "hbd/decide/config.h"
#include "hbd/decide/hearing.h"

namespace hbd {

enum class PeerState { Unheard, Here, Late, Silent, Left };

class Peer {
 public:
  // What a beat that counts has changed.
  struct News {
    bool counts = false;       // nothing below holds when it does not
    bool restarted = false;    // another start of its hbd
    bool heard_again = false;  // it was Silent
    bool left = false;         // it has said that it ends in order
    bool differs = false;      // it tells another haresources than before
    bool told = false;         // first words on what must be agreed on, or new
  };
  // What the time has made of it just now.
  struct Verdict {
    bool late = false, silent = false;
  };

  Peer(const Config& config, uint64_t self_incarnation, uint64_t now_ms);
  News take(uint64_t now_ms, const Beat& beat);
  Verdict judge(uint64_t now_ms);
  // The next moment at which judge() may say something new; UINT64_MAX = none.
  uint64_t next_due_ms() const;

  PeerState state() const { return state_; }
  bool is_unheard() const { return state_ == PeerState::Unheard; }
  bool is_silent() const { return state_ == PeerState::Silent; }
  bool has_left() const { return state_ == PeerState::Left; }
  // Here or Late: it is there, and can be talked to.
  bool is_there() const {
    return state_ == PeerState::Here || state_ == PeerState::Late;
  }
  bool heard_within(uint64_t now_ms, uint64_t ms) const {
    return hearing_.heard_within(now_ms, ms);
  }
  // Since when it is not heard, or confirms nothing new of us.
  uint64_t quiet_since_ms() const;
  // The peer hears us, and we hear it.
  bool answers_within(uint64_t now_ms, uint64_t ms) const {
    return !is_unheard() && now_ms - quiet_since_ms() <= ms;
  }
  uint64_t left_since_ms() const { return left_since_ms_; }
  // Since when its server replicates, or does not, as it says now.
  uint64_t replica_since_ms() const { return replica_since_ms_; }
  // What it has told last, or is stored of it: see agreement.h.
  const Agreement& told() const { return told_; }
  void restore(const Agreement& told) { told_ = told; }
  void set_warntime(uint64_t ms) { warntime_ms_ = ms; }
  // The witness has told these times: they count as well.
  void mind(const Agreement& witness) { witness_ = witness; }
  // The longest that anybody goes by.
  uint64_t deadtime_ms() const;
  // The peer has told another haresources than ours.
  bool differs() const { return !digest_.empty() && digest_ != own_digest_; }
  bool agrees() const { return digest_ == own_digest_; }

  const Beat& beat() const { return hearing_.beat(); }  // the last that counted
  const GroupBeat* group(const std::string& name) const {
    return beat().group(name);
  }
  std::string attr(const char* key) const { return beat().attr(key); }
  const Hearing& hearing() const { return hearing_; }
  Hearing* hearing() { return &hearing_; }

 private:
  Hearing hearing_;
  uint64_t warntime_ms_, own_deadtime_ms_;
  Agreement told_, witness_;
  std::string own_digest_, digest_;  // digest_: the last one it told
  PeerState state_ = PeerState::Unheard;
  uint64_t left_since_ms_, replica_since_ms_;
};

}  // namespace hbd

#endif
