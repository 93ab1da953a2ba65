// The small parts of hbd's core, each alone: what must be agreed on, room in a
// beat, ping nodes, the watcher's lines, the peer as one value.
extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
}

#include <algorithm>
#include <string>
#include <vector>

#include "hbd/decide/beatsize.h"
#include "hbd/decide/config.h"
#include "hbd/decide/peer.h"
#include "hbd/decide/pings.h"
#include "hbd/decide/server.h"

using namespace hbd;

// ---- what must be agreed on ------------------------------------------------

static GroupConfig group(const char* name, const char* scripts, size_t count,
                         bool server) {
  GroupConfig g;
  g.name = name;
  g.scripts = scripts;
  g.resource_count = count;
  g.server = server;
  return g;
}

static Config plain() {
  Config c;
  c.witness = "gw";
  c.groups.push_back(group("a", "vipctl promote", 2, true));
  c.groups.push_back(group("b", "vipctl promote", 2, true));
  return c;
}

static Config pinging(const char* nodes) {
  Config c = plain();
  c.witness.clear();
  c.ping_nodes = nodes;
  c.ping_count = *nodes ? 1 : 0;
  return c;
}

static void assert_differs(const Config& here, const Config& there,
                           const char* part, bool unsafe) {
  const std::vector<Difference> all =
      compare(own_agreement(here), own_agreement(there));
  assert_int_equal(all.size(), 1);
  assert_string_equal(all[0].part.c_str(), part);
  assert_int_equal(all[0].is_unsafe, unsafe);
  assert_int_equal(is_unsafe(all), unsafe);
}

static void each_part_that_differs_is_found_and_judged(void**) {
  const Config here = plain();
  assert_true(compare(own_agreement(here), own_agreement(here)).empty());
  Config there = plain();
  there.lease_ms = 900;
  assert_differs(here, there, "times", false);
  there = plain();
  there.witness = "other";
  assert_differs(here, there, "arbiter", true);
  assert_differs(here, pinging("1.1.1.1"), "arbiter", true);
  assert_differs(pinging("1.1.1.1"), pinging("1.1.1.2"), "arbiter", true);
  assert_differs(pinging(""), pinging("1.1.1.2"), "arbiter", true);
  there = plain();
  there.groups[1].scripts = "vipctl splitfwd";
  assert_differs(here, there, "groups", true);
  there = plain();
  there.groups[1].server = false;
  assert_differs(here, there, "groups", true);
  there = plain();
  there.groups[1].resource_count = 3;
  assert_differs(here, there, "groups", true);
  there = plain();
  there.silent_take = false;
  assert_differs(here, there, "policy", true);
  there = plain();
  there.track_sync = false;
  assert_differs(here, there, "policy", true);
}

static void another_order_is_unsafe_and_another_name_is_not(void**) {
  const Config here = plain();
  Config there = plain();
  std::swap(there.groups[0], there.groups[1]);
  assert_differs(here, there, "order of groups", true);
  there = plain();
  there.groups[1].name = "new";
  assert_differs(here, there, "name of a group", false);
}

static void nothing_is_found_about_what_was_not_told(void**) {
  const Agreement here = own_agreement(plain());
  Agreement there;  // of an older hbd, whose beats name its groups all the same
  there.groups = {"b", "a"};
  assert_true(compare(here, there).empty());
  Times times;
  assert_true(compare(here, Agreement(times)).empty());  // of a witness
  times.keepalive_ms = 100;
  assert_int_equal(compare(here, Agreement(times)).size(), 1);
}

static void agreements_are_equal_when_all_of_them_is(void**) {
  const Agreement a = own_agreement(plain());
  for (std::string Agreement::*part :
       {&Agreement::times, &Agreement::arbiter, &Agreement::shape,
        &Agreement::policy}) {
    Agreement b = a;
    assert_true(a == b);
    b.*part += "x";
    assert_false(a == b);
  }
  Agreement b = a;
  std::swap(b.groups[0], b.groups[1]);
  assert_false(a == b);
}

