# Test programs, included by the top Makefile. Built under build/, with the
# address and undefined-behaviour sanitizers, cmocka linked dynamically.
SAN = -fsanitize=address,undefined -fno-sanitize-recover=all
TEST_CXXFLAGS = -std=c++11 -O1 -g -Wall -Wextra $(SAN) -I. -Ibuild -MMD -MP \
  -Wno-missing-field-initializers
TEST_LIB = $(LIB_OBJ:%.o=build/san/%.o)
UNIT_TESTS = lib_text_test hbd_cluster_test \
  splitfwd_pump_test splitfwd_balance_test splitfwd_config_test \
  vipctl_arp_test vipctl_keeper_test vipctl_place_test vipctl_spec_test

build/san/%.o: %.cc
	@mkdir -p $(@D)
	$(CXX) $(TEST_CXXFLAGS) -c -o $@ $<

# One program a module; UNIT_<name> names the objects it tests.
$(UNIT_TESTS:%=build/unit/%): build/unit/%: build/san/tests/unit/%.o $(TEST_LIB)
	@mkdir -p $(@D)
	$(CXX) $(SAN) -o $@ $^ $(UNIT_LIBS) -lcmocka -linih

CORE_SAN = $(CORE_OBJ:%.o=build/san/%.o)
build/unit/hbd_cluster_test: $(CORE_SAN)

build/unit/splitfwd_pump_test: build/san/splitfwd/pump.o
build/unit/splitfwd_balance_test: build/san/splitfwd/balance.o
build/unit/splitfwd_config_test: build/san/splitfwd/config.o \
  build/san/splitfwd/fdset.o

build/unit/vipctl_arp_test: build/san/vipctl/arp.o build/san/vipctl/place.o \
  build/san/vipctl/spec.o
build/unit/vipctl_keeper_test: build/san/vipctl/keeper_core.o
build/unit/vipctl_place_test: build/san/vipctl/place.o build/san/vipctl/spec.o
build/unit/vipctl_spec_test: build/san/vipctl/spec.o
-include build/san/vipctl/arp.d build/san/vipctl/keeper_core.d \
  build/san/vipctl/place.d build/san/vipctl/spec.d

check-unit: $(UNIT_TESTS:%=build/unit/%)
	@for t in $(UNIT_TESTS:%=build/unit/%); do echo "== $$t"; $$t || exit 1; done

-include $(TEST_LIB:.o=.d) $(UNIT_TESTS:%=build/san/tests/unit/%.d)

.PHONY: check-unit

# The measuring client of the end-to-end tests and of the demo.
tests/e2e/client: tests/e2e/client.cc
	$(CXX) -std=c++11 -O2 -Wall -Wextra -o $@ tests/e2e/client.cc \
	  $$(mariadb_config --cflags --libs)

demo: deps
	@$(MAKE) -s all tests/e2e/client
	@KEEP=$(KEEP) tests/e2e/demo.sh

.PHONY: demo

build/e2e/splitfwd_echo: tests/e2e/splitfwd_echo.cc
	@mkdir -p $(@D)
	$(CXX) -std=c++11 -O1 -Wall -Wextra -o $@ tests/e2e/splitfwd_echo.cc
