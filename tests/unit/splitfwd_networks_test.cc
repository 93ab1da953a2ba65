// Which client is in which network, and who is let in.
extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
}

#include <string>
#include <vector>

#include "splitfwd/networks.h"

using namespace splitfwd;

namespace {

Network network(const std::string& text) {
  Network n;
  assert_string_equal(parse_network(text, &n).c_str(), "");
  return n;
}

bool in(const char* text, const char* client) {
  tandem::Address a;
  assert_true(tandem::parse_address(client, &a).ok());
  return network(text).contains(a);
}

bool admitted(const Admission& admission, const char* client) {
  tandem::Address a;
  assert_true(tandem::parse_address(client, &a).ok());
  return admission.admits(a);
}

}  // namespace

static void a_network_holds_what_its_prefix_says(void**) {
  assert_true(in("172.16.1.0/24", "172.16.1.0"));
  assert_true(in("172.16.1.0/24", "172.16.1.255"));
  assert_false(in("172.16.1.0/24", "172.16.2.0"));
  assert_false(in("172.16.1.0/24", "172.16.0.255"));
  assert_true(in("10.0.0.128/25", "10.0.0.200"));
  assert_false(in("10.0.0.128/25", "10.0.0.127"));
  assert_true(in("10.1.2.3", "10.1.2.3"));
  assert_false(in("10.1.2.3", "10.1.2.2"));
  assert_true(in("0.0.0.0/0", "255.1.2.3"));
  assert_true(in("2001:db8::/33", "2001:db8:7fff::1"));
  assert_false(in("2001:db8::/33", "2001:db8:8000::1"));
  assert_true(in("::/0", "fe80::1"));
}

static void families_are_apart_but_for_mapped_addresses(void**) {
  assert_false(in("0.0.0.0/0", "::1"));
  assert_false(in("::/0", "1.2.3.4"));
  assert_true(in("10.0.0.0/8", "::ffff:10.1.2.3"));
  assert_false(in("10.0.0.0/8", "::ffff:11.1.2.3"));
  assert_true(in("::ffff:10.0.0.0/104", "10.1.2.3"));
  assert_string_equal(network("::ffff:10.0.0.0/104").text().c_str(),
                      "10.0.0.0/8");
  assert_false(in("::/0", "::ffff:10.1.2.3"));
  tandem::Address none;
  assert_false(network("0.0.0.0/0").contains(none));
  assert_false(network("::/0").contains(none));
}

static void what_is_printed_reads_back_the_same(void**) {
  const char* const texts[] = {"172.16.1.0/24", "10.1.2.3", "::/0",
                               "2001:db8::/33", "::1"};
  for (const char* text : texts) {
    assert_string_equal(network(text).text().c_str(), text);
  }
  assert_string_equal(network("10.1.2.3/32").text().c_str(), "10.1.2.3");
}

static void a_mistake_is_named(void**) {
  const char* const wrong[][2] = {
      {"hdp3", "'hdp3' is not a numeric address"},
      {"", "'' is not a numeric address"},
      {"/8", "'' is not a numeric address"},
      {"10.0.0.0/33", "'10.0.0.0/33': the prefix is not 0 to 32"},
      {"10.0.0.0/", "'10.0.0.0/': the prefix is not 0 to 32"},
      {"::/129", "'::/129': the prefix is not 0 to 128"},
      {"10.0.0.0/8/8", "'10.0.0.0/8/8': the prefix is not 0 to 32"},
      {"172.16.1.5/24",
       "'172.16.1.5/24' is not a network: it begins at 172.16.1.0"},
      {"::ffff:1.2.3.4/95",
       "'::ffff:1.2.3.4/95': the prefix of an IPv4 address is not 96 to 128"},
  };
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; ++i) {
    Network n;
    const tandem::Error e = parse_network(wrong[i][0], &n);
    assert_string_equal(e.c_str(), wrong[i][1]);
    assert_int_equal(e.code(), 6);
  }
}

static void deny_wins_and_a_list_of_allowed_is_a_whole_one(void**) {
  Admission a;
  assert_true(admitted(a, "1.2.3.4"));
  a.deny.push_back(network("10.0.0.0/8"));
  assert_true(admitted(a, "1.2.3.4"));
  assert_true(admitted(a, "::1"));
  assert_false(admitted(a, "10.1.1.1"));
  a.allow.push_back(network("10.1.0.0/16"));
  a.allow.push_back(network("172.16.1.0/24"));
  assert_false(admitted(a, "1.2.3.4"));
  assert_false(admitted(a, "::1"));
  assert_false(admitted(a, "10.1.1.1"));
  assert_true(admitted(a, "172.16.1.50"));
  assert_true(admitted(a, "::ffff:172.16.1.50"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_network_holds_what_its_prefix_says),
      cmocka_unit_test(families_are_apart_but_for_mapped_addresses),
      cmocka_unit_test(what_is_printed_reads_back_the_same),
      cmocka_unit_test(a_mistake_is_named),
      cmocka_unit_test(deny_wins_and_a_list_of_allowed_is_a_whole_one),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
