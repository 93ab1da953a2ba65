#include "hbd/decide/state.h"

#include <algorithm>

#include "lib/text.h"

namespace hbd {

namespace {

const char kFirstLine[] = "tandem-state 1";

template <class F, class S>
void node_fields(F* f, S* s) {
  f->word("name", &s->node);
  f->optional("inc", &s->incarnation);
  f->number("epoch", &s->epoch);
  f->flag("blank", &s->blank);
}

template <class F, class T>
void told_fields(F* f, T* t) {
  agreement_fields(f, &t->agreement);
}

// Names of groups have no space: they are words.
std::string told_line(const Told& t) {
  tandem::FieldWriter f("told " + tandem::escape_word(t.node));
  told_fields(&f, &t);
  const std::string names = tandem::join(t.agreement.groups, " ");
  f.optional("groups", &names);
  return f.line();
}

bool parse_told(const std::string& line, Told* t) {
  tandem::FieldReader f(line, "told", &t->node);
  told_fields(&f, t);
  std::string names;
  f.optional("groups", &names);
  t->agreement.groups = tandem::split_words(names);
  return f.done();
}

template <class F, class G>
void group_fields(F* f, G* g) {
  f->flag("need_follow", &g->need_follow);
  f->flag("owning", &g->owning);
  f->flag("unagreed", &g->unagreed);
  record_fields(f, "", &g->record);
}

template <class F, class M>
void maintenance_fields(F* f, M* m) {
  f->number("version", &m->version);
  f->number("left", &m->left_ms);
  f->flag("agreed", &m->agreed);
  f->optional("digest", &m->digest);
  f->number("wall", &m->wall_ms);
}

std::string maintenance_lines(const KeptMaintenance& m) {
  if (m.version == 0) return "";
  tandem::FieldWriter f("maintenance");
  maintenance_fields(&f, &m);
  std::string out = f.line() + "\n";
  for (const auto& h : m.holds) {
    tandem::FieldWriter hold("hold " + tandem::escape_word(h.first));
    hold.number("left", &h.second);
    out += hold.line() + "\n";
  }
  return out;
}

bool parse_maintenance(const std::string& line, KeptMaintenance* m) {
  tandem::FieldReader f(line, "maintenance", nullptr);
  maintenance_fields(&f, m);
  return f.done() && m->version != 0;
}

bool parse_hold(const std::string& line, KeptMaintenance* m) {
  std::string node;
  uint64_t left_ms = 0;
  tandem::FieldReader f(line, "hold", &node);
  f.number("left", &left_ms);
  return f.done() && m->version != 0 &&
         m->holds.insert(std::make_pair(node, left_ms)).second;
}

}  // namespace

void KeptMaintenance::pass_until(uint64_t now_wall_ms) {
  const uint64_t passed_ms = now_wall_ms - std::min(now_wall_ms, wall_ms);
  left_ms -= std::min(left_ms, passed_ms);
  for (auto& h : holds) h.second -= std::min(h.second, passed_ms);
  wall_ms = now_wall_ms;
}

std::string format_state(const State& state) {
  tandem::FieldWriter node("node");
  node_fields(&node, &state);
  std::string out = std::string(kFirstLine) + "\n" + node.line() + "\n";
  for (const Told& t : state.told) out += told_line(t) + "\n";
  for (const GroupState& g : state.groups) {
    tandem::FieldWriter group("group " + tandem::escape_word(g.name));
    group_fields(&group, &g);
    out += group.line() + "\n";
  }
  out += maintenance_lines(state.maintenance);
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
      tandem::FieldReader node(lines[i], "node", nullptr);
      node_fields(&node, &state);
      good = node.done();
    } else if (words.size() == 1 && words[0] == "end") {
      good = ended = true;
    } else if (!words.empty() && words[0] == "told") {
      state.told.push_back(Told());
      good = parse_told(lines[i], &state.told.back());
    } else if (!words.empty() && words[0] == "maintenance") {
      good = state.maintenance.version == 0 &&
             parse_maintenance(lines[i], &state.maintenance);
    } else if (!words.empty() && words[0] == "hold") {
      good = parse_hold(lines[i], &state.maintenance);
    } else {
      GroupState g;
      tandem::FieldReader group(lines[i], "group", &g.name);
      group_fields(&group, &g);
      good = group.done();
      state.groups.push_back(g);
    }
    if (!good) {
      return tandem::Error::at(
          path, static_cast<int>(i + 1),
          "damaged state file; restore it, or remove it to start blank");
    }
  }
  if (!ended) {
    return tandem::Error::at(path, static_cast<int>(lines.size()),
                             "state file is cut short");
  }
  *out = state;
  return tandem::Error::none();
}

}  // namespace hbd
