#!/bin/sh
# The rules of the house that a compiler does not know. Prints each breach, exits 1 when there is one.
# purity.sh [TOP]: of this tree, or of another (the test of this test breaks a copy).
cd "${1:-$(dirname "$0")/..}" || exit 1
bad=0
report() { # TEXT HITS
  [ -z "$2" ] || { echo "purity: $1"; echo "$2"; bad=1; }
}
code() { grep -nE "$1" $2 /dev/null | grep -vE '^[^:]+:[0-9]+:[[:space:]]*(//|\*|/\*)'; }

all=$(find lib hbd vipctl splitfwd promote -name '*.cc' -o -name '*.h' | sort)
core="$(find hbd/decide -name '*.cc' -o -name '*.h' | sort | tr '\n' ' ') hbd/link/health.cc hbd/link/health.h
  hbd/link/keys.cc hbd/link/keys.h hbd/link/member.cc hbd/link/member.h hbd/hook/haresources.cc hbd/hook/haresources.h
  hbd/hook/settings.h
  splitfwd/relay/pump.cc splitfwd/relay/pump.h splitfwd/route/balance.cc splitfwd/route/balance.h splitfwd/route/health.cc splitfwd/route/health.h splitfwd/show/http.cc splitfwd/show/http.h splitfwd/show/guesses.h
  splitfwd/show/accounts.cc splitfwd/show/accounts.h splitfwd/relay/proxy.cc splitfwd/relay/proxy.h
  splitfwd/relay/rest.cc splitfwd/relay/rest.h splitfwd/route/drain.cc splitfwd/route/drain.h
  splitfwd/route/orders.cc splitfwd/route/orders.h splitfwd/route/sessions.h splitfwd/route/shortage.h
  splitfwd/relay/activity.cc splitfwd/relay/activity.h splitfwd/relay/gather.cc splitfwd/relay/gather.h
  promote/faults.cc promote/faults.h promote/facts.cc promote/facts.h
  promote/plan.cc promote/plan.h promote/gtid.cc promote/gtid.h promote/lag.cc promote/lag.h promote/mycnf.cc promote/mycnf.h
  splitfwd/networks.cc splitfwd/networks.h splitfwd/route/sources.h splitfwd/route/search.h splitfwd/show/command.cc splitfwd/show/command.h splitfwd/show/table.cc splitfwd/show/metrics.cc
  splitfwd/show/info.cc splitfwd/show/page.cc splitfwd/route/snapshot.h splitfwd/route/rates.h splitfwd/relay/mysql.cc splitfwd/relay/mysql.h splitfwd/route/handover.cc
  vipctl/spec.cc vipctl/spec.h vipctl/keeper_core.cc vipctl/keeper_core.h"
for f in $core; do [ -e "$f" ] || report 'a pure file is gone' "$f"; done

# Arrows between folders run one way: files of a folder include those of the folders named here, and of no other.
arrow() { # FOLDER OTHER... (a folder, or one file of it)
  report "$1/ includes what is not below it" "$(code '^#include "' "$(echo "$all" | grep "^$1/")" |
    grep -vE "\"($(echo "$*" | tr ' ' '\n' | sed '/[.]h$/!s|$|/[^/]*|' | paste -sd '|'))\"")"
}
arrow lib
arrow hbd/decide lib promote/faults.h
arrow hbd/link hbd/decide lib
arrow hbd/hook hbd/decide lib

report 'a shell in a program' "$(code '\b(system|popen|wordexp)[[:space:]]*\(|"(/bin/)?sh"' "$all")"
report 'a call that POSIX lacks' \
  "$(code '\b(epoll_[a-z]+|splice|eventfd|signalfd|timerfd_[a-z]+|accept4|pipe2|dup3|getrandom|pidfd_[a-z]+)[[:space:]]*\(' "$all")"
