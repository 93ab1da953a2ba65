// Those who ask on a control socket: what they may cost, and what they get.
// Real sockets in a directory of their own; a client that echoes lines.
extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
}

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/clients.h"
#include "lib/log.h"
#include "lib/net.h"

using tandem::UniqueFd;

static std::string g_path;

struct Echo : tandem::Client {
  std::vector<std::string> lines;
};

// A listener, those who came in, and the turns of a loop.
struct Server {
  tandem::WaitSet set;
  std::unique_ptr<tandem::Clients<Echo>> clients;
  uint64_t now_ms;
  std::string said;  // the lines of all of them
  size_t answer_bytes;
  Server() : now_ms(1000), answer_bytes(0) {
    UniqueFd listener;
    assert_true(tandem::listen_unix(g_path, &listener).ok());
    clients.reset(new tandem::Clients<Echo>("test", std::move(listener)));
  }
  // Until nothing is ready.
  void turns() {
    for (int i = 0; i < 100; ++i) {
      clients->want(&set);
      assert_true(set.wait(now_ms, clients->next_due_ms() == 0 ? 0 : now_ms,
                           nullptr).ok());
      const bool idle = set.found() == 0 && clients->next_due_ms() != 0;
      clients->turn(&set, now_ms, [this](Echo* c) { return on_client(c); });
      UniqueFd fd = clients->accept(set, now_ms);
      if (fd.valid()) clients->add(&set, std::move(fd), now_ms + 500);
      if (idle) return;
    }
  }
  bool on_client(Echo* c) {
    std::string line;
    while (c->take_line(&line)) {
      said += line + "|";
      c->out += answer_bytes ? std::string(answer_bytes, 'x') : line + "\n";
    }
    return !c->out.empty() || !c->ended;
  }
};

static UniqueFd asker(const std::string& text) {
  UniqueFd fd;
  assert_true(tandem::connect_unix(g_path, 2000, &fd).ok());
  if (!text.empty()) {
    assert_int_equal(send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL),
                     text.size());
  }
  return fd;
}

