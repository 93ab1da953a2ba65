// Both files are compared as they are in effect: what is spelt another way, or
// said that was the default, is no change.
#include "hbd/reload.h"

#include <algorithm>

#include "lib/text.h"

namespace hbd {

using tandem::Error;

namespace {

const char kNotify[] = "notify";  // nobody waits for it: it may come and go

Error needs_restart(const Settings& s, const std::string& what) {
  return Error::make(tandem::kExitConfig, "%s: %s needs a restart",
                     s.path.c_str(), what.c_str());
}

// fresh, with all of the running one that may change.
Settings with_changes_undone(const Settings& now, Settings fresh) {
  fresh.log = now.log;
  fresh.facility = now.facility;
  fresh.warntime_ms = now.warntime_ms;
  fresh.pings = now.pings;
  fresh.hooks.events = now.hooks.events;
  fresh.hooks.hook_timeout_ms = now.hooks.hook_timeout_ms;
  fresh.hooks.stop_timeout_ms = now.hooks.stop_timeout_ms;
  fresh.hooks.status_timeout_ms = now.hooks.status_timeout_ms;
  return fresh;
}

bool is_one_left(const std::vector<tandem::Address>& now,
                 const std::vector<tandem::Address>& fresh) {
  for (const tandem::Address& a : fresh) {
    if (std::find(now.begin(), now.end(), a) != now.end()) return true;
  }
  return now.empty() && fresh.empty();
}

bool same_groups(const std::vector<ResourceGroup>& now,
                 const std::vector<ResourceGroup>& fresh) {
  if (now.size() != fresh.size()) return false;
  for (size_t i = 0; i < now.size(); ++i) {
    if (now[i].preferred != fresh[i].preferred ||
        now[i].resources.size() != fresh[i].resources.size()) {
      return false;
    }
    for (size_t k = 0; k < now[i].resources.size(); ++k) {
      if (now[i].resources[k].text() != fresh[i].resources[k].text()) {
        return false;
      }
    }
  }
  return true;
}

}  // namespace

Error check_reload(const Loaded& now, const Loaded& fresh) {
  const Settings& s = fresh.settings;
  const std::vector<std::string> before =
      tandem::split_fields(format_settings(now.settings), "\n");
  const std::vector<std::string> after = tandem::split_fields(
      format_settings(with_changes_undone(now.settings, s)), "\n");
  for (size_t i = 0; i < std::max(before.size(), after.size()); ++i) {
    const std::string was = i < before.size() ? before[i] : "";
    const std::string is = i < after.size() ? after[i] : "";
    if (was != is) return needs_restart(s, "'" + (is.empty() ? was : is) + "'");
  }
  for (const char* const* name = kEventNames; *name; ++name) {
    if (now.settings.hooks.has_event(*name) != s.hooks.has_event(*name) &&
        *name != std::string(kNotify)) {
      return needs_restart(s, std::string("event ") + *name);
    }
  }
  if (!is_one_left(now.settings.pings, s.pings)) {
    return needs_restart(s, "a change of all ping nodes");
  }
  if (!same_groups(now.groups, fresh.groups)) {
    return needs_restart(s, s.haresources);
  }
  return Error::none();
}

}  // namespace hbd
