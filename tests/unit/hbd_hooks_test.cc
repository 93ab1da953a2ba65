// What hbd runs and what it will not run; the world of a hook; lifelines; and
// that nothing passes a state that was not written. Real processes and files
// under a directory of its own. As root also: files of somebody else.
extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
}

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "hbd/files.h"
#include "hbd/hook/environment.h"
#include "hbd/hook/files.h"
#include "hbd/hook/hooks.h"
#include "hbd/hook/lifeline.h"
#include "hbd/hook/notifier.h"
#include "hbd/queue.h"
#include "lib/clock.h"
#include "lib/file.h"
#include "lib/text.h"

using hbd::HookKind;
using hbd::HookRun;

static std::string g_dir;

static std::string path_of(const std::string& name) {
  return g_dir + "/" + name;
}

// The mode is set, whatever the umask is.
static std::string script(const std::string& name, const std::string& body,
                          mode_t mode = 0755) {
  const std::string path = path_of(name);
  unlink(path.c_str());
  assert_true(tandem::replace_file(path, "#!/bin/sh\n" + body, 0600).ok());
  assert_int_equal(chmod(path.c_str(), mode), 0);
  return path;
}

static hbd::HookSettings settings() {
  hbd::HookSettings s;
  s.self = "hdp3";
  s.peer = "hdp4";
  s.lease_ms = 1000;
  s.resource_d = g_dir;
  return s;
}

static std::vector<hbd::ResourceGroup> groups_of(const char* text) {
  std::vector<hbd::ResourceGroup> groups;
  assert_true(hbd::parse_haresources("f", text, &groups).ok());
  return groups;
}

static HookRun start_run(uint32_t id) {
  HookRun run;
  run.id = id;
  run.epoch = 7;
  run.reason = "because";
  run.grant = "witness";
  run.sync = "alone";
  return run;
}

// ---- which program --------------------------------------------------------

static void a_program_of_root_s_is_run(void**) {
  assert_true(hbd::check_program(script("good", "")).ok());
  assert_int_equal(symlink("good", path_of("link").c_str()), 0);
  assert_true(hbd::check_program(path_of("link")).ok());
  assert_true(hbd::check_program("/bin/sh").ok());
}

static void what_others_could_have_written_is_refused(void**) {
  const std::string dir = path_of("sub");
  assert_int_equal(mkdir(dir.c_str(), 0755), 0);
  const std::string inside = script("sub/x", "");
  assert_true(hbd::check_program(inside).ok());
  assert_int_equal(chmod(inside.c_str(), 0757), 0);
  assert_int_equal(hbd::check_program(inside).code(),
                   tandem::kExitPermission);
  assert_int_equal(chmod(inside.c_str(), 0755), 0);
  assert_int_equal(chmod(dir.c_str(), 0777), 0);
  const tandem::Error e = hbd::check_program(inside);
  assert_int_equal(e.code(), tandem::kExitPermission);
  assert_string_equal(
      e.c_str(), (dir + ": can be written by others than root, refused").c_str());
  // A directory above, and the target's directory behind a link.
  assert_int_equal(mkdir((dir + "/deep").c_str(), 0755), 0);
  assert_int_equal(hbd::check_program(script("sub/deep/y", "")).code(),
                   tandem::kExitPermission);
  assert_int_equal(symlink(inside.c_str(), path_of("outside").c_str()), 0);
  assert_int_equal(hbd::check_program(path_of("outside")).code(),
                   tandem::kExitPermission);
  assert_int_equal(chmod(dir.c_str(), 01777), 0);  // sticky, as /tmp
  assert_true(hbd::check_program(inside).ok());
}

static void what_belongs_to_somebody_else_is_refused(void**) {
  if (geteuid() != 0) skip();
  const std::string dir = path_of("theirs");
  assert_int_equal(mkdir(dir.c_str(), 0755), 0);
  const std::string path = script("theirs/x", "");
  assert_int_equal(chown(path.c_str(), 65534, 0), 0);
  assert_int_equal(hbd::check_program(path).code(), tandem::kExitPermission);
  assert_int_equal(chown(path.c_str(), 0, 65534), 0);
  assert_true(hbd::check_program(path).ok());  // a group that may not write
  assert_int_equal(chmod(path.c_str(), 0775), 0);
  assert_int_equal(hbd::check_program(path).code(), tandem::kExitPermission);
  assert_int_equal(chmod(path.c_str(), 0755), 0);
  assert_int_equal(chown(dir.c_str(), 65534, 0), 0);
  assert_int_equal(hbd::check_program(path).code(), tandem::kExitPermission);
}

