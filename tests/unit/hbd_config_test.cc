// hbd.ini: what it means, what it refuses and where, and that the effective
// configuration is a fixpoint.
extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
}

#include "hbd/config.h"
#include "hbd/reload.h"
#include "hbd/request.h"

using hbd::Settings;

static const char kNode[] =
    "[hbd]\npair = hdp\nnodes = hdp3 hdp4\n"
    "[node hdp3]\nucast = 172.16.1.126, 10.9.0.126\n"
    "[node hdp4]\nucast = 172.16.1.127, 10.9.0.127:700\n";

static const char kWitness[] =
    "[hbd]\nrole = witness\nkeepalive = 100ms\n"
    "[witness gw]\nucast = 172.16.1.254\n"
    "[pair a]\nucast = n1 172.16.1.1, n2 172.16.1.2\nauthkeys = /k/a\n"
    "[pair b]\nucast = n1 10.0.0.1, n1 10.1.0.1, n2 10.0.0.2, n2 10.1.0.2\n"
    "lease = 900ms\n";

static const char kShared[] =
    "[hbd]\npair = hdp\nnodes = hdp3 hdp4\nport = 700\n"
    "[node hdp3]\nbcast = eth1, eth2\n"
    "[node hdp4]\nbcast = eth1 ens4\n"
    "[witness gw]\nbcast = eth0\n";

static const char kSharedWitness[] =
    "[hbd]\nrole = witness\n"
    "[witness gw]\nucast = 10.0.0.9\nbcast = eth0 eth1\n"
    "[pair a]\nnodes = n1 n2\n[pair b]\nucast = n1 10.0.0.1, n2 10.0.0.2\n";

static std::string parse(const std::string& text, Settings* out,
                         const char* self = "hdp3") {
  tandem::IniFile file;
  const tandem::Error e = tandem::IniFile::parse("f", text, &file);
  if (e) return e.text();
  return hbd::parse_settings(file, self, out).text();
}

static std::string mistake_in(const std::string& text,
                              const char* self = "hdp3") {
  Settings s;
  return parse(text, &s, self);
}

static void defaults_are_the_design_s(void**) {
  Settings s;
  assert_string_equal(parse(kNode, &s).c_str(), "");
  const hbd::Times& t = s.pairs[0].times;
  assert_int_equal(t.keepalive_ms, 200);
  assert_int_equal(s.warntime_ms, 600);
  assert_int_equal(t.deadtime_ms, 2000);
  assert_int_equal(t.lease_ms, 1000);
  assert_int_equal(s.initdead_ms, 10000);
  assert_int_equal(s.cold_wait_ms, 600000);
  assert_int_equal(s.hooks.hook_timeout_ms, 60000);
  assert_int_equal(s.port, 694);
  assert_true(s.silent_take && s.track_sync && s.kernel_backstop);
  assert_false(s.hooks.init_d || s.is_witness || s.has_arbiter());
  assert_false(s.auto_failback);
  assert_int_equal(s.failback_wait_ms, 60000);
  assert_string_equal(s.peer().c_str(), "hdp4");
  assert_string_equal(s.member("hdp4").ucast[0].text().c_str(),
                      "172.16.1.127:694");
  assert_string_equal(s.member("hdp4").ucast[1].text().c_str(),
                      "10.9.0.127:700");
  assert_string_equal(s.state_path(s.pairs[0]).c_str(),
                      "/var/lib/tandem/hdp.state");
  assert_string_equal(s.socket_path().c_str(), "/run/tandem/hbd.sock");
}

static void the_same_file_serves_both_nodes(void**) {
  Settings s;
  assert_string_equal(parse(kNode, &s, "hdp4").c_str(), "");
  assert_string_equal(s.peer().c_str(), "hdp3");
}

static void a_witness_has_many_pairs_and_their_own_times(void**) {
  Settings s;
  assert_string_equal(parse(kWitness, &s, "whatever").c_str(), "");
  assert_true(s.is_witness);
  assert_string_equal(s.self.c_str(), "gw");
  assert_int_equal(s.pairs.size(), 2);
  assert_int_equal(s.pairs[0].times.keepalive_ms, 100);
  assert_int_equal(s.pairs[0].times.lease_ms, 1000);
  assert_int_equal(s.pairs[1].times.lease_ms, 900);
  assert_string_equal(s.pairs[0].authkeys.c_str(), "/k/a");
  assert_string_equal(s.pairs[1].authkeys.c_str(), "/etc/tandem/authkeys");
  assert_int_equal(s.pairs[0].authkeys_line, 8);
  assert_int_equal(s.pairs[1].authkeys_line, 1);  // [hbd], by its default
  assert_int_equal(s.pairs[1].members[0].ucast.size(), 2);
  assert_string_equal(s.pairs[1].members[1].ucast[1].text().c_str(),
                      "10.1.0.2:694");
  const hbd::WitnessConfig w = hbd::witness_config(s, s.pairs[1]);
  assert_string_equal(w.nodes[1].c_str(), "n2");
  assert_int_equal(w.lease_ms, 900);
}

