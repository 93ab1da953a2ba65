// The file `received` beside hbd's control socket.
#include "promote/seen.h"

#include <unistd.h>

#include "lib/file.h"
#include "lib/log.h"

namespace promote {

using tandem::Error;

namespace {

const size_t kBytesMax = 1 << 20;
const uint64_t kPauseMs = 500;

std::string path_of(const Config& config) {
  const std::string& control = config.control_path;
  return control.substr(0, control.rfind('/') + 1) + "received";
}

}  // namespace

Error recall_seen(const Config& config, Received* out) {
  const std::string path = path_of(config);
  if (access(path.c_str(), F_OK) != 0) return Error::none();
  std::string text;
  const Error e = tandem::read_file(path, kBytesMax, &text);
  if (e || text.empty() || out->restore(text)) return e;
  return Error::at(path, 1, "no position");
}

Seen::Seen(const Endpoint& at, const Config& config, bool once)
    : path_(at.socket.empty() ? "" : path_of(config)), once_(once) {
  if (path_.empty()) return;
  const Error e = recall_seen(config, &received_);
  if (e) tandem::log_warn("%s", e.c_str());
  written_ = received_.text();
}

Faults Seen::look(const Facts& f, uint64_t now_ms) {
  Faults out;
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
