// The table of faults, its codes, and which facts are which fault.
extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
}

#include <string.h>

#include <set>
#include <string>

#include "promote/differs.h"
#include "promote/facts.h"
#include "promote/received.h"
#include "promote/rota.h"
#include "promote/stall.h"

using namespace promote;

static void every_fault_has_a_name_of_its_own_and_a_cure(void**) {
  std::set<std::string> names;
  for (unsigned i = 0; i < kFaultCount; ++i) {
    const Fault f = static_cast<Fault>(i);
    const FaultRow& row = fault_row(f);
    assert_true(names.insert(row.name).second);
    assert_true(strlen(row.means) > 10 && strlen(row.cure) > 3);
    assert_null(strpbrk(row.name, " ,_"));
    Fault found;
    assert_true(find_fault(row.name, &found));
    assert_true(found == f);
  }
  Fault none;
  assert_false(find_fault("", &none));
  assert_false(find_fault("no-such-fault", &none));
}

static void codes_lead_back(void**) {
  Faults all;
  for (unsigned i = 0; i < kFaultCount; ++i) {
    Faults one;
    one.add(static_cast<Fault>(i));
    all.add(one);
    assert_true(Faults::of_code(one.code()) == one);
    assert_int_equal(Faults::of_code(one.code()).list().size(), 1);
  }
  assert_int_equal(all.code().size(), kFaultCodeMax);
  assert_true(Faults::of_code(all.code()) == all);
  assert_string_equal(Faults().code().c_str(), "");
  // Places that no table may give to another fault.
  Faults first, last;
  first.add(Fault::LoginRefused);
  last.add(Fault::SameServerId);
  assert_string_equal(first.code().c_str(), "1");
  assert_string_equal(last.code().c_str(), "20000000");
  Faults stalled;
  stalled.add(Fault::CommitsStalled);
  assert_string_equal(stalled.code().c_str(), "80000000");
}

static void what_a_newer_table_says_is_passed_over(void**) {
  Faults one;
  one.add(Fault::LoginRefused);
  assert_true(Faults::of_code("8000000000000001") == one);
  assert_true(Faults::of_code("ff8000000000000001") == one);
  for (const char* not_one : {"", "x", "1 ", "-1", "0x1", "1F"}) {
    assert_true(Faults::of_code(not_one).empty());
  }
}

static const Flavour& flavour(const char* name) {
  const Flavour* f = kFlavours;
  while (strcmp(f->name, name) != 0) ++f;
  return *f;
}

static Rows table(const std::vector<std::string>& names,
                  const std::vector<std::string>& row) {
  Rows r;
  r.names = names;
  if (!row.empty()) r.rows.push_back(row);
  return r;
}

// Of a replica that is as it should be, with one column more.
static Facts replica(const char* column, const char* value,
                     const char* flavour_name = "mariadb") {
  const Flavour& fl = flavour(flavour_name);
  Facts f;
  f.read_only = true;
  f.server_id = "127";
  std::vector<std::string> names = {
      fl.channel, fl.io_running, fl.sql_running, "Last_IO_Errno",
      "Last_SQL_Errno", "Using_Gtid", "Auto_Position", "SQL_Delay",
      "Replicate_Do_DB", "Until_Condition", fl.source_id};
  std::vector<std::string> row = {"", "Yes", "Yes", "0", "0", "Slave_Pos",
                                  "1", "0", "", "None", "126"};
  size_t at = 0;
  while (at < names.size() && names[at] != column) ++at;
  if (at == names.size()) {
    names.push_back(column);
    row.push_back("");
  }
  row[at] = value;
  assert_true(take_facts(fl, 1, table(names, row), &f));
  return f;
}

static std::string faults(const Facts& f) { return faults_of(f).names(); }

static void a_replica_that_is_well_has_none(void**) {
  assert_string_equal(faults(replica("SQL_Delay", "0")).c_str(), "");
  assert_string_equal(
      faults(replica("SQL_Delay", "0", "mysql-8.2")).c_str(), "");
}