static void links_can_be_shared_with_or_without_ucast(void**) {
  Settings s;
  assert_string_equal(parse(kShared, &s).c_str(), "");
  const hbd::Member& m = s.member("hdp3");
  assert_true(m.ucast.empty() && m.has_link());
  assert_string_equal(m.bcast[1].device.c_str(), "eth2");
  assert_string_equal(m.bcast[1].to.text().c_str(), "255.255.255.255:700");
  assert_string_equal(s.member("hdp4").bcast[1].device.c_str(), "ens4");
  assert_string_equal(parse(kSharedWitness, &s, "whatever").c_str(), "");
  assert_string_equal(s.local().name.c_str(), "gw");
  assert_string_equal(s.local().bcast[1].device.c_str(), "eth1");
  assert_string_equal(s.pairs[0].members[1].name.c_str(), "n2");
  assert_true(s.pairs[0].members[1].ucast.empty());
}

static void the_effective_configuration_is_a_fixpoint(void**) {
  const std::string full =
      std::string(kNode) +
      "[witness gw]\nucast = 172.16.1.254:7000\n[ping]\nnodes = 10.0.0.1 "
      "10.0.0.2\n[watch]\nexec = /w -a b\n[events]\nfence = /f x\nalone = /a\n";
  const std::string texts[] = {full, kNode, kWitness, kShared, kSharedWitness};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; ++i) {
    Settings once, twice;
    assert_string_equal(parse(texts[i], &once).c_str(), "");
    const std::string printed = hbd::format_settings(once);
    assert_string_equal(parse(printed, &twice).c_str(), "");
    assert_string_equal(hbd::format_settings(twice).c_str(), printed.c_str());
  }
}

