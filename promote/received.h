// The furthest position that a replica has been seen to have received. What
// status shows goes back when relay logs are thrown away (STOP SLAVE and START
// SLAVE do that in MariaDB, RESET SLAVE everywhere), and a commit that was
// acknowledged for it may then be nowhere but on a source that is dead. Pure.
#ifndef TANDEM_PROMOTE_RECEIVED_H
#define TANDEM_PROMOTE_RECEIVED_H

#include <string>

#include "promote/facts.h"

namespace promote {

// In one life of the server, from its second second on (hbd knows of a restart
// by itself), and until it is a primary. Of whatever source: the pair has one.
class Received {
 public:
  void take(const Facts& f);
  // Some of it is neither received nor executed now.
  bool is_lost(const Facts& f) const;
  // The position, if f is of that life; else nothing.
  Gtids of(const Facts& f) const;
  // One line, which restore() takes back; "" for nothing.
  std::string text() const;
  TANDEM_MUST_USE bool restore(const std::string& text);

 private:
  std::string life_;  // the server's instance
  Gtids gtids_;
};

}  // namespace promote

#endif
