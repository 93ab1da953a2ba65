#include "hbd/hook/files.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

namespace hbd {

using tandem::Error;

namespace {

std::string parent_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

Error refuse(const std::string& path, const char* why) {
  return Error::make(tandem::kExitPermission, "%s: %s, refused", path.c_str(),
                     why);
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

Error check_owner(const std::string& path, const struct stat& st) {
  if (st.st_uid != 0 && st.st_uid != geteuid()) {
    return refuse(path, "belongs to somebody else than root");
  }
  const bool by_group = (st.st_mode & S_IWGRP) && st.st_gid != 0;
  const bool by_others = (st.st_mode & S_IWOTH) != 0;
  const bool sticky = S_ISDIR(st.st_mode) && (st.st_mode & S_ISVTX);
  if ((by_group || by_others) && !sticky) {
    return refuse(path, "can be written by others than root");
  }
  return Error::none();
}

// path has no symbolic link in it.
Error check_up(const std::string& path) {
  for (std::string at = path;; at = parent_of(at)) {
    struct stat st;
    if (lstat(at.c_str(), &st) < 0) {
      return Error::from_errno("%s", at.c_str());
    }
    const Error e = check_owner(at, st);
    if (e || at == "/") return e;
  }
}

}  // namespace

Error check_program(const std::string& path) {
  std::string directory, real;
  Error e = resolve(parent_of(path), &directory);
  if (!e) e = resolve(path, &real);
  if (!e) e = check_up(directory);
  if (!e) e = check_up(real);
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
