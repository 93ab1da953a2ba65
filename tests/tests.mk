# Test programs, included by the top Makefile. Built under build/, with the
# address and undefined-behaviour sanitizers, cmocka linked dynamically.
SAN = -fsanitize=address,undefined -fno-sanitize-recover=all
TEST_CXXFLAGS = $(CXX11) -O0 -g1 -Wall -Wextra $(SAN) -I. -Ibuild -MMD -MP \
  -Wno-missing-field-initializers
TEST_LIB = $(LIB_OBJ:%.o=build/san/%.o)
UNIT_TESTS = lib_text_test lib_inherited_test lib_log_test \
  lib_clients_test lib_loop_test history_test \
  splitfwd_pump_test splitfwd_balance_test splitfwd_config_test \
  splitfwd_handover_test splitfwd_health_test splitfwd_http_test \
  splitfwd_counters_test splitfwd_sessions_test \
  splitfwd_proxy_test splitfwd_networks_test splitfwd_command_test \
  splitfwd_shown_test splitfwd_mysql_test splitfwd_rest_test splitfwd_drain_test \
  splitfwd_activity_test splitfwd_search_test \
  splitfwd_gather_test \
  vipctl_arp_test vipctl_keeper_test vipctl_place_test vipctl_spec_test
UNIT_TESTS += promote_gtid_test promote_plan_test promote_config_test \
  promote_faults_test promote_flavour_test promote_mycnf_test promote_lag_test \
  promote_hung_test
UNIT_TESTS += hbd_config_test hbd_haresources_test hbd_authkeys_test \
  hbd_history_test hbd_hooks_test hbd_links_test hbd_sign_test
# hbd's core, the quickest first: what a broken one is shown to by mutate.
CORE_TESTS = hbd_hearing_test hbd_state_test hbd_fit_test hbd_choose_test \
  hbd_lease_test hbd_claim_test hbd_force_test hbd_witness_test hbd_node_test \
  hbd_owner_test hbd_pair_test hbd_trouble_test hbd_verdict_test \
  hbd_maintenance_test \
  hbd_parts_test hbd_beat_test hbd_cluster_test hbd_beside_test \
  hbd_handover_test
UNIT_TESTS += $(CORE_TESTS)

build/san/%.o: %.cc
	@mkdir -p $(@D)
	$(CXX) $(TEST_CXXFLAGS) -c -o $@ $<

# One program a module; UNIT_<name> names the objects it tests.
$(UNIT_TESTS:%=build/unit/%): build/unit/%: build/san/tests/unit/%.o $(TEST_LIB)
	@mkdir -p $(@D)
	$(CXX) $(SAN) -o $@ $^ $(UNIT_LIBS) -lcmocka -linih

build/unit/hbd_history_test: build/san/hbd/history.o \
  build/san/hbd/hook/haresources.o

CORE_SAN = $(CORE_OBJ:%.o=build/san/%.o)
$(CORE_TESTS:%=build/unit/%): $(CORE_SAN)

FWD_CONFIG_SAN = build/san/splitfwd/config.o build/san/splitfwd/route/balance.o \
  build/san/splitfwd/networks.o
SHOWN_SAN = build/san/splitfwd/show/table.o build/san/splitfwd/show/metrics.o \
  build/san/splitfwd/show/info.o build/san/splitfwd/show/page.o \
  build/san/splitfwd/networks.o
build/unit/splitfwd_activity_test: build/san/splitfwd/relay/activity.o
build/unit/splitfwd_gather_test: build/san/splitfwd/relay/gather.o \
  build/san/splitfwd/relay/runnable.o
build/unit/splitfwd_pump_test: build/san/splitfwd/relay/pump.o
build/unit/splitfwd_balance_test: build/san/splitfwd/route/balance.o
build/unit/splitfwd_config_test: $(FWD_CONFIG_SAN) \
  build/san/splitfwd/relay/fdset.o build/san/splitfwd/process/limits.o
build/unit/splitfwd_handover_test build/fuzz/splitfwd_handover_fuzz: \
  build/san/splitfwd/route/handover.o \
  build/san/splitfwd/relay/pump.o build/san/splitfwd/process/renew.o $(FWD_CONFIG_SAN)
build/unit/splitfwd_counters_test: build/san/splitfwd/route/counters.o \
  build/san/splitfwd/route/endlog.o build/san/splitfwd/relay/pump.o $(FWD_CONFIG_SAN)
build/unit/splitfwd_sessions_test: build/san/splitfwd/route/orders.o \
  build/san/splitfwd/route/endlog.o build/san/splitfwd/relay/pump.o $(FWD_CONFIG_SAN)
