// What lib's parsers promise: nothing stored on failure, round trips, limits.
extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
}

#include <string.h>

#include "lib/addr.h"
#include "lib/holder.h"
#include "lib/ini.h"
#include "lib/lines.h"
#include "lib/text.h"
#include "lib/watch.h"

using namespace tandem;

static void durations_need_a_unit(void**) {
  uint64_t ms = 7;
  assert_false(parse_duration_ms("10", &ms));
  assert_false(parse_duration_ms("", &ms));
  assert_false(parse_duration_ms("ms", &ms));
  assert_false(parse_duration_ms("-1s", &ms));
  assert_false(parse_duration_ms("1.5s", &ms));
  assert_false(parse_duration_ms("99999999999999999999s", &ms));
  assert_int_equal(ms, 7);
  assert_true(parse_duration_ms("250ms", &ms));
  assert_int_equal(ms, 250);
  assert_true(parse_duration_ms("2m", &ms));
  assert_int_equal(ms, 120000);
  assert_string_equal(format_duration_ms(120000).c_str(), "2m");
  assert_string_equal(format_duration_ms(1500).c_str(), "1500ms");
  assert_string_equal(format_duration_ms(0).c_str(), "0ms");
}

static void numbers_stop_at_their_maximum(void**) {
  uint64_t n = 1;
  assert_true(parse_u64("65535", 65535, &n));
  assert_int_equal(n, 65535);
  assert_false(parse_u64("65536", 65535, &n));
  assert_false(parse_u64("9", 5, &n));
  assert_true(parse_u64("5", 5, &n));
  assert_true(parse_u64("18446744073709551615", UINT64_MAX, &n));
  assert_true(n == UINT64_MAX);
  assert_false(parse_u64("18446744073709551616", UINT64_MAX, &n));
  assert_false(parse_u64("+1", 9, &n));
  assert_false(parse_u64("", 9, &n));
}

static void words_escape_and_come_back(void**) {
  std::string all;
  for (int c = 1; c < 256; ++c) all += static_cast<char>(c);
  const std::string word = escape_word(all);
  assert_int_equal(split_words(word).size(), 1);
  std::string back;
  assert_true(unescape_word(word, &back));
  assert_true(back == all);
  assert_false(unescape_word("a%2", &back));
  assert_false(unescape_word("a%zz", &back));
}

static void addresses_are_numeric(void**) {
  Address a;
  assert_true(parse_address_port("172.16.1.1:3306", 0, &a).ok());
  assert_string_equal(a.text().c_str(), "172.16.1.1:3306");
  assert_true(parse_address_port("[::1]:80", 0, &a).ok());
  assert_string_equal(a.text().c_str(), "[::1]:80");
  assert_true(parse_address_port("::1", 694, &a).ok());
  assert_string_equal(a.text().c_str(), "[::1]:694");
  assert_true(parse_address_port("*:3307", 0, &a).ok());
  assert_string_equal(a.host().c_str(), "0.0.0.0");
  const char* bad[] = {"localhost:1", "1.2.3.4:", "1.2.3.4:0", "1.2.3:5",
                       "1.2.3.4:65536", "[::1:80", "[::1]x", "[::1]:", ""};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i) {
    assert_false(parse_address_port(bad[i], 1, &a).ok());
  }
  assert_false(parse_address_port("1.2.3.4", 0, &a).ok());
}

static void watch_lines_round_trip(void**) {
  WatchLine line;
  line.name = "local";
  line.up = true;
  line.attrs["pos"] = "0-126-1";
  line.attrs["fault"] = "too many connections";
  WatchLine back;
  assert_true(parse_watch_line(format_watch_line(line), &back));
  assert_string_equal(back.name.c_str(), "local");
  assert_true(back.up);
  assert_true(back.attrs == line.attrs);
  const char* bad[] = {"", "local", "local sideways", "local up role",
                       "local up a=1 a=2", "-x up", "local up a=%q"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i) {
    assert_false(parse_watch_line(bad[i], &back));
  }
  const std::string fits(kAttrValueBytesMax, 'x');
  assert_true(parse_watch_line("l up a=" + fits, &back));
  assert_false(parse_watch_line("l up a=x" + fits, &back));
}

static std::string ini_error(const char* text) {
  IniFile f;
  return IniFile::parse("f", text, &f).text();
}

static std::string in_way(const std::string& text, const char* at,
                          bool listening) {
  Address a;
  assert_true(parse_address_port(at, 0, &a).ok());
  return join(sockets_in_way(text, a, listening), " ");
}

