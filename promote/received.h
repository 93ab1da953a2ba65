// The furthest position that a replica has been seen to have received. What
// status shows goes back when relay logs are thrown away (STOP SLAVE and START
// SLAVE do that in MariaDB), and a commit that was acknowledged for it may then
// be nowhere but on a source that is dead. Pure.
#ifndef TANDEM_PROMOTE_RECEIVED_H
#define TANDEM_PROMOTE_RECEIVED_H

#include <string>

#include "promote/facts.h"

namespace promote {

// Of one source, in one life of the replica's server, from its second second
// on: with another one nothing that was acknowledged before rests on this relay
// log.
class Received {
 public:
  void take(const Facts& f);
  // Some of it is neither received nor executed now.
  bool is_lost(const Facts& f) const;
  // It, if f is of that source and that life; else nothing.
  Gtids of(const Facts& f) const;
  // One line, which restore() takes back; "" for nothing.
  std::string text() const;
  TANDEM_MUST_USE bool restore(const std::string& text);

 private:
  std::string of_;  // "HOST:PORT INSTANCE"
  Gtids gtids_;
};

}  // namespace promote

#endif
