// The reader of authkeys. A key is never part of an error: what does not
// parse may be one.
#include "hbd/link/keys.h"

#include <map>

#include "lib/text.h"

namespace hbd {

using tandem::Error;

namespace {

const char kSampleKey[] = "REPLACE-ME";  // etc/authkeys

typedef std::map<uint64_t, std::string> KeysById;

bool parse_id(const std::string& word, uint64_t* out) {
  uint64_t id;
  if (!tandem::parse_u64(word, kKeyIdMax, &id) || id == 0) return false;
  *out = id;
  return true;
}

std::string add_key(const std::vector<std::string>& words, KeysById* keys) {
  uint64_t id;
  if (!parse_id(words[0], &id)) {
    return tandem::format("expected 'auth N' or 'N sha256 KEY', N from 1 to "
                          "%u", kKeyIdMax);
  }
  if (words.size() < 2) return "no method after the number";
  if (words[1] != "sha256") {
    const bool known = words[1] == "crc" || words[1] == "md5" ||
                       words[1] == "sha1";
    return known ? "method " + words[1] + " is not safe; use sha256 KEY"
                 : std::string("unknown method; use sha256 KEY");
  }
  if (words.size() != 3) return "expected 'N sha256 KEY', KEY one word";
  if (words[2] == kSampleKey) {
    return "this is the sample's key; make one of your own: "
           "head -c 32 /dev/urandom | base64";
  }
  if (words[2].size() < kKeyBytesMin) {
    return tandem::format("the key is shorter than %zu bytes", kKeyBytesMin);
  }
  if (!keys->insert(std::make_pair(id, words[2])).second) {
    return "key " + words[0] + " is here twice";
  }
  return std::string();
}

}  // namespace

Error parse_authkeys(const std::string& path, const std::string& text,
                     AuthKeys* out) {
  KeysById keys;
  uint64_t sender = 0;
  int auth_line = 0;
  const std::vector<std::string> lines = tandem::split_fields(text, "\n");
  for (size_t i = 0; i < lines.size(); ++i) {
    const std::vector<std::string> words =
        tandem::split_words(tandem::trim(lines[i]));
    if (words.empty() || words[0][0] == '#') continue;
    const int line = static_cast<int>(i + 1);
    std::string mistake;
    if (words[0] != "auth") {
      mistake = add_key(words, &keys);
    } else if (auth_line != 0) {
      mistake = tandem::format("'auth' is here twice, first in line %d",
                               auth_line);
    } else if (words.size() != 2 || !parse_id(words[1], &sender)) {
      mistake = tandem::format("expected 'auth N', N from 1 to %u", kKeyIdMax);
    } else {
      auth_line = line;
    }
    if (!mistake.empty()) return Error::at(path, line, "%s", mistake.c_str());
  }
  if (auth_line == 0) {
    return Error::at(path, static_cast<int>(lines.size()), "no line 'auth N'");
  }
  if (keys.count(sender) == 0) {
    return Error::at(path, auth_line, "the key that 'auth' names is not here");
  }
  AuthKeys found;
  found.sender = keys[sender];
  for (const auto& key : keys) found.accepted.push_back(key.second);
  *out = found;
  return Error::none();
}

}  // namespace hbd
