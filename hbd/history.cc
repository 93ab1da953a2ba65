// A change begins with a claim, with the drain before a release, or with what
// does not run; it is over when the group is owned or idle again.
#include "hbd/history.h"

#include <inttypes.h>
#include <time.h>

#include <algorithm>

#include "lib/text.h"
#include "lib/words.h"

namespace hbd {

using tandem::format;

namespace {

const size_t kStepsMax = 40;
const uint64_t kDrainedMs = 1000;
const char kFirstLine[] = "tandem-events 1", kLastLine[] = "end";

template <class F, class T>
void change_fields(F* f, T* c) {
  f->number("at", &c->wall_ms);
  f->word("what", &c->what);
  f->number("epoch", &c->epoch);
  f->optional("grant", &c->grant);
  f->optional("why", &c->why);
}

std::string step_key(const char* what, size_t i) {
  return format("%s%zu", what, i);
}

std::string format_change(const Change& c) {
  tandem::FieldWriter f("change " + tandem::escape_word(c.group));
  change_fields(&f, &c);
  for (size_t i = 0; i < c.steps.size(); ++i) {
    f.number(step_key("ms", i), &c.steps[i].first);
    f.word(step_key("step", i), &c.steps[i].second);
  }
  return f.line() + "\n";
}

bool parse_change(const std::string& line, Change* c) {
  tandem::FieldReader f(line, "change", &c->group);
  change_fields(&f, c);
  for (size_t i = 0; i < kStepsMax && f.has(step_key("ms", i)); ++i) {
    c->steps.push_back(std::make_pair(uint64_t(0), std::string()));
    f.number(step_key("ms", i), &c->steps[i].first);
    f.word(step_key("step", i), &c->steps[i].second);
  }
  return f.done();
}

std::string when_text(uint64_t wall_ms) {
  const time_t seconds = static_cast<time_t>(wall_ms / 1000);
  struct tm tm;
  localtime_r(&seconds, &tm);
  char text[64];
  strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &tm);
  return format("%s.%03d", text, static_cast<int>(wall_ms % 1000));
}

uint64_t length_ms(const Change& c) {
  return c.steps.empty() ? 0 : c.steps.back().first;
}

std::string what_text(const Change& c) {
  if (c.what == "took") return "took " + c.group;
  if (c.what == "gave") return "gave up " + c.group;
  if (c.what == "kept") return "kept " + c.group + " after all";
  if (c.what == "failed") return "could not start " + c.group;
  if (c.what == "stuck") return "could not stop " + c.group;
  return "started what did not run of " + c.group;
}

std::string change_json(const std::string& node, const Change& c) {
  std::string out = format(
      "{\"at_ms\":%" PRIu64 ",\"node\":%s,\"group\":%s,\"what\":\"%s\","
      "\"epoch\":%" PRIu64 ",\"grant\":%s,\"why\":%s,\"ms\":%" PRIu64
      ",\"steps\":[", c.wall_ms, tandem::json_quote(node).c_str(),
      tandem::json_quote(c.group).c_str(), c.what.c_str(), c.epoch,
      c.grant.empty() ? "null" : tandem::json_quote(c.grant).c_str(),
      tandem::json_quote(c.why).c_str(), length_ms(c));
  for (size_t i = 0; i < c.steps.size(); ++i) {
    out += format("%s{\"ms\":%" PRIu64 ",\"step\":%s}", i == 0 ? "" : ",",
                  c.steps[i].first,
                  tandem::json_quote(c.steps[i].second).c_str());
  }
  return out + "]}";
}

}  // namespace

History::History(const std::vector<ResourceGroup>& groups) {
  for (const ResourceGroup& g : groups) {
    names_.push_back(g.name);
    resources_.push_back(std::vector<std::string>());
    for (const Resource& r : g.resources) {
      resources_.back().push_back(r.text());
    }
  }
  lines_.resize(groups.size());
}

void History::begin(Line* l, uint64_t now_ms, const char* what) {
  *l = Line();
  l->open = true;
  l->begun_ms = now_ms;
  l->change.what = what;
}

void History::step(Line* l, uint64_t now_ms, const std::string& text) {
  if (!l->open || l->change.steps.size() == kStepsMax) return;
  l->change.steps.push_back(
      std::make_pair(now_ms - std::min(now_ms, l->begun_ms), text));
}

// A drain that was over long ago has led to nothing.
bool History::is_called_off(const Line& l, uint64_t now_ms) const {
  return l.change.what == "gave" && !l.change.steps.empty() &&
         now_ms > l.begun_ms + l.change.steps.back().first + kDrainedMs;
}

