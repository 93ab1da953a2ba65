// What a pump promises: exact bytes, then the end, never more than the buffer,
// always done; and that its two directions know nothing of each other.
extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>
}

#include <string.h>

#include <algorithm>
#include <random>
#include <string>
#include <utility>

#include "splitfwd/relay/pump.h"

using namespace splitfwd;

namespace {

unsigned below(std::mt19937_64* rng, unsigned n) {
  return static_cast<unsigned>((*rng)() % n);
}

// One direction with a source and a sink that take and give what they like.
struct World {
  std::string source;
  size_t sent;
  std::string sink;
  bool sink_ended;
  Pump pump;
  explicit World(const std::string& text)
      : source(text), sent(0), sink_ended(false) {}

  void read_some(std::mt19937_64* rng, size_t buffer_bytes) {
    if (!pump.wants_read()) return;
    pump.lend(BufferPtr(new Buffer(buffer_bytes)));
    assert_true(pump.room() == buffer_bytes);
    const unsigned kind = below(rng, 4);
    if (kind > 0 && sent < source.size()) {
      const size_t most = std::min(pump.room(), source.size() - sent);
      const size_t n = 1 + below(rng, static_cast<unsigned>(most));
      memcpy(pump.space(), source.data() + sent, n);
      pump.on_read(n);
      sent += n;
    } else if (kind > 0) {
      pump.on_eof();
    }  // else: it was readable, and then nothing came
    assert_true(pump.waiting() <= buffer_bytes);
    pump.take_back();
  }

  void write_some(std::mt19937_64* rng) {
    if (!pump.wants_write()) return;
    const size_t n = below(rng, static_cast<unsigned>(pump.waiting()) + 1);
    sink.append(pump.bytes(), n);
    pump.on_wrote(n);
    const size_t left = pump.waiting();
    const BufferPtr back = pump.take_back();
    assert_true((back == nullptr) == (left > 0));
  }

  void shut_some() {
    if (!pump.wants_shutdown()) return;
    assert_true(sink.size() == source.size());
    sink_ended = true;
    pump.on_shutdown();
  }
};

std::string noise(std::mt19937_64* rng, size_t n) {
  std::string out;
  for (size_t i = 0; i < n; ++i) out += static_cast<char>(below(rng, 256));
  return out;
}

}  // namespace

static void any_interleaving_gives_the_exact_bytes_then_the_end(void**) {
  for (uint64_t seed = 1; seed <= 2000; ++seed) {
    std::mt19937_64 rng(seed);
    const size_t buffer_bytes = 1 + below(&rng, 64);
    World w(noise(&rng, below(&rng, 3000)));

    size_t steps = 0;
    while (!w.pump.done() && ++steps < 100000) {
      switch (below(&rng, 3)) {
        case 0: w.read_some(&rng, buffer_bytes); break;
        case 1: w.write_some(&rng); break;
        default: w.shut_some(); break;
      }
    }

    if (!w.pump.done() || w.sink != w.source || !w.sink_ended) {
      fprintf(stderr, "SEED=%llu\n", static_cast<unsigned long long>(seed));
    }
    assert_true(w.pump.done());
    assert_true(w.sink == w.source);
    assert_true(w.sink_ended);
    assert_true(w.pump.moved_bytes() == w.source.size());
  }
}

static void an_error_anywhere_is_the_end_at_once(void**) {
  for (uint64_t seed = 1; seed <= 500; ++seed) {
    std::mt19937_64 rng(seed);
    World w(noise(&rng, 500));
    const unsigned when = below(&rng, 200);
    for (unsigned i = 0; i < when; ++i) {
      if (below(&rng, 2)) w.read_some(&rng, 32);
      else w.write_some(&rng);
    }

    w.pump.on_error();

    assert_true(w.pump.done());
    assert_false(w.pump.wants_read());
    assert_false(w.pump.wants_write());
    assert_false(w.pump.wants_shutdown());
    assert_int_equal(w.pump.waiting(), 0);
    assert_true(w.sink == w.source.substr(0, w.sink.size()));
    assert_true(w.pump.moved_bytes() == w.sink.size());
  }
}

static void no_buffer_is_held_while_nothing_waits(void**) {
  Pump p;
  p.lend(BufferPtr(new Buffer(8)));
  memcpy(p.space(), "abc", 3);
  p.on_read(3);
  assert_null(p.take_back().get());
  assert_false(p.wants_read());
  p.on_wrote(2);
  assert_null(p.take_back().get());
  assert_memory_equal(p.bytes(), "c", 1);
  p.on_wrote(1);
  assert_non_null(p.take_back().get());
  assert_true(p.wants_read());
}

static void the_end_waits_for_the_bytes_before_it(void**) {
  Pump p;
  p.lend(BufferPtr(new Buffer(8)));
  p.on_read(5);
  p.on_eof();
  assert_true(p.in() == Pump::Side::Closed);
  assert_true(p.out() == Pump::Side::Drain);
  assert_false(p.wants_shutdown());
  assert_true(p.wants_write());
  p.on_wrote(5);
  assert_true(p.wants_shutdown());
  assert_false(p.done());
  p.on_shutdown();
  assert_true(p.done());
}

static void one_direction_ends_and_the_other_goes_on(void**) {
  Pump up, down;
  up.on_eof();
  up.on_shutdown();
  assert_true(up.done());

  assert_true(down.wants_read());
  down.lend(BufferPtr(new Buffer(4)));
  down.on_read(4);
  down.on_wrote(4);
  assert_true(down.take_back() != nullptr);
  assert_true(down.wants_read());
  assert_false(down.done());
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(any_interleaving_gives_the_exact_bytes_then_the_end),
      cmocka_unit_test(an_error_anywhere_is_the_end_at_once),
      cmocka_unit_test(no_buffer_is_held_while_nothing_waits),
      cmocka_unit_test(the_end_waits_for_the_bytes_before_it),
      cmocka_unit_test(one_direction_ends_and_the_other_goes_on),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