// The kernel prints each four bytes of an address as a number of this host's.
static void who_stands_in_a_port_s_way_is_found(void**) {
  const char* const rest = " 00:0 0 0 0 ";
  const char b[] = {127, 0, 0, 2};
  uint32_t part;
  memcpy(&part, b, sizeof part);
  const std::string home = format("%08X", part);
  memcpy(&part, "\xfd\0\0\1", sizeof part);
  const std::string v6 = format("%08X%024d", part, 0);
  const std::string text =
      "  sl  local_address rem_address   st tx_queue ...\n"
      "   0: " + home + ":02B6 00000000:0000 07 0:0" + rest + "11 2 x\n"
      "   1: " + home + ":0CEB 00000000:0000 0A 0:0" + rest + "12 2 x\n"
      "   2: " + home + ":0CEC 00000000:0CEB 01 0:0" + rest + "13 2 x\n"
      "   3: 00000000:0CED 00000000:0000 0A 0:0" + rest + "14 2 x\n"
      "   4: " + v6 + ":0CEE 00000000:0000 0A 0:0" + rest + "15 2 x\n"
      "rubbish\n   5: zz:0CED 0 0A 0:0" + rest + "16 2 x\n";
  assert_string_equal(in_way(text, "127.0.0.2:694", false).c_str(), "11");
  assert_string_equal(in_way(text, "127.0.0.1:694", false).c_str(), "");
  assert_string_equal(in_way(text, "127.0.0.2:695", false).c_str(), "");
  assert_string_equal(in_way(text, "*:3307", true).c_str(), "12");
  assert_string_equal(in_way(text, "127.0.0.2:3308", true).c_str(), "");
  assert_string_equal(in_way(text, "127.0.0.9:3309", true).c_str(), "14");
  assert_string_equal(in_way(text, "[fd00:1::]:3310", true).c_str(), "15");
  assert_string_equal(in_way("", "*:1", true).c_str(), "");
}

static void ini_mistakes_name_their_line(void**) {
  assert_string_equal(ini_error("a = 1\n").c_str(),
                      "f:1: 'a' stands before the first [section]");
  assert_string_equal(ini_error("[x]\na = 1\na = 2\n").c_str(),
                      "f:3: 'a' is here twice, first in line 2");
  assert_string_equal(ini_error("[x]\na=1\n[x]\nb=1\n").c_str(),
                      "f:3: [x] is here twice, first in line 1");
  assert_string_equal(ini_error("[x]\n\n[y]\nb=1\n").c_str(),
                      "f:1: section [x] is empty");
  assert_string_equal(ini_error("[x]\na=1\nrubbish\n").c_str(),
                      "f:3: not 'key = value' nor '[section]'");
  assert_string_equal(ini_error("[x\na=1\n").c_str(), "f:1: ']' is missing");
  const std::string long_line = "[x]\na = " + std::string(300, 'v') + "\n";
  assert_string_equal(ini_error(long_line.c_str()).c_str(),
                      "f:2: line is longer than 195 bytes");
}

static void ini_reader_takes_typed_values_once(void**) {
  IniFile f;
  assert_true(IniFile::parse("f", "; c\n[listen read]\n  bind = *:3307\n"
                             "dead = 2s ; why\nflag = yes\ncmd = /bin/x a b\n",
                             &f).ok());
  assert_string_equal(f.sections[0].kind.c_str(), "listen");
  assert_string_equal(f.sections[0].name.c_str(), "read");
  Address a;
  uint64_t ms = 0;
  bool flag = false;
  std::vector<std::string> cmd;
  {
    IniReader r(f, f.sections[0]);
    r.address("bind", 0, &a);
    r.duration("dead", 1, 5000, &ms);
    r.flag("flag", &flag);
    r.command("cmd", &cmd);
    assert_true(r.finish().ok());
  }
  assert_int_equal(ms, 2000);
  assert_true(flag);
  assert_int_equal(cmd.size(), 3);
  IniReader r(f, f.sections[0]);
  r.address("bind", 0, &a);
  assert_string_equal(r.finish().c_str(),
                      "f:4: unknown key 'dead' in [listen]");
  IniReader s(f, f.sections[0]);
  s.duration("dead", 1, 100, &ms);
  assert_string_equal(s.finish().c_str(),
                      "f:4: dead: 2s is not between 1ms and 100ms");
}

// Keys of each kind, read and printed by one function.
struct Sample {
  std::string name = "n", text, path = "/p";
  uint64_t count = 7, wait_ms = 0, pause_ms = 250;
  uint16_t port = 694;
  bool on = false, first = true;
  Address address;
  std::vector<std::string> command;
  int path_line = 0;
};

const IniWord<bool> kFirst[] = {{"first", true}, {"last", false}};

