// A world of two hosts, a witness and a client, in simulated milliseconds:
// what surrounds hbd's core on real machines, made of one seed. Each host
// runs an hbd process around the real Cluster, the real core of vipctl's
// keeper, a kernel that expires addresses, a modelled server with its log of
// commits, and hooks that take time. Same seed, same world.
#ifndef TANDEM_TESTS_SIM_WORLD_H
#define TANDEM_TESTS_SIM_WORLD_H

#include <stdint.h>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "tests/sim/attacker.h"
#include "tests/sim/audit.h"
#include "tests/sim/setup.h"
#include "tests/sim/watchdog.h"
#include "vipctl/keeper_core.h"

namespace sim {

const int kNobody = -1;
const Ms kEver = UINT64_MAX;

// The standard specifies the raw output of mt19937_64 and nothing above it,
// so the mapping to ranges is ours.
class Rng {
 public:
  explicit Rng(uint64_t seed) : engine_(seed) {}
  uint64_t below(uint64_t n) { return n == 0 ? 0 : engine_() % n; }
  uint64_t range(uint64_t a, uint64_t b) { return a + below(b - a + 1); }
  bool chance(unsigned percent) { return below(100) < percent; }

 private:
  std::mt19937_64 engine_;
};

// One direction of the heartbeat network between two hosts.
struct Link {
  bool cut;
  unsigned loss, dup;  // percent
  Ms delay_min, delay_max;
  Link() : cut(false), loss(0), dup(0), delay_min(0), delay_max(1) {}
};

// A process around a pure core, as hbd/node.cc is.
struct Proc {
  bool running, frozen;
  Ms busy_until;   // in fsync until then; 0 = no
  unsigned life;   // which run of the program; old events are for old lives
  uint64_t incarnation;
  hbd::Config config;         // of a node, and its groups, as it was started
  std::vector<Shape> shapes;
  std::unique_ptr<hbd::Cluster> cluster;
  std::unique_ptr<hbd::Witness> witness;
  std::deque<std::function<void(Ms)>> inbox;
  size_t datagrams;
  std::deque<hbd::Action> actions;
  bool has_disk, has_before;
  hbd::State disk, before, writing;
  Ms fsync_min, fsync_max;
  Ms wake_at;
  unsigned stalls;
  Ms said_alone_ms;
  Proc() : running(false), frozen(false), busy_until(0), life(0),
           incarnation(0), datagrams(0), has_disk(false), has_before(false),
           fsync_min(1), fsync_max(4),
           wake_at(0), stalls(0), said_alone_ms(0) {}
};

// A lifeline, with what hbd's end has seen of its reader (see
// hbd/hook/lifeline.cc).
struct Pipe {
  std::deque<std::string> lines;
  bool writer_open, reader_open;
  bool exited, kept;
  size_t unread_limit;
  Ms drained_ms, until_ms;
  bool hold;
  uint32_t hook_id, ends_with;
  size_t resource;
  Pipe() : writer_open(true), reader_open(true), exited(false), kept(false),
           unread_limit(0), drained_ms(0), until_ms(0), hold(false), hook_id(0),
           ends_with(0), resource(0) {}
};
typedef std::shared_ptr<Pipe> PipeRef;

struct Keeper {
  std::unique_ptr<vipctl::KeeperCore> core;  // null: no such process
  bool frozen;
  PipeRef pipe;
  unsigned life;  // changes with each keeper of the host
  Keeper() : frozen(false), life(0) {}
};

struct Waiter {
  size_t index;  // in the log
  uint32_t id;
};

struct Server {
  enum State { Down, Starting, Up, Hung };
  State state;
  unsigned life;
  uint64_t instance;
  bool read_only, semi;
  int source;             // host it replicates from
  bool io_stopped, io;    // by hand; connected
  bool refused;           // its position is not in the source's log
  Ms io_seen, io_retry;
  uint64_t source_instance;
  size_t acked;           // received and told to the source
  std::vector<uint32_t> log, relay;
  std::deque<Waiter> waiting;
  size_t settled;         // commits that no restart may drop
  Ms tail_ms;             // refused for its own tail since; 0 = no
  bool tail_refused;      // its last rejoin found it ahead of the owner
  Ms hung_at;
  Server() : state(Down), life(0), instance(0), read_only(true), semi(false),
             source(kNobody), io_stopped(false), io(false), refused(false),
             io_seen(0), io_retry(0), source_instance(0), acked(0),
             settled(0), tail_ms(0), tail_refused(false), hung_at(0) {}
  size_t received() const { return log.size() + relay.size(); }
};

struct Hook {
  unsigned id;
  unsigned life;          // of the hbd that runs it
  hbd::HookRun run;
  int pc;
  Ms begun, deadline;     // deadline of the present wait
  size_t target;
  bool ok;
  int code;               // of a status; -1: it had none
  tandem::Attrs attrs;
  PipeRef pipe;
};

struct Watcher {
  bool alive;
  Ms said_ms;
  std::string said;
  Watcher() : alive(false), said_ms(0) {}
};

// The address of one group on one host, and who keeps it there.
struct Vip {
  bool address;           // present
  Ms address_expires;     // kEver = permanent
  unsigned address_life;
  Keeper keeper;
  std::vector<Keeper> strays;  // keepers that no start or stop has ended
  unsigned address_lost;       // how often the address went
  std::vector<PipeRef> pipes;  // write ends held by hbd
  Vip() : address(false), address_expires(0), address_life(0),
          address_lost(0) {}
};

// Of one host's fence event.
enum class FenceDoes { Work, Fail, Hang };

struct Host {
  size_t index;
  std::string name;
  bool alive, frozen;
  Ms thawed_ms;           // when a pause of it ended last
  Ms clock_offset;
  int drift_ppm;
  std::unique_ptr<Setup> own;  // null: that of the world
  Proc proc;
  Vip vips[kGroups];          // by the id of the group
  bool daemons[kGroups];      // the same: runs
  Server server;
  Watcher watcher;
  std::vector<Hook> hooks;
  // faults
  unsigned hook_fail, hook_hang, hook_slow;  // percent; factor
  int fail_next;          // starts of the server that fail
  Ms promote_delay;       // added to the next promote start, mid-way
  Ms apply_lag;
  FenceDoes fence;
  Ms boot_extra;          // of mysqld: recovery takes so much longer
  bool mute;              // its watcher says no role and no instance
  bool stopping;          // its hbd was told to stop
  bool serving;           // address and writable, at the last check
  Host() : index(0), alive(false), frozen(false), thawed_ms(0),
           clock_offset(0), drift_ppm(0), hook_fail(0), hook_hang(0),
           hook_slow(1), fail_next(0), promote_delay(0), apply_lag(0),
           fence(FenceDoes::Work), boot_extra(0), mute(false),
           stopping(false), serving(false) {
    for (bool& runs : daemons) runs = false;
  }
};

// What this world promises; the checks follow it.
struct Promise {
  bool one_address;   // never two hosts with the address
  bool no_loss;       // no acknowledged commit missing on a later owner
  bool comes_back;    // one owner within a bound after healing
  Promise() : one_address(true), no_loss(true), comes_back(true) {}
};

// Which worlds a seed means. Old: one group, no failback. Mixed: as those of
// -n. Wide: as those of -W, and of the walks that the running program failed:
// incarnations grow, and more is asserted (audit, watchdog).
enum class Kind { Old, Mixed, Wide };

class World {
 public:
  World(uint64_t seed, int verbose, Kind kind = Kind::Old);

