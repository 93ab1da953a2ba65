// Finds a host among those that hbd.ini names.
#include "hbd/link/member.h"

namespace hbd {

const Member& LinkSettings::member(const std::string& name) const {
  const std::vector<Member>& m = pairs[0].members;
  return m[0].name == name ? m[0] : m[1];
}

const Member& LinkSettings::local() const {
  return is_witness ? witness : member(self);
}

const std::string& LinkSettings::peer() const {
  const std::vector<Member>& m = pairs[0].members;
  return m[0].name == self ? m[1].name : m[0].name;
}

}  // namespace hbd