report 'NSS in a static program' \
  "$(code '\b(getaddrinfo|gethostby[a-z]+|getpw[a-z]+|getgr[a-z]+|getserv[a-z]+|getnameinfo)[[:space:]]*\(' "$all")"
report 'exceptions or RTTI' "$(code '\b(throw|dynamic_cast|typeid|try)\b[^_]' "$all" | grep -vE 'try_reap|"[^"]*\btry\b')"
report 'iostreams or regex' "$(code '#include <(iostream|fstream|sstream|regex|thread|chrono)>' "$all")"
report 'threads outside splitfwd' "$(code '\bpthread_[a-z]+[[:space:]]*\(' "$(echo "$all" | grep -v '^splitfwd/')")"
# splitfwd's folders, from below: relay, route, show, process. No arrow runs back up.
up() { report "splitfwd/$1 knows who uses it" "$(code "#include \"splitfwd/($2)/" "$(echo "$all" | grep -E "^splitfwd/$1")")"; }
up '(config|link|networks|servers)\.' 'relay|route|show|process'
up relay/ 'route|show|process'
up route/ 'show|process'
up show/ process
report 'libmariadb outside promote/server.cc' \
  "$(code '#include <(mysql|mariadb)' "$(echo "$all" | grep -v '^promote/server\.')")"
report 'a pure file includes the system' \
  "$(code '#include <(sys/|unistd|fcntl|time\.h|errno|netinet|arpa|signal|stdio)' "$core")"
report 'a pure file logs, reads a clock or draws lots' \
  "$(code '\b(log_(err|warn|info|debug)|clock_ms|clock_gettime|rand|random|time)[[:space:]]*\(' "$core")"
report 'a tool that keeps what its caller left open' \
  "$(grep -lE '^int main\(' $all | xargs grep -L 'start_clean(')"
# CXX11 alone names the language and asks for PRIu64: what compiles, compiles with it.
mk='Makefile tests/tests.mk'
report 'compiled without __STDC_FORMAT_MACROS' "$(grep -nE -e '-std=' $mk $(find tests -name '*.sh' ! -name purity.sh) | grep -v __STDC_FORMAT_MACROS
  grep -nE '^[A-Z]+_CXXFLAGS =' $mk | grep -v '(CXX11)'
  grep -nE '\$\(CXX\).*(\.cc|\$<)' $mk | grep -vE '\((CXX11|[A-Z]+_CXXFLAGS)\)')"
# A text that somebody may grep for stands on one line.
report 'a line over 80 columns, texts not counted' \
  "$(awk 'length > 80 { line = $0; gsub(/"([^"\\]|\\.)*"/, "", line); if (length(line) > 80 || line == $0) print FILENAME ": " FNR }' $all)"
# A comment names its noun: what "it" is stands on the same line, or the comment begins with it.
previous_is_code() { awk '
  FNR == 1 { comment = 0 }
  /^[[:space:]]*\/\// { if (!comment && /^[[:space:]]*\/\/ (It|This|That|They|These|Those|True|False|Likewise|The same)[[:space:],:;.]/) print FILENAME ": " FNR; comment = 1; next }
  { comment = 0 }' $1; }
report 'a comment that begins without its noun' "$(previous_is_code "$(echo "$all" | grep '^hbd/')")"
report 'a file over 600 lines' "$(wc -l $all | awk '$2 != "total" && $1 > 600 {print $2 ": " $1}')"
# What POSIX lacks is in files that say so at their head.
for f in $(grep -lE '<linux/|<netpacket|<net/if|AF_NETLINK|AF_PACKET|SO_PEERCRED|SO_BINDTODEVICE|CLOCK_BOOTTIME|sched_setscheduler|mlockall|ETH_P_|F_SETPIPE_SZ|ip_mreqn' $all); do
  head -n 12 "$f" | grep -qi 'posix' || case $f in *.h) ;; *) report 'beyond POSIX, and its head does not say so' "$f" ;; esac
done
exit $bad
