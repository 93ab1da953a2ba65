#!/bin/bash
# splitfwd against HAProxy and against a direct connection, on this machine, as root: make bench.
#
# Everything runs in a network and pid namespace of its own; the kernel ends it with the script. Both forwarders stand in
# front of the same two addresses, with the settings of the system that is replaced, and take turns: HAProxy, splitfwd,
# direct, and again, REPEATS times. What counts is the median of the ratios within the rounds; a machine that is busy with
# something else slows both. CPU is the scheduler's run time of the forwarder's processes.
#
#   BENCH='idle bulk'   the parts, of: sysbench ping idle cold bulk beside churn login result memory; all by default
#   REPEATS=5           rounds
#   QUICK=1             two short rounds, fewer settings: shows that it works, decides nothing
#   SPLITFWD=PROGRAM    another build
#   BENCH_OUT=FILE      keeps each single value: PART SETTING METRIC SYSTEM ROUND VALUE
#
# Ends with 0 also when a target of targets.txt is missed; with 1 when something did not work.
set -u
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
PARTS='sysbench ping idle cold bulk beside churn login result memory'
BENCH=${BENCH:-$PARTS}
QUICK=${QUICK:-}
REPEATS=${REPEATS:-${QUICK:+2}}
REPEATS=${REPEATS:-5}
SPLITFWD=${SPLITFWD:-$root/splitfwd/splitfwd}
load=$root/build/bench/load serve=$root/build/bench/serve sqlload=$root/build/bench/sql
case $REPEATS in *[!0-9]*|0*) echo "bench: REPEATS=$REPEATS is no number of rounds" >&2; exit 2 ;; esac
for part in $BENCH; do
  case " $PARTS " in *" $part "*) ;; *) echo "bench: no part '$part'; there are: $PARTS" >&2; exit 2 ;; esac
done
[ "$(id -u)" -eq 0 ] || { echo 'bench: must run as root' >&2; exit 4; }
for tool in haproxy sysbench mariadbd "$SPLITFWD" "$load" "$serve" "$sqlload"; do
  command -v "$tool" >/dev/null || { echo "bench: $tool is missing; make bench installs and builds it" >&2; exit 5; }
done
if [ -z "${TANDEM_BENCH:-}" ]; then
  exec env TANDEM_BENCH=1 unshare --net --pid --fork --mount-proc --kill-child "$0"
fi

# shellcheck source=../e2e/env.sh
. "$root/tests/e2e/env.sh"
ADDR[db]=127.0.0.126
LISTEN_MAX=4100  # sessions that the echo listeners take: 4,000 idle ones fit
DIR=$(mktemp -d "${TMPDIR:-/tmp}/tandem-bench-XXXXXX") || exit 1
chmod 755 "$DIR" && mkdir "$DIR/db" "$DIR/empty" || exit 1
E2E_DIR=$DIR  # where env.sh's db_* look
VALUES=${BENCH_OUT:-$DIR/values}
: >"$VALUES" || exit 1
PIDS=()
declare -A PID=([haproxy]='' [splitfwd]='' [direct]=0)
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP
trap finish EXIT

finish() {
  local status=$? pid
  trap '' INT TERM HUP
  case $status in 0|129|130|143) ;; *) find "$DIR" -maxdepth 2 -name '*.log' -size +0 -exec tail -v -n 5 {} + >&2 ;; esac
  for pid in "${PID[haproxy]}" "${PID[splitfwd]}" "${PIDS[@]}" "$(db_pid db)"; do
    [ -z "$pid" ] || kill -KILL "$pid" 2>/dev/null
  done
  rm -rf "$DIR"
  exit "$status"
}
broken() { echo "bench: $*" >&2; exit 1; }

# background NAME CMD...: its pid in STARTED. In a session of its own, as daemons are: the kernel may share the CPUs out by
# session (sched_autogroup_enabled), and one forwarder must not be in the load's while the other is alone.
# spawn is env.sh's, for a host that is this namespace.
background() {
  local log=$DIR/$1.log
  shift
  setsid "$@" </dev/null >>"$log" 2>&1 &
  STARTED=$!
  disown "$STARTED"
}
spawn() { local host=$1 name=$2; shift 2; background "$host/$name" "$@"; }

