// Beyond POSIX: /proc/PID/stat (Linux, proc(5)).
#include "lib/process.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>

#include "lib/file.h"
#include "lib/text.h"

namespace tandem {

std::vector<std::string> process_stat(pid_t pid) {
  std::string stat;
  const Error e = read_file(
      format("/proc/%ld/stat", static_cast<long>(pid)), 4096, &stat);
  if (e) return std::vector<std::string>();
  return split_words(
      stat.substr(std::min(stat.size(), stat.rfind(')') + 1)));
}

bool has_ended(pid_t pid) {
  const size_t kThreads = 17;  // field 20: a leader may end before the others
  const std::vector<std::string> words = process_stat(pid);
  if (words.size() <= kThreads) return kill(pid, 0) < 0 && errno == ESRCH;
  return words[0] == "X" || (words[0] == "Z" && (words[kThreads] == "0" ||
                                                 words[kThreads] == "1"));
}

bool executes_nothing(pid_t pid) {
  const std::string path = format("/proc/%ld/task", static_cast<long>(pid));
  DIR* dir = opendir(path.c_str());
  if (!dir) return errno == ENOENT;
  bool none = true;
  while (const struct dirent* entry = readdir(dir)) {
    uint64_t tid;
    char exe[1];
    if (!parse_u64(entry->d_name, INT32_MAX, &tid)) continue;
    const bool left =
        readlink((path + "/" + entry->d_name + "/exe").c_str(), exe,
                 sizeof exe) < 0 && (errno == ENOENT || errno == ESRCH);
    const std::vector<std::string> stat =
        process_stat(static_cast<pid_t>(tid));
    // Unreadable as it is, it may be anything.
    none &= left || (!stat.empty() && stat[0] == "D");
  }
  closedir(dir);
  return none;
}

}  // namespace tandem