static void what_is_no_program_is_missing(void**) {
  assert_int_equal(hbd::check_program(path_of("nowhere")).code(),
                   tandem::kExitMissing);
  assert_int_equal(hbd::check_program(g_dir).code(), tandem::kExitMissing);
  assert_int_equal(hbd::check_program(script("data", "", 0644)).code(),
                   tandem::kExitMissing);
}

static void the_first_directory_that_has_it_decides(void**) {
  const std::string a = path_of("a"), b = path_of("b");
  assert_int_equal(mkdir(a.c_str(), 0755), 0);
  assert_int_equal(mkdir(b.c_str(), 0755), 0);
  std::vector<std::string> both;
  both.push_back(a);
  both.push_back(b);
  script("b/only", "");
  script("a/twice", "", 0666);
  script("b/twice", "");
  std::string path;
  assert_true(hbd::find_hook(both, "only", &path).ok());
  assert_string_equal(path.c_str(), (b + "/only").c_str());
  // Unsafe in the first is not passed over for the second.
  assert_int_equal(hbd::find_hook(both, "twice", &path).code(),
                   tandem::kExitPermission);
  assert_int_equal(hbd::find_hook(both, "none", &path).code(),
                   tandem::kExitMissing);
}

static void at_start_a_bad_program_is_a_mistake_of_its_line(void**) {
  const std::vector<hbd::ResourceGroup> groups =
      groups_of("# one\nhdp3 fine open\n");
  script("fine", "");
  script("open", "");
  hbd::Settings s;
  s.hooks = settings();
  s.path = "/i";
  s.haresources = "/h";
  s.hooks.events["fence"] = std::vector<std::string>(1, path_of("nowhere"));
  s.event_lines["fence"] = 7;
  s.watch.push_back(path_of("nowhere"));
  s.watch_line = 9;
  tandem::Error e = hbd::check_programs(s, groups);
  assert_int_equal(e.code(), tandem::kExitConfig);
  assert_true(tandem::starts_with(
      e.text(), ("/i:7: event fence: " + g_dir).c_str()));
  s.hooks.events.clear();
  e = hbd::check_programs(s, groups);
  assert_int_equal(e.code(), tandem::kExitConfig);
  assert_true(tandem::starts_with(e.text(),
                                  ("/i:9: watcher: " + g_dir).c_str()));
  s.watch.clear();
  assert_true(hbd::check_programs(s, groups).ok());
  assert_int_equal(chmod(path_of("open").c_str(), 0757), 0);
  e = hbd::check_programs(s, groups);
  assert_int_equal(e.code(), tandem::kExitConfig);
  assert_true(tandem::starts_with(e.text(), "/h:2: hook open start: "));
  assert_int_equal(unlink(path_of("open").c_str()), 0);
  e = hbd::check_programs(s, groups);
  assert_int_equal(e.code(), tandem::kExitConfig);
  assert_true(tandem::starts_with(e.text(), "/h:2: hook open start: open: no "
                                  "such hook in "));
}

// ---- its arguments and environment -----------------------------------------

static void arguments_come_before_the_verb(void**) {
  const std::vector<hbd::ResourceGroup> groups =
      groups_of("hdp3 args::one::t*wo plain\n");
  script("args", "");
  script("plain", "");
  hbd::HookSettings s = settings();
  s.stop_timeout_ms = 5;
  hbd::HookCommand c;
  HookRun run = start_run(1);
  assert_true(hbd::find_command(s, groups, run, &c).ok());
  assert_string_equal(tandem::join(c.argv, " ").c_str(),
                      (path_of("args") + " one t*wo start").c_str());
  assert_int_equal(c.timeout_ms, 60000);
  run.kind = HookKind::Stop;
  run.resource = 1;
  assert_true(hbd::find_command(s, groups, run, &c).ok());
  assert_string_equal(tandem::join(c.argv, " ").c_str(),
                      (path_of("plain") + " stop").c_str());
  assert_int_equal(c.timeout_ms, 5);
  run.kind = HookKind::Event;
  run.event = "alone";
  assert_false(hbd::find_command(s, groups, run, &c).ok());
  s.events["alone"] = std::vector<std::string>(1, path_of("plain"));
  assert_true(hbd::find_command(s, groups, run, &c).ok());
  assert_int_equal(c.argv.size(), 1);
}