static void filters_in_whatever_form(void**) {
  static const char* const columns[] = {
      "Replicate_Do_DB", "Replicate_Ignore_DB", "Replicate_Do_Table",
      "Replicate_Ignore_Table", "Replicate_Wild_Do_Table",
      "Replicate_Wild_Ignore_Table", "Replicate_Ignore_Server_Ids",
      "Replicate_Rewrite_DB", "Replicate_Do_Domain_Ids",
      "Replicate_Ignore_Domain_Ids", "replicate_something_new"};
  for (const char* column : columns) {
    assert_string_equal(faults(replica(column, "x")).c_str(),
                        "replica-filter");
    assert_string_equal(faults(replica(column, "x", "mysql-5.6")).c_str(),
                        "replica-filter");
  }
  Facts f = replica("SQL_Delay", "0");
  f.settings["replicate_events_marked_for_skip"] = "FILTER_ON_SLAVE";
  assert_true(faults_of(f).has(Fault::ReplicaFilter));
  f.settings["replicate_events_marked_for_skip"] = "REPLICATE";
  assert_false(faults_of(f).has(Fault::ReplicaFilter));
}

static void what_status_says_of_a_replica(void**) {
  assert_string_equal(faults(replica("SQL_Delay", "30")).c_str(),
                      "applier-delayed");
  assert_string_equal(faults(replica("Until_Condition", "Gtid")).c_str(),
                      "applier-delayed");
  assert_string_equal(faults(replica("Using_Gtid", "No")).c_str(),
                      "file-position");
  assert_string_equal(faults(replica("Using_Gtid", "Current_Pos")).c_str(), "");
  assert_string_equal(faults(replica("Auto_Position", "0", "mysql-5.7"))
                          .c_str(), "file-position");
  assert_string_equal(faults(replica("Slave_SQL_Running", "No")).c_str(),
                      "applier-stopped");
  assert_string_equal(faults(replica("Connection_name", "other")).c_str(),
                      "named-channel");
  assert_string_equal(faults(replica("Master_Server_Id", "127")).c_str(),
                      "same-server-id");
  Facts f = replica("Slave_SQL_Running", "No");
  f.replica.sql_errno = "1062";
  assert_string_equal(faults(f).c_str(), "applier-broken");
  f = replica("Slave_IO_Running", "No");
  assert_string_equal(faults(f).c_str(), "");  // somebody stopped it
  f.replica.io_errno = "1236";
  assert_string_equal(faults(f).c_str(), "receiver-broken");
  f.replica.io = Receiver::Connecting;  // its source is gone
  f.replica.io_errno = "2003";
  assert_string_equal(faults(f).c_str(), "");
  f = replica("SQL_Delay", "0");
  f.read_only = false;
  assert_string_equal(faults(f).c_str(), "writable-replica");
  f = replica("SQL_Delay", "0");
  f.semi = &kSemiSyncs[kMariadbSemiSync];
  assert_string_equal(faults(f).c_str(), "replica-async");
  f.semi_replica = true;
  assert_string_equal(faults(f).c_str(), "");
}

// Of a server whose settings are as they should be, but for one.
static Facts set(const char* name, const char* value) {
  Facts f;
  f.semi = &kSemiSyncs[kMariadbSemiSync];
  f.settings = {{"log_bin", "ON"},
                {"log_slave_updates", "ON"},
                {"binlog_format", "ROW"},
                {"sync_binlog", "1"},
                {"innodb_flush_log_at_trx_commit", "1"},
                {"slave_exec_mode", "STRICT"},
                {"slave_skip_errors", "OFF"},
                {"sql_slave_skip_counter", "0"},
                {"rpl_semi_sync_master_wait_point", "AFTER_SYNC"},
                {"rpl_semi_sync_master_timeout", "4294967295"},
                {"rpl_semi_sync_master_wait_no_slave", "ON"}};
  f.settings[name] = value;
  return f;
}

