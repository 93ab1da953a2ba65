# tandem. GNU make 3.82 or newer (CentOS 7's).
#
#   make               build the seven tools, static
#   make LINK=dynamic  the same where static archives are missing
#   make deps          install what is missing (apt or yum; needs root)
#   make demo          a pair in network namespaces, and what befalls it (root)
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
INITDIR = $(SYSCONFDIR)/init.d
STATEDIR = $(LOCALSTATEDIR)/lib/tandem
DESTDIR =
CXX = g++
CXXFLAGS = -O2 -g
LINK = static
WERROR =

# PRIu64 and its like: glibc before 2.18 (CentOS 7's is 2.17) has them in C++
# only for who asks.
CXX11 = -std=c++11 -D__STDC_FORMAT_MACROS
WARN = -Wall -Wextra -Wshadow -Wconversion -Wsign-conversion -Wswitch-enum \
  -Wformat=2 -Wcast-qual -Wundef -Wvla -Wmissing-declarations \
  -Wnon-virtual-dtor -Woverloaded-virtual -Wold-style-cast
# $(call can,FLAGS): those, if the compiler links with them. GCC 4.8 has neither
# the strong stack protector nor static programs at no fixed address.
can = $(shell echo 'int main() { return 0; }' | \
  $(CXX) $(1) -x c++ -o /dev/null - 2>/dev/null && echo '$(1)')
HARDEN := $(or $(call can,-fstack-protector-strong),-fstack-protector) \
  -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fPIE
ALL_CXXFLAGS = $(CXX11) -pedantic-errors $(CXXFLAGS) $(HARDEN) $(WARN) \
  $(WERROR) -D_FILE_OFFSET_BITS=64 -I. -MMD -MP
LDFLAGS_static := $(or $(call can,-static-pie),-static)
LDFLAGS_dynamic = -pie
ALL_LDFLAGS = $(LDFLAGS_$(LINK)) -Wl,-z,relro,-z,now $(LDFLAGS)
MARIADB_INC = -isystem /usr/include/mariadb -isystem /usr/include/mysql
MARIADB_LIBS = -lmariadb -lssl -lcrypto -lz -ldl -lm -lpthread
COMPILE = $(CXX) $(ALL_CXXFLAGS)

LIB_OBJ = lib/addr.o lib/child.o lib/clients.o lib/clock.o lib/error.o lib/file.o \
  lib/holder.o lib/inherited.o lib/ini.o lib/lines.o lib/log.o lib/net.o \
  lib/pause.o lib/process.o lib/restarted.o lib/select.o lib/stderr.o lib/text.o \
  lib/verb.o lib/waitset.o lib/watch.o lib/words.o
# The pure core: what the simulator links, and nothing of the system.
CORE_OBJ = hbd/decide/again.o hbd/decide/agreement.o hbd/decide/beat.o hbd/decide/beatsize.o \
  hbd/decide/beside.o hbd/decide/choose.o \
  hbd/decide/claim.o hbd/decide/cluster.o hbd/decide/command.o \
  hbd/decide/data.o hbd/decide/failback.o hbd/decide/fence.o hbd/decide/fit.o \
  hbd/decide/follow.o hbd/decide/group.o hbd/decide/handback.o \
  hbd/decide/hearing.o hbd/decide/hookslot.o hbd/decide/judge.o hbd/decide/leaving.o \
  hbd/decide/lease.o hbd/decide/liveness.o hbd/decide/maintenance.o hbd/decide/metrics.o \
  hbd/decide/out.o hbd/decide/owner.o hbd/decide/pairing.o \
  hbd/decide/peer.o hbd/decide/pings.o hbd/decide/record.o hbd/decide/sender.o \
  hbd/decide/server.o hbd/decide/state.o hbd/decide/status.o \
  hbd/decide/trouble.o hbd/decide/verdict.o hbd/decide/view.o hbd/decide/wait.o \
  hbd/decide/witness.o promote/faults.o
LINK_OBJ = hbd/link/arrivals.o hbd/link/health.o hbd/link/keys.o hbd/link/links.o \
  hbd/link/mail.o hbd/link/member.o hbd/link/ping.o hbd/link/shared.o \
  hbd/link/sign.o
HOOK_OBJ = hbd/hook/environment.o hbd/hook/files.o hbd/hook/haresources.o \
  hbd/hook/hooks.o hbd/hook/lifeline.o hbd/hook/notifier.o \
  hbd/hook/watcher.o
