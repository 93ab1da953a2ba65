#include "hbd/times.h"

#include "lib/lease.h"
#include "lib/text.h"

namespace hbd {

namespace {

std::string text(uint64_t ms) { return tandem::format_duration_ms(ms); }

// The key to blame: the one that is written down.
const char* culprit(const tandem::IniReader& r, const char* key,
                    const char* other) {
  return r.has(key) || !r.has(other) ? key : other;
}

}  // namespace

void take_times(tandem::IniReader* r, Times* times, bool kernel_backstop) {
  r->duration("keepalive", 10, 60000, &times->keepalive_ms);
  r->duration("deadtime", 50, 3600000, &times->deadtime_ms);
  r->duration("lease", 30, 3600000, &times->lease_ms);
  const Times& t = *times;
  if (t.deadtime_ms < 2 * t.keepalive_ms) {
    r->refuse(culprit(*r, "deadtime", "keepalive"),
              "deadtime %s is less than twice the keepalive of %s",
              text(t.deadtime_ms).c_str(), text(t.keepalive_ms).c_str());
  }
  if (t.lease_ms >= t.deadtime_ms) {
    r->refuse(culprit(*r, "lease", "deadtime"),
              "lease %s is not below the deadtime of %s: two owners at a time",
              text(t.lease_ms).c_str(),
              text(t.deadtime_ms).c_str());
  }
  if (t.lease_ms < 2 * t.keepalive_ms) {
    r->refuse(culprit(*r, "lease", "keepalive"),
              "lease %s is less than twice the keepalive of %s",
              text(t.lease_ms).c_str(), text(t.keepalive_ms).c_str());
  }
  const uint64_t backstop_ms = tandem::kernel_backstop_ms(t.lease_ms);
  if (kernel_backstop && t.deadtime_ms < backstop_ms) {
    r->refuse(culprit(*r, "deadtime", "lease"),
              "deadtime %s is below %s (lease/2 + %s), when "
              "the kernel drops the address of a frozen node; "
              "'kernel_backstop = no' goes without that",
              text(t.deadtime_ms).c_str(), text(backstop_ms).c_str(),
              text(tandem::kernel_expiry_ms(t.lease_ms)).c_str());
  }
}

void check_node_times(tandem::IniReader* r, const Settings& s,
                      const Times& t) {
  if (s.warntime_ms >= t.deadtime_ms || s.warntime_ms <= t.keepalive_ms) {
    r->refuse(culprit(*r, "warntime",
                      s.warntime_ms >= t.deadtime_ms ? "deadtime"
                                                     : "keepalive"),
              "warntime %s is not between the keepalive of %s and the "
              "deadtime of %s", text(s.warntime_ms).c_str(),
              text(t.keepalive_ms).c_str(), text(t.deadtime_ms).c_str());
  }
  if (s.initdead_ms < t.deadtime_ms) {
    r->refuse(culprit(*r, "initdead", "deadtime"),
              "initdead %s is below the deadtime of %s",
              text(s.initdead_ms).c_str(), text(t.deadtime_ms).c_str());
  }
}

}  // namespace hbd
