#include "splitfwd/show/accounts.h"

#include <vector>

#include "lib/text.h"

namespace splitfwd {

namespace {

// The first line of field_count fields whose first or third is key.
bool find_line(const std::string& text, const std::string& key,
               size_t field_count, std::vector<std::string>* out) {
  for (size_t at = 0; at < text.size();) {
    size_t end = text.find('\n', at);
    if (end == std::string::npos) end = text.size();
    const std::vector<std::string> fields =
        tandem::split_fields(text.substr(at, end - at), ":");
    at = end + 1;
    if (fields.size() != field_count || fields[0].empty()) continue;
    if (fields[0] != key && fields[2] != key) continue;
    *out = fields;
    return true;
  }
  return false;
}

}  // namespace

bool find_user(const std::string& passwd, const std::string& user,
               uint64_t* uid, uint64_t* gid) {
  std::vector<std::string> fields;
  uint64_t u, g;
  if (!find_line(passwd, user, 7, &fields)) return false;
  if (!tandem::parse_u64(fields[2], kIdMax, &u)) return false;
  if (!tandem::parse_u64(fields[3], kIdMax, &g)) return false;
  *uid = u;
  *gid = g;
  return true;
}

bool find_group(const std::string& group_file, const std::string& group,
                uint64_t* gid) {
  std::vector<std::string> fields;
  return find_line(group_file, group, 4, &fields) &&
         tandem::parse_u64(fields[2], kIdMax, gid);
}

}  // namespace splitfwd