HBD_OBJ = hbd/hbd.o hbd/config.o hbd/control.o hbd/files.o hbd/history.o \
  hbd/host.o hbd/node.o hbd/queue.o hbd/realtime.o hbd/reload.o \
  hbd/request.o hbd/rights.o hbd/witnesshost.o \
  $(CORE_OBJ) $(LINK_OBJ) $(HOOK_OBJ)
HBCTL_OBJ = hbd/hbctl.o
VIPCTL_OBJ = vipctl/vipctl.o vipctl/announce.o vipctl/arp.o vipctl/claim.o \
  vipctl/keeper.o vipctl/keeper_core.o vipctl/ndp.o vipctl/netlink.o vipctl/place.o \
  vipctl/spec.o vipctl/start.o
RELAY_OBJ = splitfwd/relay/common.o splitfwd/relay/ends.o \
  splitfwd/relay/fdset.o splitfwd/relay/gather.o splitfwd/relay/mailbox.o \
  splitfwd/relay/mysql.o splitfwd/relay/threads.o splitfwd/relay/proxy.o \
  splitfwd/relay/pump.o splitfwd/relay/rest.o splitfwd/relay/runnable.o \
  splitfwd/relay/activity.o splitfwd/relay/relay.o
ROUTE_OBJ = splitfwd/route/admin.o splitfwd/route/balance.o \
  splitfwd/route/checks.o splitfwd/route/drain.o splitfwd/route/endlog.o \
  splitfwd/route/entry.o splitfwd/route/router.o splitfwd/route/handover.o splitfwd/route/health.o \
  splitfwd/route/leaving.o splitfwd/route/orders.o \
  splitfwd/route/queue.o splitfwd/route/succession.o \
  splitfwd/route/counters.o splitfwd/route/tcpcheck.o
SHOW_OBJ = splitfwd/show/accounts.o splitfwd/show/command.o \
  splitfwd/show/control.o splitfwd/show/http.o splitfwd/show/info.o \
  splitfwd/show/metrics.o splitfwd/show/page.o splitfwd/show/table.o \
  splitfwd/show/web.o
PROCESS_OBJ = splitfwd/process/limits.o splitfwd/process/listener.o \
  splitfwd/process/parent.o splitfwd/process/privileges.o \
  splitfwd/process/renew.o splitfwd/process/service.o \
  splitfwd/process/watcher.o
SPLITFWD_OBJ = splitfwd/config.o splitfwd/link.o splitfwd/networks.o \
  splitfwd/splitfwd.o $(RELAY_OBJ) $(ROUTE_OBJ) $(SHOW_OBJ) $(PROCESS_OBJ)
PROMOTE_OBJ = promote/promote.o promote/blockers.o promote/cause.o \
  promote/config.o \
  promote/demote.o promote/editor.o promote/facts.o promote/faults.o \
  promote/flavour.o promote/gtid.o promote/hung.o promote/inquire.o \
  promote/mycnf.o promote/notes.o promote/pairing.o promote/plan.o \
  promote/received.o promote/seen.o promote/server.o promote/start.o \
  promote/turn.o promote/world.o
REJOIN_OBJ = promote/rejoin.o promote/begin.o promote/cause.o \
  promote/config.o \
  promote/demote.o promote/diverged.o promote/editor.o promote/facts.o \
  promote/faults.o promote/flavour.o promote/gtid.o promote/inquire.o \
  promote/mycnf.o promote/plan.o promote/prestart.o \
  promote/notes.o promote/server.o promote/turn.o promote/world.o \
  hbd/decide/record.o hbd/decide/state.o
MYSQLCHK_OBJ = promote/mysqlchk.o promote/bootfiles.o promote/cause.o \
  promote/config.o \
  promote/differs.o promote/facts.o promote/faults.o promote/flavour.o \
  promote/gtid.o promote/inquire.o promote/lag.o promote/mycnf.o \
  promote/notes.o promote/ownfiles.o promote/received.o promote/rota.o promote/seen.o \
  promote/server.o promote/stall.o promote/trial.o promote/watch.o

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

deps:
	@sh tests/deps.sh check

# Configuration that is there already is left alone. Secrets are the
# operator's to write: see tandem(7).
SAMPLES = hbd.ini witness.ini splitfwd.ini promote.ini mysqlchk.ini \
  haresources mariadb.service.conf mysqld-tandem my.cnf.d/mariadb-10.cnf \
  my.cnf.d/mysql-5.6.cnf my.cnf.d/mysql-5.7.cnf my.cnf.d/mysql-8.cnf
