#include "hbd/hook/files.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/file.h"

namespace hbd {

using tandem::Error;

namespace {

std::string parent_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

Error resolve(const std::string& path, std::string* out) {
  char* real = realpath(path.c_str(), nullptr);
  if (!real) {
    return Error::make(tandem::kExitMissing, "%s: %s", path.c_str(),
                       strerror(errno));
  }
  *out = real;
  free(real);
  return Error::none();
}

}  // namespace

Error check_program(const std::string& path) {
  std::string directory, real;
  Error e = resolve(parent_of(path), &directory);
  if (!e) e = resolve(path, &real);
  if (!e) e = tandem::check_path(directory);
  if (!e) e = tandem::check_path(real);
  if (e) return e;
  struct stat st;
  if (stat(real.c_str(), &st) < 0) return Error::from_errno("%s", path.c_str());
  if (!S_ISREG(st.st_mode)) {
    return Error::make(tandem::kExitMissing, "%s: not a file", path.c_str());
  }
  // access(X_OK) says yes to root for any of the three bits, as execve does.
  if (access(real.c_str(), X_OK) < 0) {
    return Error::make(tandem::kExitMissing, "%s: not executable",
                       path.c_str());
  }
  return Error::none();
}

Error find_hook(const std::vector<std::string>& directories,
                const std::string& name, std::string* path) {
  for (const std::string& directory : directories) {
    const std::string candidate = directory + "/" + name;
    struct stat st;
    if (lstat(candidate.c_str(), &st) < 0) {
      if (errno == ENOENT || errno == ENOTDIR) continue;
      return Error::from_errno("%s", candidate.c_str());
    }
    const Error e = check_program(candidate);
    if (!e) *path = candidate;
    return e;
  }
  return Error::make(tandem::kExitMissing, "%s: no such hook in %s",
                     name.c_str(), directories.empty()
                                       ? "any directory"
                                       : directories[0].c_str());
}

}  // namespace hbd
