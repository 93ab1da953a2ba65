// Heartbeat's haresources: which resources make up a group, and which node
// has it by preference. Pure: text in, groups out.
//
//   NODE RESOURCE RESOURCE ...      one group a line, `\` goes on, `#` ends
//   NAME::ARG::ARG                  resource.d/NAME ARG ARG start|stop|status
//   172.16.1.100[/24[/DEV[:LABEL]]] the same as IPaddr::172.16.1.100...
#ifndef TANDEM_HBD_HOOK_HARESOURCES_H
#define TANDEM_HBD_HOOK_HARESOURCES_H

#include <string>
#include <vector>

#include "lib/error.h"

namespace hbd {

const size_t kHaresourcesBytesMax = 65536;
const size_t kGroupsMax = 16;         // what a beat can carry
const size_t kResourcesMax = 32;      // in a group
const size_t kGroupNameBytesMax = 64; // it is in every beat

struct Resource {
  std::string name;               // of the file in resource.d
  std::vector<std::string> args;  // before the verb
  std::string text() const;       // NAME::ARG::ARG
};

struct ResourceGroup {
  std::string name;       // its first address, or the first resource's text()
  std::string preferred;  // the node in front
  int line;
  std::vector<Resource> resources;  // started from 0 up, stopped from the end
  ResourceGroup() : line(0) {}
  bool has_address() const;  // which goes where the group goes
};

// An error is "PATH:LINE: what", exit code 6. No group at all is an error.
TANDEM_MUST_USE tandem::Error parse_haresources(
    const std::string& path, const std::string& text,
    std::vector<ResourceGroup>* out);

// One line a group, all sugar gone: equal for two files that mean the same.
std::string format_haresources(const std::vector<ResourceGroup>& groups);

}  // namespace hbd

#endif
