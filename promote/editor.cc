#include "promote/editor.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "lib/file.h"
#include "lib/log.h"
#include "lib/text.h"
#include "promote/mycnf.h"

namespace promote {

using tandem::Error;

namespace {

const size_t kMyCnfBytesMax = 1 << 20;

Error edit(const std::string& name, Boot how, bool dry_run, MyCnf* out) {
  char* real = realpath(name.c_str(), nullptr);
  if (!real) return Error::from_errno("%s", name.c_str());
  const std::string path = real;
  free(real);
  // Who can write there could have us read, and give away, another file.
  const size_t slash = path.rfind('/');
  Error e = tandem::check_path(slash == 0 ? "/" : path.substr(0, slash));
  if (e) return e;
  struct stat st;
  if (lstat(path.c_str(), &st) < 0) {
    return Error::from_errno("%s", path.c_str());
  }
  std::string text;
  e = tandem::read_file(path, kMyCnfBytesMax, &text);
  if (e) return e;
  *out = how == Boot::Writable ? allow_writes_at_boot(text)
                               : forbid_writes_at_boot(text);
  if (out->changed.empty() || dry_run) return e;
  return tandem::replace_file_like(path, out->text, st);
}

}  // namespace

void edit_my_cnf(const World& w, Boot how) {
  const std::string& name = w.config.my_cnf;
  if (name.empty()) return;
  MyCnf done;
  const Error e = edit(name, how, w.dry_run, &done);
  const bool writable = how == Boot::Writable;
  if (e && writable) {
    return tandem::log_warn("edit_my_cnf: %s; the server goes on booting "
                            "read-only", e.c_str());
  }
  if (e) {
    return tandem::log_err("edit_my_cnf: %s; see to it that the server boots "
                           "read-only", e.c_str());
  }
  const char* unseen = done.includes ? "; what it includes was not looked at"
                                     : "";
  if (done.changed.empty()) {
    if (*unseen && writable) {
      tandem::log_info("%s: nothing to change%s", name.c_str(), unseen);
    }
    return;
  }
  tandem::log_info("%s: %s%s '%s'%s", name.c_str(),
                   w.dry_run ? "would have " : "",
                   writable ? "commented out" : "put back",
                   tandem::join(done.changed, "', '").c_str(), unseen);
}

}  // namespace promote
