// Beats in and out: format and sign, send; receive, check the signature, and
// only then parse. Knows which pair a beat belongs to, and counts strangers.
#ifndef TANDEM_HBD_POST_H
#define TANDEM_HBD_POST_H

#include <stdint.h>

#include <string>
#include <vector>

#include "hbd/authkeys.h"
#include "hbd/beat.h"
#include "hbd/config.h"
#include "hbd/media.h"

namespace hbd {

struct Letter {
  size_t pair;  // index in Settings::pairs
  Beat beat;
};

class Post {
 public:
  Post(const Settings& settings, const std::vector<AuthKeys>& keys);
  TANDEM_MUST_USE tandem::Error open();
  void want(tandem::Selector* sel) const { media_.want(sel); }
  void step(uint64_t now_ms) { media_.step(now_ms); }
  // All beats that wait and are signed for one of our pairs and for us.
  void receive(uint64_t now_ms, std::vector<Letter>* out);
  void send(size_t pair, const Beat& beat);
  // Datagrams dropped: wrong signature, not a beat, not for us.
  uint64_t strangers() const { return strangers_; }

 private:
  bool read(const Datagram& d, Letter* out, const char** why) const;
  const Member* find(size_t pair, const std::string& name) const;
  const Settings& settings_;
  std::vector<AuthKeys> keys_;  // by pair
  Media media_;
  tandem::LogLimit limit_;
  uint64_t strangers_;
};

}  // namespace hbd

#endif