static bool has(const std::vector<std::string>& env, const char* entry) {
  return std::find(env.begin(), env.end(), entry) != env.end();
}

static void the_environment_is_this_and_no_more(void**) {
  const std::vector<hbd::ResourceGroup> groups = groups_of("hdp3 args\n");
  HookRun run = start_run(1);
  run.start_pos = "0-1-5";
  run.start_from = "paired";
  run.attrs["fault"] = "silent";
  run.peer_attrs["pos"] = "0-1-6";
  run.peer_attrs["a-b.c"] = "x";
  run.peer_attrs["evil"] = "two\nlines";
  std::vector<std::string> env =
      hbd::hook_environment(settings(), groups, run, 9);
  const char* want[] = {
      "HB_NODE=hdp3", "HB_PEER=hdp4", "HB_GROUP=args", "HB_ADDRESS=no",
      "HB_REASON=because",
      "HB_GRANT=witness", "HB_EPOCH=7", "HB_SYNC=alone", "HB_START_POS=0-1-5",
      "HB_START_FROM=paired", "HB_ATTR_fault=silent",
      "HB_PEER_ATTR_pos=0-1-6",
      "HB_PEER_ATTR_a_b_c=x", "HB_LIFELINE=9", "HB_LEASE=1000"};
  for (size_t i = 0; i < sizeof want / sizeof *want; ++i) {
    if (!has(env, want[i])) fail_msg("no %s", want[i]);
  }
  assert_int_equal(env.size(), 1 + sizeof want / sizeof *want);  // and PATH
  run.kind = HookKind::Event;
  run.event = "follow";
  env = hbd::hook_environment(settings(), groups, run, -1);
  assert_true(has(env, "HB_EVENT=follow"));
  assert_false(has(env, "HB_LEASE=1000"));
  for (const char* line : {"hdp3 args 10.0.0.1/24 b\n",
                           "hdp3 IPaddr2::10.0.0.1 args\n"}) {
    env = hbd::hook_environment(settings(), groups_of(line), run, -1);
    assert_true(has(env, "HB_ADDRESS=yes"));
  }
}

// ---- running it -------------------------------------------------------------

// Steps until one hook has ended; a test that hangs is killed by its alarm.
static hbd::HookEnd end_of(hbd::Hooks* hooks) {
  alarm(20);
  for (;;) {
    hooks->step(tandem::clock_ms());
    const std::vector<hbd::HookEnd> ended = hooks->take_ended();
    if (!ended.empty()) {
      alarm(0);
      return ended[0];
    }
    usleep(2000);
  }
}

static hbd::HookEnd run_script(const std::string& body, hbd::HookSettings s,
                               bool kill = false) {
  const std::vector<hbd::ResourceGroup> groups = groups_of("hdp3 it::arg\n");
  script("it", body);
  hbd::Hooks hooks(s, groups);
  hooks.run(tandem::clock_ms(), start_run(1), -1);
  if (kill) hooks.kill(1);
  return end_of(&hooks);
}

static void its_exit_code_is_its_result(void**) {
  assert_true(run_script("test $2 = start", settings()).ok);
  assert_false(run_script("exit 3", settings()).ok);
  assert_false(run_script("kill -TERM $$", settings()).ok);
  assert_false(run_script("sleep 30", settings(), true).ok);
}

static void one_that_cannot_be_run_has_failed(void**) {
  const std::vector<hbd::ResourceGroup> groups = groups_of("hdp3 gone\n");
  hbd::HookSettings s = settings();
  hbd::Hooks hooks(s, groups);
  hooks.run(tandem::clock_ms(), start_run(4), -1);
  const std::vector<hbd::HookEnd> ended = hooks.take_ended();
  assert_int_equal(ended.size(), 1);
  assert_int_equal(ended[0].run.id, 4);
  assert_false(ended[0].ok);
}

