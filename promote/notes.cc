// Three small files, `received`, `differs` and `unacked`.
#include "promote/notes.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "lib/file.h"
#include "lib/log.h"
#include "lib/text.h"

namespace promote {

using tandem::Error;

namespace {

const size_t kBytesMax = 1 << 20;

const char kReceived[] = "received";
const char kDiffers[] = "differs";
const char kUnacked[] = "unacked";

Error write(const std::string& path, const std::string& text) {
  const Error e = make_folder_of(path);
  return e ? e : tandem::replace_file(path, text, 0600);
}

}  // namespace

std::string path_beside_state(const Config& config, const char* name) {
  const std::string& state = config.state_path;
  struct stat st;
  if (stat(state.c_str(), &st) == 0 && S_ISDIR(st.st_mode)) {
    return state + "/" + name;
  }
  const size_t slash = state.rfind('/');
  return slash == state.npos ? name : state.substr(0, slash + 1) + name;
}

Error make_folder_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == path.npos
             ? Error::none()
             : tandem::make_directories(path.substr(0, slash), 0755);
}

Error recall_received(const Config& config, Gtids* out) {
  const std::string path = path_beside_state(config, kReceived);
  if (access(path.c_str(), F_OK) != 0) return Error::none();
  std::string text;
  Error e = tandem::read_file(path, kBytesMax, &text);
  if (!e && !parse_gtids(tandem::trim(text), out)) {
    e = Error::at(path, 1, "no position");
  }
  return e;
}

Error remember_received(const Config& config, const Gtids& received) {
  return write(path_beside_state(config, kReceived), format_gtids(received) + "\n");
}

void forget_received(const Config& config) {
  unlink(path_beside_state(config, kReceived).c_str());
}

Faults recall_differs(const Config& config) {
  Faults out;
  const std::string path = path_beside_state(config, kDiffers);
  if (access(path.c_str(), F_OK) != 0) return out;
  std::string text;
  const Error e = tandem::read_file(path, kBytesMax, &text);
  for (const std::string& name : tandem::split_list(tandem::trim(text))) {
    Fault f;
    if (!e && find_fault(name, &f)) out.add(f);
  }
  if (out.empty()) {
    out.add(Fault::DataMissing);
    out.add(Fault::DataUnsent);
  }
  return out;
}

Error remember_differs(const Config& config, const Faults& what) {
  return write(path_beside_state(config, kDiffers), what.names() + "\n");
}

Error forget_differs(const Config& config) {
  const std::string path = path_beside_state(config, kDiffers);
  if (unlink(path.c_str()) == 0 || errno == ENOENT) return Error::none();
  return Error::from_errno("unlink %s", path.c_str());
}

void forget_missing(const Config& config) {
  const Faults noted = recall_differs(config);
  if (!noted.has(Fault::DataMissing)) return;
  Faults rest;
  if (noted.has(Fault::DataUnsent)) rest.add(Fault::DataUnsent);
  const Error e = rest.empty() ? forget_differs(config)
                               : remember_differs(config, rest);
  if (e) tandem::log_warn("%s", e.c_str());
}

Error mark_unacked(const Config& config) {
  return write(path_beside_state(config, kUnacked), "yes\n");
}

bool has_unacked(const Config& config) {
  return access(path_beside_state(config, kUnacked).c_str(), F_OK) == 0;
}

void forget_unacked(const Config& config) {
  unlink(path_beside_state(config, kUnacked).c_str());
}

}  // namespace promote
