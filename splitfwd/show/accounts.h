// Who is who in /etc/passwd and /etc/group. A static binary must not ask NSS,
// and inside a chroot there is nobody to ask. Pure: text in, numbers out.
#ifndef TANDEM_SPLITFWD_SHOW_ACCOUNTS_H
#define TANDEM_SPLITFWD_SHOW_ACCOUNTS_H

#include <stdint.h>

#include <string>

namespace splitfwd {

// The largest number of a user or group; the one above means 'none'.
const uint64_t kIdMax = 0xfffffffe;

// The line of passwd whose name, or number, is this one. A line that is not
// of seven fields with two numbers counts as not there.
bool find_user(const std::string& passwd, const std::string& user,
               uint64_t* uid, uint64_t* gid);
// The same for group, of four fields with one number.
bool find_group(const std::string& group_file, const std::string& group,
                uint64_t* gid);

}  // namespace splitfwd

#endif