static void settings(void**) {
  static const struct {
    const char *name, *value, *fault;
  } cases[] = {
      {"log_bin", "ON", ""},
      {"log_bin", "OFF", "no-binlog"},
      {"sql_log_bin", "OFF", "no-binlog"},
      {"gtid_mode", "ON", ""},
      {"gtid_mode", "OFF_PERMISSIVE", "no-gtid"},
      {"log_slave_updates", "OFF", "updates-not-logged"},
      {"log_replica_updates", "OFF", "updates-not-logged"},
      {"binlog_format", "STATEMENT", "statement-format"},
      {"binlog_format", "MIXED", "mixed-format"},
      {"sync_binlog", "0", "sync-binlog"},
      {"sync_binlog", "100", "sync-binlog"},
      {"innodb_flush_log_at_trx_commit", "2", "log-flush"},
      {"innodb_flush_log_at_trx_commit", "3", ""},
      {"tx_read_only", "ON", "writes-refused"},
      {"transaction_read_only", "ON", "writes-refused"},
      {"offline_mode", "ON", "writes-refused"},
      {"innodb_read_only", "ON", "writes-refused"},
      {"innodb_read_only", "OFF", ""},
      // Of a replica alone:
      {"slave_exec_mode", "IDEMPOTENT", ""},
      {"slave_skip_errors", "1062", ""}};
  for (const auto& c : cases) {
    assert_string_equal(faults(set(c.name, c.value)).c_str(), c.fault);
  }
  for (const char* name :
       {"slave_skip_errors", "replica_skip_errors", "sql_slave_skip_counter"}) {
    Facts f = replica("SQL_Delay", "0");
    f.semi = &kSemiSyncs[kMariadbSemiSync];
    f.semi_replica = true;
    f.settings[name] = "1062";
    assert_string_equal(faults(f).c_str(), "errors-skipped");
  }
  Facts f = set("log_bin", "ON");
  f.binlog_filtered = true;
  assert_string_equal(faults(f).c_str(), "binlog-filter");
  f = set("log_bin", "ON");
  f.semi = nullptr;
  assert_string_equal(faults(f).c_str(), "no-semi-sync");
}

static void semi_sync_counts_while_it_is_on(void**) {
  static const struct {
    const char *name, *value, *fault;
  } cases[] = {
      {"rpl_semi_sync_master_wait_point", "AFTER_COMMIT", "after-commit"},
      {"rpl_semi_sync_master_timeout", "10000", "semi-sync-bounded"},
      {"rpl_semi_sync_master_wait_no_slave", "OFF", "semi-sync-bounded"},
      {"rpl_semi_sync_source_timeout", "4294967295", ""}};
  for (const auto& c : cases) {
    Facts f = set(c.name, c.value);
    assert_string_equal(faults(f).c_str(), "");
    f.semi_primary = true;
    assert_string_equal(faults(f).c_str(), c.fault);
  }
  Facts f = set("log_bin", "ON");
  f.semi_primary = true;
  f.semi_clients = 1;
  assert_string_equal(faults(f).c_str(), "");
  f.semi_clients = 2;
  assert_string_equal(faults(f).c_str(), "strangers");
}

static void the_filters_of_the_binary_log(void**) {
  const Flavour& fl = flavour("mariadb");
  const std::vector<std::string> names = {"File", "Binlog_Do_DB",
                                          "Binlog_Ignore_DB"};
  Facts f;
  assert_true(take_facts(fl, kBinlogQuery, table(names, {"b.1", "", ""}), &f));
  assert_false(f.binlog_filtered);
  assert_true(take_facts(fl, kBinlogQuery, table(names, {"b.1", "a", ""}), &f));
  assert_true(f.binlog_filtered);
  assert_true(take_facts(fl, kBinlogQuery, table(names, {}), &f));
  assert_false(f.binlog_filtered);
  f.settings["log_bin"] = "ON";  // it could not begin its next file
  f.semi = &kSemiSyncs[kMariadbSemiSync];
  assert_string_equal(faults(f).c_str(), "no-binlog");
  assert_true(take_facts(fl, kBinlogQuery, table(names, {"b.1", "", "a"}), &f));
  assert_true(f.binlog_filtered);
}