# What holds secrets, or will when the operator has written them in.
SECRET_SAMPLES = authkeys grants.sql splitfwd.auth
INIT_SCRIPTS = hbd splitfwd
PAGES_5 = hbd.ini.5 witness.ini.5 haresources.5 authkeys.5 splitfwd.ini.5 \
  promote.ini.5 mysqlchk.ini.5 grants.sql.5 my.cnf.d.5
PAGES_7 = tandem.7 tandem-alarms.7 tandem-faults.7 tandem-migration.7 \
  tandem-operation.7 tandem-safety.7 tandem-security.7 hbd-hooks.7
PAGES_8 = hbd.8 hbctl.8 vipctl.8 splitfwd.8 promote.8 rejoin.8 mysqlchk.8
AT_PREFIX = sed -e 's|/usr/local/sbin|$(SBINDIR)|g' \
  -e 's|/etc/tandem|$(CONFDIR)|g' -e 's|/var/lib/tandem|$(STATEDIR)|g'

install: all
	install -d -m 755 $(DESTDIR)$(SBINDIR) $(DESTDIR)$(CONFDIR) \
	  $(DESTDIR)$(CONFDIR)/resource.d $(DESTDIR)$(CONFDIR)/my.cnf.d \
	  $(DESTDIR)$(INITDIR) $(DESTDIR)$(MANDIR)/man5 \
	  $(DESTDIR)$(MANDIR)/man7 $(DESTDIR)$(MANDIR)/man8
	install -d -m 700 $(DESTDIR)$(STATEDIR)
	install -s -m 755 $(TOOLS) $(DESTDIR)$(SBINDIR)
	for l in IPaddr:vipctl promote:promote mysql:promote splitfwd:splitfwd; \
	do ln -sf $(SBINDIR)/$${l#*:} \
	  $(DESTDIR)$(CONFDIR)/resource.d/$${l%:*} || exit 1; done
	for f in $(SAMPLES); do \
	  test -e $(DESTDIR)$(CONFDIR)/$$f && continue; \
	  $(AT_PREFIX) etc/$$f >$(DESTDIR)$(CONFDIR)/$$f && \
	  chmod 644 $(DESTDIR)$(CONFDIR)/$$f || exit 1; done
	chmod 755 $(DESTDIR)$(CONFDIR)/mysqld-tandem
	for f in $(SECRET_SAMPLES); do \
	  test -e $(DESTDIR)$(CONFDIR)/$$f || \
	  install -m 600 etc/$$f $(DESTDIR)$(CONFDIR)/$$f || exit 1; done
	for f in $(INIT_SCRIPTS); do \
	  $(AT_PREFIX) etc/init.d/$$f >$(DESTDIR)$(INITDIR)/$$f && \
	  chmod 755 $(DESTDIR)$(INITDIR)/$$f || exit 1; done
	for n in 5 7 8; do \
	  for f in $(PAGES_5) $(PAGES_7) $(PAGES_8); do \
	    case $$f in *.$$n) install -m 644 man/$$f \
	      $(DESTDIR)$(MANDIR)/man$$n || exit 1 ;; esac; done; done

uninstall:
	cd $(DESTDIR)$(SBINDIR) && rm -f $(notdir $(TOOLS))
	cd $(DESTDIR)$(CONFDIR)/resource.d && rm -f IPaddr promote mysql splitfwd
	cd $(DESTDIR)$(INITDIR) && rm -f $(INIT_SCRIPTS)
	cd $(DESTDIR)$(MANDIR) && rm -f $(PAGES_5:%=man5/%) \
	  $(PAGES_7:%=man7/%) $(PAGES_8:%=man8/%)

include tests/tests.mk

clean:
	rm -f $(TOOLS) $(LIB) lib/*.[od] hbd/*.[od] hbd/*/*.[od] vipctl/*.[od] \
	  splitfwd/*.[od] splitfwd/*/*.[od] promote/*.[od]
	rm -rf build

-include $(LIB_OBJ:.o=.d) $(HBD_OBJ:.o=.d) $(HBCTL_OBJ:.o=.d) \
  $(VIPCTL_OBJ:.o=.d) $(SPLITFWD_OBJ:.o=.d) $(PROMOTE_OBJ:.o=.d) \
  $(REJOIN_OBJ:.o=.d) $(MYSQLCHK_OBJ:.o=.d)

.PHONY: all deps install uninstall clean
