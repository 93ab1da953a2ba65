#include "hbd/beat.h"

#include "lib/text.h"

namespace hbd {

namespace {

const char kFirstLine[] = "tandem-beat 1";
const Holding kHoldings[] = {Holding::Idle, Holding::Claim, Holding::Own,
                             Holding::Release, Holding::Stuck};
const size_t kGroupsMax = 16;

bool parse_holding(const std::string& name, Holding* out) {
  for (size_t i = 0; i < sizeof kHoldings / sizeof *kHoldings; ++i) {
    if (name == holding_name(kHoldings[i])) {
      *out = kHoldings[i];
      return true;
    }
  }
  return false;
}

bool take_flag(Words* words, const char* key, bool* out) {
  uint64_t n;
  if (!take_number(words, key, &n) || n > 1) return false;
  *out = n == 1;
  return true;
}

// A flag of a group that is not there is 0: room for more groups.
bool take_raised(Words* words, const char* key, bool* out) {
  return words->count(key) == 0 || take_flag(words, key, out);
}

void append_flag(std::string* line, const char* key, bool value) {
  append_word(line, key, static_cast<uint64_t>(value));
}

void append_raised(std::string* line, const char* key, bool value) {
  if (value) append_flag(line, key, value);
}

std::string format_group(const GroupBeat& g) {
  std::string line = "group " + tandem::escape_word(g.name);
  append_word(&line, "is", holding_name(g.holding));
  append_raised(&line, "way", g.giving_way);
  append_raised(&line, "wants", g.wants);
  append_raised(&line, "held", g.held);
  append_raised(&line, "fit", g.fit);
  append_record(&line, "", g.record);
  if (g.holding == Holding::Claim) {
    append_word(&line, "base", g.claim.base_epoch);
    append_word(&line, "basev", g.claim.base_version);
    append_raised(&line, "forced", g.claim.forced);
    append_record(&line, "c", g.claim.record);
  }
  return line + "\n";
}

bool parse_group(const std::vector<std::string>& line, GroupBeat* g) {
  Words words;
  std::string is;
  if (line.size() < 2 || !tandem::unescape_word(line[1], &g->name)) {
    return false;
  }
  if (!parse_words(line, 2, &words) || !take_word(&words, "is", &is) ||
      !parse_holding(is, &g->holding) ||
      !take_raised(&words, "way", &g->giving_way) ||
      !take_raised(&words, "wants", &g->wants) ||
      !take_raised(&words, "held", &g->held) ||
      !take_raised(&words, "fit", &g->fit) ||
      !take_record(&words, "", &g->record)) {
    return false;
  }
  if (g->holding == Holding::Claim) {
    if (!take_number(&words, "base", &g->claim.base_epoch) ||
        !take_number(&words, "basev", &g->claim.base_version) ||
        !take_raised(&words, "forced", &g->claim.forced) ||
        !take_record(&words, "c", &g->claim.record) ||
        g->claim.record.none()) {
      return false;
    }
  }
  return words.empty();
}

bool parse_head(const std::vector<std::string>& line, Beat* b) {
  Words words;
  return parse_words(line, 1, &words) && take_word(&words, "pair", &b->pair) &&
         take_word(&words, "from", &b->from) &&
         take_word(&words, "to", &b->to) &&
         take_number(&words, "inc", &b->incarnation) &&
         take_number(&words, "seq", &b->seq) &&
         take_number(&words, "einc", &b->echo_incarnation) &&
         take_number(&words, "eseq", &b->echo_seq) &&
         take_number(&words, "epoch", &b->epoch) &&
         take_flag(&words, "witness", &b->witness) &&
         take_flag(&words, "up", &b->up) &&
         take_flag(&words, "leaving", &b->leaving) &&
         take_flag(&words, "blank", &b->blank) &&
         take_number(&words, "ping", &b->ping_score) &&
         take_word(&words, "digest", &b->digest) && words.empty() &&
         tandem::is_name(b->pair) && tandem::is_name(b->from) &&
         tandem::is_name(b->to);
}

bool parse_attrs(const std::vector<std::string>& line, tandem::Attrs* out) {
  Words words;
  if (!parse_words(line, 1, &words)) return false;
  for (Words::const_iterator it = words.begin(); it != words.end(); ++it) {
    if (!tandem::attr_is_valid(it->first, it->second)) return false;
  }
  *out = words;
  return true;
}

}  // namespace

const char* holding_name(Holding h) {
  switch (h) {
    case Holding::Idle: return "idle";
    case Holding::Claim: return "claim";
    case Holding::Own: return "own";
    case Holding::Release: return "release";
    case Holding::Stuck: return "stuck";
  }
  return "?";
}

const GroupBeat* Beat::group(const std::string& name) const {
  for (size_t i = 0; i < groups.size(); ++i) {
    if (groups[i].name == name) return &groups[i];
  }
  return nullptr;
}

std::string Beat::attr(const char* key) const {
  const tandem::Attrs::const_iterator it = attrs.find(key);
  return it == attrs.end() ? std::string() : it->second;
}

std::string format_beat(const Beat& b) {
  std::string out = std::string(kFirstLine) + "\nbeat";
  append_word(&out, "pair", b.pair);
  append_word(&out, "from", b.from);
  append_word(&out, "to", b.to);
  append_word(&out, "inc", b.incarnation);
  append_word(&out, "seq", b.seq);
  append_word(&out, "einc", b.echo_incarnation);
  append_word(&out, "eseq", b.echo_seq);
  append_word(&out, "epoch", b.epoch);
  append_flag(&out, "witness", b.witness);
  append_flag(&out, "up", b.up);
  append_flag(&out, "leaving", b.leaving);
  append_flag(&out, "blank", b.blank);
  append_word(&out, "ping", b.ping_score);
  append_word(&out, "digest", b.digest);
  out += "\nattr";
  for (tandem::Attrs::const_iterator it = b.attrs.begin();
       it != b.attrs.end(); ++it) {
    append_word(&out, it->first.c_str(), it->second);
  }
  out += "\n";
  for (size_t i = 0; i < b.groups.size(); ++i) out += format_group(b.groups[i]);
  return out + "end\n";
}

bool parse_beat(const std::string& text, Beat* out) {
  if (text.size() > kBeatBytesMax) return false;
  const std::vector<std::string> lines = tandem::split_fields(text, "\n");
  if (lines.size() < 5 || lines[0] != kFirstLine || !lines.back().empty() ||
      lines[lines.size() - 2] != "end" || lines.size() - 5 > kGroupsMax) {
    return false;
  }
  Beat b;
  const std::vector<std::string> head = tandem::split_words(lines[1]);
  const std::vector<std::string> attrs = tandem::split_words(lines[2]);
  if (head.empty() || head[0] != "beat" || !parse_head(head, &b)) return false;
  if (attrs.empty() || attrs[0] != "attr" || !parse_attrs(attrs, &b.attrs)) {
    return false;
  }
  for (size_t i = 3; i + 2 < lines.size(); ++i) {
    const std::vector<std::string> words = tandem::split_words(lines[i]);
    GroupBeat g;
    if (words.empty() || words[0] != "group" || !parse_group(words, &g) ||
        b.group(g.name)) {
      return false;
    }
    b.groups.push_back(g);
  }
  *out = b;
  return true;
}

std::string named_pair(const std::string& text) {
  const std::vector<std::string> lines = tandem::split_fields(text, "\n");
  if (lines.size() < 2 || !tandem::starts_with(lines[0], "tandem-beat ")) {
    return std::string();
  }
  const std::vector<std::string> words = tandem::split_words(lines[1]);
  const bool named = words.size() >= 2 && words[0] == "beat" &&
                     tandem::starts_with(words[1], "pair=");
  return named ? words[1].substr(5) : std::string();
}

}  // namespace hbd