template <class F, class S>
static void sample_keys(F* f, S* s) {
  f->require("name");
  f->name("name", &s->name);
  f->text("text", &s->text);
  f->path("path", &s->path);
  f->line("path", &s->path_line);
  f->number("count", 1, 9, &s->count);
  f->port("port", &s->port);
  f->duration("wait", 10, 60000, &s->wait_ms);
  f->unless_given(&s->pause_ms, s->wait_ms);
  f->duration("pause", 10, 60000, &s->pause_ms);
  f->flag("on", &s->on);
  f->either("order", kFirst, &s->first);
  f->choice("side", kFirst, &s->first);
  f->address("address", 3306, &s->address);
  f->command("command", &s->command);
}

static std::string read_sample(const std::string& lines, Sample* out) {
  IniFile f;
  Error e = IniFile::parse("f", "[sample]\n" + lines, &f);
  if (e) return e.text();
  IniReader r(f, f.sections[0]);
  sample_keys(&r, out);
  return r.finish().text();
}

static void ini_keys_are_printed_as_they_are_read(void**) {
  const std::string all =
      "name = a\ntext = some words\npath = /x\ncount = 9\nport = 80\n"
      "wait = 2s\npause = 10ms\non = yes\norder = last\nside = last\n"
      "address = 10.0.0.1:3306\ncommand = /bin/x a b\n";
  Sample s;
  assert_string_equal(read_sample(all, &s).c_str(), "");
  assert_int_equal(s.path_line, 4);
  IniWriter w;
  w.section("empty");
  w.section("sample", "one");
  sample_keys(&w, &s);
  w.section("again");
  w.put("key", "value");
  assert_string_equal(w.written().c_str(),
                      ("[sample one]\n" + all + "\n[again]\nkey = value\n")
                          .c_str());
}

static void ini_writer_leaves_out_what_no_file_can_say(void**) {
  Sample s;
  assert_string_equal(read_sample("name = a\n", &s).c_str(), "");
  assert_int_equal(s.path_line, 1);  // the header's
  assert_int_equal(s.pause_ms, 0);   // as wait
  IniWriter w;
  w.section("sample");
  sample_keys(&w, &s);
  assert_string_equal(w.written().c_str(),
                      "[sample]\nname = a\npath = /p\ncount = 7\nport = 694\n"
                      "on = no\norder = first\nside = first\n");
}

static void ini_words_are_those_of_their_table(void**) {
  Sample s;
  assert_string_equal(read_sample("name = a\norder = up\n", &s).c_str(),
                      "f:3: order: 'up' is neither first nor last");
  assert_string_equal(read_sample("name = a\nside = up\n", &s).c_str(),
                      "f:3: side: 'up' is not first or last");
  assert_string_equal(read_sample("name = a\nside =\n", &s).c_str(),
                      "f:3: 'side' has no value");
  assert_string_equal(read_sample("side = last\n", &s).c_str(),
                      "f:1: [sample] lacks 'name'");
}

static void lines_are_bounded(void**) {
  LineReader r(4);
  std::vector<std::string> lines;
  r.feed("abcdefgh\nij", 11, &lines);
  r.feed("\n\n", 2, &lines);
  assert_int_equal(lines.size(), 3);
  assert_string_equal(lines[0].c_str(), "abcd");
  assert_string_equal(lines[1].c_str(), "ij");
  assert_string_equal(lines[2].c_str(), "");
}

static void what_others_say_does_nothing_to_a_terminal(void**) {
  assert_string_equal(printable("plain, \xc3\xa9 and \xe2\x82\xac").c_str(),
                      "plain, \xc3\xa9 and \xe2\x82\xac");
  assert_string_equal(printable("a\tb\r\n12:00 hbd: c").c_str(),
                      "a b  12:00 hbd: c");
  assert_string_equal(printable("\x1b]0;x\x07\x7f").c_str(), "?]0;x??");
  assert_string_equal(printable("\xc2\x9b" "1m\xc2\xa0").c_str(),
                      "??1m\xc2\xa0");
  assert_int_equal(printable(std::string("a\0b", 3))[1], '?');
}

int main() {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_others_say_does_nothing_to_a_terminal),
      cmocka_unit_test(durations_need_a_unit),
      cmocka_unit_test(numbers_stop_at_their_maximum),
      cmocka_unit_test(words_escape_and_come_back),
      cmocka_unit_test(addresses_are_numeric),
      cmocka_unit_test(watch_lines_round_trip),
      cmocka_unit_test(who_stands_in_a_port_s_way_is_found),
      cmocka_unit_test(ini_mistakes_name_their_line),
      cmocka_unit_test(ini_reader_takes_typed_values_once),
      cmocka_unit_test(ini_keys_are_printed_as_they_are_read),
      cmocka_unit_test(ini_writer_leaves_out_what_no_file_can_say),
      cmocka_unit_test(ini_words_are_those_of_their_table),
      cmocka_unit_test(lines_are_bounded),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
