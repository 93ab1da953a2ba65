// Beats in and out: format and sign, send; receive, check the signature, and
// only then parse. Knows which pair a beat belongs to, over which links each
// node is heard, and counts strangers.
#ifndef TANDEM_HBD_LINK_MAIL_H
#define TANDEM_HBD_LINK_MAIL_H

#include <stdint.h>

#include <string>
#include <vector>

#include "hbd/decide/beat.h"
#include "hbd/decide/status.h"
#include "hbd/link/health.h"
#include "hbd/link/keys.h"
#include "hbd/link/links.h"
#include "hbd/link/member.h"

namespace hbd {

struct Letter {
  size_t pair;  // index in LinkSettings::pairs
  Beat beat;
};

class Mail {
 public:
  // incarnation: ours, which every beat must echo.
  Mail(const LinkSettings& settings, const std::vector<AuthKeys>& keys,
       uint64_t incarnation);
  TANDEM_MUST_USE tandem::Error open() { return links_.open(); }
  void want(tandem::Selector* sel) const { links_.want(sel); }
  void step(uint64_t now_ms) { links_.step(now_ms); }
  // All beats that wait and are signed for one of our pairs and for us, once
  // for each link that brought them. Logs links that broke or came back.
  void receive(uint64_t now_ms, std::vector<Letter>* out);
  void send(size_t pair, const Beat& beat);
  // From here on these sign and are accepted; by pair, as before.
  void set_keys(const std::vector<AuthKeys>& keys) { keys_ = keys; }
  // Datagrams dropped: wrong signature, not a beat, not for us. On a link that
  // is shared, beats for others are none.
  uint64_t strangers() const { return strangers_; }
  // The links to the others of a pair.
  std::vector<LinkStatus> links(uint64_t now_ms, size_t pair) const;

 private:
  // One who beats to us. to: where its beats go, by link; without a family,
  // nowhere.
  struct Other {
    size_t pair;
    std::string name;
    std::vector<tandem::Address> to;
    LinkHealth watch;
  };
  enum class Verdict { Ours, Neighbours, Stranger };
  void add_other(size_t pair, const Member& other, uint64_t incarnation);
  Other* find(size_t pair, const std::string& name);
  Verdict read(const Datagram& d, Letter* out, const char** why) const;
  void note_link(uint64_t now_ms, size_t link, const Letter& letter);
  const LinkSettings& settings_;
  std::vector<AuthKeys> keys_;  // by pair
  Links links_;
  std::vector<Other> others_;
  tandem::LogLimit limit_;
  uint64_t strangers_;
};

}  // namespace hbd

#endif
