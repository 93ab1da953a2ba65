// The table of what differs by flavour, for the servers that no test can
// start: each generation is asked what its probes find, in what it knows.
extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
}

#include <string.h>

#include <string>

#include "promote/facts.h"

using namespace promote;

// What a generation takes and what it has forgotten: the manuals' words.
struct Generation {
  const char* version;
  const char* flavour;    // the row that its probes must find
  bool domains;           // @@gtid_domain_id
  bool binary_log_status; // SHOW BINARY LOG STATUS
  bool replica_words;     // STOP REPLICA, SHOW REPLICA STATUS
  bool slave_words;       // STOP SLAVE, SHOW SLAVE STATUS
  bool change_source;     // CHANGE REPLICATION SOURCE
  bool change_master;     // CHANGE MASTER
  bool p_s_status;        // performance_schema.global_status
  bool i_s_status;        // information_schema.global_status
  bool super_read_only;
};

static const Generation kGenerations[] = {
    {"MariaDB 10.3", "mariadb", true, false, false, true, false, true, false,
     true, false},
    {"MariaDB 12", "mariadb", true, false, true, true, false, true, false, true,
     false},
    {"MySQL 5.6", "mysql-5.6", false, false, false, true, false, true, false,
     true, false},
    {"MySQL 5.7", "mysql-5.7", false, false, false, true, false, true, true,
     false, true},
    {"MySQL 8.0.21", "mysql-5.7", false, false, false, true, false, true, true,
     false, true},
    {"MySQL 8.0.22", "mysql-8.0.22", false, false, true, true, false, true,
     true, false, true},
    {"MySQL 8.0.36", "mysql-8.0.22", false, false, true, true, true, true, true,
     false, true},
    {"MySQL 8.3", "mysql-8.2", false, true, true, true, true, true, true, false,
     true},
    {"MySQL 8.4", "mysql-8.2", false, true, true, false, true, false, true,
     false, true},
    {"MySQL 26.10", "mysql-8.2", false, true, true, false, true, false, true,
     false, true},
};
static const size_t kGenerationCount =
    sizeof kGenerations / sizeof kGenerations[0];

static bool has(const std::string& sql, const char* word) {
  return sql.find(word) != sql.npos;
}

static bool takes(const Generation& g, const std::string& sql) {
  if (has(sql, "gtid_domain_id") || has(sql, "ALL SLAVES")) return g.domains;
  if (has(sql, "gtid_slave_pos") || has(sql, "MASTER_USE_GTID")) {
    return g.domains;
  }
  if (has(sql, "gtid_executed") || has(sql, "AUTO_POSITION")) {
    if (g.domains) return false;
  }
  if (has(sql, "BINARY LOG STATUS")) return g.binary_log_status;
  if (has(sql, "super_read_only")) return g.super_read_only;
  if (has(sql, "GET_MASTER_PUBLIC_KEY")) return g.change_master && !g.i_s_status;
  if (has(sql, "CHANGE REPLICATION SOURCE")) return g.change_source;
  if (has(sql, "CHANGE MASTER")) return g.change_master;
  if (has(sql, "REPLICA ") || has(sql, " REPLICA")) return g.replica_words;
  if (has(sql, " SLAVE")) return g.slave_words;
  if (has(sql, "performance_schema")) return g.p_s_status;
  if (has(sql, "information_schema")) return g.i_s_status;
  return true;
}

static const Flavour& probed(const Generation& g) {
  const Flavour* f = kFlavours;
  while (f->probe_sql && !takes(g, f->probe_sql)) ++f;
  return *f;
}

static void each_generation_finds_its_row(void**) {
  for (size_t i = 0; i < kGenerationCount; ++i) {
    assert_string_equal(probed(kGenerations[i]).name, kGenerations[i].flavour);
  }
}

static void and_takes_all_of_its_statements(void**) {
  for (size_t i = 0; i < kGenerationCount; ++i) {
    const Generation& g = kGenerations[i];
    const Flavour& f = probed(g);
    const char* sqls[] = {f.state_sql, f.replica_sql, f.status_sql,
                          f.applied_sql, f.start_applier, f.start_receiver,
                          f.stop_receiver, f.start_all, f.stop_all,
                          f.forget_source, f.follow, f.seal};
    for (size_t k = 0; k < sizeof sqls / sizeof sqls[0]; ++k) {
      if (!sqls[k]) continue;
      if (!takes(g, sqls[k])) print_error("%s: %s\n", g.version, sqls[k]);
      assert_true(takes(g, sqls[k]));
    }
    // Where administrators can be kept out they are.
    assert_true(!f.seal == !g.super_read_only);
    assert_true(f.gtid_domains == g.domains);
  }
}

static void the_statements_say_what_they_are_for(void**) {
  for (const Flavour* f = kFlavours;; ++f) {
    const std::string word =
        has(f->replica_sql, "REPLICA") ? "REPLICA" : "SLAVE";
    assert_string_equal(f->start_applier,
                        ("START " + word + " SQL_THREAD").c_str());
    assert_string_equal(f->start_receiver,
                        ("START " + word + " IO_THREAD").c_str());
    assert_string_equal(f->stop_receiver,
                        ("STOP " + word + " IO_THREAD").c_str());
    assert_string_equal(f->start_all, ("START " + word).c_str());
    assert_string_equal(f->stop_all, ("STOP " + word).c_str());
    assert_string_equal(f->forget_source, ("RESET " + word + " ALL").c_str());
    const bool slave = word == "SLAVE";
    assert_string_equal(f->source_host, slave ? "Master_Host" : "Source_Host");
    assert_string_equal(f->io_running,
                        slave ? "Slave_IO_Running" : "Replica_IO_Running");
    assert_string_equal(f->lag, slave ? "Seconds_Behind_Master"
                                      : "Seconds_Behind_Source");
    if (!f->probe_sql) break;
  }
}