// What tells of hbd's end must not end with it.
static void a_notify_that_runs_outlives_hbd(void**) {
  hbd::HookSettings s = settings();
  s.events["notify"].push_back(script(
      "tell", "sleep 0.3\necho $HB_WHAT >>" + path_of("told") + "\n"));
  const std::vector<hbd::ResourceGroup> groups;
  {
    hbd::Notifier notifier(s, groups);
    HookRun run;
    run.kind = HookKind::Event;
    run.event = "notify";
    run.what = "released";
    for (int i = 0; i < 35; ++i) notifier.push(tandem::clock_ms(), run);
    assert_int_equal(notifier.waiting(), 32);
    assert_int_equal(notifier.dropped(), 2);
  }
  std::string text;
  for (int i = 0; i < 500 && text.empty(); ++i) {
    usleep(10000);
    if (tandem::read_file(path_of("told"), 100, &text)) text.clear();
  }
  assert_string_equal(text.c_str(), "released\n");
}

static void attr_lines_become_attributes_and_long_ones_do_not(void**) {
  const hbd::HookEnd end = run_script(
      "echo attr pos 0-1-7\necho attr pos 0-1-8\necho attr none\n"
      "echo not attr x y\necho attr two words here\necho attr -x y\n"
      "echo attr long $(printf '%0129d' 1)\necho attr err x >&2\n"
      "printf 'attr last unended'", settings());
  assert_true(end.ok);
  assert_int_equal(end.attrs.size(), 3);
  assert_string_equal(end.attrs.find("pos")->second.c_str(), "0-1-8");
  assert_string_equal(end.attrs.find("none")->second.c_str(), "");
  assert_string_equal(end.attrs.find("last")->second.c_str(), "unended");
}

static bool is_gone(pid_t pid) {
  for (int i = 0; i < 500; ++i) {
    if (::kill(pid, 0) < 0) return true;
    std::string stat;  // a zombie waits for whoever adopted it
    const std::string path = "/proc/" + std::to_string(pid) + "/stat";
    if (tandem::read_file(path, 4096, &stat)) return true;
    if (stat.find(") Z ") != stat.npos) return true;
    usleep(2000);
  }
  return false;
}

static pid_t pid_in(const std::string& path) {
  std::string text;
  assert_true(tandem::read_file(path, 100, &text).ok());
  return atoi(text.c_str());
}

static void a_deadline_ends_the_whole_group(void**) {
  hbd::HookSettings s = settings();
  s.hook_timeout_ms = 100;
  const uint64_t before_ms = tandem::clock_ms();
  const hbd::HookEnd end = run_script(
      "sh -c 'trap \"\" TERM; echo $$ >" + path_of("pid") + "; exec sleep 30' & "
      "wait", s);
  assert_false(end.ok);
  assert_true(tandem::clock_ms() - before_ms >= 100);
  assert_true(is_gone(pid_in(path_of("pid"))));
}

static void a_hook_that_obeys_its_deadline_has_failed_all_the_same(void**) {
  hbd::HookSettings s = settings();
  s.hook_timeout_ms = 100;
  assert_false(run_script("trap 'exit 0' TERM; sleep 30 & wait", s).ok);
}

static void a_daemon_left_behind_holds_nothing_up(void**) {
  const uint64_t before_ms = tandem::clock_ms();
  const hbd::HookEnd end = run_script(
      "sleep 5 & echo attr a b; echo $! >" + path_of("pid"), settings());
  assert_true(end.ok);
  assert_int_equal(end.attrs.size(), 1);
  assert_true(tandem::clock_ms() - before_ms < 3000);
  assert_int_equal(::kill(pid_in(path_of("pid")), SIGKILL), 0);
}

static void its_world_is_small(void**) {
  const hbd::HookEnd end = run_script(
      "echo attr cwd $(pwd)\necho attr fds $(ls -x /proc/self/fd | tr -d ' ')\n"
      "echo attr in $(readlink /proc/self/fd/0)\necho attr umask $(umask)\n"
      "test $(cut -d' ' -f5 /proc/self/stat) = $$ && echo attr group own",
      settings());
  assert_string_equal(end.attrs.find("cwd")->second.c_str(), "/");
  // 3 is ls's own, of the directory that it reads.
  assert_string_equal(end.attrs.find("fds")->second.c_str(), "0123");
  assert_string_equal(end.attrs.find("umask")->second.c_str(), "0022");
  assert_string_equal(end.attrs.find("group")->second.c_str(), "own");
}

