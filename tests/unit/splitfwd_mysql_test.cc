// MySQL's packets: what a refused client gets.
extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
}

#include <string>
#include <vector>

#include "splitfwd/relay/mysql.h"

using namespace splitfwd;

namespace {

std::string hex(const std::string& s) {
  std::string out;
  for (size_t i = 0; i < s.size(); ++i) {
    const unsigned c = static_cast<unsigned char>(s[i]);
    out += "0123456789abcdef"[c >> 4];
    out += "0123456789abcdef"[c & 15];
  }
  return out;
}

}  // namespace

static void a_refused_client_gets_an_error_that_fits(void**) {
  assert_string_equal(
      hex(refusal_packet(Refusal::NoServer)).c_str(),
      "26000000ff1004233038303034"
      "73706c69746677643a206e6f2073657276657220617661696c61626c65");
  const struct {
    Refusal why;
    const char* head;
  } kPackets[] = {{Refusal::NoAnswer, "ff1004233038303034"},
                  {Refusal::QueueTimeout, "ff1004233038303034"},
                  {Refusal::QueueFull, "ff1004233038303034"},
                  {Refusal::SourceFull, "ff1004233038303034"},
                  {Refusal::Denied, "ff6a04234859303030"},
                  {Refusal::Stopping, "ff1d04233038533031"}};
  for (size_t i = 0; i < sizeof kPackets / sizeof *kPackets; ++i) {
    const std::string p = refusal_packet(kPackets[i].why);
    assert_int_equal(p.size() - 4, p[0]);
    assert_string_equal(hex(p.substr(4, 9)).c_str(), kPackets[i].head);
  }
}

static void a_server_without_room_turns_away(void**) {
  const struct {
    Refusal why;
    bool turns_away;
  } kOurs[] = {{Refusal::NoServer, true}, {Refusal::Denied, true},
               {Refusal::Stopping, false}};
  for (const auto& o : kOurs) {
    const std::string p = refusal_packet(o.why);
    assert_true(turns_away(p.data(), p.size()) == o.turns_away);
    assert_false(turns_away(p.data(), 6));
  }
  const std::string late("\x05\x00\x00\x01\xff\x10\x04", 7);  // no greeting
  assert_false(turns_away(late.data(), late.size()));
  assert_false(turns_away("\x0a" "5.5.5", 6));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_refused_client_gets_an_error_that_fits),
      cmocka_unit_test(a_server_without_room_turns_away),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