static void a_source_is_named_with_all_that_it_takes(void**) {
  const Flavour& old = probed(kGenerations[2]);
  assert_string_equal(
      follow_sql(old, "'10.0.0.1'", 3306, "'re%p'", "'%h%'").c_str(),
      "CHANGE MASTER TO MASTER_HOST='10.0.0.1', MASTER_PORT=3306, "
      "MASTER_USER='re%p', MASTER_PASSWORD='%h%', MASTER_CONNECT_RETRY=1, "
      "MASTER_HEARTBEAT_PERIOD=0.5, MASTER_AUTO_POSITION=1");
  const std::string latest =
      follow_sql(probed(kGenerations[8]), "'h'", 3306, "'u'", "'w'");
  assert_true(has(latest, "SOURCE_HOST='h', SOURCE_PORT=3306"));
  assert_true(has(latest, "GET_SOURCE_PUBLIC_KEY=1"));
  assert_true(has(latest, "SOURCE_RETRY_COUNT="));
  assert_false(has(latest, "MASTER"));
  assert_string_equal(
      follow_tls_sql(old, true, "'/ca'", "'/cert'", "'/key'").c_str(),
      ", MASTER_SSL=1, MASTER_SSL_VERIFY_SERVER_CERT=1, MASTER_SSL_CA='/ca', "
      "MASTER_SSL_CERT='/cert', MASTER_SSL_KEY='/key'");
  assert_string_equal(
      follow_tls_sql(probed(kGenerations[8]), false, "''", "''", "''").c_str(),
      ", SOURCE_SSL=1, SOURCE_SSL_VERIFY_SERVER_CERT=0, SOURCE_SSL_CA='', "
      "SOURCE_SSL_CERT='', SOURCE_SSL_KEY=''");
}

// The answer of status_sql with these names.
static Facts semi_sync(const char* const* names) {
  Rows rows;
  const char* uptime[] = {"Uptime", "12", "1000"};
  rows.rows.push_back(std::vector<std::string>(uptime, uptime + 3));
  for (; *names; ++names) {
    std::vector<std::string> row(1, *names);
    row.push_back(strstr(*names, "clients") ? "1" : "ON");
    row.push_back("1000");
    rows.rows.push_back(row);
  }
  Facts f;
  assert_true(take_facts(probed(kGenerations[3]), 2, rows, &f));
  assert_int_equal(f.started_s, 988);
  return f;
}

static void semi_sync_goes_by_the_names_it_has(void**) {
  const char* none[] = {nullptr};
  assert_null(semi_sync(none).semi);
  assert_false(semi_sync(none).semi_primary);
  const char* half[] = {"rpl_semi_sync_master_enabled", nullptr};
  assert_null(semi_sync(half).semi);
  const char* old[] = {"rpl_semi_sync_master_enabled",
                       "rpl_semi_sync_slave_enabled", nullptr};
  Facts f = semi_sync(old);
  assert_true(f.semi_primary && f.semi_replica && !f.semi_primary_on);
  assert_string_equal(f.semi->off,
                      "SET GLOBAL rpl_semi_sync_master_enabled=0");
  assert_false(has(f.semi->on, "wait_point"));
  const char* lossless[] = {"rpl_semi_sync_master_enabled",
                            "rpl_semi_sync_slave_enabled",
                            "rpl_semi_sync_master_wait_point",
                            "Rpl_semi_sync_master_clients",
                            "Rpl_semi_sync_master_status", nullptr};
  f = semi_sync(lossless);
  assert_true(f.semi == &kSemiSyncs[kMariadbSemiSync]);
  assert_true(f.semi_primary_on && f.semi_clients == 1);
  assert_string_equal(
      f.semi->on,
      "SET GLOBAL rpl_semi_sync_master_timeout=4294967295, "
      "GLOBAL rpl_semi_sync_master_wait_no_slave=1, "
      "GLOBAL rpl_semi_sync_master_wait_point=AFTER_SYNC, "
      "GLOBAL rpl_semi_sync_master_enabled=1");
  const char* latest[] = {"rpl_semi_sync_source_enabled",
                          "rpl_semi_sync_replica_enabled",
                          "rpl_semi_sync_source_wait_point",
                          "Rpl_semi_sync_replica_status", nullptr};
  f = semi_sync(latest);
  assert_true(f.semi_replica_on && !f.semi_primary_on);
  assert_string_equal(
      f.semi->off_and_ready,
      "SET GLOBAL rpl_semi_sync_source_enabled=0, "
      "GLOBAL rpl_semi_sync_source_timeout=4294967295, "
      "GLOBAL rpl_semi_sync_source_wait_no_replica=1, "
      "GLOBAL rpl_semi_sync_source_wait_point=AFTER_SYNC");
  assert_string_equal(f.semi->replica_on,
                      "SET GLOBAL rpl_semi_sync_replica_enabled=1");
}

int main() {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_generation_finds_its_row),
      cmocka_unit_test(and_takes_all_of_its_statements),
      cmocka_unit_test(the_statements_say_what_they_are_for),
      cmocka_unit_test(a_source_is_named_with_all_that_it_takes),
      cmocka_unit_test(semi_sync_goes_by_the_names_it_has),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