// ---- lifelines ---------------------------------------------------------------

static std::string drain(int fd) {
  char buf[65536];
  assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
  const ssize_t n = read(fd, buf, sizeof buf);
  return n > 0 ? std::string(buf, static_cast<size_t>(n)) : std::string();
}

static HookRun lifeline_run(uint32_t id, size_t resource) {
  HookRun run = start_run(id);
  run.resource = resource;
  run.lifeline_until_ms = 1000;
  return run;
}

static void the_first_line_is_there_before_the_hook(void**) {
  hbd::Lifelines lines(1750);
  tandem::UniqueFd reader;
  assert_true(lines.open(0, lifeline_run(1, 0), &reader).ok());
  assert_string_equal(drain(reader.get()).c_str(), "1000\n");
  lines.write(0, 0, 1200, false);
  lines.write(0, 1, 9999, false);  // another group's
  assert_string_equal(drain(reader.get()).c_str(), "1200\n");
  lines.write(0, 0, 61200, true);
  assert_string_equal(drain(reader.get()).c_str(), "hold 61200\n");
  lines.on_exit(10, 1, true);  // the last one again
  assert_string_equal(drain(reader.get()).c_str(), "hold 61200\n");
  lines.write(20, 0, 1220, false);
  assert_string_equal(drain(reader.get()).c_str(), "1220\n");
}

static void a_hook_that_leaves_no_keeper_is_no_loss(void**) {
  hbd::Lifelines lines(1750);
  tandem::UniqueFd reader;
  assert_true(lines.open(0, lifeline_run(1, 0), &reader).ok());
  reader.reset();
  lines.write(50, 0, 1200, false);  // still running, reader closed early
  lines.on_exit(100, 1, true);
  assert_int_equal(lines.count(), 0);
  lines.write(200, 0, 1400, false);
  assert_true(lines.take_broken().empty());

  // Has read, and failed.
  assert_true(lines.open(300, lifeline_run(2, 0), &reader).ok());
  drain(reader.get());
  reader.reset();
  lines.on_exit(400, 2, false);
  assert_int_equal(lines.count(), 0);
  assert_true(lines.take_broken().empty());
}

// The start succeeded and had read: what it left behind was a keeper, dead
// before hbd read the hook's end.
static void a_keeper_that_dies_before_the_hook_s_end_is_reported(void**) {
  hbd::Lifelines lines(1750);
  tandem::UniqueFd reader;
  assert_true(lines.open(0, lifeline_run(1, 0), &reader).ok());
  drain(reader.get());
  lines.write(50, 0, 1200, false);  // of which nobody reads any more
  reader.reset();
  lines.on_exit(100, 1, true);
  assert_int_equal(lines.take_broken().size(), 1);
  assert_int_equal(lines.count(), 0);

  // After that end, before its first line.
  assert_true(lines.open(200, lifeline_run(2, 0), &reader).ok());
  drain(reader.get());
  lines.on_exit(300, 2, true);
  assert_true(lines.take_broken().empty());
  reader.reset();
  lines.write(400, 0, 1600, false);
  assert_int_equal(lines.take_broken().size(), 1);
}

static void a_keeper_that_dies_is_reported_once(void**) {
  hbd::Lifelines lines(1750);
  tandem::UniqueFd reader;
  assert_true(lines.open(0, lifeline_run(1, 0), &reader).ok());
  lines.on_exit(100, 1, true);
  drain(reader.get());
  lines.write(200, 0, 1200, false);
  assert_true(lines.take_broken().empty());
  reader.reset();
  lines.write(400, 0, 1400, false);
  assert_int_equal(lines.take_broken().size(), 1);
  lines.write(600, 0, 1600, false);
  assert_true(lines.take_broken().empty());
}

// Read the line of the hook's end, then died before the next beat.
static void a_keeper_that_dies_at_once_is_reported(void**) {
  hbd::Lifelines lines(1750);
  tandem::UniqueFd reader;
  assert_true(lines.open(0, lifeline_run(1, 0), &reader).ok());
  lines.on_exit(100, 1, true);
  drain(reader.get());
  reader.reset();
  lines.write(200, 0, 1200, false);
  assert_int_equal(lines.take_broken().size(), 1);
}