build/unit/splitfwd_health_test: build/san/splitfwd/route/health.o \
  build/san/splitfwd/show/accounts.o
build/unit/splitfwd_http_test build/fuzz/splitfwd_http_fuzz: \
  build/san/splitfwd/show/http.o $(SHOWN_SAN)
build/unit/splitfwd_shown_test: $(SHOWN_SAN)
build/unit/splitfwd_proxy_test: build/san/splitfwd/relay/proxy.o
build/unit/splitfwd_rest_test build/fuzz/splitfwd_rest_fuzz: \
  build/san/splitfwd/relay/rest.o
build/unit/splitfwd_drain_test: build/san/splitfwd/route/drain.o
build/unit/splitfwd_networks_test build/fuzz/splitfwd_networks_fuzz: \
  build/san/splitfwd/networks.o
build/unit/splitfwd_command_test build/fuzz/splitfwd_command_fuzz: \
  build/san/splitfwd/show/command.o $(FWD_CONFIG_SAN)
build/unit/splitfwd_mysql_test: build/san/splitfwd/relay/mysql.o

build/unit/vipctl_arp_test: build/san/vipctl/arp.o build/san/vipctl/ndp.o build/san/vipctl/place.o \
  build/san/vipctl/spec.o
build/unit/vipctl_keeper_test: build/san/vipctl/keeper_core.o
build/unit/vipctl_place_test: build/san/vipctl/place.o build/san/vipctl/spec.o
build/unit/vipctl_spec_test: build/san/vipctl/spec.o
-include build/san/vipctl/arp.d build/san/vipctl/keeper_core.d \
  build/san/vipctl/place.d build/san/vipctl/spec.d

HBD_SAN = $(filter-out build/san/hbd/hbd.o,$(HBD_OBJ:%.o=build/san/%.o))
build/unit/hbd_config_test build/unit/hbd_sign_test \
  build/unit/hbd_hooks_test: $(HBD_SAN)
build/unit/hbd_config_test build/unit/hbd_sign_test \
  build/unit/hbd_hooks_test: UNIT_LIBS = -lcrypto
build/unit/hbd_haresources_test: build/san/hbd/hook/haresources.o
build/unit/hbd_authkeys_test: build/san/hbd/link/keys.o
build/unit/hbd_links_test: build/san/hbd/link/arrivals.o \
  build/san/hbd/link/health.o build/san/hbd/link/links.o \
  build/san/hbd/link/shared.o $(CORE_SAN)
-include $(HBD_SAN:.o=.d)

build/unit/promote_hung_test: build/san/promote/hung.o
build/unit/promote_gtid_test: build/san/promote/gtid.o
build/unit/promote_lag_test: build/san/promote/lag.o build/san/promote/gtid.o
build/unit/promote_mycnf_test build/fuzz/mycnf_fuzz: build/san/promote/mycnf.o
build/unit/promote_faults_test: build/san/promote/stall.o \
  build/san/promote/rota.o build/san/promote/received.o \
  build/san/promote/differs.o build/san/promote/notes.o
build/unit/promote_faults_test build/unit/promote_flavour_test \
  build/unit/promote_plan_test: \
  build/san/promote/facts.o \
  build/san/promote/faults.o build/san/promote/flavour.o \
  build/san/promote/gtid.o build/san/promote/plan.o
build/unit/promote_config_test: build/san/promote/config.o \
  build/san/promote/prestart.o build/san/hbd/decide/record.o build/san/hbd/decide/state.o

check-unit: $(UNIT_TESTS:%=build/unit/%)
	@for t in $(UNIT_TESTS:%=build/unit/%); do \
	  $$t >$$t.out 2>&1 || { echo "== $$t"; cat $$t.out; exit 1; }; \
	  echo "$$t: $$(grep -c '^\[       OK' $$t.out) ok"; done

-include $(TEST_LIB:.o=.d) $(UNIT_TESTS:%=build/san/tests/unit/%.d) \
  $(SPLITFWD_OBJ:%.o=build/san/%.d) $(PROMOTE_OBJ:%.o=build/san/%.d) \
  $(REJOIN_OBJ:%.o=build/san/%.d) $(MYSQLCHK_OBJ:%.o=build/san/%.d)

.PHONY: check-unit

# The measuring client of the end-to-end tests and of the demo.
tests/e2e/client: tests/e2e/client.cc tests/e2e/session.h
	$(CXX) $(CXX11) -O2 -Wall -Wextra -I. -o $@ tests/e2e/client.cc \
	  $$(mariadb_config --cflags --libs)