static void mistakes_name_their_line(void**) {
  const std::string node = kNode;
  const std::string hbd = "[hbd]\npair = hdp\nnodes = hdp3 hdp4\n";
  const std::string rest = node.substr(hbd.size());
  const struct { std::string text, mistake; } table[] = {
      {"", "f:1: no section [hbd]"},
      {"[hbd]\npair = p\n", "f:1: [hbd] lacks 'nodes'"},
      {"[hbd]\npair = p\nnodes = hdp3\n" + rest,
       "f:3: nodes: expected the names of two nodes"},
      {"[hbd]\npair = p\nnodes = hdp3 hdp3\n" + rest,
       "f:3: nodes: expected the names of two nodes"},
      {"[hbd]\npair = p\nnodes = a b\n" + rest,
       "f:3: nodes: 'hdp3' (uname -n, or -N) is not one of them"},
      {"[hbd]\npair = p q\nnodes = hdp3 hdp4\n" + rest,
       "f:2: pair: 'p q' is not a name"},
      {hbd, "f:1: no [node hdp3]"},
      {hbd + "deadtimes = 2s\n" + rest, "f:4: unknown key 'deadtimes' in [hbd]"},
      {hbd + "deadtime = 2\n" + rest,
       "f:4: deadtime: '2' is not a duration such as 250ms, 2s or 1m"},
      {hbd + "keepalive = 1100ms\nkernel_backstop = no\n" + rest,
       "f:4: deadtime 2s is less than twice the keepalive of 1100ms"},
      {hbd + "lease = 2s\n" + rest,
       "f:4: lease 2s is not below the deadtime of 2s: two owners at a time"},
      {hbd + "keepalive = 600ms\nwarntime = 700ms\n" + rest,
       "f:4: lease 1s is less than twice the keepalive of 600ms"},
      {hbd + "deadtime = 1700ms\n" + rest,
       "f:4: deadtime 1700ms is below 1750ms (lease/2 + 1250ms), when the "
       "kernel drops the address of a frozen node; 'kernel_backstop = no' goes "
       "without that"},
      {hbd + "lease = 1200ms\n" + rest,
       "f:4: deadtime 2s is below 2850ms (lease/2 + 2250ms), when the kernel "
       "drops the address of a frozen node; 'kernel_backstop = no' goes "
       "without that"},
      {hbd + "warntime = 2s\n" + rest,
       "f:4: warntime 2s is not between the keepalive of 200ms and the "
       "deadtime of 2s"},
      {hbd + "initdead = 1s\n" + rest,
       "f:4: initdead 1s is below the deadtime of 2s"},
      {hbd + "auto_failback = yes\n" + rest,
       "f:4: auto_failback: 'yes' is neither on nor off"},
      {hbd + "silent_peer = maybe\n" + rest,
       "f:4: silent_peer: 'maybe' is neither take nor wait"},
      {hbd + "role = king\n" + rest,
       "f:4: role: 'king' is neither node nor witness"},
      {hbd + "port = 0\n" + rest,
       "f:4: port: '0' is not a number from 1 to 65535"},
      {hbd + "authkeys = keys\n" + rest,
       "f:4: authkeys: 'keys' is not an absolute path"},
      {node + "[node hdp5]\nucast = 10.0.0.1\n",
       "f:8: [node hdp5]: 'nodes' does not name it"},
      {hbd + "[node hdp3]\nucast = localhost\n",
       "f:5: ucast: 'localhost' is not a numeric address"},
      {hbd + "[node hdp3]\nbcast =;eth0\n",
       "f:5: 'bcast': a comment needs a blank before its ';'"},
      {hbd + "[node hdp3]\nbcast = eth0,;eth1\n",
       "f:5: 'bcast': a comment needs a blank before its ';'"},
      {hbd + "[node hdp3]\nucast = 10.0.0.1, 10.0.0.1\n",
       "f:5: ucast: 10.0.0.1 is here twice"},
      {hbd + "[node hdp3]\nucast = 10.0.0.1\n[node hdp4]\nucast = 10.0.0.2 "
       "10.0.0.3\n",
       "f:1: hdp3 and hdp4 have not the same number of ucast addresses"},
      {hbd + "[node hdp3]\nucast = 10.0.0.1\n[node hdp4]\nucast = 10.0.0.1\n",
       "f:1: 10.0.0.1:694 and 10.0.0.1:694 cannot talk to each other"},
      {hbd + "[node hdp3]\nucast = 10.0.0.1\n[node hdp4]\nucast = fd00::1\n",
       "f:1: 10.0.0.1:694 and [fd00::1]:694 cannot talk to each other"},
      {hbd + "[node hdp3]\nbcast = eth/1\n",
       "f:5: bcast: 'eth/1' is not an interface name"},
      {hbd + "[node hdp3]\nbcast = sixteen-bytes-xx\n",
       "f:5: bcast: 'sixteen-bytes-xx' is not an interface name"},
      {hbd + "[node hdp3]\nbcast = eth1 eth1\n",
       "f:5: bcast: eth1 is here twice"},
      {hbd + "[node hdp3]\nbcast = eth1\nmcast = eth2 239.0.0.1\n",
       "f:6: unknown key 'mcast' in [node]"},
      {hbd + "[node hdp3]\nbcast = eth1\n[node hdp4]\nucast = 10.0.0.1\n",
       "f:1: hdp3 and hdp4 have not the same number of ucast addresses"},
      {hbd + "[node hdp3]\nbcast = eth1\n[node hdp4]\nbcast = eth1 eth2\n",
       "f:1: hdp3 and hdp4 have not the same number of bcast interfaces"},
      {node + "[witness gw]\nbcast = eth0\n",
       "f:1: witness gw has more bcast interfaces than the nodes"},
      {"[hbd]\nrole = witness\n[witness w]\nucast = 10.0.0.3\n[pair x]\n"
       "nodes = a b\n", "f:1: no link to pair x: 'ucast' there, or 'bcast' in "
       "[witness w]"},
      {"[hbd]\nrole = witness\n[witness w]\nbcast = eth0\n[pair x]\n"
       "nodes = a a\n", "f:6: nodes: expected the names of two nodes"},
      {"[hbd]\nrole = witness\n[witness w]\nbcast = eth0\n[pair x]\n"
       "nodes = a b\nucast = a 10.0.0.1, b 10.0.0.2\n",
       "f:6: nodes: 'ucast' has named them already"},
      {node + "[witness hdp3]\nucast = 10.0.0.9\n",
       "f:1: node and witness are both called hdp3"},
      {node + "[witness gw]\nucast = 10.0.0.9\n[witness gv]\nucast = 10.0.0.8\n",
       "f:10: a second [witness]"},
      {node + "[witness gw]\nucast = 10.0.0.7 10.0.0.8 10.0.0.9\n",
       "f:1: witness gw has more ucast addresses than the nodes"},
      {node + "[witness]\nucast = 10.0.0.9\n",
       "f:8: [witness NAME]: expected a name"},
      {node + "[pair x]\nucast = a 10.0.0.1, b 10.0.0.2\n",
       "f:8: unknown section [pair x] for role = node"},
      {node + "[pings]\nnodes = 10.0.0.1\n",
       "f:8: unknown section [pings] for role = node"},
      {node + "[watch x]\nexec = /x\n",
       "f:8: unknown section [watch x] for role = node"},
      {node + "[watch]\nexec = mysqlchk\n",
       "f:9: exec: 'mysqlchk' is not /PATH/PROGRAM [ARG...]"},
      {node + "[events]\nalone = sh -c x\n",
       "f:9: alone: 'sh -c x' is not /PATH/PROGRAM [ARG...]"},
      {node + "[events]\nparty = /bin/true\n",
       "f:9: unknown key 'party' in [events]"},
      {node + "[ping]\nnodes = 10.0.0.1:80\n",
       "f:9: nodes: '10.0.0.1:80' is not a numeric address"},
      {"[hbd]\nrole = witness\npair = x\n",
       "f:3: unknown key 'pair' in [hbd]"},
      {"[hbd]\nrole = witness\n[pair x]\nucast = a 10.0.0.1, b 10.0.0.2\n",
       "f:1: role = witness needs [witness NAME] and [pair NAME]"},
      {"[hbd]\nrole = witness\n[witness w]\nucast = 10.0.0.1\n",
       "f:1: role = witness needs [witness NAME] and [pair NAME]"},
      {"[hbd]\nrole = witness\n[witness w]\nucast = 10.0.0.3\n[pair x]\n"
       "ucast = a 10.0.0.1\n",
       "f:6: ucast: expected the addresses of two nodes"},
      {"[hbd]\nrole = witness\n[witness w]\nucast = 10.0.0.3\n[pair x]\n"
       "ucast = 10.0.0.1 10.0.0.2\n",
       "f:6: ucast: expected the addresses of two nodes"},
      {"[hbd]\nrole = witness\n[witness w]\nucast = 10.0.0.3\n[pair x]\n"
       "ucast = a 10.0.0.1, b 10.0.0.2\ndeadtime = 1s\n",
       "f:7: lease 1s is not below the deadtime of 1s: two owners at a time"},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; ++i) {
    assert_string_equal(mistake_in(table[i].text).c_str(),
                        table[i].mistake.c_str());
  }
}