static void a_frozen_keeper_is_reported_when_the_kernel_has_acted(void**) {
  hbd::Lifelines lines(1750);
  tandem::UniqueFd reader;
  assert_true(lines.open(0, lifeline_run(1, 0), &reader).ok());
  lines.on_exit(0, 1, true);
  drain(reader.get());
  uint64_t reported_ms = 0;
  for (uint64_t ms = 200; ms <= 4000 && reported_ms == 0; ms += 200) {
    lines.write(ms, 0, ms + 1000, false);
    if (!lines.take_broken().empty()) reported_ms = ms;
  }
  assert_in_range(reported_ms, 1750, 2200);
}

static void a_keeper_that_is_only_slow_is_not(void**) {
  hbd::Lifelines lines(1750);
  tandem::UniqueFd reader;
  assert_true(lines.open(0, lifeline_run(1, 0), &reader).ok());
  lines.on_exit(0, 1, true);
  for (uint64_t ms = 200; ms <= 20000; ms += 200) {
    if (ms % 1400 == 0) drain(reader.get());
    lines.write(ms, 0, ms + 1000, false);
  }
  assert_true(lines.take_broken().empty());
  assert_int_equal(lines.count(), 1);
}

// An LSB script's daemon that has the pipe without knowing of it.
static void a_daemon_that_never_reads_is_let_go(void**) {
  hbd::Lifelines lines(1750);
  tandem::UniqueFd reader;
  assert_true(lines.open(0, lifeline_run(1, 0), &reader).ok());
  lines.on_exit(0, 1, true);
  for (int i = 0; i < 20000 && lines.count() > 0; ++i) {
    lines.write(static_cast<uint64_t>(200 * i), 0, 123456789, false);
  }
  assert_int_equal(lines.count(), 0);
  assert_true(lines.take_broken().empty());
  assert_true(lines.open(0, lifeline_run(2, 0), &reader).ok());
  lines.on_exit(0, 2, true);
  reader.reset();
  lines.write(200, 0, 1, false);
  assert_true(lines.take_broken().empty());
}

static bool at_eof(int fd) {
  char byte;
  drain(fd);
  return read(fd, &byte, 1) == 0;
}

static void a_new_start_ends_the_old_pipe_when_it_has_run(void**) {
  hbd::Lifelines lines(1750);
  tandem::UniqueFd old_reader, reader, other;
  assert_true(lines.open(0, lifeline_run(1, 0), &old_reader).ok());
  assert_true(lines.open(0, lifeline_run(2, 1), &other).ok());
  lines.on_exit(0, 1, true);
  lines.on_exit(0, 2, true);
  drain(old_reader.get());
  assert_true(lines.open(0, lifeline_run(3, 0), &reader).ok());
  lines.write(100, 0, 1200, false);
  assert_string_equal(drain(old_reader.get()).c_str(), "");
  assert_false(at_eof(old_reader.get()));
  lines.on_exit(200, 3, true);
  assert_true(at_eof(old_reader.get()));
  assert_false(at_eof(reader.get()) || at_eof(other.get()));
}

static void a_stop_ends_the_pipe_of_its_resource(void**) {
  hbd::Lifelines lines(1750);
  tandem::UniqueFd reader, other;
  assert_true(lines.open(0, lifeline_run(1, 0), &reader).ok());
  assert_true(lines.open(0, lifeline_run(2, 1), &other).ok());
  lines.on_exit(0, 1, true);
  lines.on_exit(0, 2, true);
  HookRun stop = lifeline_run(3, 0);
  stop.kind = HookKind::Stop;
  lines.on_stop(stop);
  lines.on_exit(100, 3, true);
  assert_true(at_eof(reader.get()));
  assert_false(at_eof(other.get()));
  lines.drop(0);
  assert_true(at_eof(other.get()));
  assert_int_equal(lines.count(), 0);
}

// ---- the queue ---------------------------------------------------------------

static hbd::Action beat_to(const char* to, uint64_t seq) {
  hbd::Action a(hbd::ActionKind::SendBeat);
  a.beat.to = to;
  a.beat.seq = seq;
  return a;
}