static void sessions_that_wait_for_room(void**) {
  const Flavour& fl = flavour("mariadb");
  const std::vector<std::string> names = {"committing", "acks", "space"};
  Facts f;
  assert_true(take_facts(fl, 3, table(names, {"2", "1", "0"}), &f));
  assert_int_equal(f.sessions.committing, 2);
  assert_int_equal(f.sessions.awaiting_ack, 1);
  assert_string_equal(faults_of(f).names().c_str(), "");
  assert_true(take_facts(fl, 3, table(names, {"0", "0", "1"}), &f));
  assert_string_equal(faults_of(f).names().c_str(), "disk-full");
  assert_false(take_facts(fl, 3, table(names, {"0", "0", ""}), &f));
  assert_false(faults_of(f).of_writing().empty());
}

static std::string away(const Facts& before, const Facts& now) {
  return kept_away(before, now, faults_of(now)).names();
}

static void what_is_kept_away_while_positions_go_on(void**) {
  Facts before = replica("SQL_Delay", "0"), now = before;
  before.started_s = now.started_s = 7;
  before.uptime_s = now.uptime_s = 100;
  before.pos = "0-1-5";
  now.pos = "0-1-6";
  assert_string_equal(away(before, now).c_str(), "");
  now.replica.filtered = true;
  assert_string_equal(away(before, now).c_str(), "data-missing");
  now.pos = before.pos;  // nothing was executed under it
  assert_string_equal(away(before, now).c_str(), "");
  now.replica.filtered = false;
  now.server_id = now.replica.source_id;
  assert_string_equal(away(before, now).c_str(), "");
  now.pos = "0-1-6";
  assert_string_equal(away(before, now).c_str(), "data-missing");
  now.replica.io = Receiver::No;
  assert_string_equal(away(before, now).c_str(), "");
  // A primary's own log.
  Facts primary = set("log_bin", "ON"), then = primary;
  primary.started_s = then.started_s = 7;
  primary.uptime_s = then.uptime_s = 100;
  primary.server_id = then.server_id = "126";
  assert_string_equal(away(primary, then).c_str(), "");
  then.binlog_stopped = true;
  assert_string_equal(away(primary, then).c_str(), "data-unsent");
  then.binlog_stopped = false;
  then.binlog_filtered = true;
  assert_string_equal(away(primary, then).c_str(), "data-unsent");
  then.binlog_filtered = false;
  then.server_id = "127";
  assert_string_equal(away(primary, then).c_str(), "data-unsent");
  then.started_s = 8;  // it was started with another one
  assert_string_equal(away(primary, then).c_str(), "");
}

static Facts in_commit(uint64_t sessions, uint64_t acks, const char* pos) {
  Facts f;
  f.sessions.committing = sessions;
  f.sessions.awaiting_ack = acks;
  f.pos = pos;
  return f;
}

static void commits_stand_when_none_ends_for_long(void**) {
  Stall s;
  s.look(1000, in_commit(1, 0, "1"), 0);
  assert_false(s.log_is_free());  // the first look knows of no movement
  s.look(1500, in_commit(1, 0, "2"), 0);
  assert_true(s.log_is_free());
  s.look(2000, in_commit(1, 0, "2"), 0);
  assert_false(s.log_is_free());
  s.look(6999, in_commit(3, 0, "2"), 0);
  assert_false(s.commits_stand(6999));
  assert_true(s.commits_stand(7000));
  s.look(7500, in_commit(3, 0, "3"), 0);  // one has ended
  assert_false(s.commits_stand(20000));
}