static void the_backstop_rule_can_be_waived(void**) {
  Settings s;
  const std::string said = parse(
      "[hbd]\npair = hdp\nnodes = hdp3 hdp4\ndeadtime = 1100ms\n"
      "kernel_backstop = no\n[node hdp3]\nucast = 10.0.0.1\n[node hdp4]\n"
      "ucast = 10.0.0.2\n", &s);
  assert_string_equal(said.c_str(), "");
}

// The kernel's lifetime of an address is the lease in whole seconds.
static void the_backstop_follows_a_long_lease(void**) {
  const struct { const char *lease, *too_short, *enough; } table[] = {
      {"999ms", "1748ms", "1749ms"},   {"1s", "1749ms", "1750ms"},
      {"1001ms", "2749ms", "2750ms"},  {"1200ms", "2849ms", "2850ms"},
      {"2500ms", "4499ms", "4500ms"},  {"4s", "6249ms", "6250ms"},
      {"30s", "45249ms", "45250ms"}};
  for (const auto& t : table) {
    const std::string head = std::string("[hbd]\npair = hdp\nnodes = hdp3 "
        "hdp4\ninitdead = 1m\nlease = ") + t.lease + "\ndeadtime = ";
    const std::string rest =
        "\n[node hdp3]\nucast = 10.0.0.1\n[node hdp4]\nucast = 10.0.0.2\n";
    assert_string_equal(mistake_in(head + t.enough + rest).c_str(), "");
    const std::string said = mistake_in(head + t.too_short + rest);
    const std::string want = std::string("f:6: deadtime ") + t.too_short +
                             " is below " + t.enough + " (lease/2 + ";
    assert_string_equal(said.substr(0, want.size()).c_str(), want.c_str());
  }
  assert_string_equal(
      mistake_in("[hbd]\nrole = witness\n[witness w]\nucast = 10.0.0.3\n"
                 "[pair x]\nucast = a 10.0.0.1, b 10.0.0.2\nlease = 3s\n"
                 "deadtime = 4s\n").c_str(),
      "f:8: deadtime 4s is below 4750ms (lease/2 + 3250ms), when the kernel "
      "drops the address of a frozen node; 'kernel_backstop = no' goes "
      "without that");
}