# ---- servers and forwarders ------------------------------------------------------------------------------------------

# Ports: 3306 MariaDB, 4306 serve, 4307 a serve of its own for bulk; in front of them + 10 HAProxy, + 20 splitfwd.
# Both servers of a listener are the same process, at two addresses.
port() { local -A add=([direct]=0 [haproxy]=10 [splitfwd]=20); echo $(($2 + ${add[$1]})); }
to() { if [ "$1" = direct ]; then echo "127.0.0.126:$2"; else echo "127.0.0.1:$(port "$1" "$2")"; fi; }

haproxy_config() {
  cat <<-CONF
	global
	  daemon
	  maxconn 4200
	  log 127.0.0.1 local2
	  chroot $DIR/empty
	  user nobody
	  group nogroup
	  pidfile $DIR/haproxy.pid
	  stats socket $DIR/haproxy.sock
	defaults
	  mode tcp
	  log global
	  option tcplog
	  option dontlognull
	  option redispatch
	  retries 3
	  timeout queue 1m
	  timeout connect 10s
	  timeout client 1m
	  timeout server 1m
	  timeout check 10s
	CONF
  local name target max server_max
  while read -r name target max server_max; do
    cat <<-CONF
	listen $name
	  bind *:$((target + 10))
	  maxconn $max
	  balance roundrobin
	  server hdp3 127.0.0.126:$target maxconn $server_max check port $target inter 2s rise 2 fall 3
	  server hdp4 127.0.0.127:$target maxconn $server_max check port $target inter 2s rise 2 fall 3
	CONF
  done <<<"$1"
}

splitfwd_config() {
  cat <<-CONF
	[splitfwd]
	pidfile = $DIR/run/splitfwd.pid
	maxconn = 4200
	log = 127.0.0.1
	log-facility = local2
	dontlognull = yes
	user = nobody
	chroot = $DIR/empty
	CONF
  local name target max server_max host
  while read -r name target max server_max; do
    for host in 126 127; do
      cat <<-CONF
	[server $name$host]
	address = 127.0.0.$host:$target
	maxconn = $server_max
	check = tcp
	inter = 2s
	rise = 2
	fall = 3
	timeout-check = 10s
	CONF
    done
    cat <<-CONF
	[listen $name]
	bind = *:$((target + 20))
	servers = ${name}126 ${name}127
	balance = roundrobin
	maxconn = $max
	retries = 3
	redispatch = yes
	timeout-connect = 10s
	timeout-queue = 1m
	timeout-client = 1m
	timeout-server = 1m
	CONF
  done <<<"$1"
}

servers_up() {
  local listeners="read 3306 600 300
echo 4306 $LISTEN_MAX $LISTEN_MAX
bulk 4307 $LISTEN_MAX $LISTEN_MAX"
  haproxy_config "$listeners" >"$DIR/haproxy.cfg"
  splitfwd_config "$listeners" >"$DIR/splitfwd.ini"
  ip link set lo up
  # Short connections leave many ports in TIME_WAIT. Those of the listeners stay below.
  echo 10000 65535 >/proc/sys/net/ipv4/ip_local_port_range
  ulimit -n 20000 || broken 'the limit of open files cannot be raised to 20000'
  background echo "$serve" 127.0.0.126:4306 127.0.0.127:4306; PIDS+=("$STARTED")
  background bulk "$serve" 127.0.0.126:4307 127.0.0.127:4307; PIDS+=("$STARTED")
  background sink "$serve" sink 127.0.0.1:514; PIDS+=("$STARTED")
  db_make db && db_start db --skip-read-only --skip-log-bin --bind-address=0.0.0.0 --max-connections=700 \
    --max-connect-errors=4294967295 --innodb-buffer-pool-size=128M --back-log=1000 && db_wait db || exit 1
  sql db "CREATE DATABASE sbtest; CREATE USER sbtest IDENTIFIED BY 'sbtest'; GRANT ALL ON sbtest.* TO sbtest" || exit 1
  sysbench_at direct prepare >"$DIR/prepare.log" 2>&1 || broken 'sysbench cannot prepare its table'
}