static void the_deadtime_is_the_second_of_the_times(void**) {
  Times t;
  t.keepalive_ms = 1;
  t.deadtime_ms = 22;
  t.lease_ms = 333;
  assert_int_equal(Agreement(t).deadtime_ms(), 22);
  assert_int_equal(Agreement().deadtime_ms(), 0);
  Agreement strange;
  for (const char* text : {"22", "1/22", "1/22/3/4", "1/x/3", "1/99999999/3"}) {
    strange.times = text;
    assert_int_equal(strange.deadtime_ms(), 0);
  }
}

static void only_its_own_name_is_this_witness(void**) {
  Agreement a;
  a.arbiter = "w:gw";
  assert_true(a.counts_on_witness("gw"));
  assert_false(a.counts_on_witness("gw2"));
  assert_false(a.counts_on_witness("g"));
}

typedef std::vector<std::string> Names;
typedef std::vector<size_t> Index;

static void groups_are_matched_by_name_and_the_rest_by_place(void**) {
  const Names ours = {"a", "b"};
  assert_true(match_names(ours, {"a", "b"}) == Index({0, 1}));
  assert_true(match_names(ours, {"b", "a"}) == Index({1, 0}));
  assert_true(match_names(ours, {"new", "b"}) == Index({0, 1}));
  // The place is taken, by name.
  assert_true(match_names(ours, {"b", "new"}) == Index({1, 2}));
  assert_true(match_names(ours, {"a", "b", "c"}) == Index({0, 1, 2}));
}

// ---- room in a beat --------------------------------------------------------

static std::string some(size_t n, char c) { return std::string(n, c); }

static Record full_record(const Config& c, const GroupConfig& g, size_t pos) {
  Record r;
  r.epoch = r.version = 9999999999;
  r.owner = c.self.size() > c.peer.size() ? c.self : c.peer;
  r.from = "paired";
  if (!c.tracks(g)) return r;
  r.paired = r.owner_instance = some(kInstanceBytesMax, 'i');
  r.back = true;
  r.start_pos = some(pos, 'p');
  return r;
}

// All that a node may come to say; groups claim when they are of this index.
static Beat full_beat(const Config& c, const BeatRoom& room, size_t claimer) {
  Beat b;
  b.pair = c.pair;
  b.from = c.self;
  b.to = c.peer.size() > c.witness.size() ? c.peer : c.witness;
  b.incarnation = b.echo_incarnation = UINT64_MAX;
  b.seq = b.echo_seq = b.epoch = 9999999999;
  b.up = true;
  b.digest = c.digest;
  b.agreement = own_agreement(c);
  b.attrs["role"] = "readonly";
  b.attrs["source"] = "yes";
  b.attrs["instance"] = some(kInstanceBytesMax, 'i');
  for (size_t i = 0; i < c.groups.size(); ++i) {
    GroupBeat g;
    g.name = c.groups[i].name;
    g.giving_way = g.wants = g.held = g.fit = true;
    g.holding = Holding::Release;
    g.record = full_record(c, c.groups[i], room.pos_bytes_max);
    if (i == claimer || !room.one_claim) {
      g.holding = Holding::Claim;
      g.claim.base_epoch = g.claim.base_version = 9999999999;
      g.claim.forced = true;
      g.claim.record = g.record;
      g.claim.record.version = 1;
      g.claim.record.paired.clear();
    }
    b.groups.push_back(g);
  }
  return b;
}

// The length of a name, of the nodes' names, and how many groups have the server.
static Config sized(size_t groups, size_t bytes, size_t variant) {
  Config c;
  c.pair = "db";
  c.self = some(variant & 1 ? 12 : 4, 's');
  c.peer = some(variant & 2 ? 14 : 4, 't');
  c.witness = some(variant & 4 ? 20 : 2, 'w');
  c.digest = "12345678";
  for (size_t i = 0; i < groups; ++i) {
    const std::string name = some(bytes, static_cast<char>('a' + i));
    c.groups.push_back(group(name.c_str(), "x", 1, i < variant / 8));
  }
  return c;
}

