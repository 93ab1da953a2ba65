// What goes from one worker to the next, and from one program to the next.
extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
}

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <string>
#include <utility>

#include "splitfwd/process/renew.h"
#include "splitfwd/route/handover.h"

using namespace splitfwd;
using tandem::UniqueFd;

namespace {

UniqueFd some_fd() { return UniqueFd(open("/dev/null", O_RDONLY)); }

Config config_of(const char* servers, const char* listens) {
  Config c;
  for (const char* s = servers; *s; ++s) {
    ServerConfig server;
    server.name = std::string(1, *s);
    c.servers.push_back(server);
  }
  for (const char* l = listens; *l; ++l) {
    ListenConfig listen;
    listen.name = std::string(1, *l);
    for (size_t i = 0; i < c.servers.size(); ++i) listen.servers.push_back(i);
    c.listens.push_back(listen);
  }
  return c;
}

SessionPtr open_session() {
  SessionPtr s(new RoutedSession(1, some_fd(), 1000));
  s->upstream = some_fd();
  s->phase = Phase::Open;
  s->server = 1;
  s->first_server = 0;
  s->failed_server = 0;
  s->attempts = 2;
  s->redispatched = true;
  s->chosen_ms = 1001;
  s->connected_ms = 1002;
  s->id = 77;
  s->client_ms = 5000;
  s->server_ms = 5001;
  if (tandem::parse_address_port("10.0.0.1:4711", 0, &s->peer)) fail();
  return s;
}

// A session as the next worker gets it, before its words are read.
SessionPtr arriving(bool with_upstream) {
  SessionPtr s(new RoutedSession(0, some_fd(), 9000));
  if (with_upstream) s->upstream = some_fd();
  return s;
}

Handed parse(const Config& c, const std::string& text, RoutedSession* s) {
  size_t waiting[2];
  return parse_session(c, text, s, waiting);
}

std::string without(const std::string& text, const std::string& key) {
  const size_t at = text.find(" " + key + "=");
  if (at == std::string::npos) return text;
  return text.substr(0, at) + text.substr(std::min(text.size(),
                                                   text.find(' ', at + 1)));
}

void an_open_session_arrives_as_it_was(void**) {
  const Config old_file = config_of("ab", "rw");
  const Config new_file = config_of("xba", "wr");
  SessionPtr s = open_session();
  BufferPtr buffer(new Buffer(16));
  memcpy(buffer->bytes.get(), "hello", 5);
  s->pumps[kToClient].lend(std::move(buffer));
  s->pumps[kToClient].on_read(5);
  s->pumps[kToClient].on_wrote(2);
  s->pumps[kToServer].on_eof();

  SessionPtr t = arriving(true);
  size_t waiting[2];
  const std::string text = format_session(old_file, *s);
  const Handed handed = parse_session(new_file, text, t.get(), waiting);

  assert_true(handed == Handed::Fine);
  assert_true(t->phase == Phase::Open);
  assert_int_equal(t->listen, 0);        // w, where the new file has it
  assert_int_equal(t->server, 1);        // b
  assert_int_equal(t->first_server, 2);  // a
  assert_int_equal(t->attempts, 2);
  assert_true(t->redispatched);
  assert_int_equal(t->accepted_ms, 1000);
  assert_int_equal(t->id, 77);
  assert_int_equal(t->client_ms, 5000);
  assert_int_equal(t->server_ms, 5001);
  assert_string_equal(t->peer.text().c_str(), "10.0.0.1:4711");
  assert_int_equal(waiting[kToClient], 3);
  assert_int_equal(waiting[kToServer], 0);
  assert_true(t->pumps[kToServer].in() == Pump::Side::Closed);
  assert_true(t->pumps[kToServer].wants_shutdown());
  assert_int_equal(t->pumps[kToClient].moved_bytes(), 2);
}

void waiting_bytes_leave_first_and_the_end_after_them(void**) {
  Pump pump;
  pump.restore(Pump::Side::Closed, Pump::Side::Drain, 7);
  BufferPtr buffer(new Buffer(8));
  memcpy(buffer->bytes.get(), "abc", 3);

  pump.restore_waiting(std::move(buffer), 3);

  assert_true(pump.wants_write());
  assert_false(pump.wants_shutdown());
  assert_memory_equal(pump.bytes(), "abc", 3);
  pump.on_wrote(3);
  assert_true(pump.wants_shutdown());
  assert_int_equal(pump.moved_bytes(), 10);
}

void what_is_no_longer_in_the_file_is_a_stranger(void**) {
  SessionPtr s = open_session();
  const std::string text = format_session(config_of("ab", "rw"), *s);

  assert_true(parse(config_of("ab", "r"), text, arriving(true).get()) ==
              Handed::Stranger);
  assert_true(parse(config_of("a", "rw"), text, arriving(true).get()) ==
              Handed::Stranger);
  // Only the server it failed at before is gone: that is no matter.
  assert_true(parse(config_of("b", "rw"), text, arriving(true).get()) ==
              Handed::Fine);
}

void a_server_that_is_no_longer_the_listeners_is_a_stranger(void**) {
  SessionPtr s = open_session();
  const std::string text = format_session(config_of("ab", "rw"), *s);
  Config c = config_of("ab", "rw");
  c.listens[1].servers.pop_back();

  assert_true(parse(c, text, arriving(true).get()) == Handed::Stranger);
}

void a_server_at_another_address_is_a_stranger(void**) {
  SessionPtr s = open_session();
  Config c = config_of("ab", "rw");
  if (tandem::parse_address_port("10.0.0.2:3306", 0, &c.servers[1].address))
    fail();
  const std::string text = format_session(c, *s);

  assert_true(parse(c, text, arriving(true).get()) == Handed::Fine);
  assert_true(parse(c, without(text, "at"), arriving(true).get()) ==
              Handed::Fine);
  c.servers[1].address.port = 3307;
  assert_true(parse(c, text, arriving(true).get()) == Handed::Stranger);
}

void every_cut_and_every_flip_is_survived(void**) {
  const Config c = config_of("ab", "rw");
  SessionPtr s = open_session();
  const std::string text = format_session(c, *s);
  for (size_t i = 0; i < text.size(); ++i) {  // the sanitizers judge
    parse(c, text.substr(0, i), arriving(true).get());
    std::string flipped = text;
    flipped[i] = static_cast<char>(flipped[i] ^ 0x55);
    parse(c, flipped, arriving(true).get());
  }
  assert_true(parse(c, text, arriving(true).get()) == Handed::Fine);
}

void descriptors_and_words_must_agree(void**) {
  const Config c = config_of("ab", "rw");
  SessionPtr s = open_session();
  const std::string text = format_session(c, *s);

  assert_true(parse(c, text, arriving(false).get()) == Handed::Bad);
  assert_true(parse(c, without(text, "server"), arriving(true).get()) ==
              Handed::Bad);
  assert_true(parse(c, without(text, "phase"), arriving(true).get()) ==
              Handed::Bad);
  assert_true(parse(c, text + " down-in=drain", arriving(true).get()) ==
              Handed::Bad);
}

void no_time_is_later_than_the_limits_of_its_listener(void**) {
  const uint64_t ever = UINT64_MAX - 1;
  const Config c = config_of("ab", "rw");
  SessionPtr s = open_session();
  s->client_ms = s->server_ms = ever;
  s->accepted_ms = s->connected_ms = s->connect_due_ms = ever;
  s->goodbye_due_ms = s->wait_since_ms = ever;
  bound_times(c, 6000, s.get());
  assert_int_equal(s->client_ms, 6000);
  assert_int_equal(s->server_ms, 6000);
  assert_int_equal(s->accepted_ms, 6000);
  assert_int_equal(s->connected_ms, 6000);
  assert_int_equal(s->wait_since_ms, 6000);
  assert_int_equal(s->chosen_ms, 1001);
  assert_int_equal(s->connect_due_ms, 16000);
  assert_int_equal(s->goodbye_due_ms, 16000);
  assert_int_equal(s->wait_until_ms, 16000);
  // In a pause between two tries it waits for that alone.
  SessionPtr t = arriving(false);
  t->retry_at_ms = 9500;
  bound_times(c, 9000, t.get());
  assert_int_equal(t->retry_at_ms, 9500);
  assert_true(t->wait_until_ms == kNotReached);
  assert_true(t->chosen_ms == kNotReached);
  t->retry_at_ms = ever;
  bound_times(c, 9000, t.get());
  assert_int_equal(t->retry_at_ms, 19000);
}

void keys_of_another_version_do_no_harm(void**) {
  const Config c = config_of("ab", "rw");
  SessionPtr s = open_session();
  const std::string text = format_session(c, *s);

  assert_true(parse(c, text + " colour=blue", arriving(true).get()) ==
              Handed::Fine);
  assert_true(parse(c, without(text, "attempts"), arriving(true).get()) ==
              Handed::Fine);
}

void legacy_reads_back(void**) {
  LegacyNumbers n;
  n.pidfile = 3;
  n.link = 5;
  n.worker = 77;
  n.errors = 6;
  n.watcher = 78;
  n.watcher_number = 255;
  n.listeners.push_back(8);
  n.listeners.push_back(9);
  LegacyNumbers m;

  assert_true(parse_legacy(format_legacy(n), &m));

  assert_string_equal(format_legacy(m).c_str(), format_legacy(n).c_str());
  n.link = n.errors = 0;  // both have ended
  n.worker = n.watcher = 0;
  assert_true(parse_legacy(format_legacy(n), &m));
  assert_true(m.worker == 0 && m.watcher == 0);
}

void legacy_that_is_not_right_is_refused(void**) {
  static const char* const kWrong[] = {
      "", "pidfile=3",
      "pidfile=3 link=5 worker=77 errors=0 watcher=0 number=0",
      "pidfile=3 link=5 worker=77 errors=0 watcher=0 number=0 listeners=",
      "pidfile=2 link=5 worker=77 errors=0 watcher=0 number=0 listeners=8",
      "pidfile=3 link=-5 worker=77 errors=0 watcher=0 number=0 listeners=8",
      "pidfile=3 link=5 worker=0 errors=0 watcher=0 number=0 listeners=8",
      "pidfile=3 link=0 worker=7 errors=0 watcher=0 number=0 listeners=8",
      "pidfile=3 link=5 worker=7 errors=2 watcher=9 number=0 listeners=8",
      "pidfile=3 link=5 worker=7 errors=0 watcher=9 number=256 listeners=8",
      "pidfile=3 link=5 worker=77 errors=0 watcher=0 number=0 listeners=8,",
      "pidfile=3 link=5 worker=77 errors=0 watcher=0 number=0 listeners=8 a=1",
  };
  for (const char* text : kWrong) {
    LegacyNumbers n;
    assert_false(parse_legacy(text, &n));
  }
}

}  // namespace

int main() {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_open_session_arrives_as_it_was),
      cmocka_unit_test(waiting_bytes_leave_first_and_the_end_after_them),
      cmocka_unit_test(what_is_no_longer_in_the_file_is_a_stranger),
      cmocka_unit_test(a_server_that_is_no_longer_the_listeners_is_a_stranger),
      cmocka_unit_test(a_server_at_another_address_is_a_stranger),
      cmocka_unit_test(every_cut_and_every_flip_is_survived),
      cmocka_unit_test(descriptors_and_words_must_agree),
      cmocka_unit_test(no_time_is_later_than_the_limits_of_its_listener),
      cmocka_unit_test(keys_of_another_version_do_no_harm),
      cmocka_unit_test(legacy_reads_back),
      cmocka_unit_test(legacy_that_is_not_right_is_refused),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
