// The keys that sign beats, in Heartbeat's format. Pure: text in, keys out;
// the file's mode is judged by read_secret_file().
//
//   auth 2              sign with key 2
//   1 sha256 KEY        accepted too, while a key is being replaced
//   2 sha256 KEY
#ifndef TANDEM_HBD_LINK_KEYS_H
#define TANDEM_HBD_LINK_KEYS_H

#include <string>
#include <vector>

#include "lib/error.h"

namespace hbd {

const size_t kAuthkeysBytesMax = 16384;
const size_t kKeyBytesMin = 12;
const unsigned kKeyIdMax = 15;

struct AuthKeys {
  std::string sender;                 // what `auth N` names
  std::vector<std::string> accepted;  // every key listed, sender's included
};

// An error is "PATH:LINE: what", exit code 6, and never shows a key. Methods
// that are not a keyed hash of today (crc, md5, sha1) are refused.
TANDEM_MUST_USE tandem::Error parse_authkeys(const std::string& path,
                                             const std::string& text,
                                             AuthKeys* out);

}  // namespace hbd

#endif
