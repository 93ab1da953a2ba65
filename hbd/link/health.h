// Over which links a node is heard. Its beats go out on every link, so a link
// that brings none while another does is broken: that is noticed here, before
// the last one breaks too. Pure: the times are inputs. Decides nothing about
// the node itself; that is the core's.
#ifndef TANDEM_HBD_LINK_HEALTH_H
#define TANDEM_HBD_LINK_HEALTH_H

#include <stddef.h>
#include <stdint.h>

#include <vector>

#include "hbd/decide/beat.h"
#include "hbd/link/arrivals.h"

namespace hbd {

struct LinkChange {
  size_t link;
  bool up;
};

// The links to one node.
class LinkHealth {
 public:
  // expected[i]: the node is to be heard over link i; over the others it may
  // be. self_incarnation: ours, which a beat must echo to count.
  LinkHealth(const std::vector<bool>& expected, uint64_t self_incarnation,
            uint64_t deadtime_ms);

  // A beat with a right signature, from this node, for us, over this link. A
  // duplicate counts on each link that brings it; what was sent again later,
  // to an earlier hbd of ours, or by an earlier one of the node does not: its
  // later one answers to more than that ever heard. Appends what changed: this
  // link is up again; another one has brought nothing for a deadtime in which
  // the node was heard.
  void on_beat(uint64_t now_ms, size_t link, const Beat& beat,
               std::vector<LinkChange>* out);

  bool expected(size_t link) const { return links_[link].expected; }
  bool heard(size_t link) const { return links_[link].heard; }  // ever
  // Of the last beat that counted; only after one was heard.
  uint64_t last_ms(size_t link) const { return links_[link].last_ms; }
  const Arrivals& arrivals(size_t link) const { return links_[link].arrivals; }
  const Arrivals& arrivals() const { return any_; }  // over any link
  bool up(uint64_t now_ms, size_t link) const {
    return heard(link) && now_ms - last_ms(link) <= deadtime_ms_;
  }

 private:
  struct Link {
    bool expected, heard, down;  // down: said so
    uint64_t seq, since_ms, last_ms;
    Arrivals arrivals;
  };
  bool counts(size_t link, const Beat& beat);
  std::vector<Link> links_;
  uint64_t self_incarnation_, deadtime_ms_;
  uint64_t incarnation_;       // the node's, the latest; 0: not heard yet
  uint64_t top_seq_, top_echo_seq_;    // of that one, over all links
  bool heard_;
  uint64_t last_ms_;                   // over any link
  Arrivals any_;
};

}  // namespace hbd

#endif