static void whatever_a_node_may_say_fits(void**) {
  size_t several_claims = 0, shorter = 0, refused = 0;
  for (size_t n = 1; n <= 4; ++n) {
    for (size_t bytes = 1; bytes <= 120; bytes += 7) {
      for (size_t variant = 0; variant < 24; ++variant) {
        const Config c = sized(n, bytes, variant);
        BeatRoom room;
        if (!find_room(c, &room)) {
          ++refused;
          continue;
        }
        if (!room.one_claim && n > 1) ++several_claims;
        if (room.pos_bytes_max < tandem::kAttrValueBytesMax) ++shorter;
        for (size_t k = 0; k < n; ++k) {
          const Beat b = full_beat(c, room, k);
          assert_in_range(format_beat(b).size(), 0, kBeatTextMax);
        }
      }
    }
  }
  assert_true(several_claims > 0 && shorter > 0 && refused > 0);
}

static Beat long_beat(size_t groups) {
  Beat b;
  b.pair = b.from = b.to = "n";
  for (const char* key : {"role", "source", "instance", "sync", "pos"}) {
    b.attrs[key] = some(20, 'x');
  }
  for (size_t i = 0; i < groups; ++i) {
    GroupBeat g;
    g.name = some(1, static_cast<char>('a' + i)) + some(90, 'g');
    g.record.epoch = 1;
    g.record.owner = "n";
    g.record.from = "none";
    b.groups.push_back(g);
  }
  return b;
}

// As long as it may be when its numbers are.
static size_t stamped_bytes(Beat b) {
  b.incarnation = b.echo_incarnation = UINT64_MAX;
  b.seq = b.echo_seq = 9999999999;
  return format_beat(b).size();
}

static void of_what_hbd_does_not_read_the_longest_goes_first(void**) {
  Beat b = long_beat(4);
  b.attrs["longer"] = some(100, 'x');
  b.attrs["a"] = "1";
  while (stamped_bytes(b) <= kBeatTextMax) b.groups[0].name += "x";
  assert_true(format_beat(b).size() <= kBeatTextMax);  // not yet stamped
  assert_true(trim_beat(&b));
  assert_true(stamped_bytes(b) <= kBeatTextMax);
  assert_int_equal(b.attrs.count("longer"), 0);
  assert_int_equal(b.attrs.count("a"), 1);
}

static void the_position_goes_last_of_what_may_go(void**) {
  Beat b = long_beat(5);
  while (stamped_bytes(b) <= kBeatTextMax) b.groups[0].name += "x";
  Beat more = b;
  assert_true(trim_beat(&b));
  assert_int_equal(b.attrs.count("sync"), 0);
  assert_int_equal(b.attrs.size(), 4);
  more.groups[0].name += some(30, 'x');
  assert_true(trim_beat(&more));
  assert_int_equal(more.attrs.count("pos"), 0);
  assert_int_equal(more.attrs.size(), 3);
}

static void the_last_groups_are_left_out_first(void**) {
  Beat b = long_beat(12);
  assert_false(trim_beat(&b));
  assert_true(b.groups.size() < 12);
  assert_int_equal(b.groups[0].name[0], 'a');
}

// ---- ping nodes ------------------------------------------------------------

static void a_ping_node_counts_for_a_deadtime_after_its_answer(void**) {
  Pings p(2, 2000, 2000);
  assert_int_equal(p.score(100), 0);  // nobody has answered, the clock is young
  p.on_answer(5000, 1);
  assert_int_equal(p.score(7000), 1);
  assert_int_equal(p.score(7001), 0);
  p.on_answer(6000, 0);
  assert_int_equal(p.score(7000), 2);
  assert_int_equal(p.newest_ms(), 6000);
  p.on_answer(6500, 7);  // no such node
  assert_int_equal(p.newest_ms(), 6000);
}

