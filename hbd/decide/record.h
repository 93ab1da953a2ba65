// The record of a group: who owns it since which epoch, and which start of
// the replica's server, if any, has every acknowledged write.
// Pure: values and their text.
#ifndef TANDEM_HBD_DECIDE_RECORD_H
#define TANDEM_HBD_DECIDE_RECORD_H

#include <stdint.h>

#include <string>

#include "lib/error.h"
#include "lib/words.h"

namespace hbd {

struct Record {
  uint64_t epoch = 0;     // 0: there is no record
  uint64_t version = 0;   // raised by the owner only, from 1 in each epoch
  std::string owner;
  std::string paired;     // instance of the replica's server; "" = alone
  // While the owner's start hooks have not all succeeded: the start of its
  // server that received everything, but may not have applied it. Another
  // start of it may lack writes (MariaDB purges its relay log). "" = the
  // owner has everything, whatever becomes of its server.
  std::string owner_instance;
  bool back = false;      // with owner_instance: the owner before has it too
  std::string start_pos;  // position at which the owner started; may be ""
  std::string from;       // what the record before said of the new owner:
                          // "paired" (it had everything), "alone", "none";
                          // who starts again alone keeps this and start_pos
  bool none() const { return epoch == 0; }
  bool alone() const { return paired.empty(); }
  bool same_id(const Record& o) const {
    return epoch == o.epoch && version == o.version;
  }
  bool operator==(const Record& o) const;
};

// Whether a has the higher (epoch, version).
bool is_newer(const Record& a, const Record& b);

// The fields of a record, each key behind the prefix; none for none(). One
// that is malformed is refused by the reader.
void record_fields(tandem::FieldWriter* f, const std::string& prefix,
                   const Record* r);
void record_fields(tandem::FieldReader* f, const std::string& prefix,
                   Record* out);
// "epoch 3 v2 owner hdp3 paired 1700000000": for logs and people.
std::string record_text(const Record& r);
// A record without what it says of writes: all there is of a group without
// data.
std::string owner_text(const Record& r);

}  // namespace hbd

#endif
