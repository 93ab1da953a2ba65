#include "hbd/decide/record.h"

#include <inttypes.h>

#include "lib/text.h"
#include "lib/watch.h"

namespace hbd {

namespace {

template <class F, class R>
void each_field(F* f, const std::string& prefix, R* r) {
  f->number(prefix + "epoch", &r->epoch);
  f->number(prefix + "version", &r->version);
  f->word(prefix + "owner", &r->owner);
  f->optional(prefix + "paired", &r->paired);
  f->optional(prefix + "starting", &r->owner_instance);
  f->optional(prefix + "pos", &r->start_pos);
  f->optional(prefix + "back", &r->back);
  f->word(prefix + "from", &r->from);
}

}  // namespace

bool Record::operator==(const Record& o) const {
  return same_id(o) && owner == o.owner && paired == o.paired &&
         owner_instance == o.owner_instance && back == o.back &&
         start_pos == o.start_pos && from == o.from;
}

bool is_newer(const Record& a, const Record& b) {
  if (a.epoch != b.epoch) return a.epoch > b.epoch;
  return a.version > b.version;
}

void record_fields(tandem::FieldWriter* f, const std::string& prefix,
                   const Record* r) {
  if (!r->none()) each_field(f, prefix, r);
}

void record_fields(tandem::FieldReader* f, const std::string& prefix,
                   Record* out) {
  *out = Record();
  if (!f->has(prefix + "epoch")) return;
  each_field(f, prefix, out);
  const size_t most = tandem::kAttrValueBytesMax;
  f->refuse_unless(
      !out->none() && tandem::is_name(out->owner) &&
      out->paired.size() <= most && out->owner_instance.size() <= most &&
      out->start_pos.size() <= most &&
      (out->from == "paired" || out->from == "alone" || out->from == "none"));
}

std::string record_text(const Record& r) {
  if (r.none()) return "none";
  return owner_text(r) + (r.alone() ? " alone" : " paired " + r.paired);
}

std::string owner_text(const Record& r) {
  if (r.none()) return "none";
  return tandem::format("epoch %" PRIu64 " v%" PRIu64 " owner %s%s", r.epoch,
                        r.version, r.owner.c_str(),
                        r.owner_instance.empty() ? "" : " (starting)");
}

}  // namespace hbd
