// Asks until it is known who owns: hbd's state file, the peer's server, and hbd
// for the witness.
#include "promote/begin.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>

#include <algorithm>

#include "lib/clock.h"
#include "lib/fd.h"
#include "lib/file.h"
#include "lib/log.h"
#include "lib/net.h"
#include "lib/text.h"
#include "promote/editor.h"
#include "promote/inquire.h"
#include "promote/prestart.h"
#include "promote/notes.h"

namespace promote {

using tandem::clock_ms;
using tandem::Error;

namespace {

const uint64_t kStableMs = 1000;    // of a new primary
const uint64_t kOtherMs = 2000;     // of one that stays a replica
const uint64_t kHeardMs = 3000;     // of the witness, and nobody took over
const uint64_t kUnackedMs = 60000;  // then the init system tries again
const uint64_t kAskEveryMs = 200;
const unsigned kControlMs = 500;
const size_t kAnswerBytesMax = 1 << 16;

// The state file of the one pair that this node is in; "" when there is none.
Error find_state_file(const std::string& path, std::string* out) {
  DIR* dir = opendir(path.c_str());
  if (!dir) {
    if (errno != ENOENT) *out = path;
    return Error::none();
  }
  std::vector<std::string> found;
  while (const struct dirent* entry = readdir(dir)) {
    const std::string name = entry->d_name;
    const size_t dot = name.rfind(".state");
    if (dot != name.npos && dot > 0 && dot + 6 == name.size()) {
      found.push_back(path + "/" + name);
    }
  }
  closedir(dir);
  if (found.size() > 1) {
    return Error::make(tandem::kExitFailed, "%s: %zu state files", path.c_str(),
                       found.size());
  }
  if (!found.empty()) *out = found[0];
  return Error::none();
}

Error read_state(const Config& config, hbd::State* state) {
  std::string path, text;
  Error e = find_state_file(config.state_path, &path);
  if (e || path.empty()) return e;
  e = tandem::read_file(path, hbd::kStateBytesMax, &text);
  return e ? e : hbd::parse_state(path, text, state);
}

// The peer's server; null when the file does not tell which one it is.
const Endpoint* peer_of(const World& w, const std::string& node) {
  if (w.peer()) return w.peer();
  const Endpoint* found = nullptr;
  for (const Endpoint& at : w.config.servers) {
    if (at.name == "local" || at.name == node) continue;
    if (found) return nullptr;
    found = &at;
  }
  return found;
}

// Since when something is so, for how long.
class Lasting {
 public:
  bool is(bool now_so, uint64_t least_ms) {
    if (!now_so) since_ms_ = 0;
    else if (since_ms_ == 0) since_ms_ = clock_ms();
    return since_ms_ != 0 && clock_ms() - since_ms_ >= least_ms;
  }

 private:
  uint64_t since_ms_ = 0;
};

class Asking {
 public:
  explicit Asking(const World& w)
      : w_(w), unacked_(has_unacked(w.config)),
        until_ms_(clock_ms() +
                  (unacked_ ? kUnackedMs : w.config.rejoin_ms)) {}
  Error run(Begin* out, std::string* why);

 private:
  PeerServer ask_peer(const std::string& node);
  WitnessWord ask_witness();

  const World& w_;
  const bool unacked_;
  const uint64_t until_ms_;
  Lasting primary_, forgot_, other_, heard_;
};

PeerServer Asking::ask_peer(const std::string& node) {
  const Endpoint* at = peer_of(w_, node);
  if (!at) return PeerServer::Lost;
  Server peer;
  Facts f;
  const uint64_t soon_ms =
      std::min(until_ms_, clock_ms() + w_.config.answer_ms);
  Error e = peer.connect(*at, w_.config.login, soon_ms);
  if (!e) e = read_facts(&peer, soon_ms, &f);
  const bool primary = !e && f.is_primary();
  const bool forgot = !e && !primary && !f.replicates;
  const bool other = !e && f.replicates;
  const bool is_primary = primary_.is(primary, kStableMs);
  const bool has_forgot = forgot_.is(forgot && !f.executed.empty(), kOtherMs);
  const bool is_other = other_.is(other, kOtherMs);
  return is_primary                         ? PeerServer::Primary
         : has_forgot                       ? PeerServer::Forgot
         : is_other                         ? PeerServer::Other
         : peer.cause() == Cause::Rejected  ? PeerServer::Lost
                                            : PeerServer::Unknown;
}

// The first line of hbd's answer: "node NAME none|silent|heard".
WitnessWord Asking::ask_witness() {
  tandem::UniqueFd fd;
  std::string answer;
  Error e = tandem::connect_unix(w_.config.control_path, kControlMs, &fd);
  if (!e) {
    e = tandem::ask(fd.get(), "groups", clock_ms() + kControlMs,
                    kAnswerBytesMax, &answer);
  }
  const std::vector<std::string> lines = tandem::split_fields(answer, "\n");
  const std::vector<std::string> words =
      tandem::split_words(!e && lines.size() > 1 ? lines[1] : "");
  const std::string word = words.size() == 3 ? words[2] : "";
  const bool heard = heard_.is(word == "heard", kHeardMs);
  return heard             ? WitnessWord::Heard
         : word == "none"   ? WitnessWord::None
         : word == "silent" ? WitnessWord::Silent
                            : WitnessWord::Unknown;
}

Error Asking::run(Begin* out, std::string* why) {
  for (;;) {
    BeginInput in;
    in.unacked = unacked_;
    const Error e = read_state(w_.config, &in.state);
    if (e) return e;
    // What the records alone decide needs nobody else.
    in.late = clock_ms() >= until_ms_;
    *out = how_to_begin(in, why);
    if (*out == Begin::NotYet || in.late) {
      in.peer = ask_peer(in.state.node);
      if (unacked_) in.witness = ask_witness();
      *out = how_to_begin(in, why);
    }
    if (*out != Begin::NotYet || in.late) return e;
    tandem::sleep_ms(kAskEveryMs);
  }
}

}  // namespace

Error print_mysqld_option(const World& w) {
  Begin begin = Begin::AsItIs;
  std::string why;
  Asking asking(w);
  Error e = asking.run(&begin, &why);
  if (e) return e.within("mysqld starts as it is");
  if (begin == Begin::NotYet) {
    return Error::make(tandem::kExitStopped, "mysqld is not to be started yet: "
                       "it was ended with commits that no replica has "
                       "acknowledged, and neither the peer's server nor the "
                       "witness tells who owns");
  }
  const bool drops = begin == Begin::AsReplica;
  if (drops) edit_my_cnf(w, Boot::ReadOnly);
  // MySQL, and what MariaDB was before 10.6, warn and start.
  if (drops) printf("--loose-init-rpl-role=SLAVE\n");
  tandem::log_info("mysqld starts %s: %s", drops ? "as a replica" : "as it is",
                   why.c_str());
  return e;
}

}  // namespace promote
