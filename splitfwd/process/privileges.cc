// Beyond POSIX: chroot(2) and setgroups(2), which every Unix has; of Linux
// 3.5 prctl(2)'s PR_SET_NO_NEW_PRIVS and PR_SET_SECCOMP with a filter.
#include "splitfwd/process/privileges.h"

#include <errno.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/file.h"
#include "lib/text.h"
#include "splitfwd/show/accounts.h"

namespace splitfwd {

using tandem::Error;

namespace {

const size_t kAccountsBytesMax = 16 << 20;

Error find_uid(const Config& config, uint64_t* uid, uint64_t* gid) {
  std::string passwd;
  Error e = tandem::read_file("/etc/passwd", kAccountsBytesMax, &passwd);
  if (!e && find_user(passwd, config.user, uid, gid)) return e;
  if (!tandem::parse_u64(config.user, kIdMax, uid)) {
    return Error::at(config.path, config.user_line,
                     "user: there is no '%s' in /etc/passwd",
                     config.user.c_str());
  }
  if (!config.group.empty()) return Error::none();
  return Error::at(config.path, config.user_line, "user: %s is not in "
                   "/etc/passwd: 'group' is needed", config.user.c_str());
}

Error find_gid(const Config& config, uint64_t* gid) {
  if (tandem::parse_u64(config.group, kIdMax, gid)) return Error::none();
  std::string groups;
  Error e = tandem::read_file("/etc/group", kAccountsBytesMax, &groups);
  if (!e && find_group(groups, config.group, gid)) return e;
  return Error::at(config.path, config.group_line,
                   "group: there is no '%s' in /etc/group",
                   config.group.c_str());
}

}  // namespace

Error find_identity(const Config& config, Identity* out) {
  Identity id;
  uint64_t uid = geteuid(), gid = getegid();
  id.change_user = !config.user.empty() || !config.group.empty();
  Error e;
  if (!config.user.empty()) e = find_uid(config, &uid, &gid);
  if (!e && !config.group.empty()) e = find_gid(config, &gid);
  if (e) return e;
  id.uid = static_cast<uid_t>(uid);
  id.gid = static_cast<gid_t>(gid);
  id.chroot = config.chroot;
  struct stat st;
  if (!id.chroot.empty() && stat(id.chroot.c_str(), &st) < 0) {
    return Error::at(config.path, config.chroot_line, "chroot: %s: %s",
                     id.chroot.c_str(), strerror(errno));
  }
  if (!id.chroot.empty() && !S_ISDIR(st.st_mode)) {
    return Error::at(config.path, config.chroot_line,
                     "chroot: %s is no directory", id.chroot.c_str());
  }
  *out = id;
  return e;
}

Error become(const Identity& id) {
  if (!id.chroot.empty() &&
      (chdir(id.chroot.c_str()) < 0 || chroot(".") < 0 || chdir("/") < 0)) {
    return Error::from_errno("chroot %s", id.chroot.c_str());
  }
  if (!id.change_user) return Error::none();
  if (setgroups(0, nullptr) < 0) return Error::from_errno("setgroups");
  if (setgid(id.gid) < 0) {
    return Error::from_errno("setgid %lu", static_cast<unsigned long>(id.gid));
  }
  if (setuid(id.uid) < 0) {
    return Error::from_errno("setuid %lu", static_cast<unsigned long>(id.uid));
  }
  if (id.uid == 0) return Error::none();  // asked to stay root
  const gid_t root_group = 0;
  if (geteuid() != id.uid || getegid() != id.gid || setuid(0) == 0 ||
      seteuid(0) == 0 || setgroups(1, &root_group) == 0 ||
      (id.gid != 0 && setegid(0) == 0)) {
    return Error::make(tandem::kExitFailed, "root's rights are not gone");
  }
  return Error::none();
}

// The numbers are those of x86-64, and of seccomp(2) of Linux 3.17, whose flag
// leaves the processor as quick as it was; before it prctl(2) has the filter.
// clone3(2) is refused as unknown: its flags are not seen, and libc takes
// clone(2) then. Who could leave the parent's group would outlive a stop.
Error make_threads_only() {
#ifdef __x86_64__
  static const unsigned kClone = 56, kFork = 57, kExecve = 59;  // vfork: 58
  static const unsigned kExecveat = 322, kClone3 = 435, kX32 = 0x40000000;
  static const unsigned kSetpgid = 109, kSetsid = 112;
  static const long kSeccomp = 317, kSetFilter = 1, kSpecAllow = 4;
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 0, 11),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, kClone, 0, 11),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kClone3, 9, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kExecveat, 7, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kSetpgid, 6, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kSetsid, 5, 0),
      BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, kX32, 4, 0),
      BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, kExecve, 5, 0),
      BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, kFork, 2, 0),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args)),
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 2, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program;
  program.len = sizeof code / sizeof *code;
  program.filter = code;
  if (prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L) < 0 ||
      (syscall(kSeccomp, kSetFilter, kSpecAllow, &program) < 0 &&
       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)) {
    return errno == EINVAL || errno == ENOSYS
               ? Error::none()
               : Error::from_errno("filter of system calls");
  }
#endif
  return Error::none();
}

}  // namespace splitfwd
