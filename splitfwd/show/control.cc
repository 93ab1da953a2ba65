// Beyond POSIX: SO_PEERCRED, Linux's, for the log: who changed it.
#include "splitfwd/show/control.h"

#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "lib/log.h"
#include "lib/text.h"
#include "splitfwd/route/router.h"
#include "splitfwd/show/info.h"
#include "splitfwd/show/table.h"

namespace splitfwd {

using tandem::UniqueFd;

namespace {

const int kCommandsPerTurn = 16;

std::string peer_text(int fd) {
  struct ucred peer;
  socklen_t n = sizeof peer;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) < 0) return "?";
  return tandem::format("uid %lu, pid %ld",
                        static_cast<unsigned long>(peer.uid),
                        static_cast<long>(peer.pid));
}

}  // namespace

Control::Control(const Config& config, tandem::WaitSet* set, Router* router,
                 UniqueFd listener)
    : config_(config), set_(set), router_(router),
      clients_("control socket", std::move(listener)) {}

void Control::turn(uint64_t now_ms) {
  clients_.turn(set_, now_ms, [this, now_ms](Client* c) {
    return advance(c, now_ms);
  });
  UniqueFd fd = clients_.accept(*set_, now_ms);
  if (!fd.valid()) return;
  const std::string who = peer_text(fd.get());
  clients_.add(set_, std::move(fd), now_ms + kControlDeadlineMs)->who = who;
}

// One command after the other, each when the answer before it has left.
// False: done, or it is gone.
bool Control::advance(Client* c, uint64_t now_ms) {
  int done = 0;
  for (; done < kCommandsPerTurn && c->out.empty(); ++done) {
    if (c->commands.empty() && !take_commands(c)) break;
    const std::string text = c->commands.back();
    c->commands.pop_back();
    answer(c, text, now_ms);
    if (!c->write_some()) return false;
  }
  c->again = done == kCommandsPerTurn && c->out.empty();
  if (c->moved) {
    c->due_ms = now_ms + (c->prompt ? kPromptDeadlineMs : kControlDeadlineMs);
  }
  const bool idle = c->out.empty() && c->commands.empty();
  c->reads = idle && !c->again;
  return !c->reads || !(c->last || c->ended);
}

// The commands of the next line. False: there is none that counts.
bool Control::take_commands(Client* c) {
  std::string line;
  if (c->last || !c->take_line(&line)) return false;
  c->commands = split_commands(line);
  std::reverse(c->commands.begin(), c->commands.end());
  c->last = !c->prompt;
  return true;
}

void Control::answer(Client* c, const std::string& text, uint64_t now_ms) {
  Command command;
  if (text.empty() && c->prompt) {
    c->out = "> ";
    return;
  }
  if (parse_command(text, config_, &command, &c->out)) {
    if (command.verb == Command::Verb::Quit) {
      c->last = true;
      c->commands.clear();
      return;
    }
    if (command.verb == Command::Verb::Prompt) {
      c->prompt = !c->prompt;
      c->last = !c->prompt;
      c->due_ms = now_ms + kPromptDeadlineMs;
    }
    if (command.changes()) {
      tandem::log_info("control socket, %s: %.200s", c->who.c_str(),
                       text.c_str());
    }
    c->out = run(command, now_ms);
  }
  c->out += c->prompt ? "\n> " : "\n";
}

std::string Control::run(const Command& c, uint64_t now_ms) {
  switch (c.verb) {
    case Command::Verb::Help: return help_answer();
    case Command::Verb::Prompt:
    case Command::Verb::Quit: break;
    case Command::Verb::ShowStat: {
      const Snapshot v = router_->snapshot(now_ms);
      const std::vector<StatLine> lines = stat_lines(v, c);
      return c.form == Form::Json    ? stat_json(lines)
             : c.form == Form::Typed ? stat_typed(lines)
                                     : stat_csv(lines);
    }
    case Command::Verb::ShowInfo:
      return info_text(router_->snapshot(now_ms), c.form);
    case Command::Verb::ShowStatus:
      return overview_text(router_->snapshot(now_ms));
    case Command::Verb::ShowSess:
      return sess_text(router_->session_rows(now_ms), c.session);
    case Command::Verb::ShowServersState:
      return servers_state_text(router_->snapshot(now_ms), c);
    case Command::Verb::ShowServersConn:
      return servers_conn_text(router_->snapshot(now_ms), c);
    case Command::Verb::ClearCounters: router_->clear_counters(c.all); break;
    case Command::Verb::SetFrontend: router_->close(c.listen, c.all); break;
    case Command::Verb::ShowDrain: return router_->drain_text();
    case Command::Verb::Leave: router_->leave(now_ms); break;
    case Command::Verb::Serve: router_->stay(); break;
    case Command::Verb::Drain: router_->begin_drain(now_ms); break;
    case Command::Verb::Gate:
      if (router_->begin_gate(now_ms)) break;
      return "There is no primary.\n";
    case Command::Verb::SetWeight:
      router_->set_weight(c.listen, c.server, c.weight, now_ms);
      break;
    case Command::Verb::SetState:
      router_->set_admin(c.listen, c.server, c.state, now_ms);
      break;
    case Command::Verb::ShutdownSession:
      if (router_->shut_down(c.session)) break;
      return "No such session (use 'show sess').\n";
    case Command::Verb::ShutdownServer:
      router_->shut_down_all(c.listen, c.server);
      break;
  }
  return std::string();
}

}  // namespace splitfwd