  Setup setup;
  Promise promise;
  Rng rng;
  Ms now;
  Host hosts[3];
  Link links[3][3];        // heartbeats, from, to
  bool sql_cut[2][2];      // the servers' network; [a][b] from a to b
  bool ping_cut[2];
  std::vector<bool> ping_dead;      // of each ping node, for both
  std::vector<bool> ping_lost[2];   // the way to it, for one
  bool fence_works;
  bool client_on;
  // history
  std::vector<uint32_t> acked;
  std::vector<bool> is_acked;
  uint32_t next_commit;
  Ms last_ack_ms;
  bool disk_was_lost, disk_lied, conflict_allowed;
  std::string failure;     // first broken promise
  std::vector<std::string> known_failures;  // words of those that pass
  std::string excused;     // why it need not have come back
  std::vector<std::string> tags;  // the fault list, for the report
  const Kind kind;
  Audit audit;
  Watchdog watchdog;
  Attacker attacker;
  unsigned fences;         // fence events run

  bool failed() const { return !failure.empty(); }
  void fail(const std::string& what);
  void say(const char* fmt, ...) TANDEM_PRINTF(2, 3);
  std::deque<std::string> transcript;

  // The queue of events.
  void at(Ms delay, std::function<void()> f);
  void run_for(Ms ms);
  // Runs until f() or ms have passed; true when f().
  bool run_until(Ms ms, const std::function<bool()>& f);

