// The files of promote and mysqlchk: mistakes are named with their line.
// Also what `rejoin -p` decides from hbd's records.
extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
}

#include "promote/config.h"
#include "promote/prestart.h"

using namespace promote;
using tandem::Error;
using tandem::IniFile;

static Error parse(const std::string& text, Config* out) {
  IniFile file;
  const Error e = IniFile::parse("p.ini", text, &file);
  if (e) return e;
  return parse_config(file, out);
}

static const char kGood[] =
    "[server local]\nsocket = /s\npid_file = /p\n"
    "[server hdp4]\naddress = 172.16.1.127\n"
    "[login]\nuser = tandem\n";

static void a_short_file_is_enough(void**) {
  Config c;
  assert_true(parse(kGood, &c).ok());
  assert_string_equal(c.find("local")->socket.c_str(), "/s");
  assert_int_equal(c.find("hdp4")->address.port, 3306);
  assert_null(c.find("hdp3"));
  assert_int_equal(c.peer_ms, 200);
  assert_int_equal(c.interval_ms, 250);
  assert_true(c.kill_hung);
  assert_true(c.my_cnf.empty());
}

static void mistakes_are_named_with_their_line(void**) {
  const struct {
    const char* more;
    const char* error;
  } cases[] = {
      {"[promote]\nkill_hung = perhaps\n", "p.ini:9:"},
      {"[promote]\ndemote_timeout = 3\n", "p.ini:9:"},
      {"[promote]\ncolour = red\n", "p.ini:9: unknown key"},
      {"[colour]\nx = y\n", "p.ini:8: unknown section"},
      {"[mysqlchk x]\ninterval = 1s\n", "p.ini:8:"},
      {"[server x]\nsocket = /a\naddress = 1.2.3.4\n", "p.ini:9:"},
      {"[server x]\naddress = db.example\n", "p.ini:9:"},
      {"[server x]\naddress = 1.2.3.4\nmy_cnf = /p\n", "p.ini:10: my_cnf goes"},
      {"[server x]\nsocket = /s\nmy_cnf = p /q\n", "p.ini:10: 'p' is no abs"},
      {"ssl = perhaps\n", "p.ini:8: ssl: 'perhaps' is not no or yes or verify"},
      {"ssl = verify\n", "p.ini:8: ssl = verify needs ssl_ca"},
      {"ssl = yes\nssl_cert = /c\n", "p.ini:9: ssl_cert and ssl_key go"},
      {"ssl_key = /k\nssl = yes\n", "p.ini:8: ssl_cert and ssl_key go"},
      {"ssl_ca = /ca\n", "p.ini:8: ssl_ca goes with ssl = verify"},
      {"ssl_ca = /ca\nssl = yes\n", "p.ini:8: ssl_ca goes with ssl = verify"},
      {"ssl_key = /k\nssl_cert = /c\n", "p.ini:9: ssl_cert goes with ssl"},
      {"[replication]\nuser = r\nssl = verify\n", "p.ini:10: ssl = verify"},
      {"[server x]\naddress = 1.2.3.4\npid_file = /p\n", "p.ini:10:"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
    Config c;
    const Error e = parse(std::string(kGood) + cases[i].more, &c);
    assert_int_equal(e.code(), tandem::kExitConfig);
    if (e.text().find(cases[i].error) != 0) {
      print_error("%s\nis not: %s\n", e.c_str(), cases[i].error);
    }
    assert_true(e.text().find(cases[i].error) == 0);
    assert_true(c.servers.empty());
  }
}

static void the_effective_file_reads_back_as_itself(void**) {
  Config c, again;
  assert_true(parse(std::string(kGood) +
                    "password_file = /pw\nssl = verify\nssl_ca = /ca\n"
                    "ssl_cert = /c\nssl_key = /k\n"
                    "[replication]\nuser = r\nssl = yes\n"
                    "[promote]\npeer_timeout = 150ms\nkill_hung = no\n"
                    "edit_my_cnf = /etc/my.cnf\n"
                    "[mysqlchk]\ninterval = 2s\n", &c).ok());
  const std::string text = format_config(c);
  assert_true(parse(text, &again).ok());
  assert_string_equal(format_config(again).c_str(), text.c_str());
  assert_int_equal(again.peer_ms, 150);
  assert_false(again.kill_hung);
  assert_int_equal(again.interval_ms, 2000);
  assert_string_equal(again.my_cnf.c_str(), "/etc/my.cnf");
  assert_string_equal(again.login.password_file.c_str(), "/pw");
  assert_true(again.login.tls == Tls::Verify);
  assert_true(again.replication.tls == Tls::Yes);
  assert_string_equal(again.login.tls_ca.c_str(), "/ca");
}

static void a_login_and_a_server_are_needed(void**) {
  Config c;
  assert_int_equal(parse("[login]\nuser = x\n", &c).code(), 6);
  assert_int_equal(parse("[server local]\nsocket = /s\n", &c).code(), 6);
}

static hbd::State state(const char* self, const char* owner, const char* from) {
  hbd::State s;
  s.node = self;
  s.epoch = 3;
  s.blank = false;
  hbd::GroupState g;
  g.name = "vip";
  g.record.epoch = 3;
  g.record.version = 1;
  g.record.owner = owner;
  g.record.from = from;
  s.groups.push_back(g);
  return s;
}

static void only_the_loser_of_a_paired_takeover_drops_its_tail(void**) {
  std::string why;
  assert_true(drops_unacknowledged_tail(state("a", "b", "paired"), &why));
  assert_false(drops_unacknowledged_tail(state("a", "b", "alone"), &why));
  assert_false(drops_unacknowledged_tail(state("a", "b", "none"), &why));
  assert_false(drops_unacknowledged_tail(state("a", "a", "paired"), &why));
}

static void the_highest_record_decides_and_an_owner_never_drops(void**) {
  std::string why;
  hbd::State s = state("a", "b", "paired");
  hbd::GroupState g = s.groups[0];
  g.name = "other";
  g.record.epoch = 4;
  g.record.from = "alone";
  g.record.start_pos = "0-1-2";
  s.groups.push_back(g);
  assert_false(drops_unacknowledged_tail(s, &why));
  s.groups[1].record.epoch = 2;
  assert_true(drops_unacknowledged_tail(s, &why));
  s.groups[1].record.owner = "a";
  assert_false(drops_unacknowledged_tail(s, &why));
  s.groups[1].record.start_pos.clear();  // a service, or the door: no server's
  s.groups[1].record.epoch = 9;
  assert_true(drops_unacknowledged_tail(s, &why));
}

static void nothing_is_dropped_while_the_new_owner_may_hand_back(void**) {
  std::string why;
  hbd::State s = state("a", "b", "paired");
  s.groups[0].record.owner_instance = "1700000000";
  assert_false(drops_unacknowledged_tail(s, &why));
}

static void a_blank_node_and_one_without_records_drop_nothing(void**) {
  std::string why;
  hbd::State s = state("a", "b", "paired");
  s.blank = true;
  assert_false(drops_unacknowledged_tail(s, &why));
  s = state("a", "b", "paired");
  s.groups[0].record = hbd::Record();
  assert_false(drops_unacknowledged_tail(s, &why));
  s.groups.clear();
  assert_false(drops_unacknowledged_tail(s, &why));
}

static void only_an_owner_that_was_paired_asks_who_owns_now(void**) {
  hbd::State s = state("a", "a", "alone");
  assert_false(owned_paired(s));  // nobody else has what it acknowledged
  s.groups[0].record.paired = "1700000001";
  assert_true(owned_paired(s));
  s.blank = true;
  assert_false(owned_paired(s));
  s.blank = false;
  s.groups[0].record.owner = "b";
  assert_false(owned_paired(s));
  s.groups[0].record.owner = "a";
  hbd::GroupState door = s.groups[0];  // never paired, and no position
  door.name = "door";
  door.record.paired.clear();
  door.record.start_pos.clear();
  s.groups.push_back(door);
  assert_true(owned_paired(s));
  s.groups[1].record.start_pos = "0-1-2";  // the server's, alone
  assert_false(owned_paired(s));
  s.groups.clear();
  assert_false(owned_paired(s));
}

static BeginInput begin_input(const hbd::State& s, bool unacked) {
  BeginInput in;
  in.state = s;
  in.unacked = unacked;
  return in;
}

static Begin begins(const BeginInput& in) {
  std::string why;
  return how_to_begin(in, &why);
}

static hbd::State paired_owner() {
  hbd::State s = state("a", "a", "alone");
  s.groups[0].record.paired = "1700000001";
  return s;
}

static void a_server_that_died_waits_for_a_while(void**) {
  BeginInput in = begin_input(paired_owner(), false);
  assert_true(begins(in) == Begin::NotYet);
  in.peer = PeerServer::Primary;
  assert_true(begins(in) == Begin::AsReplica);
  in.peer = PeerServer::Forgot;  // it took over, and died as well
  assert_true(begins(in) == Begin::AsReplica);
  in.peer = PeerServer::Other;
  assert_true(begins(in) == Begin::AsItIs);
  in.peer = PeerServer::Lost;
  assert_true(begins(in) == Begin::AsItIs);
  in.peer = PeerServer::Unknown;
  in.late = true;
  assert_true(begins(in) == Begin::AsItIs);
}

static void one_that_died_waits_for_the_new_owner_s_start_too(void**) {
  hbd::State s = state("a", "b", "paired");
  s.groups[0].record.owner_instance = "1700000000";
  s.groups[0].record.start_pos = "0-1-2";
  BeginInput in = begin_input(s, false);
  for (PeerServer peer : {PeerServer::Unknown, PeerServer::Other,
                          PeerServer::Lost}) {
    in.peer = peer;
    in.late = false;
    assert_true(begins(in) == Begin::NotYet);
    in.late = true;
    assert_true(begins(in) == Begin::AsItIs);
  }
  in.peer = PeerServer::Primary;
  assert_true(begins(in) == Begin::AsReplica);
  in.peer = PeerServer::Other;
  in.late = false;
  in.state.groups[0].record.owner_instance.clear();  // the start is complete
  assert_true(begins(in) == Begin::AsReplica);
}

static void one_that_was_ended_waits_until_somebody_knows(void**) {
  BeginInput in = begin_input(paired_owner(), true);
  in.peer = PeerServer::Other;  // it may have much to apply
  assert_true(begins(in) == Begin::NotYet);
  in.witness = WitnessWord::Heard;
  assert_true(begins(in) == Begin::AsItIs);
  in.peer = PeerServer::Primary;
  assert_true(begins(in) == Begin::AsReplica);
  in.late = true;
  for (PeerServer peer : {PeerServer::Unknown, PeerServer::Lost}) {
    in.peer = peer;
    for (WitnessWord w : {WitnessWord::Unknown, WitnessWord::Silent}) {
      in.witness = w;
      assert_true(begins(in) == Begin::NotYet);
    }
    in.witness = WitnessWord::None;  // nobody is there to be waited for
    assert_true(begins(in) == Begin::AsItIs);
  }
  in.witness = WitnessWord::Silent;
  in.peer = PeerServer::Other;
  assert_true(begins(in) == Begin::AsItIs);
}

static void one_that_was_ended_waits_for_the_new_owner_s_start(void**) {
  hbd::State s = state("a", "b", "paired");
  s.groups[0].record.owner_instance = "1700000000";
  s.groups[0].record.start_pos = "0-1-2";
  BeginInput in = begin_input(s, true);
  for (WitnessWord w : {WitnessWord::Heard, WitnessWord::None}) {
    in.witness = w;
    in.peer = PeerServer::Other;
    in.late = true;
    assert_true(begins(in) == Begin::NotYet);
  }
  in.peer = PeerServer::Primary;
  assert_true(begins(in) == Begin::AsReplica);
  // That of a server which was alone: what is here may have been acknowledged.
  in.state.groups[0].record.from = "alone";
  assert_true(begins(in) == Begin::AsItIs);
  in.state = state("a", "a", "alone");
  assert_true(begins(in) == Begin::AsItIs);
  in.state.blank = true;
  assert_true(begins(in) == Begin::AsItIs);
}

static void alone_counts_when_somebody_has_stored_it(void**) {
  hbd::State s = state("a", "a", "paired");
  s.groups[0].record.start_pos = "0-1-2";
  assert_false(owned_paired(s));
  s.groups[0].unagreed = true;
  assert_true(owned_paired(s));
}

int main() {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_short_file_is_enough),
      cmocka_unit_test(mistakes_are_named_with_their_line),
      cmocka_unit_test(the_effective_file_reads_back_as_itself),
      cmocka_unit_test(a_login_and_a_server_are_needed),
      cmocka_unit_test(only_the_loser_of_a_paired_takeover_drops_its_tail),
      cmocka_unit_test(the_highest_record_decides_and_an_owner_never_drops),
      cmocka_unit_test(nothing_is_dropped_while_the_new_owner_may_hand_back),
      cmocka_unit_test(a_blank_node_and_one_without_records_drop_nothing),
      cmocka_unit_test(only_an_owner_that_was_paired_asks_who_owns_now),
      cmocka_unit_test(a_server_that_died_waits_for_a_while),
      cmocka_unit_test(one_that_died_waits_for_the_new_owner_s_start_too),
      cmocka_unit_test(one_that_was_ended_waits_until_somebody_knows),
      cmocka_unit_test(one_that_was_ended_waits_for_the_new_owner_s_start),
      cmocka_unit_test(alone_counts_when_somebody_has_stored_it),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
