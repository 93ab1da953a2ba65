// The file of the highest received position.
#include "promote/received.h"

#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "lib/file.h"
#include "lib/text.h"

namespace promote {

using tandem::Error;

namespace {

const size_t kBytesMax = 1 << 20;

// `state` names hbd's file or its folder.
std::string path_of(const Config& config) {
  const std::string& state = config.state_path;
  struct stat st;
  if (stat(state.c_str(), &st) == 0 && S_ISDIR(st.st_mode)) {
    return state + "/received";
  }
  const size_t slash = state.rfind('/');
  return slash == state.npos ? "received"
                             : state.substr(0, slash + 1) + "received";
}

}  // namespace

Error recall_received(const Config& config, Gtids* out) {
  const std::string path = path_of(config);
  if (access(path.c_str(), F_OK) != 0) return Error::none();
  std::string text;
  Error e = tandem::read_file(path, kBytesMax, &text);
  if (!e && !parse_gtids(tandem::trim(text), out)) {
    e = Error::at(path, 1, "no position");
  }
  return e;
}

Error remember_received(const Config& config, const Gtids& received) {
  const std::string path = path_of(config);
  const size_t slash = path.rfind('/');
  if (slash != path.npos) {
    Error e = tandem::make_directories(path.substr(0, slash), 0755);
    if (e) return e;
  }
  return tandem::replace_file(path, format_gtids(received) + "\n", 0600);
}

void forget_received(const Config& config) {
  unlink(path_of(config).c_str());
}

}  // namespace promote