# Histories of transactions under faults, and their judge.
build/e2e/history: tests/e2e/history.cc tests/e2e/history.h \
  tests/e2e/session.h
	@mkdir -p $(@D)
	$(CXX) $(CXX11) -O2 -Wall -Wextra -I. -o $@ tests/e2e/history.cc \
	  $$(mariadb_config --cflags --libs) -lpthread

build/e2e/pools: tests/e2e/pools.cc
	@mkdir -p $(@D)
	$(CXX) $(CXX11) -O2 -Wall -Wextra -o $@ $< \
	  $$(mariadb_config --cflags --libs) -lpthread

build/demo/timeline: tests/demo/timeline.cc
	@mkdir -p $(@D)
	$(CXX) $(CXX11) -O2 -Wall -Wextra -o $@ tests/demo/timeline.cc

# The main job, shown. The first time it installs and compiles: two minutes
# or so; then half a minute.
demo:
	@KEEP='$(KEEP)' tests/own-root.sh $(MAKE) -s demo-here

demo-here:
	@test -x hbd/hbd || \
	  echo 'The first time packages are installed and 130 files compiled: about two minutes.'
	@sh tests/deps.sh demo
	@tests/build.sh all tests/e2e/client build/demo/timeline
	@KEEP='$(KEEP)' SVG='$(SVG)' tests/demo/demo.sh

.PHONY: demo demo-here

SPLITFWD_PEERS = build/e2e/splitfwd_echo build/e2e/splitfwd_many
$(SPLITFWD_PEERS): build/e2e/%: tests/e2e/%.cc
	@mkdir -p $(@D)
	$(CXX) $(CXX11) -O1 -Wall -Wextra -o $@ $<

# splitfwd with the thread sanitizer, for a stress of its threads.
TSAN_CXXFLAGS = $(CXX11) -O1 -g1 -Wall -Wextra -fsanitize=thread -I. -MMD -MP
TSAN_OBJ = $(SPLITFWD_OBJ:%.o=build/tsan/%.o) $(LIB_OBJ:%.o=build/tsan/%.o)
build/tsan/%.o: %.cc
	@mkdir -p $(@D)
	$(CXX) $(TSAN_CXXFLAGS) -c -o $@ $<

build/e2e/splitfwd_tsan: $(TSAN_OBJ)
	@mkdir -p $(@D)
	$(CXX) -fsanitize=thread -o $@ $(TSAN_OBJ) -linih -lpthread

-include $(TSAN_OBJ:.o=.d)

build/mysql56/mysqld:
	sh tests/deps.sh mysql56

# Runs a program as on Linux 3.10.
build/e2e/old_kernel: tests/e2e/old_kernel.cc
	@mkdir -p $(@D)
	$(CXX) $(CXX11) -O1 -Wall -Wextra -o $@ tests/e2e/old_kernel.cc

# The simulator: hbd's core in worlds full of faults (see tests/sim/world.h).
SIM_CXXFLAGS = $(CXX11) -O1 -g1 -Wall -Wextra -Wshadow $(SAN) -I. -MMD -MP
SIM_OBJ = $(SIM_SRC:%.cc=build/sim/%.o)
SIM_SRC = tests/sim/main.cc tests/sim/proc.cc tests/sim/vip.cc \
  tests/sim/server.cc tests/sim/hook.cc tests/sim/host.cc \
  tests/sim/check.cc tests/sim/faults.cc tests/sim/walks.cc \
  tests/sim/setup.cc tests/sim/names.cc tests/sim/audit.cc \
  tests/sim/starts.cc tests/sim/watchdog.cc tests/sim/attacker.cc \
  tests/sim/wide.cc tests/sim/trouble.cc tests/sim/walk.cc \
  tests/sim/found.cc tests/sim/apart.cc tests/sim/asked.cc tests/sim/upkeep.cc tests/sim/stories.cc \
  $(CORE_OBJ:%.o=%.cc) vipctl/keeper_core.cc lib/text.cc lib/error.cc lib/pause.cc \
  lib/watch.cc lib/words.cc

$(SIM_OBJ): build/sim/%.o: %.cc
	@mkdir -p $(@D)
	$(CXX) $(SIM_CXXFLAGS) -c -o $@ $<

build/sim/sim: $(SIM_OBJ)
	$(CXX) $(SAN) -o $@ $(SIM_OBJ)

build/sim/sources: tests/tests.mk Makefile
	@mkdir -p $(@D)
	@echo $(SIM_SRC) > $@

build/sim/units: tests/tests.mk
	@mkdir -p $(@D)
	@echo $(CORE_TESTS) > $@

