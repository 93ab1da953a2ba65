#include "hbd/request.h"

#include "lib/text.h"

namespace hbd {

namespace {

const uint64_t kLimitMsMax = 24 * 3600 * 1000;

const struct Shown {
  const char* line;
  Ask ask;
} kShown[] = {{"status", Ask::Status},   {"status json", Ask::StatusJson},
              {"check", Ask::Check},     {"metrics", Ask::Metrics},
              {"events", Ask::Events},   {"events json", Ask::EventsJson},
              {"groups", Ask::Groups}};

}  // namespace

bool parse_question(const std::string& line, Question* out) {
  std::vector<std::string> words = tandem::split_words(line);
  if (words.empty()) return false;
  Question q;
  const std::string verb = words[0];
  words.erase(words.begin());
  for (const Shown& s : kShown) {
    if (tandem::join(tandem::split_words(line), " ") != s.line) continue;
    q.ask = s.ask;
    *out = q;
    return true;
  }
  q.ask = Ask::Act;
  if (verb == "force") {
    if (words.size() < 2) return false;
    q.command.kind = CommandKind::ForceTakeover;
    if (words[0] != "*") q.command.group = words[0];
    words.erase(words.begin());
    q.command.reason = tandem::join(words, " ");
    *out = q;
    return true;
  }
  if (verb == "maintenance") {  // for so many ms; 0: off
    q.command.kind = CommandKind::Maintenance;
    if (words.size() != 1 ||
        !tandem::parse_u64(words[0], kLimitMsMax, &q.command.limit_ms)) {
      return false;
    }
    *out = q;
    return true;
  }
  if (verb == "standby") q.command.kind = CommandKind::Standby;
  else if (verb == "takeover") q.command.kind = CommandKind::Takeover;
  else if (verb == "init") q.command.kind = CommandKind::Init;
  else if (verb == "clear") q.command.kind = CommandKind::Clear;
  else return false;
  const std::string limit = "limit=";  // of standby, in ms
  if (verb == "standby" && !words.empty() &&
      tandem::starts_with(words[0], limit.c_str())) {
    if (!tandem::parse_u64(words[0].substr(limit.size()), kLimitMsMax,
                           &q.command.limit_ms) ||
        q.command.limit_ms == 0) {
      return false;
    }
    words.erase(words.begin());
  }
  if (words.size() > 1) return false;
  if (!words.empty()) q.command.group = words[0];
  *out = q;
  return true;
}

}  // namespace hbd
