# tandem. GNU make 3.82 or newer (CentOS 7's).
#
#   make               build the seven tools, static
#   make LINK=dynamic  the same where static archives are missing
#   make deps          install what is missing (apt or yum; needs root)
#   make demo          a pair in network namespaces, a primary killed (root)
#   make check         prove everything (root)
#   make install       PREFIX, SYSCONFDIR, LOCALSTATEDIR, DESTDIR
#   make uninstall     what install put there, configuration left alone
#   make clean

# What a packager edits.
PREFIX = /usr/local
SYSCONFDIR = /etc
LOCALSTATEDIR = /var
SBINDIR = $(PREFIX)/sbin
MANDIR = $(PREFIX)/share/man
CONFDIR = $(SYSCONFDIR)/tandem
STATEDIR = $(LOCALSTATEDIR)/lib/tandem
DESTDIR =
CXX = g++
CXXFLAGS = -O2 -g
LINK = static
WERROR =

WARN = -Wall -Wextra -Wshadow -Wconversion -Wsign-conversion -Wswitch-enum \
  -Wformat=2 -Wcast-qual -Wundef -Wvla -Wmissing-declarations \
  -Wnon-virtual-dtor -Woverloaded-virtual -Wold-style-cast
ALL_CXXFLAGS = -std=c++11 -pedantic-errors $(CXXFLAGS) $(WARN) $(WERROR) \
  -D_FILE_OFFSET_BITS=64 -I. -MMD -MP
LDFLAGS_static = -static
LDFLAGS_dynamic =
ALL_LDFLAGS = $(LDFLAGS_$(LINK)) $(LDFLAGS)
MARIADB_INC = -isystem /usr/include/mariadb -isystem /usr/include/mysql
MARIADB_LIBS = -lmariadb -lssl -lcrypto -lz -ldl -lm -lpthread
COMPILE = $(CXX) $(ALL_CXXFLAGS)

LIB_OBJ = lib/addr.o lib/child.o lib/clock.o lib/error.o lib/file.o lib/ini.o \
  lib/lines.o lib/log.o lib/net.o lib/select.o lib/text.o lib/verb.o \
  lib/watch.o
HBD_OBJ = hbd/hbd.o hbd/core.o
HBCTL_OBJ = hbd/hbctl.o
VIPCTL_OBJ = vipctl/vipctl.o vipctl/announce.o vipctl/arp.o vipctl/claim.o \
  vipctl/keeper.o vipctl/keeper_core.o vipctl/netlink.o vipctl/place.o \
  vipctl/spec.o vipctl/start.o
SPLITFWD_OBJ = splitfwd/splitfwd.o splitfwd/balance.o splitfwd/checks.o \
  splitfwd/config.o splitfwd/fdset.o splitfwd/front.o splitfwd/pump.o \
  splitfwd/worker.o
PROMOTE_OBJ = promote/promote.o promote/config.o promote/demote.o \
  promote/facts.o promote/gtid.o promote/hung.o promote/pairing.o \
  promote/plan.o promote/server.o promote/start.o
REJOIN_OBJ = promote/rejoin.o promote/config.o promote/demote.o \
  promote/facts.o promote/gtid.o promote/plan.o promote/server.o
MYSQLCHK_OBJ = promote/mysqlchk.o promote/config.o promote/facts.o \
  promote/gtid.o promote/server.o

LIB = lib/libtandem.a
TOOLS = hbd/hbd hbd/hbctl vipctl/vipctl splitfwd/splitfwd promote/promote \
  promote/rejoin promote/mysqlchk

all: $(TOOLS)

$(LIB): $(LIB_OBJ)
	rm -f $@
	ar rcs $@ $(LIB_OBJ)

hbd/hbd: $(HBD_OBJ) $(LIB)
	$(CXX) $(ALL_LDFLAGS) -o $@ $(HBD_OBJ) $(LIB) -linih -lcrypto -ldl -lpthread

hbd/hbctl: $(HBCTL_OBJ) $(LIB)
	$(CXX) $(ALL_LDFLAGS) -o $@ $(HBCTL_OBJ) $(LIB) -linih

vipctl/vipctl: $(VIPCTL_OBJ) $(LIB)
	$(CXX) $(ALL_LDFLAGS) -o $@ $(VIPCTL_OBJ) $(LIB)

splitfwd/splitfwd: $(SPLITFWD_OBJ) $(LIB)
	$(CXX) $(ALL_LDFLAGS) -o $@ $(SPLITFWD_OBJ) $(LIB) -linih -lpthread

# The linker warns of dlopen and getpwuid in a static libmariadb: neither is
# reached (numeric addresses, mysql_port and mysql_unix_port set).
promote/server.o: ALL_CXXFLAGS += $(MARIADB_INC)

promote/promote: $(PROMOTE_OBJ) $(LIB)
	$(CXX) $(ALL_LDFLAGS) -o $@ $(PROMOTE_OBJ) $(LIB) -linih $(MARIADB_LIBS)

promote/rejoin: $(REJOIN_OBJ) $(LIB)
	$(CXX) $(ALL_LDFLAGS) -o $@ $(REJOIN_OBJ) $(LIB) -linih $(MARIADB_LIBS)

promote/mysqlchk: $(MYSQLCHK_OBJ) $(LIB)
	$(CXX) $(ALL_LDFLAGS) -o $@ $(MYSQLCHK_OBJ) $(LIB) -linih $(MARIADB_LIBS)

.SUFFIXES:
.SUFFIXES: .cc .o
.cc.o:
	$(COMPILE) -c -o $@ $<

include tests/tests.mk

clean:
	rm -f $(TOOLS) $(LIB) lib/*.[od] hbd/*.[od] vipctl/*.[od] \
	  splitfwd/*.[od] promote/*.[od]
	rm -rf build

-include $(LIB_OBJ:.o=.d) $(HBD_OBJ:.o=.d) $(HBCTL_OBJ:.o=.d) \
  $(VIPCTL_OBJ:.o=.d) $(SPLITFWD_OBJ:.o=.d) $(PROMOTE_OBJ:.o=.d) \
  $(REJOIN_OBJ:.o=.d) $(MYSQLCHK_OBJ:.o=.d)

.PHONY: all clean
