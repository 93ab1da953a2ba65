// The record of a group: who owns it since which epoch, and which start of
// the replica's server, if any, has every acknowledged write.
// Pure: values and their text.
#ifndef TANDEM_HBD_RECORD_H
#define TANDEM_HBD_RECORD_H

#include <stdint.h>

#include <string>

#include "lib/error.h"
#include "lib/words.h"

namespace hbd {

struct Record {
  uint64_t epoch;         // 0: there is no record
  uint64_t version;       // raised by the owner only, from 1 in each epoch
  std::string owner;
  std::string paired;     // instance of the replica's server; "" = alone
  // While the owner's start hooks have not all succeeded: the start of its
  // server that received everything, but may not have applied it. Another
  // start of it may lack writes (MariaDB purges its relay log). "" = the
  // owner has everything, whatever becomes of its server.
  std::string owner_instance;
  bool back;              // with owner_instance: the owner before has it too
  std::string start_pos;  // position at which the owner started; may be ""
  std::string from;       // what the record before said of the new owner:
                          // "paired" (it had everything), "alone", "none"
  Record() : epoch(0), version(0), back(false) {}
  bool none() const { return epoch == 0; }
  bool same_id(const Record& o) const {
    return epoch == o.epoch && version == o.version;
  }
  bool operator==(const Record& o) const;
};

// True when a has the higher (epoch, version).
bool is_newer(const Record& a, const Record& b);

using tandem::Words;
using tandem::append_word;
using tandem::parse_words;
using tandem::take_number;
using tandem::take_word;

// Appends " PREFIXepoch=.. PREFIXversion=.. ..." to line; nothing for none(),
// and no word for what is empty.
void append_record(std::string* line, const char* prefix, const Record& r);
// Takes the words of append_record() out of *words. No PREFIXepoch is none().
// False when epoch, version, owner or from is missing, or one is malformed.
TANDEM_MUST_USE bool take_record(Words* words, const char* prefix,
                                 Record* out);
// "epoch 3 v2 owner hdp3 paired 1700000000": for logs and people.
std::string record_text(const Record& r);

}  // namespace hbd

#endif
