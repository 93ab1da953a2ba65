// The I/O around the pure core of a node: events in, actions out, in order.
// Nothing here compares an epoch, a role or a time: it carries them.
#include <sys/stat.h>

#include <algorithm>
#include <map>

#include "hbd/config.h"
#include "hbd/decide/cluster.h"
#include "hbd/decide/metrics.h"
#include "hbd/decide/verdict.h"
#include "hbd/hook/environment.h"
#include "hbd/hook/hooks.h"
#include "hbd/hook/lifeline.h"
#include "hbd/hook/notifier.h"
#include "hbd/hook/watcher.h"
#include "hbd/history.h"
#include "hbd/host.h"
#include "hbd/link/ping.h"
#include "hbd/queue.h"
#include "hbd/request.h"
#include "lib/clock.h"
#include "lib/file.h"
#include "lib/lease.h"
#include "lib/log.h"
#include "lib/text.h"

namespace hbd {

using tandem::Error;

namespace {

// The events are written so long after the last of them: not while others
// wait for the group.
const uint64_t kWriteEventsMs = 2000;
const int kRoundsMax = 64;  // of actions that bring about events at once

class Node {
 public:
  Node(Host* host, uint64_t now_ms);
  int run();

 private:
  uint64_t wait();
  void feed();
  void feed_hook_ends();
  void perform_all();
  void perform(const Action& a);
  void run_hook(const HookRun& run);
  void answer(const Request& request);
  void open_pings();
  void reload();
  void read_events();
  void write_events();
  Status status() const;
  std::string groups() const;

