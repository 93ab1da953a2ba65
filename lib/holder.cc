// Linux: /proc/net/{tcp,udp}{,6} and /proc/PID/fd.
#include "lib/holder.h"

#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/file.h"
#include "lib/text.h"

namespace tandem {

namespace {

const size_t kTableBytesMax = 16 << 20;
const char kListening[] = "0A";  // TCP_LISTEN

bool is_any(const Address& a) {
  for (unsigned i = 0; i < a.byte_count(); ++i) {
    if (a.bytes[i] != 0) return false;
  }
  return true;
}

// HEX:PORT, each four bytes of HEX a number in this host's byte order.
bool parse_local(const std::string& word, Address* out) {
  const size_t colon = word.find(':');
  if (colon != 8 && colon != 32) return false;
  Address a;
  a.family = colon == 8 ? AF_INET : AF_INET6;
  for (size_t i = 0; i < colon / 8; ++i) {
    const uint32_t part = static_cast<uint32_t>(
        strtoul(word.substr(8 * i, 8).c_str(), nullptr, 16));
    memcpy(a.bytes + 4 * i, &part, sizeof part);
  }
  a.port = static_cast<uint16_t>(
      strtoul(word.c_str() + colon + 1, nullptr, 16));
  *out = a;
  return true;
}

bool holds_one_of(const std::string& pid,
                  const std::vector<std::string>& inodes) {
  const std::string path = "/proc/" + pid + "/fd";
  DIR* dir = opendir(path.c_str());
  if (!dir) return false;
  bool found = false;
  while (const struct dirent* entry = readdir(dir)) {
    char target[64];
    const ssize_t n = readlink((path + "/" + entry->d_name).c_str(), target,
                               sizeof target);
    if (n <= 0) continue;
    const std::string link(target, static_cast<size_t>(n));
    for (size_t i = 0; i < inodes.size() && !found; ++i) {
      found = link == "socket:[" + inodes[i] + "]";
    }
    if (found) break;
  }
  closedir(dir);
  return found;
}

// The first process that has one of the sockets; "" when none is seen.
std::string holder_of(const std::vector<std::string>& inodes) {
  DIR* dir = inodes.empty() ? nullptr : opendir("/proc");
  if (!dir) return std::string();
  std::string pid;
  while (const struct dirent* entry = readdir(dir)) {
    if (!isdigit(static_cast<unsigned char>(entry->d_name[0]))) continue;
    if (!holds_one_of(entry->d_name, inodes)) continue;
    pid = entry->d_name;
    break;
  }
  closedir(dir);
  return pid;
}

}  // namespace

std::vector<std::string> sockets_in_way(const std::string& text,
                                        const Address& at, bool listening) {
  std::vector<std::string> inodes;
  const std::vector<std::string> lines = split_fields(text, "\n");
  for (size_t i = 1; i < lines.size(); ++i) {
    // sl local rem st tx:rx tr:when retrnsmt uid timeout inode ...
    const std::vector<std::string> words = split_words(lines[i]);
    Address local;
    if (words.size() < 10 || !parse_local(words[1], &local)) continue;
    if (local.port != at.port || (listening && words[3] != kListening)) {
      continue;
    }
    // An IPv6 socket on any address has IPv4's port too, unless told not to.
    if (is_any(local) || is_any(at) || local.same_host(at)) {
      inodes.push_back(words[9]);
    }
  }
  return inodes;
}

Error with_holder(const Error& e, const Address& at, int type) {
  const std::string table = std::string("/proc/net/") +
                            (type == SOCK_DGRAM ? "udp" : "tcp");
  std::vector<std::string> inodes;
  const char* const versions[] = {"", "6"};
  for (size_t i = 0; i < 2; ++i) {
    std::string text;
    if (read_file(table + versions[i], kTableBytesMax, &text)) continue;
    const std::vector<std::string> found =
        sockets_in_way(text, at, type != SOCK_DGRAM);
    inodes.insert(inodes.end(), found.begin(), found.end());
  }
  const std::string pid = holder_of(inodes);
  if (pid.empty()) return e;
  return Error::make(e.code(), "%s by pid %s", e.c_str(), pid.c_str());
}

}  // namespace tandem