check-sim: build/sim/sim check-stories
	build/sim/sim -w all & walks=$$!; \
	  build/sim/sim -f tests/sim/seeds.txt; bad=$$?; wait $$walks && exit $$bad
	build/sim/sim -s 1 -n 300 & half=$$!; \
	  build/sim/sim -s 301 -n 300; bad=$$?; wait $$half && exit $$bad
	build/sim/sim -W -s 1 -n 200 & half=$$!; \
	  build/sim/sim -W -s 201 -n 200; bad=$$?; wait $$half && exit $$bad
	build/sim/sim -W -s 5000001 -n 400

# What a person reads of the core's decisions. After a change that is meant:
# make transcripts, and read what differs.
STORIES = boot switch server-death host-death cut witness-lost force new-disk \
  config-change double-fault

check-stories: build/sim/sim
	@for s in $(STORIES); do \
	  build/sim/sim -t $$s | diff -u tests/sim/transcripts/$$s.txt - || exit 1; \
	done
	@echo "sim: the stories are as told"

transcripts: build/sim/sim
	@mkdir -p tests/sim/transcripts
	@for s in $(STORIES); do \
	  build/sim/sim -t $$s > tests/sim/transcripts/$$s.txt || exit 1; \
	done

# Each cure of a walk taken away, one at a time: its walk must go red.
check-mutations:
	tests/sim/mutate.sh

# Would anybody notice? Hundreds of changes of the core, each shown to all of
# its proof; no part of check. MUTATE: options, lines or texts of the list.
mutate:
	tests/sim/campaign.sh $(MUTATE)

-include $(SIM_OBJ:.o=.d)

.PHONY: check-sim check-stories transcripts check-mutations mutate

# Fuzz targets, each with its corpus and a seeded generator; the sanitizers
# judge. To search further: clang++ -fsanitize=fuzzer,address on the target.
FUZZ_TESTS = gtid_fuzz mycnf_fuzz vipctl_spec_fuzz
FUZZ_TESTS += splitfwd_http_fuzz splitfwd_networks_fuzz \
  splitfwd_command_fuzz splitfwd_rest_fuzz splitfwd_handover_fuzz
FUZZ_TESTS += authkeys_fuzz beat_fuzz haresources_fuzz hearing_fuzz ini_fuzz \
  state_fuzz
build/fuzz/authkeys_fuzz build/fuzz/beat_fuzz build/fuzz/haresources_fuzz \
  build/fuzz/hearing_fuzz build/fuzz/ini_fuzz build/fuzz/state_fuzz: $(HBD_SAN)
build/fuzz/state_fuzz: build/san/hbd/history.o
build/fuzz/gtid_fuzz: build/san/promote/gtid.o
build/fuzz/vipctl_spec_fuzz: build/san/vipctl/spec.o

$(FUZZ_TESTS:%=build/fuzz/%): build/fuzz/%: build/san/tests/fuzz/%.o \
  build/san/tests/fuzz/driver.o $(TEST_LIB)
	@mkdir -p $(@D)
	$(CXX) $(SAN) -o $@ $^ -linih -lcrypto

-include $(FUZZ_TESTS:%=build/san/tests/fuzz/%.d)

FUZZ_RUNS = 20000
check-fuzz: $(FUZZ_TESTS:%=build/fuzz/%)
	@for t in $(FUZZ_TESTS); do \
	  build/fuzz/$$t -n $(FUZZ_RUNS) tests/fuzz/corpus/$$t/* || exit 1; done

# Rules that no compiler knows; every page and script. Needs nothing built.
lint:
	sh tests/purity.sh
	sh tests/pages.sh
	for f in tests/*.sh; do sh -n $$f || exit 1; done
	for f in tests/*/*.sh tests/demo/on; do bash -n $$f || exit 1; done

# What each program prints for -h is its page's synopsis.
check-usage: all
	sh tests/usage.sh

# Hosts in network namespaces, real servers. Each prints "N passed, N failed".
# Those that take times run alone, the others two at a time, the longest first:
# each has hosts and a directory of its own.
E2E_TESTS = vipctl splitfwd hbd fault switch
E2E_BESIDE = ready promote upkeep storm apart tail differs holes stuck mysql56 \
  running rollback badinput inherited strangers worker asked renew six \
  groups links start tls reload nine splitfwd_mysql dynamic \
  splitfwd_control splitfwd_ours splitfwd_guard install
# Those of torture alone: they take a minute, or all of both processors.
E2E_TORTURE = demo splitfwd_many splitfwd_threads kill page boot pools soak \
  wishes rivals nine56