  Host& host_;
  const Settings& settings_;
  Cluster cluster_;
  Queue queue_;
  Hooks hooks_;
  Notifier notifier_;
  Lifelines lifelines_;
  Watcher watcher_;
  Ping ping_;
  History history_;
  uint64_t events_due_ms_;  // they are written; kNever: all are
  uint64_t now_ms_;
  bool exit_;
};

Node::Node(Host* host, uint64_t now_ms)
    : host_(*host), settings_(host->loaded.settings),
      cluster_(core_config(settings_, host->loaded.groups),
               host->loaded.incarnation, host->loaded.states[0],
               host->loaded.had_state[0], now_ms),
      queue_(settings_.state_path(settings_.pairs[0])),
      hooks_(settings_.hooks, host->loaded.groups),
      notifier_(settings_.hooks, host->loaded.groups),
      lifelines_(
          tandem::kernel_backstop_ms(settings_.pairs[0].times.lease_ms)),
      watcher_(settings_.watch, watcher_environment(settings_.hooks)),
      history_(host->loaded.groups), events_due_ms_(tandem::kNever),
      now_ms_(now_ms), exit_(false) {
  open_pings();
  read_events();
}

void Node::open_pings() {
  const Times& times = settings_.pairs[0].times;
  ping_ = Ping();
  const Error e = ping_.open(settings_.pings, host_.loaded.incarnation,
                             times.keepalive_ms, times.lease_ms / 2);
  if (e) tandem::log_err("ping nodes cannot be asked: %s", e.c_str());
}

// Hooks, events and the watcher look into the settings when they begin.
void Node::reload() {
  const std::vector<tandem::Address> pings = settings_.pings;
  if (!host_.reload()) return;
  cluster_.reconfigure(core_config(settings_, host_.loaded.groups));
  if (pings != settings_.pings) open_pings();
}

int Node::run() {
  perform_all();
  while (!exit_) {
    now_ms_ = wait();
    feed();
    if (host_.took_stop()) cluster_.on_stop(now_ms_);
    if (host_.took_reload()) reload();
    cluster_.on_tick(now_ms_);
    perform_all();
    if (now_ms_ >= events_due_ms_) write_events();
  }
  if (events_due_ms_ != tandem::kNever) write_events();
  return tandem::kExitOk;
}

uint64_t Node::wait() {
  tandem::Selector* sel = &host_.selector;
  sel->clear();
  host_.mail.want(sel);
  host_.control.want(sel);
  hooks_.want(sel);
  notifier_.want(sel);
  watcher_.want(sel);
  ping_.want(sel);
  const uint64_t due_ms[] = {
      cluster_.next_due_ms(), queue_.next_due_ms(), hooks_.next_due_ms(),
      notifier_.next_due_ms(), watcher_.next_due_ms(), ping_.next_due_ms(),
      host_.control.next_due_ms(), events_due_ms_};
  return host_.wait(*std::min_element(
      due_ms, due_ms + sizeof due_ms / sizeof *due_ms));
}

// Everything that has come in, before the core judges by the time: after a
// pause of this process the peer's beats are all here, waiting.
void Node::feed() {
  std::vector<Letter> letters;
  host_.mail.step(now_ms_);
  host_.mail.receive(now_ms_, &letters);
  for (const Letter& letter : letters) cluster_.on_beat(now_ms_, letter.beat);
  std::vector<size_t> answered;
  ping_.step(now_ms_, &answered);
  for (size_t index : answered) cluster_.on_ping(now_ms_, index);
  std::vector<tandem::WatchLine> lines;
  bool lost = false;
  watcher_.step(now_ms_, &lines, &lost);
  for (const tandem::WatchLine& line : lines) {
    cluster_.on_watch(now_ms_, line.up, line.attrs);
  }
  if (lost) cluster_.on_watch_lost(now_ms_);
  hooks_.step(now_ms_);
  feed_hook_ends();
  notifier_.step(now_ms_);
  std::vector<Request> requests;
  host_.control.step(&host_.selector, now_ms_, &requests);
  for (const Request& request : requests) answer(request);
}

void Node::feed_hook_ends() {
  for (const HookEnd& end : hooks_.take_ended()) {
    lifelines_.on_exit(now_ms_, end.run.id, end.ok);
    history_.on_hook_end(now_ms_, end.run, end.ok);
    if (end.run.kind == HookKind::Status) {
      cluster_.on_status_exit(now_ms_, end.run.id, end.code);
    } else {
      cluster_.on_hook_exit(now_ms_, end.run.id, end.ok, end.attrs);
    }
  }
  for (size_t group : lifelines_.take_broken()) {
    cluster_.on_lifeline_broken(now_ms_, group);
  }
}

void Node::perform_all() {
  for (int round = 0; round < kRoundsMax; ++round) {
    const std::vector<Action> fresh = cluster_.take_actions();
    queue_.push(fresh);
    Action a(ActionKind::Log);
    while (queue_.persist_and_next(now_ms_, &a)) perform(a);
    // A hook that could not be run, a keeper found dead: the core hears it
    // in this turn.
    feed_hook_ends();
    if (fresh.empty()) return;
  }
}

void Node::perform(const Action& a) {
  switch (a.kind) {
    case ActionKind::Persist: break;  // done by the queue
    case ActionKind::SendBeat: host_.mail.send(0, a.beat); break;
    case ActionKind::RunHook: run_hook(a.hook); break;
    case ActionKind::KillHook: hooks_.kill(a.hook_id); break;
    case ActionKind::Notify: notifier_.push(now_ms_, a.hook); break;
    case ActionKind::Lifeline:
      lifelines_.write(now_ms_, a.group, a.until_ms, a.hold);
      break;
    case ActionKind::DropLifelines: lifelines_.drop(a.group); break;
    case ActionKind::Phase: {
      const size_t before = history_.ended();
      history_.on_phase(now_ms_, tandem::wall_ms(), a);
      if (history_.ended() != before) events_due_ms_ = now_ms_ + kWriteEventsMs;
      break;
    }
    case ActionKind::Log:
      tandem::log_line(a.level, "%s", a.text.c_str());
      break;
    case ActionKind::Reply:
      host_.control.reply(a.command_id, a.ok, a.text);
      break;
    case ActionKind::Exit: exit_ = true; break;
  }
}

void Node::run_hook(const HookRun& run) {
  history_.on_hook_begin(now_ms_, run);
  tandem::UniqueFd read_end;
  if (run.kind == HookKind::Start) {
    const Error e = lifelines_.open(now_ms_, run, &read_end);
    // Without one the address would stay for ever: run, and be told so.
    if (e) tandem::log_err("lifeline: %s", e.c_str());
  } else if (run.kind == HookKind::Stop) {
    lifelines_.on_stop(run);
  }
  hooks_.run(now_ms_, run, read_end.get());
}

void Node::answer(const Request& request) {
  Question q;
  if (!parse_question(request.line, &q)) {
    return host_.control.reply(request.id, false, "unknown request");
  }
  switch (q.ask) {
    case Ask::Status:
      return host_.control.reply(request.id, true, status_text(status()));
    case Ask::StatusJson:
      return host_.control.reply(request.id, true, status_json(status()));
    case Ask::Check:
      return host_.control.reply(request.id, true, check_line(status()));
    case Ask::Metrics:
      return host_.control.reply(request.id, true, metrics_text(status()));
    case Ask::Events:
      return host_.control.reply(
          request.id, true, history_text(settings_.self, history_.changes()));
    case Ask::EventsJson:
      return host_.control.reply(
          request.id, true, history_json(settings_.self, history_.changes()));
    case Ask::Groups:
      return host_.control.reply(request.id, true, groups());
    case Ask::Act:
      return cluster_.on_command(now_ms_, request.id, q.command);
  }
}

// What happened is good to know, and no more: without the file the node goes
// on, and writes it with the next event.
void Node::read_events() {
  const std::string path = settings_.events_path();
  struct stat st;
  if (lstat(path.c_str(), &st) < 0) return;
  std::string text;
  Error e = tandem::read_file(path, kHistoryBytesMax, &text);
  if (!e) e = history_.restore(path, text);
  if (e) tandem::log_warn("events of before are not shown: %s", e.c_str());
}

void Node::write_events() {
  events_due_ms_ = tandem::kNever;
  const Error e = tandem::replace_file(settings_.events_path(),
                                       format_history(history_.changes()),
                                       S_IRUSR | S_IWUSR);
  if (e) tandem::log_warn("events are not written: %s", e.c_str());
}

// The core's status, with what only the I/O knows.
Status Node::status() const {
  Status s = cluster_.status(now_ms_);
  s.host.links = host_.mail.links(now_ms_, 0);
  s.host.strangers = host_.mail.strangers();
  s.host.has_notify = settings_.hooks.has_event("notify");
  s.host.notify_waiting = notifier_.waiting();
  s.host.notify_dropped = notifier_.dropped();
  s.host.held_up = queue_.held_up();
  s.host.late_p99_ms = host_.late.percentile(99);
  s.host.late_max_ms = host_.late.percentile(100);
  std::map<std::string, Taken> taken;
  for (const Change& c : history_.changes()) {
    if (c.what != "took") continue;
    Taken* t = &taken[c.group];
    t->group = c.group;
    t->wall_ms = c.wall_ms;
    t->steps = c.steps;
  }
  for (const auto& t : taken) s.host.taken.push_back(t.second);
  return s;
}

// For hbctl, which waits by it, and for rejoin -p: "node SELF
// none|silent|heard", the last of the witness; "maintenance
// off|asked|on|ending"; then "GROUP PHASE OWNER
// WAITING...", OWNER '-' without one, or one whose start hooks run.
std::string Node::groups() const {
  const Status s = cluster_.status(now_ms_);
  std::string out = "node " + settings_.self +
                    (s.witness.name.empty() ? " none\n"
                     : s.witness.silent     ? " silent\n"
                                            : " heard\n") +
                    "maintenance " + s.maintenance.state + "\n";
  for (const GroupStatus& g : s.groups) {
    out += g.name + " " + g.phase + " " +
           (g.owner.empty() ? "-" : g.owner) + " " +
           (g.waiting.empty() ? g.unfit : g.waiting) + "\n";
  }
  return out;
}

}  // namespace

int run_node(Host* host) {
  Node node(host, tandem::clock_ms());
  return node.run();
}

}  // namespace hbd
