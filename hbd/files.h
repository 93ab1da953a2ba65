// The files and programs that hbd.ini names: read, and checked against what it
// says. An error is told by the line that names what is wrong.
#ifndef TANDEM_HBD_FILES_H
#define TANDEM_HBD_FILES_H

#include <string>
#include <vector>

#include "hbd/config.h"
#include "hbd/decide/state.h"
#include "hbd/hook/haresources.h"
#include "hbd/link/keys.h"
#include "lib/error.h"

namespace hbd {

// Everything that was read before the first beat.
struct Loaded {
  Settings settings;
  std::vector<ResourceGroup> groups;  // role = node
  std::vector<AuthKeys> keys;         // by pair
  std::vector<State> states;          // by pair
  std::vector<bool> had_state;
  uint64_t incarnation;               // see next_incarnation()
  Loaded() : incarnation(0) {}
};

// hbd.ini at path, and all that it names, checked: everything that does not
// depend on what runs. self: -N, or what uname says.
TANDEM_MUST_USE tandem::Error load_files(const std::string& path,
                                         const std::string& self, Loaded* out);
// haresources; an error too when its nodes are not the pair's, or when a beat
// has no room for its groups.
TANDEM_MUST_USE tandem::Error read_groups(const Settings& settings,
                                          std::vector<ResourceGroup>* out);
TANDEM_MUST_USE tandem::Error read_keys(const Settings& settings,
                                        const PairSettings& pair,
                                        AuthKeys* out);
// The state file. *had_state false: there is none, *out is a new one. One
// that cannot be read, is damaged or belongs to another node is an error.
TANDEM_MUST_USE tandem::Error read_state(const std::string& path,
                                         const std::string& self, State* out,
                                         bool* had_state);
// Every hook, event and watcher that the files name is there and safe to run,
// or an error with exit code 6.
TANDEM_MUST_USE tandem::Error check_programs(
    const Settings& settings, const std::vector<ResourceGroup>& groups);

}  // namespace hbd

#endif
