#include "hbd/record.h"

#include <inttypes.h>

#include "lib/text.h"
#include "lib/watch.h"

namespace hbd {

bool Record::operator==(const Record& o) const {
  return same_id(o) && owner == o.owner && paired == o.paired &&
         owner_instance == o.owner_instance && back == o.back &&
         start_pos == o.start_pos && from == o.from;
}

bool is_newer(const Record& a, const Record& b) {
  if (a.epoch != b.epoch) return a.epoch > b.epoch;
  return a.version > b.version;
}

void append_record(std::string* line, const char* prefix, const Record& r) {
  if (r.none()) return;
  const std::string p = prefix;
  append_word(line, (p + "epoch").c_str(), r.epoch);
  append_word(line, (p + "version").c_str(), r.version);
  append_word(line, (p + "owner").c_str(), r.owner);
  const char* const keys[] = {"paired", "starting", "pos"};
  const std::string* const values[] = {&r.paired, &r.owner_instance,
                                       &r.start_pos};
  for (size_t i = 0; i < sizeof keys / sizeof *keys; ++i) {
    if (values[i]->empty()) continue;
    append_word(line, (p + keys[i]).c_str(), *values[i]);
  }
  if (r.back) append_word(line, (p + "back").c_str(), 1);
  append_word(line, (p + "from").c_str(), r.from);
}

bool take_record(Words* words, const char* prefix, Record* out) {
  const std::string p = prefix;
  if (words->count(p + "epoch") == 0) {
    *out = Record();
    return true;
  }
  Record r;
  if (!take_number(words, p + "epoch", &r.epoch) || r.epoch == 0) return false;
  if (!take_number(words, p + "version", &r.version)) return false;
  if (!take_word(words, p + "owner", &r.owner)) return false;
  if (!take_word(words, p + "from", &r.from)) return false;
  uint64_t back = 0;
  if (words->count(p + "back") &&
      (!take_number(words, p + "back", &back) || back > 1)) {
    return false;
  }
  r.back = back == 1;
  std::string* const optional[] = {&r.paired, &r.owner_instance, &r.start_pos};
  const char* const keys[] = {"paired", "starting", "pos"};
  for (size_t i = 0; i < sizeof keys / sizeof *keys; ++i) {
    if (words->count(p + keys[i]) == 0) continue;
    if (!take_word(words, p + keys[i], optional[i])) return false;
  }
  if (!tandem::is_name(r.owner)) return false;
  if (r.paired.size() > tandem::kAttrValueBytesMax ||
      r.owner_instance.size() > tandem::kAttrValueBytesMax ||
      r.start_pos.size() > tandem::kAttrValueBytesMax) {
    return false;
  }
  if (r.from != "paired" && r.from != "alone" && r.from != "none") {
    return false;
  }
  *out = r;
  return true;
}

std::string record_text(const Record& r) {
  if (r.none()) return "none";
  return tandem::format("epoch %" PRIu64 " v%" PRIu64 " owner %s%s %s",
                        r.epoch, r.version, r.owner.c_str(),
                        r.owner_instance.empty() ? "" : " (starting)",
                        r.paired.empty() ? "alone"
                                         : ("paired " + r.paired).c_str());
}

}  // namespace hbd