check-e2e: build/e2e/old_kernel build/mysql56/mysqld
check-e2e: all tests/e2e/client build/e2e/history build/e2e/pools \
  build/demo/timeline $(SPLITFWD_PEERS) build/e2e/splitfwd_tsan
	@$(MAKE) -s -j2 $(E2E_BESIDE:%=e2e-%)
	@$(MAKE) -s -j1 $(E2E_TESTS:%=e2e-%)

$(E2E_BESIDE:%=e2e-%) $(E2E_TESTS:%=e2e-%): e2e-%:
	@mkdir -p build/e2e; from=$$(date +%s); \
	  tests/e2e/$*_test.sh >build/e2e/$*.out 2>&1 || { \
	  echo "== tests/e2e/$*_test.sh"; \
	  grep -v '^ok' build/e2e/$*.out | tail -n 200; exit 1; }; \
	  echo "tests/e2e/$*_test.sh: $$(tail -n 1 build/e2e/$*.out)," \
	    "$$(($$(date +%s) - from)) s"

# splitfwd beside HAProxy; no part of check. See tests/bench/bench.sh.
BENCH_CXX = $(CXX) $(CXX11) -O2 -Wall -Wextra -I. -MMD -MP
build/bench/load build/bench/serve: build/bench/%: tests/bench/%.cc
	@mkdir -p $(@D)
	$(BENCH_CXX) -o $@ $<

build/bench/sql: tests/bench/sql.cc
	@mkdir -p $(@D)
	$(BENCH_CXX) -o $@ $< $$(mariadb_config --cflags --libs) -lpthread

-include build/bench/load.d build/bench/serve.d build/bench/sql.d

bench:
	sh tests/deps.sh bench
	@$(MAKE) -s splitfwd/splitfwd build/bench/load build/bench/serve \
	  build/bench/sql
	@BENCH='$(BENCH)' REPEATS='$(REPEATS)' QUICK='$(QUICK)' \
	  SPLITFWD='$(SPLITFWD)' tests/bench/bench.sh

.PHONY: bench

build-tests: $(UNIT_TESTS:%=build/unit/%) $(FUZZ_TESTS:%=build/fuzz/%) \
  build/sim/sim tests/e2e/client build/e2e/history build/e2e/pools \
  build/demo/timeline $(SPLITFWD_PEERS) build/e2e/splitfwd_tsan

# Lint first: it needs no build. Warnings are errors.
check:
	@tests/own-root.sh $(MAKE) -s check-here

# MySQL is fetched meanwhile.
check-here:
	@sh tests/deps.sh check
	@sh tests/deps.sh mysql56 & fetch=$$!; $(MAKE) -s lint && \
	  tests/build.sh WERROR=-Werror all build-tests; bad=$$?; \
	  wait $$fetch && exit $$bad
	@$(MAKE) -s check-all

torture:
	@tests/own-root.sh $(MAKE) -s torture-here

# Pools of real drivers in PHP, Perl, Python and Node; see tests/pools.
pools:
	@tests/own-root.sh $(MAKE) -s pools-here

pools-here:
	@sh tests/deps.sh pools
	@tests/build.sh all tests/e2e/client
	@tests/e2e/pools_test.sh

# Ten scenarios to run and read, and then beside them what keepalived and HAProxy make of them; WISHES='3 5' some of them,
# LOAD=1 a shorter one.
wishes:
	@tests/own-root.sh $(MAKE) -s wishes-here

wishes-here:
	@sh tests/deps.sh wishes
	@tests/build.sh all tests/e2e/client build/e2e/pools
	@tests/e2e/wishes_test.sh; bad=$$?; tests/e2e/rivals_test.sh && exit $$bad

torture-here:
	@for more in browser bare pools wishes; do sh tests/deps.sh $$more || exit 1; done
	@tests/build.sh all build-tests
	build/sim/sim -s 100000 -n 20000
	build/sim/sim -W -s 100000 -n 100000
	build/sim/sim -W -s 5100000 -n 20000
	@$(MAKE) -s check-fuzz FUZZ_RUNS=1000000
	@SOAK_SECONDS=1800 STORM_ROUNDS=100 STORM_SEED=1 $(MAKE) -s check-e2e E2E_TESTS='$(E2E_TORTURE) $(E2E_TESTS)'
	tests/bare_test.sh

check-all: check-usage check-unit check-fuzz check-sim \
  check-mutations check-e2e
	@echo "make check: all passed"

.PHONY: check-fuzz lint check-usage check-e2e build-tests check check-here \
  check-all torture torture-here pools pools-here wishes wishes-here \
  $(E2E_BESIDE:%=e2e-%) $(E2E_TESTS:%=e2e-%)
