// The file `seen` beside hbd's control socket.
#include "promote/seen.h"

#include <unistd.h>

#include "lib/file.h"
#include "lib/log.h"

namespace promote {

using tandem::Error;

namespace {

const size_t kBytesMax = 1 << 20;
const uint64_t kPauseMs = 500;

std::string folder_of(const Config& config) {
  const size_t slash = config.control_path.rfind('/');
  return slash == std::string::npos ? "./"
                                    : config.control_path.substr(0, slash + 1);
}

std::string path_of(const Config& config) {
  return folder_of(config) + "seen";
}

bool is_kept(const Endpoint& at, const Config& config) {
  return !at.socket.empty() && access(folder_of(config).c_str(), F_OK) == 0;
}

}  // namespace

Received recall_seen(const Config& config) {
  Received out;
  const std::string path = path_of(config);
  if (access(path.c_str(), F_OK) != 0) return out;
  std::string text;
  Error e = tandem::read_file(path, kBytesMax, &text);
  if (!e && !text.empty() && !out.restore(text)) {
    e = Error::at(path, 1, "no position");
  }
  if (e) tandem::log_warn("%s", e.c_str());
  return out;
}

void forget_seen(const Config& config) { unlink(path_of(config).c_str()); }

Seen::Seen(const Endpoint& at, const Config& config, bool once)
    : path_(is_kept(at, config) ? path_of(config) : ""), once_(once) {
  if (path_.empty()) return;
  received_ = recall_seen(config);
  written_ = received_.text();
}

Faults Seen::look(const Facts& f, uint64_t now_ms) {
  Faults out;
  if (!written_.empty() && access(path_.c_str(), F_OK) != 0) {
    received_ = Received();
    written_.clear();
  }
  received_.take(f);
  if (received_.is_lost(f)) out.add(Fault::ReceivedLost);
  const std::string text = received_.text();
  if (path_.empty() || once_ || text == written_ ||
      now_ms - written_ms_ < kPauseMs) {
    return out;
  }
  written_ms_ = now_ms;
  const Error e = tandem::replace_file(path_, text, 0644);
  if (!e) written_ = text;
  if (e && told_ != e.text()) tandem::log_warn("%s", e.c_str());
  told_ = e.text();
  return out;
}

}  // namespace promote
