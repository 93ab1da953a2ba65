#include "hbd/decide/state.h"

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

}  // namespace

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