static void a_ping_node_that_stays_has_answered_when_it_has(void**) {
  Pings p(2, 2000, 2000);
  p.on_answer(5000, 1);
  p.renumber({1, 2, 0});  // the second of before, a new one, the first
  assert_int_equal(p.newest_ms(), 5000);
  assert_int_equal(p.score(6000), 1);
  p.on_answer(6000, 2);
  assert_int_equal(p.score(6000), 2);
  p.renumber({0});
  assert_int_equal(p.newest_ms(), 5000);
}

static void the_newest_answer_is_of_any_node(void**) {
  Pings p(2, 2000, 2000);
  assert_int_equal(p.newest_ms(), 0);
  p.on_answer(5000, 1);
  p.on_answer(6000, 0);
  assert_int_equal(p.newest_ms(), 6000);
  p.on_answer(6100, 1);
  assert_int_equal(p.newest_ms(), 6100);
}

static void answers_without_a_gap_for_a_deadtime_settle(void**) {
  Pings p(1, 2000, 1000);
  assert_false(p.is_settled(9000));
  for (uint64_t ms = 5000; ms < 7000; ms += 200) {
    p.on_answer(ms, 0);
    assert_false(p.is_settled(ms));
  }
  assert_true(p.is_settled(7000));
  assert_true(p.is_settled(7800));
  assert_false(p.is_settled(7801));
  p.on_answer(7801, 0);  // after a gap: anew, though it counts in the score
  assert_false(p.is_settled(7801));
  p.on_answer(8801, 0);
  assert_false(p.is_settled(9800));
  assert_true(p.is_settled(9801));
  Pings young(1, 2000, 1000);  // the clock begins with 0
  young.on_answer(500, 0);
  assert_false(young.is_settled(900));
  young.on_answer(1400, 0);
  young.on_answer(2300, 0);
  assert_false(young.is_settled(2499));
  assert_true(young.is_settled(2500));
}

static void behind_is_who_has_had_fewer_for_a_while(void**) {
  Pings p(2, 2000, 2000);
  p.on_answer(5000, 0);
  p.compare(5000, 1);
  assert_false(p.is_behind(5000, 0));
  p.compare(5100, 2);
  p.compare(5600, 2);
  assert_false(p.is_behind(5700, 600));
  assert_true(p.is_behind(5701, 600));
  p.compare(5800, 1);  // as many again
  assert_false(p.is_behind(5800, 600));
  p.compare(5900, 2);
  assert_false(p.is_behind(6400, 600));
}

// ---- the local server ------------------------------------------------------

static tandem::Attrs attrs(const char* role, const char* source) {
  tandem::Attrs a;
  if (*role) a["role"] = role;
  if (*source) a["source"] = source;
  a["instance"] = "i3";
  return a;
}

static void without_a_watcher_a_server_is_up_and_known(void**) {
  Server s(false, 1000);
  assert_true(s.is_up() && s.is_known());
  assert_null(s.judge(1000000));
  assert_true(s.is_up());
  Server watched(true, 1000);
  assert_false(watched.is_up() || watched.is_known());
}

static void a_silent_watcher_means_down(void**) {
  Server s(true, 1000);
  s.on_line(2000, true, attrs("primary", ""));
  s.on_line(3000, true, attrs("primary", ""));
  assert_int_equal(s.next_due_ms(), 3000 + tandem::kWatchSilenceMs + 1);
  assert_null(s.judge(s.next_due_ms() - 1));
  assert_string_equal(s.judge(s.next_due_ms()), "watcher is silent");
  assert_false(s.is_up());
  assert_true(s.is_known());
  assert_null(s.judge(100000));
}

static void a_new_watcher_has_a_moment_to_speak(void**) {
  Server s(true, 1000);
  s.on_line(2000, true, attrs("primary", ""));
  s.on_watcher_end(2100);
  s.on_watcher_end(2300);  // the next one dies as well: no longer for that
  assert_true(s.is_up());
  assert_int_equal(s.next_due_ms(), 2100 + kWatchAgainMs);
  assert_null(s.judge(2100 + kWatchAgainMs - 1));
  assert_string_equal(s.judge(2100 + kWatchAgainMs), "watcher ended");
  assert_false(s.is_up());
  s.on_line(3000, true, attrs("primary", ""));
  assert_int_equal(s.next_due_ms(), 3000 + tandem::kWatchSilenceMs + 1);
}