static void the_core_is_told_what_the_files_say(void**) {
  Settings s;
  const std::string said =
      parse(std::string(kNode) + "[witness gw]\nucast = 172.16.1.254\n"
            "[ping]\nnodes = 10.0.0.1 10.0.0.2\n[events]\nfence = /f\n", &s);
  assert_string_equal(said.c_str(), "");
  std::vector<hbd::ResourceGroup> groups;
  assert_true(hbd::parse_haresources("h", "hdp4 10.0.0.1 a b\n", &groups).ok());
  const hbd::Config c = hbd::core_config(s, groups);
  assert_string_equal(c.self.c_str(), "hdp3");
  assert_string_equal(c.peer.c_str(), "hdp4");
  assert_string_equal(c.witness.c_str(), "gw");
  assert_string_equal(c.groups[0].preferred.c_str(), "hdp4");
  assert_int_equal(c.groups[0].resource_count, 3);
  assert_int_equal(c.ping_count, 2);
  assert_true(c.has_fence);
  assert_false(c.has_watch || c.has_alone || c.has_paired || c.has_follow);
}

static void with_colocate_all_but_the_first_group_follow(void**) {
  Settings s;
  std::string text = kNode;
  text += "[events]\ngate = /g\n";
  const std::string plain = text;
  text.insert(text.find("[hbd]\n") + 6, "colocate = yes\n");
  std::vector<hbd::ResourceGroup> groups;
  assert_true(hbd::parse_haresources(
      "h", "hdp3 promote\nhdp3 splitfwd 10.0.0.1\n", &groups).ok());
  assert_string_equal(parse(text, &s).c_str(), "");
  const hbd::Config c = hbd::core_config(s, groups);
  assert_true(c.colocate && c.has_gate);
  assert_true(c.groups[0].server && !c.groups[0].follows);
  assert_true(!c.groups[1].server && c.groups[1].follows);
  assert_true(!c.groups[0].address && c.groups[1].address);
  Settings apart;
  assert_string_equal(parse(plain, &apart).c_str(), "");
  assert_false(hbd::core_config(apart, groups).groups[1].follows);
}

static void requests_are_words(void**) {
  hbd::Question q;
  assert_true(hbd::parse_question("status json", &q));
  assert_true(q.ask == hbd::Ask::StatusJson);
  assert_true(hbd::parse_question("force * it  burned down", &q));
  assert_true(q.command.kind == hbd::CommandKind::ForceTakeover);
  assert_string_equal(q.command.group.c_str(), "");
  assert_string_equal(q.command.reason.c_str(), "it burned down");
  assert_true(hbd::parse_question("standby 10.0.0.1", &q));
  assert_true(q.ask == hbd::Ask::Act);
  assert_string_equal(q.command.group.c_str(), "10.0.0.1");
  assert_int_equal(q.command.limit_ms, 0);
  assert_true(hbd::parse_question("standby limit=5000 10.0.0.1", &q));
  assert_int_equal(q.command.limit_ms, 5000);
  assert_string_equal(q.command.group.c_str(), "10.0.0.1");
  assert_true(hbd::parse_question("standby limit=5000", &q));
  assert_string_equal(q.command.group.c_str(), "");
  assert_true(hbd::parse_question("maintenance 60000", &q));
  assert_true(q.command.kind == hbd::CommandKind::Maintenance);
  assert_int_equal(q.command.limit_ms, 60000);
  assert_true(hbd::parse_question("maintenance 0", &q));
  assert_int_equal(q.command.limit_ms, 0);
  const char* bad[] = {"", "status xml", "maintenance", "maintenance on",
                       "maintenance 86400001", "maintenance 1 2", "standby a b", "standby limit=0",
                       "standby limit=x", "standby limit=90000000",
                       "takeover limit=5 a", "standby limit=5 a b", "force *", "groups x",
                       "reboot"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i) {
    assert_false(hbd::parse_question(bad[i], &q));
  }
}

