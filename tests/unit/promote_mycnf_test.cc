// edit_my_cnf: which lines it takes, and that it puts them back to the byte.
extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
}

#include "promote/mycnf.h"

using namespace promote;

#define M "#tandem:primary# "

static void goes_to(const char* from, const char* to) {
  const MyCnf on = allow_writes_at_boot(from);
  assert_string_equal(on.text.c_str(), to);
  assert_string_equal(allow_writes_at_boot(on.text).text.c_str(), to);
  assert_string_equal(forbid_writes_at_boot(on.text).text.c_str(), from);
}

static void both_spellings_with_and_without_a_value(void**) {
  goes_to("[mysqld]\nread-only\n", "[mysqld]\n" M "read-only\n");
  goes_to("[mysqld]\nread_only=1\n", "[mysqld]\n" M "read_only=1\n");
  goes_to("[mysqld]\n  read-only\t= ON # boot\n",
          "[mysqld]\n" M "  read-only\t= ON # boot\n");
  goes_to("[mysqld]\nread_only # no value\n",
          "[mysqld]\n" M "read_only # no value\n");
  goes_to("[mysqld]\nsuper-read_only=ON\nloose_super_read_only\n",
          "[mysqld]\n" M "super-read_only=ON\n" M "loose_super_read_only\n");
}

static void line_ends_stay_as_they_are(void**) {
  goes_to("[mysqld]\r\nread_only\r\nport=1\r\n",
          "[mysqld]\r\n" M "read_only\r\nport=1\r\n");
  goes_to("[mysqld]\nread_only", "[mysqld]\n" M "read_only");
  goes_to("", "");
  goes_to("\n\n", "\n\n");
}

static void only_in_the_groups_of_servers(void**) {
  const char* yes[] = {"mysqld", "server", "mariadb", "mariadbd", "mysqld-5.6",
                       "mariadb-10.11", " mysqld "};
  for (size_t i = 0; i < sizeof yes / sizeof yes[0]; ++i) {
    const std::string head = std::string("x\n[") + yes[i] + "] # g\n";
    goes_to((head + "read_only\n").c_str(),
            (head + M "read_only\n").c_str());
  }
  const char* no[] = {"client", "mysqldump", "mysqld_safe", "server-x", "",
                      "client-server", "mysqld1"};
  for (size_t i = 0; i < sizeof no / sizeof no[0]; ++i) {
    const std::string text = std::string("[mysqld]\n[") + no[i] +
                             "]\nread_only\n";
    goes_to(text.c_str(), text.c_str());
  }
  goes_to("read_only\n[mysqld\nread_only\n", "read_only\n[mysqld\nread_only\n");
}

static void what_only_looks_like_it_stays(void**) {
  const char text[] =
      "[mysqld]\n#read_only\n;read_only\n# read-only = 1\n"
      "innodb_read_only=1\nread_only_x\nread_only x\ntransaction_read_only\n"
      "init_connect='\nread only\nREAD_ONLY\n=read_only\n";
  goes_to(text, text);
}

static void only_our_own_mark_is_taken_off(void**) {
  const char text[] = "[mysqld]\n#read_only\n" M "is our mark\n " M
                      "read_only\n" M M "read_only\n";
  assert_string_equal(forbid_writes_at_boot(text).text.c_str(), text);
  assert_true(forbid_writes_at_boot(text).changed.empty());
}

static void what_is_changed_and_included_is_told(void**) {
  const MyCnf on = allow_writes_at_boot(
      " !includedir /etc/my.cnf.d\n[mysqld]\n read_only = 1\n");
  assert_true(on.includes);
  assert_int_equal(on.changed.size(), 1);
  assert_string_equal(on.changed[0].c_str(), "read_only = 1");
  assert_string_equal(forbid_writes_at_boot(on.text).changed[0].c_str(),
                      "read_only = 1");
  assert_false(allow_writes_at_boot("[mysqld]\n#!include x\n").includes);
}

static void the_last_word_of_the_files_counts(void**) {
  const struct {
    const char* first;
    const char* second;
    bool read_only;
  } cases[] = {
      {"", "", false},
      {"[mysqld]\nread_only\n", "", true},
      {"[mysqld]\nread-only = ON # yes\n", "", true},
      {"[mysqld]\nloose_read_only='1'\n", "", true},
      {"[mysqld]\nread_only = off\n", "", false},
      {"[mysqld]\nread_only = \"0\"\n", "", false},
      {"[mysqld]\nread_only = 1\n", "[mariadb]\nread_only = 0\n", false},
      {"[mysqld]\nread_only = 0\n", "[server]\nread_only = 1\n", true},
      {"[mysqld]\nread_only = 1\nskip-read-only\n", "", false},
      {"[mysqld]\nsuper_read_only = ON\nread_only = 0\n", "", true},
      {"[mysql]\nread_only = 1\n", "[client]\nread_only\n", false},
      {"[mysqld]\n", "read_only = 1\n", false},
      {"[mysqld]\n#read_only = 1\n;read_only\n", "", false},
      {"[mysqld]\n#tandem:primary# read_only = 1\n", "", false},
  };
  for (const auto& c : cases) {
    if (boots_read_only({c.first, c.second}) != c.read_only) {
      fail_msg("%s%s", c.first, c.second);
    }
  }
}

int main() {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(both_spellings_with_and_without_a_value),
      cmocka_unit_test(line_ends_stay_as_they_are),
      cmocka_unit_test(only_in_the_groups_of_servers),
      cmocka_unit_test(what_only_looks_like_it_stays),
      cmocka_unit_test(only_our_own_mark_is_taken_off),
      cmocka_unit_test(what_is_changed_and_included_is_told),
      cmocka_unit_test(the_last_word_of_the_files_counts),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
