// What the reader of haresources accepts, and what it says of the rest.
extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
}

#include "hbd/hook/haresources.h"

using hbd::ResourceGroup;

static std::string mistake_in(const std::string& text) {
  std::vector<ResourceGroup> groups;
  return hbd::parse_haresources("f", text, &groups).text();
}

static std::vector<ResourceGroup> groups_of(const std::string& text) {
  std::vector<ResourceGroup> groups;
  const tandem::Error e = hbd::parse_haresources("f", text, &groups);
  assert_string_equal(e.c_str(), "");
  return groups;
}

static void the_seed_line_means_what_it_meant(void**) {
  const std::vector<ResourceGroup> g =
      groups_of("hdp3 172.16.1.100 mysql\n");
  assert_int_equal(g.size(), 1);
  assert_string_equal(g[0].preferred.c_str(), "hdp3");
  assert_string_equal(g[0].name.c_str(), "172.16.1.100");
  assert_int_equal(g[0].resources.size(), 2);
  assert_string_equal(g[0].resources[0].name.c_str(), "IPaddr");
  assert_string_equal(g[0].resources[0].args[0].c_str(), "172.16.1.100");
  assert_string_equal(g[0].resources[1].name.c_str(), "mysql");
  assert_int_equal(g[0].resources[1].args.size(), 0);
}

static void arguments_continuations_and_comments_are_read(void**) {
  const std::vector<ResourceGroup> g = groups_of(
      "# a comment\n\n"
      "hdp3 172.16.1.100/24/ens32:1 \\\n   Filesystem::/dev/x::/srv::ext4\\\n"
      "  web # the rest is not read \\\n"
      "\thdp4\tfd00::5/64 other\r\n"
      "hdp4 IPaddr::10.0.0.1 IPv6addr::fd00::6/64");
  assert_int_equal(g.size(), 3);
  assert_int_equal(g[2].resources[1].args.size(), 1);
  assert_string_equal(g[0].name.c_str(), "172.16.1.100");
  assert_string_equal(g[0].resources[0].args[0].c_str(),
                      "172.16.1.100/24/ens32:1");
  assert_int_equal(g[0].resources[1].args.size(), 3);
  assert_string_equal(g[0].resources[1].text().c_str(),
                      "Filesystem::/dev/x::/srv::ext4");
  assert_string_equal(g[0].resources[2].name.c_str(), "web");
  assert_string_equal(g[1].resources[0].args[0].c_str(), "fd00::5/64");
  assert_int_equal(g[1].line, 6);
  assert_string_equal(g[2].name.c_str(), "10.0.0.1");
  const std::vector<ResourceGroup> last = groups_of("a x y fd00::7/64 z\n");
  assert_string_equal(last[0].name.c_str(), "fd00::7");
}

static void what_it_prints_it_reads_as_the_same(void**) {
  const std::string text =
      "a 10.0.0.1/24 x::1::2 y\nb z::10.0.0.2 IPaddr::10.0.0.3/8/eth0\n";
  const std::string plain = hbd::format_haresources(groups_of(text));
  assert_string_equal(plain.c_str(),
                      "a IPaddr::10.0.0.1/24 x::1::2 y\n"
                      "b z::10.0.0.2 IPaddr::10.0.0.3/8/eth0\n");
  assert_string_equal(hbd::format_haresources(groups_of(plain)).c_str(),
                      plain.c_str());
}

static void mistakes_name_their_line(void**) {
  const struct { const char* text; const char* mistake; } table[] = {
      {"", "f:1: no group"},
      {"# nothing\n\n", "f:3: no group"},
      {"a x\nb\n", "f:2: no resource after 'b'"},
      {"a x \\\n", "f:1: no group"},
      {"a x\nb y \\", "f:2: '\\' at the end of the file"},
      {"a ../x\n", "f:1: '../x' is not the name of a resource script"},
      {"a x/y\n", "f:1: 'x/y' is not the name of a resource script"},
      {"-a x\n", "f:1: '-a' is not the name of a node"},
      {"a ::x\n", "f:1: '' is not the name of a resource script"},
      {"a x::\n", "f:1: 'x::': empty argument"},
      {"a x::1::::2\n", "f:1: 'x::1::::2': empty argument"},
      {"a x\x01y\n", "f:1: control character in a resource"},
      {"a x::y\\ z\n", "f:1: '\\' is only for the end of a line"},
      {"a x y x\n", "f:1: 'x' is here twice"},
      {"a x\nb x\n", "f:2: group 'x' is already in line 1"},
      {"a 10.0.0.1\nb 10.0.0.1/24\n",
       "f:2: group '10.0.0.1' is already in line 1"},
      {"a x 10.0.0.1\n\nb y 10.0.0.1\n",
       "f:3: group '10.0.0.1' is already in line 1"},
      {"a x 10.0.0.1 10.0.0.2\n\nb 10.0.0.3 10.0.0.2\n",
       "f:3: 'IPaddr::10.0.0.2' is already in line 1"},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; ++i) {
    const std::string said = mistake_in(table[i].text);
    if (std::string(table[i].text) == "a x \\\n") {
      assert_string_equal(said.c_str(), "");  // goes on with nothing
      continue;
    }
    assert_string_equal(said.c_str(), table[i].mistake);
  }
}

static void there_is_a_limit_on_everything(void**) {
  std::string many = "a";
  for (int i = 0; i < 33; ++i) many += " r" + std::to_string(i);
  assert_string_equal(mistake_in(many + "\n").c_str(),
                      "f:1: more than 32 resources in a group");
  std::string lines;
  for (int i = 0; i < 17; ++i) lines += "a r" + std::to_string(i) + "\n";
  assert_string_equal(mistake_in(lines).c_str(),
                      "f:17: more than 16 groups");
  assert_string_equal(
      mistake_in("a x::" + std::string(80, 'y') + "\n").c_str(),
      "f:1: the first resource names the group: at most 64 bytes");
}

static void a_failure_stores_nothing(void**) {
  std::vector<ResourceGroup> groups(3);
  assert_false(hbd::parse_haresources("f", "a\n", &groups).ok());
  assert_int_equal(groups.size(), 3);
}

int main() {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_seed_line_means_what_it_meant),
      cmocka_unit_test(arguments_continuations_and_comments_are_read),
      cmocka_unit_test(what_it_prints_it_reads_as_the_same),
      cmocka_unit_test(mistakes_name_their_line),
      cmocka_unit_test(there_is_a_limit_on_everything),
      cmocka_unit_test(a_failure_stores_nothing),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