  // proc.cc: hbd and the witness
  Ms clock(const Host& h) const;
  Ms when(const Host& h, Ms due) const;
  void start_hbd(size_t host);
  void kill_hbd(size_t host);
  void freeze_hbd(size_t host, bool frozen);
  void deliver(size_t host, const std::function<void(Ms)>& f);
  void command(size_t host, hbd::CommandKind what,
               const std::string& group = std::string(), Ms limit = 0);
  void stop_hbd(size_t host);
  void write_lifelines(Host& h, size_t group, Ms until_ms, bool hold);
  void drop_lifelines(Host& h, size_t group);
  void feed_pipe(Host& h, size_t group, Pipe* p);
  bool runs(const Host& h) const;
  void arrive(size_t to, const hbd::Beat& b);
  size_t pings_answer(size_t host) const;    // how many
  bool all_pings_answer(size_t host) const;

  // names.cc: setups, groups by id, by name and by place
  std::vector<Shape> shapes;                 // of the world's setup
  size_t door;                               // group of the clients' address
  const Setup& setup_of(const Host& h) const;
  const Shape& shape(size_t id) const;       // of the world's setup
  size_t id_of(const std::string& group) const;  // kGroups: no such
  size_t local_of(const Host& h, size_t id) const;
  std::string name_at(size_t host, size_t id) const;
  const hbd::GroupBeat* group_of(const hbd::Beat& b, size_t id) const;
  hbd::Record witness_record(size_t id) const;
  const hbd::GroupState* on_disk(const Host& h, size_t id) const;
  std::string instance_of(const Host& h) const;  // of its server
  Part part_of(const hbd::HookRun& run) const;   // run.group is an id

  // vip.cc: the address and its keeper
  void set_address(Host& h, size_t group, uint32_t lifetime_s);
  void remove_address(Host& h, size_t group, const char* why);
  void start_keeper(Host& h, size_t group, const PipeRef& pipe,
                    const vipctl::Lifeline& lifeline);
  void kill_keeper(Host& h, size_t group);
  void keeper_turn(Host& h, size_t group);
  void keeper_turns(Host& h);
  bool step_keeper(Host& h, size_t group, Keeper* k);  // false: it has ended
  void freeze_keeper(size_t host, bool frozen);
  void thaw_strays(size_t host);

  // server.cc
  void boot_server(size_t host, Ms delay);
  void crash_server(size_t host, Ms restart_after);
  void hang_server(size_t host, bool hung);
  bool sql(size_t a, size_t b) const;    // both ways, both hosts alive
  bool answers(const Host& h) const;     // its server does
  bool reached(const Host& h) const;     // by clients, its server
  Host* primary_seen_from(size_t host);
  void commit(Host& h);
  void release_waiters(Host& h, size_t upto, bool acknowledged);
  std::string position(const Host& h) const;
  void replicate(Host& h);
  void watch(Host& h);
  void lose_watcher(size_t host, Ms ms);  // dead for so long