static void nothing_passes_a_state_that_is_not_written(void**) {
  const std::string dir = path_of("later");
  hbd::Queue queue(dir + "/x.state");
  std::vector<hbd::Action> actions;
  actions.push_back(beat_to("early", 1));
  actions.push_back(hbd::Action(hbd::ActionKind::Persist));
  actions.back().state.node = "hdp3";
  actions.back().state.epoch = 7;
  actions.push_back(beat_to("peer", 2));
  actions.push_back(hbd::Action(hbd::ActionKind::RunHook));
  queue.push(actions);
  hbd::Action a(hbd::ActionKind::Log);

  assert_true(queue.persist_and_next(0, &a));
  assert_string_equal(a.beat.to.c_str(), "early");
  assert_false(queue.persist_and_next(0, &a));
  assert_true(queue.held_up());
  assert_int_equal(queue.next_due_ms(), 500);

  // Held up: the newer beat is the one that will go, behind the hook.
  queue.push(std::vector<hbd::Action>(1, beat_to("peer", 3)));
  queue.push(std::vector<hbd::Action>(1, beat_to("witness", 4)));
  assert_false(queue.persist_and_next(499, &a));
  assert_false(queue.persist_and_next(500, &a));
  assert_int_equal(mkdir(dir.c_str(), 0755), 0);
  assert_false(queue.persist_and_next(600, &a));
  assert_true(queue.persist_and_next(1000, &a));
  assert_true(a.kind == hbd::ActionKind::RunHook);
  std::string text;
  assert_true(tandem::read_file(dir + "/x.state", 4096, &text).ok());
  assert_true(text.find("epoch=7") != text.npos);
  assert_true(queue.persist_and_next(1000, &a));
  assert_int_equal(a.beat.seq, 3);
  assert_true(queue.persist_and_next(1000, &a));
  assert_int_equal(a.beat.seq, 4);
  assert_false(queue.persist_and_next(1000, &a));
  assert_false(queue.held_up());
}

static int make_dir(void**) {
  char name[] = "/tmp/hbd_hooks_test.XXXXXX";
  if (!mkdtemp(name) || chmod(name, 0755) < 0) return -1;
  g_dir = name;
  for (int fd = 3; fd < 256; ++fd) close(fd);  // the caller's
  signal(SIGPIPE, SIG_IGN);
  tandem::log_to_stderr("hbd_hooks_test");
  return 0;
}

static int remove_dir(void**) {
  return system(("rm -rf " + g_dir).c_str());
}

int main() {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_program_of_root_s_is_run),
      cmocka_unit_test(what_others_could_have_written_is_refused),
      cmocka_unit_test(what_belongs_to_somebody_else_is_refused),
      cmocka_unit_test(what_is_no_program_is_missing),
      cmocka_unit_test(the_first_directory_that_has_it_decides),
      cmocka_unit_test(at_start_a_bad_program_is_a_mistake_of_its_line),
      cmocka_unit_test(arguments_come_before_the_verb),
      cmocka_unit_test(the_environment_is_this_and_no_more),
      cmocka_unit_test(its_exit_code_is_its_result),
      cmocka_unit_test(one_that_cannot_be_run_has_failed),
      cmocka_unit_test(a_notify_that_runs_outlives_hbd),
      cmocka_unit_test(attr_lines_become_attributes_and_long_ones_do_not),
      cmocka_unit_test(a_deadline_ends_the_whole_group),
      cmocka_unit_test(
          a_hook_that_obeys_its_deadline_has_failed_all_the_same),
      cmocka_unit_test(a_daemon_left_behind_holds_nothing_up),
      cmocka_unit_test(its_world_is_small),
      cmocka_unit_test(the_first_line_is_there_before_the_hook),
      cmocka_unit_test(a_hook_that_leaves_no_keeper_is_no_loss),
      cmocka_unit_test(a_keeper_that_dies_is_reported_once),
      cmocka_unit_test(a_keeper_that_dies_at_once_is_reported),
      cmocka_unit_test(a_keeper_that_dies_before_the_hook_s_end_is_reported),
      cmocka_unit_test(a_frozen_keeper_is_reported_when_the_kernel_has_acted),
      cmocka_unit_test(a_keeper_that_is_only_slow_is_not),
      cmocka_unit_test(a_daemon_that_never_reads_is_let_go),
      cmocka_unit_test(a_new_start_ends_the_old_pipe_when_it_has_run),
      cmocka_unit_test(a_stop_ends_the_pipe_of_its_resource),
      cmocka_unit_test(nothing_passes_a_state_that_is_not_written),
  };
  return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
