#include "hbd/state.h"

#include <inttypes.h>

#include "lib/text.h"

namespace hbd {

namespace {

const char kFirstLine[] = "tandem-state 1";

bool parse_flag(Words* words, const char* key, bool* out) {
  uint64_t n;
  if (!take_number(words, key, &n) || n > 1) return false;
  *out = n == 1;
  return true;
}

bool parse_group(const std::vector<std::string>& line, GroupState* out) {
  Words words;
  if (line.size() < 2 || !tandem::unescape_word(line[1], &out->name)) {
    return false;
  }
  return parse_words(line, 2, &words) &&
         parse_flag(&words, "need_follow", &out->need_follow) &&
         parse_flag(&words, "owning", &out->owning) &&
         parse_flag(&words, "unagreed", &out->unagreed) &&
         take_record(&words, "", &out->record) && words.empty();
}

bool parse_head(const std::vector<std::string>& line, State* out) {
  Words words;
  return parse_words(line, 1, &words) &&
         take_word(&words, "name", &out->node) &&
         take_number(&words, "epoch", &out->epoch) &&
         parse_flag(&words, "blank", &out->blank) && words.empty();
}

}  // namespace

std::string format_state(const State& state) {
  std::string out = std::string(kFirstLine) + "\nnode";
  append_word(&out, "name", state.node);
  append_word(&out, "epoch", state.epoch);
  append_word(&out, "blank", static_cast<uint64_t>(state.blank));
  out += "\n";
  for (size_t i = 0; i < state.groups.size(); ++i) {
    const GroupState& g = state.groups[i];
    out += "group " + tandem::escape_word(g.name);
    append_word(&out, "need_follow", static_cast<uint64_t>(g.need_follow));
    append_word(&out, "owning", static_cast<uint64_t>(g.owning));
    append_word(&out, "unagreed", static_cast<uint64_t>(g.unagreed));
    append_record(&out, "", g.record);
    out += "\n";
  }
  // The last line shows that the file is whole.
  return out + "end\n";
}

tandem::Error parse_state(const std::string& path, const std::string& text,
                          State* out) {
  State state;
  const std::vector<std::string> lines = tandem::split_fields(text, "\n");
  bool ended = false;
  for (size_t i = 0; i < lines.size(); ++i) {
    const std::vector<std::string> words = tandem::split_words(lines[i]);
    bool good;
    if (i == 0) {
      good = lines[i] == kFirstLine;
    } else if (ended) {
      good = words.empty();
    } else if (i == 1) {
      good = !words.empty() && words[0] == "node" && parse_head(words, &state);
    } else if (words.size() == 1 && words[0] == "end") {
      good = ended = true;
    } else {
      GroupState g;
      good = !words.empty() && words[0] == "group" && parse_group(words, &g);
      state.groups.push_back(g);
    }
    if (!good) {
      return tandem::Error::make(
          tandem::kExitConfig,
          "%s:%zu: damaged state file; restore it, or remove it to start "
          "blank", path.c_str(), i + 1);
    }
  }
  if (!ended) {
    return tandem::Error::make(tandem::kExitConfig,
                               "%s:%zu: state file is cut short",
                               path.c_str(), lines.size());
  }
  *out = state;
  return tandem::Error::none();
}

}  // namespace hbd
