// Two nodes talk, beats are lost and late, nodes start again, and somebody who
// records everything sends it again whenever he likes. One beat counts once: of
// a capture that was heard already nothing ever counts, nor does one that is
// changed bring anything down.
#include <stddef.h>
#include <stdint.h>

#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "hbd/decide/hearing.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t n);

namespace {

const uint64_t kDeadtimeMs = 2000;

struct Node {
  uint64_t life = 0;  // how often it was started
  std::unique_ptr<hbd::Hearing> hearing;
};

struct Said {
  size_t by;
  hbd::Beat beat;
};

struct Talk {
  uint64_t now_ms = 10000, incarnation = 4;
  Node node[2];
  std::vector<Said> tape;
  // What counted: the beat, at which life of who heard it.
  std::set<std::pair<size_t, uint64_t>> counted[2];

  void start(size_t i) {
    ++node[i].life;
    node[i].hearing.reset(
        new hbd::Hearing("other", ++incarnation, kDeadtimeMs));
  }
  void say(size_t i) {
    Said s;
    s.by = i;
    node[i].hearing->stamp(now_ms, &s.beat);
    tape.push_back(s);
  }
  void hear(size_t at) {
    const size_t to = 1 - tape[at].by;
    if (!node[to].hearing->take(now_ms, tape[at].beat)) return;
    TANDEM_ASSERT(
        counted[to].insert(std::make_pair(at, node[to].life)).second);
    TANDEM_ASSERT(node[to].hearing->heard_within(now_ms, 0));
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t n) {
  Talk t;
  t.start(0);
  t.start(1);
  for (size_t i = 0; i < n && t.tape.size() < 4096; ++i) {
    const size_t arg = i + 1 < n ? data[i + 1] : 0;
    switch (data[i] % 8) {
      case 0: t.now_ms += 1 + arg; break;
      case 1: t.now_ms += kDeadtimeMs; break;
      case 2:
      case 3:
      case 4: {  // a beat, that is heard unless it is lost
        const size_t by = data[i] % 2;
        t.say(by);
        if (arg % 4 != 0) t.hear(t.tape.size() - 1);
        break;
      }
      case 5:
        if (!t.tape.empty()) t.hear(arg % t.tape.size());
        break;
      case 6:
        for (size_t k = 0; k < t.tape.size(); ++k) t.hear(k);
        break;
      case 7:
        if (arg % 8 == 0) t.start(arg / 8 % 2);
        break;
    }
  }
  return 0;
}