// What a running hbd says to the file with this instead of that.
static std::string reload(const std::string& text, const std::string& was,
                          const std::string& is, const char* groups) {
  hbd::Loaded now, fresh;
  std::string changed = text;
  const size_t at = changed.find(was);
  assert_true(at != std::string::npos);
  changed.replace(at, was.size(), is);
  assert_string_equal(parse(text, &now.settings).c_str(), "");
  assert_string_equal(parse(changed, &fresh.settings).c_str(), "");
  assert_true(hbd::parse_haresources("h", "hdp3 promote\n", &now.groups).ok());
  assert_true(hbd::parse_haresources("h", groups, &fresh.groups).ok());
  return hbd::check_reload(now, fresh).text();
}

static void some_of_it_changes_under_a_running_one_and_the_rest_is_named(
    void**) {
  const std::string text =
      "[hbd]\npair = hdp\nnodes = hdp3 hdp4\nwarntime = 600ms\n"
      "hook_timeout = 10s\nlog = /dev/log\nfacility = daemon\n"
      "[node hdp3]\nucast = 172.16.1.126\n[node hdp4]\nucast = 172.16.1.127\n"
      "[ping]\nnodes = 10.0.0.1, 10.0.0.2\n"
      "[events]\nalone = /a/alone\ndrain = /a/drain\n";
  const char same[] = "hdp3 promote\n";
  const struct {
    const char *was, *is, *error;
  } cases[] = {
      {"[hbd]", "; a word\n[hbd]", ""},
      {"pair = hdp\n", "pair = hdp\nkeepalive = 200ms\n", ""},
      {"600ms", "700ms", ""},
      {"10s", "20s\nstop_timeout = 5s\nstatus_timeout = 1s", ""},
      {"/dev/log", "127.0.0.1", ""},
      {"= daemon", "= local0", ""},
      {"/a/alone", "/b/alone -v", ""},
      {"drain = /a/drain\n", "drain = /b/drain\nnotify = /a/n\n", ""},
      {"drain = /a/drain\n", "", "f: event drain needs a restart"},
      {"drain =", "gate = /a/g\ndrain =", "f: event gate needs a restart"},
      {"10.0.0.1,", "", ""},
      {"10.0.0.1,", "10.0.0.3, ", ""},
      {"pair = hdp\n", "pair = hdp\ndeadtime = 3s\n",
       "f: 'deadtime = 3s' needs a restart"},
      {"pair = hdp\n", "pair = hdp\ntrack_sync = no\n",
       "f: 'track_sync = no' needs a restart"},
      {"172.16.1.127", "172.16.1.128",
       "f: 'ucast = 172.16.1.128:694' needs a restart"},
      {"alone = /a/alone\n", "", "f: event alone needs a restart"},
      {"alone =", "fence = /a/f\nalone =", "f: event fence needs a restart"},
      {"10.0.0.1, 10.0.0.2", "10.0.0.3",
       "f: a change of all ping nodes needs a restart"},
      {"[ping]\nnodes = 10.0.0.1, 10.0.0.2\n", "",
       "f: a change of all ping nodes needs a restart"},
      {"[events]", "[witness gw]\nucast = 172.16.1.254\n[events]",
       "f: '[witness gw]' needs a restart"},
  };
  for (const auto& c : cases) {
    assert_string_equal(reload(text, c.was, c.is, same).c_str(), c.error);
  }
  for (const char* other : {"hdp4 promote\n", "hdp3 promote splitfwd\n",
                            "hdp3 promote::x\n", "hdp3 promote\nhdp3 x\n"}) {
    assert_string_equal(
        reload(text, "600ms", "700ms", other).c_str(),
        "f: /etc/tandem/haresources needs a restart");
  }
}

int main() {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(defaults_are_the_design_s),
      cmocka_unit_test(the_same_file_serves_both_nodes),
      cmocka_unit_test(a_witness_has_many_pairs_and_their_own_times),
      cmocka_unit_test(links_can_be_shared_with_or_without_ucast),
      cmocka_unit_test(the_effective_configuration_is_a_fixpoint),
      cmocka_unit_test(mistakes_name_their_line),
      cmocka_unit_test(the_backstop_rule_can_be_waived),
      cmocka_unit_test(the_backstop_follows_a_long_lease),
      cmocka_unit_test(the_core_is_told_what_the_files_say),
      cmocka_unit_test(with_colocate_all_but_the_first_group_follow),
      cmocka_unit_test(requests_are_words),
      cmocka_unit_test(
          some_of_it_changes_under_a_running_one_and_the_rest_is_named),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