static void who_waits_for_a_replica_or_writes_fast_is_no_stall(void**) {
  Stall s;
  for (uint64_t ms = 0; ms < 20000; ms += 500) {
    s.look(1000 + ms, in_commit(2, 1, "1"), 0);
    assert_false(s.commits_stand(1000 + ms));
  }
  for (uint64_t ms = 0; ms < 20000; ms += 500) {
    s.look(30000 + ms, in_commit(9, 0, std::to_string(ms).c_str()), 0);
    assert_false(s.commits_stand(30000 + ms));
  }
  for (uint64_t ms = 0; ms < 20000; ms += 500) {
    s.look(60000 + ms, in_commit(ms % 2000 == 0 ? 0 : 1, 0, "1"), 0);
    assert_false(s.commits_stand(60000 + ms));
  }
  s.look(90000, in_commit(1, 0, "1"), 0);
  s.forget();
  assert_false(s.commits_stand(99000));
}

static void one_that_writes_is_long_and_no_stall(void**) {
  Stall s;
  uint64_t ms = 1000, bytes = 1;
  for (; ms < 50000; ms += 500, bytes += 100) {
    s.look(ms, in_commit(1, 0, "1"), bytes);
    assert_false(s.commits_stand(ms));
  }
  const uint64_t last = ms - 500;  // it writes no more
  for (; ms < last + 5000; ms += 500) s.look(ms, in_commit(1, 0, "1"), bytes);
  assert_true(s.commits_stand(last + 5500));
  s.look(ms, in_commit(1, 0, "2"), bytes);
  assert_false(s.commits_stand(ms + 9000));
  // Whatever it is that is written: not for ever.
  const uint64_t began = ms += 500;
  for (; ms < began + 66000; ms += 500) {
    s.look(ms, in_commit(1, 0, "2"), ++bytes);
  }
  assert_true(s.commits_stand(ms));
}

static Facts status(const char* uptime, const char* now) {
  Rows r;
  r.names = {"n", "v", "t"};
  r.rows.push_back({"UPTIME", uptime, now});
  Facts f;
  assert_true(take_facts(flavour("mariadb"), 2, r, &f));
  return f;
}

// The same start, whatever is done to the clock after it.
static void a_clock_that_is_put_back_is_no_restart(void**) {
  const std::string instance = status("100", "1700000100").instance();
  assert_string_equal(instance.c_str(), "1700000000");
  assert_string_equal(status("3700", "1700003700").instance().c_str(),
                      instance.c_str());
  assert_string_equal(status("-600", "1699999400").instance().c_str(),
                      instance.c_str());
  assert_string_equal(
      status("18446744073709551016", "1699999400").instance().c_str(),
      instance.c_str());
}

// One look; how many statements it had.
static unsigned look(Rota* r, uint64_t now_ms, bool semi_primary,
                     bool refused = false, bool log_is_free = true) {
  Facts f;
  f.semi_primary = semi_primary;
  r->begin_look(now_ms);
  unsigned n = 0;
  for (; !r->is_done(); ++n) {
    assert_int_equal(r->query(), n);
    r->on_answer(now_ms, f, refused, log_is_free);
  }
  return n;
}

static void settings_are_read_when_due_and_when_semi_sync_was_switched(void**) {
  Rota r;
  r.begin_session();
  assert_int_equal(look(&r, 1000, false), kSettingsQueries);
  assert_int_equal(look(&r, 1100, false), kFactsQueries);
  assert_int_equal(look(&r, 1200, true), kBinlogQuery);
  assert_int_equal(look(&r, 1300, true), kFactsQueries);
  assert_int_equal(look(&r, 1699, true), kFactsQueries);
  assert_int_equal(look(&r, 1700, true), kBinlogQuery);
  assert_int_equal(look(&r, 1800, false), kBinlogQuery);
  // Once a session, when it is free, until it is told.
  r.begin_session();
  assert_int_equal(look(&r, 1900, false, false, false), kBinlogQuery);
  assert_int_equal(look(&r, 2400, false, true), kSettingsQueries);
  assert_int_equal(look(&r, 2900, false), kSettingsQueries);
  assert_int_equal(look(&r, 3400, false), kBinlogQuery);
}

