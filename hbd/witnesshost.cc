// The I/O around the pure witnesses, one a pair: beats in, beats and records
// out. It runs no hook, watches no server and takes no command.
#include <algorithm>
#include <memory>

#include "hbd/config.h"
#include "hbd/decide/metrics.h"
#include "hbd/decide/verdict.h"
#include "hbd/decide/witness.h"
#include "hbd/host.h"
#include "hbd/queue.h"
#include "hbd/request.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/text.h"

namespace hbd {

namespace {

struct PairWitness {
  Witness witness;
  Queue queue;
  PairWitness(const Loaded& loaded, size_t pair, uint64_t now_ms)
      : witness(witness_config(loaded.settings, loaded.settings.pairs[pair]),
                loaded.incarnation, loaded.states[pair],
                loaded.had_state[pair], now_ms),
        queue(loaded.settings.state_path(loaded.settings.pairs[pair])) {}
};

class WitnessHost {
 public:
  WitnessHost(Host* host, uint64_t now_ms);
  int run();

 private:
  uint64_t wait();
  void feed(uint64_t now_ms);
  void perform(uint64_t now_ms, size_t pair);
  void answer(uint64_t now_ms, const Request& request);
  Host& host_;
  std::vector<std::unique_ptr<PairWitness>> pairs_;
};

WitnessHost::WitnessHost(Host* host, uint64_t now_ms) : host_(*host) {
  for (size_t i = 0; i < host->loaded.settings.pairs.size(); ++i) {
    pairs_.push_back(std::unique_ptr<PairWitness>(
        new PairWitness(host->loaded, i, now_ms)));
  }
}

int WitnessHost::run() {
  for (;;) {
    const uint64_t now_ms = wait();
    feed(now_ms);
    if (host_.took_stop()) return tandem::kExitOk;
    if (host_.took_reload()) host_.reload();
    for (size_t i = 0; i < pairs_.size(); ++i) {
      pairs_[i]->witness.on_tick(now_ms);
      perform(now_ms, i);
    }
  }
}

uint64_t WitnessHost::wait() {
  host_.selector.clear();
  host_.mail.want(&host_.selector);
  host_.control.want(&host_.selector);
  uint64_t due_ms = host_.control.next_due_ms();
  for (const std::unique_ptr<PairWitness>& p : pairs_) {
    due_ms = std::min(due_ms, p->witness.next_due_ms());
    due_ms = std::min(due_ms, p->queue.next_due_ms());
  }
  return host_.wait(due_ms);
}

void WitnessHost::feed(uint64_t now_ms) {
  std::vector<Letter> letters;
  host_.mail.step(now_ms);
  host_.mail.receive(now_ms, &letters);
  for (const Letter& letter : letters) {
    pairs_[letter.pair]->witness.on_beat(now_ms, letter.beat);
  }
  std::vector<Request> requests;
  host_.control.step(&host_.selector, now_ms, &requests);
  for (const Request& request : requests) answer(now_ms, request);
}

void WitnessHost::perform(uint64_t now_ms, size_t pair) {
  PairWitness* p = pairs_[pair].get();
  p->queue.push(p->witness.take_actions());
  Action a(ActionKind::Log);
  while (p->queue.persist_and_next(now_ms, &a)) {
    if (a.kind == ActionKind::SendBeat) {
      host_.mail.send(pair, a.beat);
    } else {
      TANDEM_ASSERT(a.kind == ActionKind::Log);
      tandem::log_line(a.level, "%s", a.text.c_str());
    }
  }
}

void WitnessHost::answer(uint64_t now_ms, const Request& request) {
  Question q;
  if (!parse_question(request.line, &q)) {
    return host_.control.reply(request.id, false, "unknown request");
  }
  std::vector<WitnessStatus> pairs;
  for (size_t i = 0; i < pairs_.size(); ++i) {
    pairs.push_back(pairs_[i]->witness.status(now_ms));
    pairs[i].host.links = host_.mail.links(now_ms, i);
    pairs[i].host.held_up = pairs_[i]->queue.held_up();
  }
  std::string text;
  switch (q.ask) {
    case Ask::Status:
      for (const WitnessStatus& s : pairs) text += status_text(s);
      text += tandem::format("strangers dropped: %llu\n",
                             static_cast<unsigned long long>(
                                 host_.mail.strangers()));
      break;
    case Ask::StatusJson:
      for (const WitnessStatus& s : pairs) text += status_json(s);
      break;
    case Ask::Check: text = check_line(pairs); break;
    case Ask::Metrics:
      text = metrics_text(pairs, host_.mail.strangers());
      break;
    case Ask::Events:
    case Ask::EventsJson:
    case Ask::Groups:
    case Ask::Act:
      return host_.control.reply(request.id, false,
                                 "this is a witness: ask a node");
  }
  host_.control.reply(request.id, true, text);
}

}  // namespace

int run_witness(Host* host) {
  WitnessHost witness_host(host, tandem::clock_ms());
  return witness_host.run();
}

}  // namespace hbd