void History::end(Line* l, uint64_t wall_ms, const Action& a,
                  const char* what) {
  if (!l->open) return;
  l->open = false;
  Change c = l->change;
  c.group = names_[a.group];
  c.wall_ms = wall_ms;
  c.what = what;
  c.epoch = a.hook.epoch;
  changes_.push_back(c);
  ++ended_;
  if (changes_.size() > kChangesMax) changes_.pop_front();
}

void History::on_phase(uint64_t now_ms, uint64_t wall_ms, const Action& a) {
  Line* l = &lines_[a.group];
  Change* c = &l->change;
  switch (a.to) {
    case Phase::Claiming:
      begin(l, a.since_ms != 0 ? a.since_ms : now_ms, "took");
      if (a.since_ms != 0) step(l, a.since_ms, "the peer was heard last");
      c->why = a.text;
      c->grant = a.hook.grant;
      return step(l, now_ms, "claimed");
    case Phase::Starting:
      if (a.from == Phase::Owning) {
        begin(l, now_ms, "restarted");
        c->why = a.text;
      }
      if (a.from != Phase::Claiming) return step(l, now_ms, a.text);
      return step(l, now_ms, "granted, by " + a.hook.grant);
    case Phase::Owning:
      step(l, now_ms, "owned");
      return end(l, wall_ms, a, c->what == "gave" ? "kept" : c->what.c_str());
    case Phase::Stopping:
      if (!l->open || is_called_off(*l, now_ms)) begin(l, now_ms, "gave");
      if (c->what == "gave") c->why = a.text;
      return step(l, now_ms, a.text);
    case Phase::Stuck:
      step(l, now_ms, a.text);
      return end(l, wall_ms, a, "stuck");
    case Phase::Idle:
      // A claim that came to nothing is no change.
      if (a.from == Phase::Claiming) l->open = false;
      step(l, now_ms, "released");
      return end(l, wall_ms, a, c->what == "gave" ? "gave" : "failed");
  }
}

void History::on_hook_begin(uint64_t now_ms, const HookRun& run) {
  if (run.kind != HookKind::Event || run.group >= lines_.size() ||
      (run.event != "drain" && run.event != "gate")) {
    return;
  }
  Line* l = &lines_[run.group];
  begin(l, now_ms, "gave");
  l->change.why = run.reason;
}

void History::on_hook_end(uint64_t now_ms, const HookRun& run, bool ok) {
  if (run.group >= lines_.size() || run.kind == HookKind::Status) return;
  const std::vector<std::string>& names = resources_[run.group];
  const std::string name = run.kind == HookKind::Event ? run.event
                           : run.resource < names.size()
                               ? names[run.resource]
                               : std::string("?");
  step(&lines_[run.group], now_ms,
       name + (run.kind == HookKind::Start  ? " start"
               : run.kind == HookKind::Stop ? " stop"
                                            : "") + (ok ? "" : " failed"));
}

tandem::Error History::restore(const std::string& path,
                               const std::string& text) {
  const std::vector<std::string> lines = tandem::split_fields(text, "\n");
  std::deque<Change> changes;
  size_t i = 0;
  bool good = lines.size() > 1 && lines[0] == kFirstLine;
  while (good && lines[++i] != kLastLine) {
    Change c;
    good = i + 1 < lines.size() && parse_change(lines[i], &c);
    changes.push_back(c);
  }
  if (!good || i + 2 != lines.size()) {
    return tandem::Error::at(path, static_cast<int>(i + 1), "damaged");
  }
  while (changes.size() > kChangesMax) changes.pop_front();
  changes_.swap(changes);
  return tandem::Error::none();
}

std::string format_history(const std::deque<Change>& changes) {
  std::string out = std::string(kFirstLine) + "\n";
  for (const Change& c : changes) out += format_change(c);
  return out + kLastLine + "\n";
}

std::string history_text(const std::string& node,
                         const std::deque<Change>& changes) {
  std::string out;
  for (const Change& c : changes) {
    out += format("%s %s %s in %" PRIu64 " ms, epoch %" PRIu64 "%s: %s\n",
                  when_text(c.wall_ms).c_str(), node.c_str(),
                  what_text(c).c_str(), length_ms(c), c.epoch,
                  c.grant.empty() ? "" : (", by " + c.grant).c_str(),
                  c.why.c_str());
    for (const auto& s : c.steps) {
      out += format("%8" PRIu64 " ms %s\n", s.first, s.second.c_str());
    }
  }
  return out.empty() ? "no change of owner yet\n" : out;
}

std::string history_json(const std::string& node,
                         const std::deque<Change>& changes) {
  std::string out = "[";
  for (const Change& c : changes) {
    out += (out.size() > 1 ? ",\n" : "") + change_json(node, c);
  }
  return out + "]\n";
}

}  // namespace hbd
