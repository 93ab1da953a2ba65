// Reads the files that hbd.ini names. What is in them is judged by their
// parsers, which know no other file; here they are held against each other.
#include "hbd/files.h"

#include <errno.h>
#include <sys/stat.h>

#include "hbd/decide/beatsize.h"
#include "hbd/hook/environment.h"
#include "hbd/hook/files.h"
#include "lib/clock.h"
#include "lib/file.h"
#include "lib/text.h"

namespace hbd {

using tandem::Error;

namespace {

// At start a program that is missing or not safe is a mistake in a file.
Error mistake_at(const std::string& path, int line, const Error& e) {
  return Error::at(path, line, "%s", e.c_str());
}

}  // namespace

Error load_files(const std::string& path, const std::string& self,
                 Loaded* out) {
  tandem::IniFile file;
  Error e = tandem::IniFile::read(path, &file);
  if (e) return e;
  e = parse_settings(file, self, &out->settings);
  for (size_t i = 0; i < out->settings.pairs.size() && !e; ++i) {
    AuthKeys keys;
    e = read_keys(out->settings, out->settings.pairs[i], &keys);
    out->keys.push_back(keys);
  }
  if (e || out->settings.is_witness) return e;
  e = read_groups(out->settings, &out->groups);
  return e ? e : check_programs(out->settings, out->groups);
}

Error read_groups(const Settings& s, std::vector<ResourceGroup>* out) {
  std::string text;
  std::vector<ResourceGroup> groups;
  Error e = tandem::read_file(s.haresources, kHaresourcesBytesMax, &text);
  if (e) return e.within("haresources").within(s.path, s.haresources_line);
  e = parse_haresources(s.haresources, text, &groups);
  if (e) return e;
  const std::vector<Member>& nodes = s.pairs[0].members;
  for (const ResourceGroup& g : groups) {
    if (g.preferred != nodes[0].name && g.preferred != nodes[1].name) {
      return Error::at(s.haresources, g.line, "'%s' is neither %s nor %s",
                       g.preferred.c_str(), nodes[0].name.c_str(),
                       nodes[1].name.c_str());
    }
  }
  for (size_t n = 1; n <= groups.size(); ++n) {
    const Config c = core_config(s, std::vector<ResourceGroup>(
        groups.begin(), groups.begin() + static_cast<std::ptrdiff_t>(n)));
    BeatRoom room;
    if (find_room(c, &room)) continue;
    return Error::at(s.haresources, groups[n - 1].line,
                     "a beat of %zu bytes has no room for this group: make one "
                     "of several, or their names shorter", kBeatBytesMax);
  }
  out->swap(groups);
  return Error::none();
}

Error read_keys(const Settings& s, const PairSettings& pair, AuthKeys* out) {
  std::string text;
  Error e = tandem::read_secret_file(pair.authkeys, kAuthkeysBytesMax, &text);
  if (e) return e.within("authkeys").within(s.path, pair.authkeys_line);
  e = parse_authkeys(pair.authkeys, text, out);
  tandem::wipe(&text);
  return e;
}

Error read_state(const std::string& path, const std::string& self, State* out,
                 bool* had_state) {
  struct stat st;
  if (lstat(path.c_str(), &st) < 0 && errno == ENOENT) {
    *had_state = false;
    *out = State();
    out->node = self;
    return Error::none();
  }
  std::string text;
  State state;
  Error e = tandem::read_file(path, kStateBytesMax, &text);
  if (!e) e = parse_state(path, text, &state);
  if (e) return e;
  if (state.node != self) {
    return Error::at(path, 2, "this is the state of '%s', and this is '%s'",
                     state.node.c_str(), self.c_str());
  }
  *had_state = true;
  state.maintenance.pass_until(tandem::wall_ms());
  *out = state;
  return e;
}

Error check_programs(const Settings& settings,
                     const std::vector<ResourceGroup>& groups) {
  for (size_t i = 0; i < groups.size(); ++i) {
    for (size_t k = 0; k < groups[i].resources.size(); ++k) {
      HookRun run;
      run.group = i;
      run.resource = k;
      HookCommand ignored;
      const Error e = find_command(settings.hooks, groups, run, &ignored);
      if (e) return mistake_at(settings.haresources, groups[i].line, e);
    }
  }
  for (const char* const* name = kEventNames; *name; ++name) {
    if (!settings.hooks.has_event(*name)) continue;
    const Error e = check_program(settings.hooks.events.find(*name)->second[0]);
    if (!e) continue;
    return mistake_at(settings.path, settings.event_lines.find(*name)->second,
                      e.within(std::string("event ") + *name));
  }
  if (settings.watch.empty()) return Error::none();
  const Error e = check_program(settings.watch[0]);
  return e ? mistake_at(settings.path, settings.watch_line,
                        e.within("watcher")) : e;
}

}  // namespace hbd