static void what_only_the_watcher_knows_goes_with_its_line(void**) {
  Server s(true, 1000);
  s.on_line(2000, true, attrs("primary", ""));
  s.publish("pos", "0-1-1");
  s.publish("bad key", "x");
  s.publish("long", std::string(129, 'x'));
  s.on_line(3000, false, tandem::Attrs());
  assert_string_equal(s.attr("role").c_str(), "");
  assert_string_equal(s.attr("instance").c_str(), "");
  assert_string_equal(s.attr("pos").c_str(), "0-1-1");
  assert_int_equal(s.attrs().size(), 1);
}

static void changes_of_a_server_are_dated(void**) {
  Server s(true, 1000);
  s.on_line(2000, true, attrs("replica", "yes"));
  s.on_line(3000, true, attrs("replica", "no"));
  s.on_line(4000, true, attrs("readonly", "no"));
  s.on_line(5000, true, attrs("readonly", "no"));
  assert_int_equal(s.up_since_ms(), 2000);
  assert_int_equal(s.source_since_ms(), 3000);
  assert_int_equal(s.role_since_ms(), 4000);
  assert_int_equal(s.line_ms(), 5000);
  s.on_line(6000, false, tandem::Attrs());
  assert_int_equal(s.up_since_ms(), 2000);
  assert_true(s.on_line(7000, true, attrs("primary", "")).up_changed);
  assert_int_equal(s.up_since_ms(), 7000);
  assert_false(s.on_line(7100, true, attrs("primary", "")).up_changed);
}

static void an_instance_that_is_too_long_is_none(void**) {
  Server s(true, 1000);
  tandem::Attrs a = attrs("primary", "");
  a["instance"] = std::string(kInstanceBytesMax, 'i');
  assert_false(s.on_line(2000, true, a).instance_refused);
  assert_int_equal(s.attr("instance").size(), kInstanceBytesMax);
  a["instance"] = std::string(kInstanceBytesMax - 1, 'i') + " ";  // escaped: 42
  assert_true(s.on_line(3000, true, a).instance_refused);
  assert_string_equal(s.attr("instance").c_str(), "");
  assert_false(s.on_line(4000, true, a).instance_refused);  // said already
}

// ---- the peer --------------------------------------------------------------

namespace {

const uint64_t kT = 100000;

struct Pair {
  Config config;
  uint64_t now = kT;
  uint64_t life = 50;
  Peer peer;
  Hearing end;  // the peer's
  Beat says;
  Pair() : Pair(Config()) {}
  explicit Pair(const Config& c)
      : config(c), peer(c, 7, kT), end("self", 50, 2000) {
    says.agreement = Agreement(c);
    says.digest = "d";
  }
  // It hears a beat of ours, unless deaf, and says one.
  Peer::News talk(bool deaf = false) {
    Beat ours;
    peer.hearing()->stamp(now, &ours);
    if (!deaf) (void)end.take(now, ours);
    Beat b = says;
    end.stamp(now, &b);
    return peer.take(now, b);
  }
  void meet() {
    while (!talk().counts) now += 1;
    talk();
  }
  void restart() { end = Hearing("self", ++life, 2000); }
  void pass(uint64_t ms, bool deaf) {
    for (const uint64_t until = now + ms; now < until; now += 100) {
      talk(deaf);
      peer.judge(now);
    }
  }
};

}  // namespace

static void a_peer_is_unheard_until_its_first_beat_that_counts(void**) {
  Pair p;
  assert_true(p.peer.is_unheard());
  assert_false(p.talk().counts);
  assert_true(p.peer.is_unheard());
  assert_false(p.peer.judge(kT + 100000).silent);
  assert_false(p.peer.answers_within(kT, UINT64_MAX));
  Peer young(Config(), 7, 5);
  assert_false(young.heard_within(5, 2000));
  assert_false(young.differs());
  p.meet();
  assert_true(p.peer.is_there());
}