static Facts receiving(const char* executed, const char* received,
                       uint64_t started_s = 7) {
  Facts f;
  f.flavour = &flavour("mariadb");
  f.read_only = f.replicates = true;
  f.started_s = started_s;
  f.uptime_s = 100;
  assert_true(parse_gtids(executed, &f.executed));
  assert_true(parse_gtids(received, &f.replica.io_pos));
  return f;
}

static void what_was_received_is_to_be_found_until_it_is_executed(void**) {
  Received r;
  r.take(receiving("0-1-5", "0-1-9"));
  assert_false(r.is_lost(receiving("0-1-5", "0-1-9")));
  const Facts purged = receiving("0-1-6", "0-1-6");
  r.take(purged);
  assert_true(r.is_lost(purged));
  assert_string_equal(format_gtids(r.of(purged)).c_str(), "0-1-9");
  // Nor is it back when there is no replication any more.
  Facts reset = receiving("0-1-6", "");
  reset.replicates = false;
  r.take(reset);
  assert_true(r.is_lost(reset));
  // Whoever watches next knows it from the file.
  Received next;
  assert_true(next.restore(r.text()));
  assert_true(next.is_lost(purged));
  // It is sent again, or executed.
  assert_false(r.is_lost(receiving("0-1-6", "0-1-9")));
  assert_false(r.is_lost(receiving("0-1-10", "0-1-6")));
  // Another life of the server, a primary: nothing rests on it.
  Facts primary = reset;
  primary.read_only = false;
  for (const Facts& f : {receiving("0-1-6", "0-1-6", 8), primary}) {
    Received other = r;
    assert_false(other.is_lost(f));
    assert_true(other.of(f).empty());
    other.take(f);
    assert_false(other.is_lost(purged));
  }
  Received none;
  assert_string_equal(none.text().c_str(), "");
  Facts young = receiving("0-1-5", "0-1-9");
  young.uptime_s = 0;
  none.take(young);
  assert_string_equal(none.text().c_str(), "");
  assert_false(none.restore("7"));
  assert_false(none.restore("7 junk"));
}

static void mysql_takes_back_what_has_only_begun(void**) {
  const char uuid[] = "3e11fa47-71ca-11e1-9e33-c80aa9429562:1-";
  Facts f = receiving((uuid + std::string("5")).c_str(),
                    (uuid + std::string("6")).c_str());
  f.flavour = &flavour("mysql-5.6");
  Received r;
  r.take(f);
  f.replica.io_pos = f.executed;
  assert_false(r.is_lost(f));
  f.flavour = &flavour("mariadb");
  assert_true(r.is_lost(f));
}

int main() {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_fault_has_a_name_of_its_own_and_a_cure),
      cmocka_unit_test(codes_lead_back),
      cmocka_unit_test(what_a_newer_table_says_is_passed_over),
      cmocka_unit_test(a_replica_that_is_well_has_none),
      cmocka_unit_test(filters_in_whatever_form),
      cmocka_unit_test(what_status_says_of_a_replica),
      cmocka_unit_test(settings),
      cmocka_unit_test(semi_sync_counts_while_it_is_on),
      cmocka_unit_test(the_filters_of_the_binary_log),
      cmocka_unit_test(sessions_that_wait_for_room),
      cmocka_unit_test(what_is_kept_away_while_positions_go_on),
      cmocka_unit_test(commits_stand_when_none_ends_for_long),
      cmocka_unit_test(who_waits_for_a_replica_or_writes_fast_is_no_stall),
      cmocka_unit_test(one_that_writes_is_long_and_no_stall),
      cmocka_unit_test(a_clock_that_is_put_back_is_no_restart),
      cmocka_unit_test(what_was_received_is_to_be_found_until_it_is_executed),
      cmocka_unit_test(mysql_takes_back_what_has_only_begun),
      cmocka_unit_test(
          settings_are_read_when_due_and_when_semi_sync_was_switched),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
