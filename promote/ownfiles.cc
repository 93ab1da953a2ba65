// A standby with one of these is of no use, and would find out in a takeover.
#include "promote/ownfiles.h"

#include <sys/statvfs.h>
#include <unistd.h>

#include "lib/log.h"

namespace promote {

using tandem::Error;

namespace {

Error try_state(const std::string& path) {
  struct statvfs fs;
  if (statvfs(path.c_str(), &fs) < 0) {
    return Error::from_errno("state: %s", path.c_str());
  }
  const char* why = (fs.f_flag & ST_RDONLY) != 0          ? "it is read-only"
                    : fs.f_bfree == 0                     ? "no room"
                    : fs.f_files > 0 && fs.f_ffree == 0 ? "no inode" : nullptr;
  return why ? Error::make(tandem::kExitFailed, "state: %s: its file system: %s",
                           path.c_str(), why)
             : Error::none();
}

}  // namespace

OwnFiles::OwnFiles(const Endpoint& at, const std::string& config_path,
                   const Config& config) {
  if (at.socket.empty()) return;
  promote_ini_ = config_path.substr(0, config_path.rfind('/') + 1) +
                 "promote.ini";
  state_ = config.state_path;
}

Faults OwnFiles::look() {
  Faults out;
  Error e;
  if (!promote_ini_.empty() && access(promote_ini_.c_str(), F_OK) == 0) {
    Config ignored;
    e = read_config(promote_ini_, &ignored);
    if (e) out.add(Fault::ConfigWrong);
  }
  if (!state_.empty() && access(state_.c_str(), F_OK) == 0) {
    const Error full = try_state(state_);
    if (full) out.add(Fault::StateUnwritable);
    if (!e) e = full;
  }
  if (e && e.text() != told_) tandem::log_err("%s", e.c_str());
  told_ = e.text();
  return out;
}

}  // namespace promote
