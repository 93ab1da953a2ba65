#include "hbd/decide/beat.h"

#include <inttypes.h>

#include "lib/text.h"

namespace hbd {

namespace {

const char kFirstLine[] = "tandem-beat 2";
const char* const kHoldings[] = {"idle", "claim", "own", "release", "stuck"};
const size_t kGroupsMax = 16;

bool parse_holding(const std::string& name, Holding* out) {
  for (size_t i = 0; i < sizeof kHoldings / sizeof *kHoldings; ++i) {
    if (name != kHoldings[i]) continue;
    *out = static_cast<Holding>(i);
    return true;
  }
  return false;
}

// "VERSION.SECONDS.HOLDS" in few bytes, or nothing when there was none.
void maintenance_field(tandem::FieldWriter* f, const MaintenanceBeat* m) {
  const std::string word =
      m->version == 0 ? ""
                      : tandem::format("%" PRIu64 ".%" PRIu64 ".%d", m->version,
                                       (m->left_ms + 999) / 1000, m->holds);
  f->optional("m", &word);
}

void maintenance_field(tandem::FieldReader* f, MaintenanceBeat* m) {
  const uint64_t kSecondsMax = UINT64_MAX / 1000;
  std::string word;
  f->optional("m", &word);
  if (word.empty()) return;
  const std::vector<std::string> parts = tandem::split_fields(word, ".");
  uint64_t seconds = 0, holds = 0;
  f->refuse_unless(parts.size() == 3 &&
                   tandem::parse_u64(parts[0], UINT64_MAX, &m->version) &&
                   tandem::parse_u64(parts[1], kSecondsMax, &seconds) &&
                   tandem::parse_u64(parts[2], 1, &holds) && m->version != 0);
  m->left_ms = seconds * 1000;
  m->holds = holds != 0;
}

template <class F, class B>
void head_fields(F* f, B* b) {
  f->word("pair", &b->pair);
  f->word("from", &b->from);
  f->word("to", &b->to);
  f->number("inc", &b->incarnation);
  f->number("seq", &b->seq);
  f->number("einc", &b->echo_incarnation);
  f->number("eseq", &b->echo_seq);
  f->number("epoch", &b->epoch);
  f->flag("witness", &b->witness);
  f->flag("up", &b->up);
  f->flag("leaving", &b->leaving);
  f->flag("blank", &b->blank);
  f->number("ping", &b->ping_score);
  f->word("digest", &b->digest);
  maintenance_field(f, &b->maintenance);
  agreement_fields(f, &b->agreement);
}

// Behind "is", which says whether there is a claim. A flag that is not there
// is 0: room for more groups.
template <class F, class G>
void group_fields(F* f, G* g) {
  f->optional("way", &g->giving_way);
  f->optional("new", &g->starting);
  f->optional("wants", &g->wants);
  f->optional("held", &g->held);
  f->optional("fit", &g->fit);
  f->optional("takes", &g->takes);
  record_fields(f, "", &g->record);
  if (g->holding != Holding::Claim) return;
  f->number("base", &g->claim.base_epoch);
  f->number("basev", &g->claim.base_version);
  f->optional("forced", &g->claim.forced);
  record_fields(f, "c", &g->claim.record);
}

std::string format_group(const GroupBeat& g) {
  tandem::FieldWriter f("group " + tandem::escape_word(g.name));
  const std::string is = holding_name(g.holding);
  f.word("is", &is);
  group_fields(&f, &g);
  return f.line() + "\n";
}

bool parse_group(const std::string& line, GroupBeat* g) {
  tandem::FieldReader f(line, "group", &g->name);
  std::string is;
  f.word("is", &is);
  f.refuse_unless(parse_holding(is, &g->holding));
  group_fields(&f, g);
  return f.has_all() &&
         (g->holding != Holding::Claim || !g->claim.record.none());
}

bool parse_head(const std::string& line, Beat* b) {
  tandem::FieldReader f(line, "beat", nullptr);
  head_fields(&f, b);
  return f.has_all() && tandem::is_name(b->pair) && tandem::is_name(b->from) &&
         tandem::is_name(b->to);
}

bool parse_attrs(const std::string& line, tandem::Attrs* out) {
  const std::vector<std::string> words = tandem::split_words(line);
  if (words.empty() || words[0] != "attr") return false;
  if (!tandem::parse_words(words, 1, out)) return false;
  for (const auto& a : *out) {
    if (!tandem::attr_is_valid(a.first, a.second)) return false;
  }
  return true;
}

}  // namespace

const char* holding_name(Holding h) {
  return kHoldings[static_cast<size_t>(h)];
}

const GroupBeat* Beat::group(const std::string& name) const {
  for (const GroupBeat& g : groups) {
    if (g.name == name) return &g;
  }
  return nullptr;
}

std::vector<std::string> Beat::group_names() const {
  std::vector<std::string> names;
  for (const GroupBeat& g : groups) names.push_back(g.name);
  return names;
}

std::string format_beat(const Beat& b) {
  tandem::FieldWriter head("beat");
  head_fields(&head, &b);
  tandem::FieldWriter attrs("attr");
  for (const auto& a : b.attrs) attrs.word(a.first, &a.second);
  std::string out = std::string(kFirstLine) + "\n" + head.line() + "\n" +
                    attrs.line() + "\n";
  for (const GroupBeat& g : b.groups) out += format_group(g);
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
  if (!parse_head(lines[1], &b) || !parse_attrs(lines[2], &b.attrs)) {
    return false;
  }
  for (size_t i = 3; i + 2 < lines.size(); ++i) {
    GroupBeat g;
    if (!parse_group(lines[i], &g) || b.group(g.name)) return false;
    b.groups.push_back(g);
  }
  b.agreement.groups = b.group_names();
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
