// What follows from hbd.ini: the text of the effective configuration, the
// files that it names, and what the pure cores are told.
#ifndef TANDEM_HBD_EFFECTIVE_H
#define TANDEM_HBD_EFFECTIVE_H

#include <string>
#include <vector>

#include "hbd/link/keys.h"
#include "hbd/config.h"
#include "hbd/decide/witness.h"
#include "hbd/hook/haresources.h"
#include "lib/error.h"

namespace hbd {

// parse_settings() reads it back as it was.
std::string format_settings(const Settings& settings);

// haresources; an error too when its nodes are not the pair's.
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

Config core_config(const Settings& settings,
                   const std::vector<ResourceGroup>& groups);
WitnessConfig witness_config(const Settings& settings,
                             const PairSettings& pair);

}  // namespace hbd

#endif