// What is there; "." at its end: and the end of file, or a reset.
static std::string heard(const UniqueFd& fd) {
  std::string out;
  char buf[65536];
  for (;;) {
    const ssize_t n = recv(fd.get(), buf, sizeof buf, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return out;
    if (n <= 0) return out + ".";
    out.append(buf, static_cast<size_t>(n));
  }
}

static void lines_are_taken_as_they_come(void**) {
  Server s;
  const UniqueFd one = asker("a b\nc");
  s.turns();
  assert_string_equal(s.said.c_str(), "a b|");
  assert_string_equal(heard(one).c_str(), "a b\n");

  assert_int_equal(send(one.get(), "d\n\ne", 4, 0), 4);
  s.turns();
  assert_string_equal(s.said.c_str(), "a b|cd||");

  // The last line of who sends no more needs no newline.
  shutdown(one.get(), SHUT_WR);
  s.turns();
  s.turns();
  assert_string_equal(s.said.c_str(), "a b|cd||e|");
  assert_string_equal(heard(one).c_str(), "cd\n\ne\n.");
}

static void one_too_many_puts_out_the_oldest(void**) {
  Server s;
  std::vector<UniqueFd> all;
  for (size_t i = 0; i < tandem::kClientsMax; ++i) {
    all.push_back(asker(""));
    s.turns();
  }
  for (const UniqueFd& fd : all) assert_string_equal(heard(fd).c_str(), "");

  const UniqueFd last = asker("x\n");
  s.turns();

  assert_string_equal(heard(all[0]).c_str(), ".");
  assert_string_equal(heard(all[1]).c_str(), "");
  assert_string_equal(heard(last).c_str(), "x\n");
}

static void who_is_silent_has_to_go(void**) {
  Server s;
  const UniqueFd one = asker("");
  s.turns();
  assert_int_equal(s.clients->next_due_ms(), 1500);

  s.now_ms = 1499;
  s.turns();
  assert_string_equal(heard(one).c_str(), "");
  s.now_ms = 1500;
  s.turns();

  assert_string_equal(heard(one).c_str(), ".");
  assert_int_equal(s.clients->next_due_ms(), tandem::kNever);
}

static void who_sends_too_much_without_a_line_has_to_go(void**) {
  Server s;
  const UniqueFd one = asker(std::string(tandem::kClientBytesMax, 'x'));
  s.turns();
  assert_string_equal(heard(one).c_str(), "");
  assert_int_equal(send(one.get(), "x", 1, 0), 1);
  s.turns();
  assert_string_equal(heard(one).c_str(), ".");
}

static void an_answer_that_is_not_taken_at_once_is_not_lost(void**) {
  Server s;
  s.answer_bytes = 3 << 20;
  const UniqueFd one = asker("x\n");
  shutdown(one.get(), SHUT_WR);
  std::string got;
  for (int i = 0; i < 1000 && (got.empty() || got.back() != '.'); ++i) {
    s.turns();
    got += heard(one);
  }
  assert_int_equal(got.size(), (3 << 20) + 1);
}

static void a_new_one_is_not_taken_for_who_had_its_number(void**) {
  Server s;
  UniqueFd one = asker("x\n");
  s.turns();
  one.reset();
  s.turns();
  const UniqueFd two = asker("");
  s.turns();
  assert_string_equal(heard(two).c_str(), "");
  assert_null(s.clients->find(1));
  assert_non_null(s.clients->find(2));
}

static void without_descriptors_nobody_comes_in_for_a_while(void**) {
  Server s;
  struct rlimit before;
  assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
  const UniqueFd one = asker("x\n");
  const UniqueFd top(dup(0));
  struct rlimit none = before;
  none.rlim_cur = static_cast<rlim_t>(top.get());
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
  s.turns();
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);

  // There is one again, but the loop is left in peace until then.
  s.turns();
  assert_string_equal(s.said.c_str(), "");
  assert_int_equal(s.clients->next_due_ms(), 1100);
  s.now_ms = 1100;
  s.turns();
  s.turns();

  assert_string_equal(s.said.c_str(), "x|");
  assert_string_equal(heard(one).c_str(), "x\n");
}

static void who_has_more_to_do_needs_no_byte_for_it(void**) {
  Server s;
  const UniqueFd one = asker("");
  s.turns();
  s.clients->find(1)->again = true;
  assert_int_equal(s.clients->next_due_ms(), 0);
  s.turns();
  assert_int_equal(s.clients->next_due_ms(), 1500);
}

static void no_listener_lets_nobody_in(void**) {
  tandem::WaitSet set;
  tandem::Clients<Echo> clients("test", UniqueFd());
  clients.want(&set);
  assert_int_equal(set.watched(), 0);
  assert_false(clients.accept(set, 1000).valid());
  assert_int_equal(clients.next_due_ms(), tandem::kNever);
}

int main() {
  char dir[] = "/tmp/lib-clients-XXXXXX";
  if (!mkdtemp(dir)) return 1;
  g_path = std::string(dir) + "/sock";
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(lines_are_taken_as_they_come),
      cmocka_unit_test(one_too_many_puts_out_the_oldest),
      cmocka_unit_test(who_is_silent_has_to_go),
      cmocka_unit_test(who_sends_too_much_without_a_line_has_to_go),
      cmocka_unit_test(an_answer_that_is_not_taken_at_once_is_not_lost),
      cmocka_unit_test(a_new_one_is_not_taken_for_who_had_its_number),
      cmocka_unit_test(without_descriptors_nobody_comes_in_for_a_while),
      cmocka_unit_test(who_has_more_to_do_needs_no_byte_for_it),
      cmocka_unit_test(no_listener_lets_nobody_in),
  };
  const int failed = cmocka_run_group_tests(tests, nullptr, nullptr);
  unlink(g_path.c_str());
  rmdir(dir);
  return failed;
}