# Fresh ones for each part, so that none starts with what another left in memory.
forwarders_up() {
  background haproxy haproxy -db -f "$DIR/haproxy.cfg"; PID[haproxy]=$STARTED
  "$SPLITFWD" -c "$DIR/splitfwd.ini" start >&2 || broken 'splitfwd does not start'
  PID[splitfwd]=$(cat "$DIR/run/splitfwd.pid")
  local system port
  waituntil 5 accepts "$(port haproxy 3306)" || broken 'haproxy does not start'
  for system in haproxy splitfwd; do
    for port in 4306 4307; do
      "$load" down "$(to "$system" "$port")" 0 1000 >/dev/null || broken "$system does not forward"
    done
    sql_at result 1 "$system" >/dev/null || broken "$system: no login"
  done
}
accepts() { (: <>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

forwarders_down() {
  local system
  for system in haproxy splitfwd; do
    ! gone "${PID[$system]}" || broken "$system has ended"
    kill -TERM "${PID[$system]}"
    waituntil 10 gone "${PID[$system]}" || broken "$system does not end"
    PID[$system]=
  done
}

# ---- rounds and rows -------------------------------------------------------------------------------------------------

# rounds PART SETTING SYSTEMS CMD...: runs `CMD... SYSTEM` for each of them in turn, REPEATS times; it prints KEY=VALUE.
rounds() {
  local part=$1 setting=$2 systems=$3 round system out word
  shift 3
  for ((round = 1; round <= REPEATS; round++)); do
    [ -z "${FRESH:-}" ] || { forwarders_down; forwarders_up; }
    for system in $systems; do
      out=$("$@" "$system") || broken "$part $setting $system: did not work"
      for word in $out; do
        echo "$part $setting ${word%%=*} $system $round ${word#*=}" >>"$VALUES"
      done
    done
  done
  rows "$part" "$setting"
}

# rows PART SETTING: prints the medians of what was measured.
rows() {
  awk -v part="$1" -v setting="$2" -f "$here/rows.awk" "$here/targets.txt" "$VALUES" | tee -a "$DIR/rows"
  [ "${PIPESTATUS[*]}" = "0 0" ] || broken "$1 $2: no ratio, or nobody reads it"
}

ALL='haproxy splitfwd direct'
BOTH='haproxy splitfwd'
seconds=2 sysbench_seconds=4 gigabyte=1000000000 result_mb=954
[ -z "$QUICK" ] || { seconds=1 sysbench_seconds=2 gigabyte=300000000 result_mb=200; }

# settings ALL FEWER: those of a part.
settings() { if [ -n "$QUICK" ]; then echo "$2"; else echo "$1"; fi; }

# load_at JOB PORT ARGS... SYSTEM
load_at() {
  local system=${*: -1} job=$1 port=$2
  timeout -k 1 180 "$load" "$job" "$(to "$system" "$port")" "${PID[$system]}" "${@:3:$#-3}"
}

# sql_at JOB AMOUNT [AT-ONCE] SYSTEM
sql_at() {
  local system=${*: -1} address=127.0.0.1
  [ "$system" != direct ] || address=127.0.0.126
  timeout -k 1 180 "$sqlload" "$1" "$address" "$(port "$system" 3306)" sbtest sbtest "${PID[$system]}" "${@:2:$#-2}"
}

sysbench_at() {
  local address=127.0.0.1
  [ "$1" != direct ] || address=127.0.0.126
  timeout -k 1 180 sysbench oltp_point_select --mysql-host="$address" --mysql-port="$(port "$1" 3306)" \
    --mysql-user=sbtest --mysql-password=sbtest --table-size=10000 --histogram=on "${@:2}"
}

# sysbench_round THREADS SYSTEM. The logins at its beginning are counted in.
sysbench_round() {
  local before after
  before=$("$load" cpu "${PID[$2]}") || return 1
  sysbench_at "$2" --threads="$1" --time="$sysbench_seconds" --forced-shutdown=20 run >"$DIR/sysbench.out" 2>&1 ||
    { tail -n 5 "$DIR/sysbench.out" >&2; return 1; }
  after=$("$load" cpu "${PID[$2]}") || return 1
  awk -v cpu_ns=$((after - before)) '
    /\|.* [0-9]+$/ { at[++n] = $1; count[n] = $NF; all += $NF }
    /^ *transactions:/ { queries = $2; tps = substr($3, 2) }
    /ignored errors:|reconnects:/ { bad += $(NF - 2) }
    function percentile(p,   i, sum) {
      for (i = 1; i < n; i++) if ((sum += count[i]) >= all * p / 100) break
      return at[i] * 1000
    }
    END {
      if (!all || all != queries || bad) { print "sysbench: errors, or no histogram" >"/dev/stderr"; exit 1 }
      printf "tps=%s p50_us=%g p95_us=%g p99_us=%g", tps, percentile(50), percentile(95), percentile(99)
      if (cpu_ns) printf " cpu_us=%g", cpu_ns / 1000 / queries
      print ""
    }' "$DIR/sysbench.out"
}

# ---- the parts -------------------------------------------------------------------------------------------------------

part_sysbench() {
  local n
  for n in $(settings '1 16 64 256' '1 64'); do rounds sysbench "$n" "$ALL" sysbench_round "$n"; done
}
part_ping() {
  local n
  for n in $(settings '1 64 256' '1 64'); do rounds ping "$n" "$ALL" load_at ping 4306 "$seconds" "$n" 0; done
}
part_idle() {
  local n
  for n in $(settings '0 500 900 2000 4000' '0 500'); do
    rounds idle "$n" "$BOTH" load_at ping 4306 "$seconds" 1 "$n"
  done
}
part_cold() { rounds cold 500 "$ALL" load_at cold 4306 "$seconds" 500 200; }
part_bulk() {
  local way
  for way in down up; do rounds bulk "$way" "$ALL" load_at "$way" 4307 "$gigabyte"; done
}
beside_at() { load_at beside 4306 "$seconds" "$(to "$1" 4307)" "$1"; }
part_beside() { rounds beside 1 "$ALL" beside_at; }
part_churn() { rounds churn 16 "$ALL" load_at churn 4306 "$seconds" 16; }
part_login() {
  local n
  for n in 1 8; do rounds login "$n" "$ALL" sql_at login "$seconds" "$n"; done
}
part_result() { rounds result 1 "$ALL" sql_at result "$result_mb"; }
# In each round with fresh forwarders: neither gives all of its memory back.
part_memory() {
  local n FRESH=1
  for n in $(settings '0 500 4000' '0 500'); do rounds memory "$n" "$BOTH" load_at memory 4306 "$n"; done
}

facts() {
  echo "machine   $(nproc) CPUs, $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)," \
    "$(awk '/^MemTotal/ {printf "%d MB", $2 / 1024}' /proc/meminfo), Linux $(uname -r), load $(cut -d' ' -f1-3 /proc/loadavg)"
  echo "versions  $(haproxy -v | sed -n '1s/ - .*//p'), $(sysbench --version)," \
    "$(mariadbd --version 2>/dev/null | grep -o '[0-9][^ ]*MariaDB[^ ]*'), $("$SPLITFWD" -V 2>&1 | head -n 1)"
  [ "$(cut -d. -f1 /proc/loadavg)" -lt 1 ] || echo 'busy      something else runs here: the figures scatter'
  echo "rounds    $REPEATS, nothing pinned; load, servers and forwarder share the CPUs," \
    "autogroup $(cat /proc/sys/kernel/sched_autogroup_enabled 2>/dev/null || echo none)"
}

servers_up
facts
printf '\n%-24s %9s %9s  %6s %-13s %-7s %-4s %9s %6s\n' 'part, setting, metric' HAProxy splitfwd \
  ratio 'min..max' target '' direct ratio
for part in $BENCH; do
  forwarders_up
  "part_$part"
  forwarders_down
done
printf '\nratio: splitfwd to HAProxy and to direct, median of the rounds\n'
echo "load      $(cut -d" " -f1-3 /proc/loadavg) at the end"
awk '$10 ~ /ok|miss/ { all++ }
  $10 == "miss" { missed = missed "  " $1 " " $2 " " $3 " " $6 ", target " $8 " " $9 "\n"; n++ }
  END { printf "missed: %d of %d targets\n%s", n, all, missed }' "$DIR/rows"