static void late_is_said_once_and_silent_after_deadtime(void**) {
  Pair p;
  p.meet();
  const uint64_t last = p.now;
  assert_int_equal(p.peer.next_due_ms(), last + 601);
  assert_false(p.peer.judge(last + 600).late);
  assert_true(p.peer.judge(last + 601).late);
  assert_true(p.peer.state() == PeerState::Late);
  assert_false(p.peer.judge(last + 700).late);
  // Also when that time has passed, and nobody has judged.
  assert_int_equal(p.peer.next_due_ms(), last + 2001);
  assert_false(p.peer.judge(last + 2000).silent);
  assert_true(p.peer.judge(last + 2001).silent);
  assert_int_equal(p.peer.next_due_ms(), UINT64_MAX);
  assert_false(p.peer.judge(last + 3000).silent);  // said already
  p.now = last + 3000;
  assert_true(p.talk().heard_again);
  assert_true(p.peer.state() == PeerState::Here);
  p.now += 100;
  assert_false(p.talk().heard_again);
}

static void a_deaf_peer_is_silent_and_stays_so_until_it_hears(void**) {
  Pair p;
  p.meet();
  p.pass(2500, true);
  assert_true(p.peer.is_silent());
  assert_true(p.peer.heard_within(p.now, 200));
  assert_false(p.peer.answers_within(p.now, 2000));
  assert_false(p.talk(true).heard_again);
  p.now += 100;
  assert_true(p.talk().heard_again);
  assert_false(p.peer.is_silent());
}

static void who_left_is_not_judged_and_keeps_its_date(void**) {
  Pair p;
  p.meet();
  p.says.leaving = true;
  p.now += 1000;
  p.talk();
  const uint64_t left = p.now;
  p.now += 500;
  p.talk();
  assert_true(p.peer.has_left());
  assert_int_equal(p.peer.left_since_ms(), left);
  assert_false(p.peer.judge(p.now + 100000).silent);
  assert_true(p.peer.has_left());
  assert_int_equal(p.peer.next_due_ms(), UINT64_MAX);
}

static void another_start_of_the_peer_is_noticed_once(void**) {
  Pair p;
  p.meet();
  p.restart();
  Peer::News news;
  for (int i = 0; i < 10 && !news.counts; ++i, ++p.now) news = p.talk();
  assert_true(news.restarted);
  p.now += 1;
  assert_false(p.talk().restarted);
}

// A new disk, and its clock was set back.
static void a_lower_life_is_heard_only_after_a_deadtime(void**) {
  Pair p;
  p.meet();
  const uint64_t last = p.now;
  p.end = Hearing("self", 40, 2000);
  while (p.now < last + 3000 && !p.talk().counts) p.now += 50;
  assert_in_range(p.now - last, 2000, 2200);
}

static void haresources_that_differ_are_told_at_each_change(void**) {
  Config c;
  c.digest = "mine";
  Pair p(c);
  Peer::News first;
  while (!first.counts) first = p.talk(), p.now += 1;
  assert_true(first.differs && p.peer.differs() && !p.peer.agrees());
  assert_false(p.talk().differs);
  p.says.digest = "mine";
  p.now += 1;
  assert_false(p.talk().differs);
  assert_true(!p.peer.differs() && p.peer.agrees());
}

static void what_is_agreed_on_is_news_first_and_when_it_changes(void**) {
  Pair p;
  p.peer.restore(p.says.agreement);
  Peer::News first;
  while (!first.counts) first = p.talk(), p.now += 1;
  assert_true(first.told);
  assert_false(p.talk().told);
  p.says.agreement.arbiter = "none";
  p.now += 1;
  assert_true(p.talk().told);
  assert_string_equal(p.peer.told().arbiter.c_str(), "none");
}

static Agreement with_deadtime(uint64_t ms) {
  Times t;
  t.deadtime_ms = ms;
  return Agreement(t);
}

