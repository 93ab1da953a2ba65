// What one node, hdp3, sees of the world, set by hand: for the questions of
// hbd's core that are functions of it.
#ifndef TANDEM_TESTS_UNIT_HBD_SEEN_H
#define TANDEM_TESTS_UNIT_HBD_SEEN_H

extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
}

#include <memory>
#include <string>
#include <vector>

#include "hbd/decide/group.h"
#include "hbd/decide/out.h"
#include "hbd/decide/view.h"

namespace {

using namespace hbd;

const uint64_t kStart = 1000000;

Record record(uint64_t epoch, uint64_t version, const char* owner,
              const char* paired) {
  Record r;
  r.epoch = epoch;
  r.version = version;
  r.owner = owner;
  r.paired = paired;
  r.from = "none";
  return r;
}

// Fit, its server i3 up; the peer hdp4, whose server is i4, and the witness gw
// have said nothing yet.
struct Seen {
  Config config;
  std::unique_ptr<View> view;
  std::vector<Group> groups;
  Hearing peer_end, witness_end;
  Beat peer, witness;  // what they say

  Seen() : peer_end("hdp3", 50, 2000), witness_end("hdp3", 60, 2000) {
    config.pair = "db";
    config.self = "hdp3";
    config.peer = "hdp4";
    config.witness = "gw";
    GroupConfig gc;
    gc.name = "vip";
    gc.preferred = "hdp3";
    gc.resource_count = 2;
    config.groups.push_back(gc);
    GroupBeat gb;
    gb.name = "vip";
    gb.fit = true;
    peer.groups.push_back(gb);
    witness.groups.push_back(gb);
    peer.from = "hdp4";
    peer.up = witness.up = true;
    witness.witness = true;
    witness.from = "gw";
    peer.attrs["instance"] = "i4";
  }
  // After the configuration is what it is to be.
  void open(const Record& r, bool blank = false) {
    view.reset(new View(config, 7, blank, r.epoch, kStart));
    groups.clear();
    groups.push_back(Group(config.groups[0], 0));
    groups[0].record = peer.groups[0].record = witness.groups[0].record = r;
    if (peer.agreement.times.empty()) {
      Config theirs = config;
      std::swap(theirs.self, theirs.peer);
      peer.agreement = own_agreement(theirs);
    }
    server("primary", "i3", "");
  }
  View& v() { return *view; }
  Group& g() { return groups[0]; }
  void server(const char* role, const char* instance, const char* source) {
    tandem::Attrs a;
    if (*role) a["role"] = role;
    if (*instance) a["instance"] = instance;
    if (*source) a["source"] = source;
    view->server.on_line(view->now_ms, true, a);
  }
  void at(uint64_t ms) { view->now_ms = kStart + ms; }
  void hear_peer(bool deaf = false) {
    for (int i = 0; i < 4; ++i) {
      Beat ours, theirs = peer;
      view->peer.hearing()->stamp(view->now_ms, &ours);
      if (!deaf) (void)peer_end.take(view->now_ms, ours);
      peer_end.stamp(view->now_ms, &theirs);
      (void)view->peer.take(view->now_ms, theirs);
    }
  }
  void hear_witness() {
    for (int i = 0; i < 4; ++i) {
      Beat ours, theirs = witness;
      view->witness.stamp(view->now_ms, &ours);
      (void)witness_end.take(view->now_ms, ours);
      witness_end.stamp(view->now_ms, &theirs);
      (void)view->witness.take(view->now_ms, theirs);
    }
  }
  // A ping node answers from then on, until now.
  void ping(uint64_t from_ms) {
    const uint64_t now_ms = view->now_ms;
    for (uint64_t ms = kStart + from_ms; ms <= now_ms; ms += 200) {
      view->pings.on_answer(ms, 0);
    }
  }
  void judge() { view->peer.judge(view->now_ms); }
};

}  // namespace

#endif