  // hook.cc
  void run_hook(Host& h, const hbd::HookRun& run);
  void end_hook(Host& h, unsigned id, bool ok);
  void kill_hook(Host& h, uint32_t run_id);
  void begin_hook(Host& h, Hook* k);

  // host.cc
  void boot(size_t host);
  void crash(size_t host, bool lost_fsync, bool lost_disk);
  void forget_destroyed(const Host& other);
  void freeze_host(size_t host, bool frozen);
  void cut(size_t a, size_t b, bool on);          // heartbeat and sql
  void cut_beats(size_t from, size_t to, bool on);
  void cut_sql(bool on);
  void isolate(size_t host, bool on);
  void tell(int verbose) { verbose_ = verbose; }
  void power_up();          // the pair and its witness, from nothing
  bool start_healthy();     // runs until A owns and B is paired
  void heal();              // everything is repaired and started
  void supervise();
  bool healthy() const;
  bool runs_all(const Host& h) const;  // what it owns
  std::string excuse() const;
  int owner() const;        // host with the address and a writable server
  bool others_served() const;  // each group but the first, by one host
  bool is_served(size_t id) const;

  // check.cc
  void check();
  void check_persist(const Host& h, const hbd::State& s);
  void check_beat(const Host& h, const hbd::Beat& b);
  void check_hook(const Host& h, const hbd::HookRun& run);
  void check_event(const Host& h, const std::string& event);
  void check_exit(const Host& h);
  void check_log(const Host& h);
  void check_ack(const Host& h, const Waiter& w);
  bool has_commit(const Server& s, const Waiter& w) const;
  bool is_barred(const Host& h) const;

 private:
  struct Event {
    Ms at;
    uint64_t seq;
    std::function<void()> run;
    bool operator<(const Event& o) const {
      return at != o.at ? at > o.at : seq > o.seq;
    }
  };
  void turn(Host& h);
  bool perform(Host& h);
  void perform_one(Host& h, const hbd::Action& a);
  void begin_fsync(Host& h, const hbd::State& state);
  bool collect(Host& h, Ms t);
  void schedule_wake(Host& h);
  void start_core(Host& h);
  void post(Host& h, const hbd::Beat& b);
  Ms step_hook(Host& h, Hook* k);
  Ms step_vip(Host& h, Hook* k);
  Ms step_promote(Host& h, Hook* k);
  Ms step_demote(Host& h, Hook* k);
  Ms step_daemon(Host& h, Hook* k);
  Ms step_status(Host& h, Hook* k);
  void end_status(Host& h, const Hook& over);
  Ms step_event(Host& h, Hook* k);
  Ms step_fence(Host& h, Hook* k);
  Ms step_paired(Host& h, Hook* k);
  Ms step_rebuild(Host& h, Hook* k);
  Ms step_follow(Host& h, Hook* k);
  void next_step(Host& h, unsigned id, Ms delay);
  void enforce(Host& h, unsigned id);
  Hook* find_hook(Host& h, unsigned id);
  bool is_of_server(const Hook& k) const;
  void end_orphans(Host& h);
  void tick_client();
  void tick_servers(size_t host);
  void tick_ping(size_t host);

  int verbose_;
  std::vector<Event> queue_;  // a heap
  uint64_t next_seq_;
  unsigned next_hook_;
  uint64_t next_instance_;
  uint32_t next_command_;
  std::map<std::string, size_t> ids_;  // of every name a group ever had
  // What each (epoch, version) of a group was.
  std::map<std::pair<size_t, std::pair<uint64_t, uint64_t>>, hbd::Record>
      known_;
};

// faults.cc: one seeded scenario. False: failed, see world->failure.
bool run_scenario(World* w);
// Healed now, the pair must come back within the bound.
bool comes_back(World* w, Ms bound);

}  // namespace sim

#endif