static void the_longest_deadtime_of_all_three_counts(void**) {
  Pair p;
  assert_int_equal(p.peer.deadtime_ms(), 2000);
  p.peer.restore(with_deadtime(3000));
  assert_int_equal(p.peer.deadtime_ms(), 3000);
  p.peer.mind(with_deadtime(4000));
  assert_int_equal(p.peer.deadtime_ms(), 4000);
  p.peer.restore(with_deadtime(1000));
  p.peer.mind(with_deadtime(1000));
  assert_int_equal(p.peer.deadtime_ms(), 2000);
  p.says.agreement = with_deadtime(1000);
  p.peer.mind(with_deadtime(4000));
  p.meet();
  assert_false(p.peer.judge(p.now + 3999).silent);
  assert_true(p.peer.judge(p.now + 4001).silent);
}

static void changes_of_the_peers_server_are_dated(void**) {
  Pair p;
  p.says.attrs["role"] = "replica";
  p.says.attrs["source"] = "yes";
  p.meet();
  const uint64_t met = p.peer.replica_since_ms();
  p.pass(500, false);
  assert_int_equal(p.peer.replica_since_ms(), met);
  p.says.attrs["source"] = "no";
  const uint64_t lost = p.now;
  p.pass(500, false);
  assert_int_equal(p.peer.replica_since_ms(), lost);
  p.says.attrs["role"] = "readonly";
  const uint64_t role = p.now;
  p.pass(500, false);
  assert_int_equal(p.peer.replica_since_ms(), role);
  p.says.attrs["sync"] = "no";
  const uint64_t sync = p.now;
  p.pass(500, false);
  assert_int_equal(p.peer.replica_since_ms(), sync);
}

int main() {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_part_that_differs_is_found_and_judged),
      cmocka_unit_test(another_order_is_unsafe_and_another_name_is_not),
      cmocka_unit_test(nothing_is_found_about_what_was_not_told),
      cmocka_unit_test(agreements_are_equal_when_all_of_them_is),
      cmocka_unit_test(the_deadtime_is_the_second_of_the_times),
      cmocka_unit_test(only_its_own_name_is_this_witness),
      cmocka_unit_test(groups_are_matched_by_name_and_the_rest_by_place),
      cmocka_unit_test(whatever_a_node_may_say_fits),
      cmocka_unit_test(of_what_hbd_does_not_read_the_longest_goes_first),
      cmocka_unit_test(the_position_goes_last_of_what_may_go),
      cmocka_unit_test(the_last_groups_are_left_out_first),
      cmocka_unit_test(a_ping_node_counts_for_a_deadtime_after_its_answer),
      cmocka_unit_test(a_ping_node_that_stays_has_answered_when_it_has),
      cmocka_unit_test(the_newest_answer_is_of_any_node),
      cmocka_unit_test(answers_without_a_gap_for_a_deadtime_settle),
      cmocka_unit_test(behind_is_who_has_had_fewer_for_a_while),
      cmocka_unit_test(without_a_watcher_a_server_is_up_and_known),
      cmocka_unit_test(a_silent_watcher_means_down),
      cmocka_unit_test(a_new_watcher_has_a_moment_to_speak),
      cmocka_unit_test(what_only_the_watcher_knows_goes_with_its_line),
      cmocka_unit_test(changes_of_a_server_are_dated),
      cmocka_unit_test(an_instance_that_is_too_long_is_none),
      cmocka_unit_test(a_peer_is_unheard_until_its_first_beat_that_counts),
      cmocka_unit_test(late_is_said_once_and_silent_after_deadtime),
      cmocka_unit_test(a_deaf_peer_is_silent_and_stays_so_until_it_hears),
      cmocka_unit_test(who_left_is_not_judged_and_keeps_its_date),
      cmocka_unit_test(another_start_of_the_peer_is_noticed_once),
      cmocka_unit_test(a_lower_life_is_heard_only_after_a_deadtime),
      cmocka_unit_test(haresources_that_differ_are_told_at_each_change),
      cmocka_unit_test(what_is_agreed_on_is_news_first_and_when_it_changes),
      cmocka_unit_test(the_longest_deadtime_of_all_three_counts),
      cmocka_unit_test(changes_of_the_peers_server_are_dated),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
