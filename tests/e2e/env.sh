# The end-to-end environment: hosts as network namespaces on one bridge, and real, throw-away servers in them.
# Source it from bash as root; `set -u` is fine. Everything lives under one work directory and one namespace prefix
# of its own, so runs do not collide and nothing of the machine is touched.
#
#   . tests/e2e/env.sh; env_trap; env_up; db_setup_pair; ...; e2e_done
#
# Before env_up a test may change: E2E_HOSTS and ADDR (more hosts), E2E_NET2=1 (a second network, eth1, between hdp3 and
# hdp4), KEEP_LOGS=1 (keep the work directory), SQL_TIMEOUT, DB_PRESTART (see start-mysqld). Before it sources this file
# it may choose the servers: DB_FLAVOUR=mariadb, what the host has, or mysql56 (see mysql56.sh; no semi-sync).
# Functions return non-zero and say why on stderr; none of them exits, except by the traps. Packages: ../deps.sh.

E2E_SRC=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
E2E_CLIENT=${E2E_CLIENT:-$E2E_SRC/client}
E2E_HOSTS=(hdp3 hdp4 client gw)
declare -A ADDR=([hdp3]=172.16.1.126 [hdp4]=172.16.1.127 [client]=172.16.1.50 [gw]=172.16.1.254)
E2E_NET2=${E2E_NET2:-}
VIP=172.16.1.100
TANDEM_USER=tandem TANDEM_PASS=tandem-e2e
REPL_USER=repl REPL_PASS=repl-e2e
APP_USER=app APP_PASS=app-e2e
SQL_TIMEOUT=${SQL_TIMEOUT:-5}
export DB_PRESTART=${DB_PRESTART:-}
DB_FLAVOUR=${DB_FLAVOUR:-mariadb}

E2E_DIR='' E2E_NS='' E2E_UP=() # the work directory; the prefix of this run's namespaces; those that were made
E2E_SPAWNED=()               # pids started by spawn
E2E_PASSED=0 E2E_FAILED=0 E2E_FINISHED=''

warn() { echo "e2e: $*" >&2; }

# ---- time and waiting ------------------------------------------------------------------------------------------------

# uptime_ms: milliseconds since boot into REPLY, in steps of 10, without a fork. For stamps beside a client's log use now_ms.
uptime_ms() { read -r REPLY _ </proc/uptime; REPLY=$((10#${REPLY/./} * 10)); }

# now_ms: CLOCK_MONOTONIC in milliseconds, the clock of the client's logs.
now_ms() { "$E2E_CLIENT" now; }

# waituntil SECONDS CMD...: polls CMD every 20 ms until it is true. At the deadline: the command on stderr, and 1.
waituntil() {
  local seconds=$1 deadline
  shift
  uptime_ms
  deadline=$((REPLY + seconds * 1000))
  until "$@" >/dev/null 2>&1; do
    uptime_ms
    if [ "$REPLY" -ge "$deadline" ]; then
      warn "waituntil: still not true after $seconds s: $*"
      return 1
    fi
    sleep 0.02
  done
}

# is WANT CMD...: true if CMD prints exactly WANT. For waituntil and check.
is() { local want=$1; shift; [ "$("$@")" = "$want" ]; }

# not CMD...: true if CMD is false.
not() { ! "$@"; }

# ---- the environment -------------------------------------------------------------------------------------------------

# env_trap: clean up at any end of the script; a signal ends it with 128 + its number. Bash runs a trap only when the
# command in the foreground has ended, so a test must not run anything there without a deadline.
env_trap() {
  trap 'exit 130' INT
  trap 'exit 143' TERM
  trap 'exit 129' HUP
  trap env_exit EXIT
}

env_exit() {
  local status=$?
  trap '' INT TERM HUP
  if [ "$status" -eq 0 ] && [ -z "$E2E_FINISHED" ] && [ $((E2E_PASSED + E2E_FAILED)) -gt 0 ]; then
    warn 'the script ended without e2e_done'
    status=1
  fi
  # Logs are kept after a failure, one of the script itself too, but not after an interruption.
  case $status in 0|129|130|143) ;; *) [ "$E2E_FAILED" -gt 0 ] || E2E_FAILED=1 ;; esac
  env_down
  exit "$status"
}

# env_up: makes the work directory and the hosts, links up. Names: namespace $E2E_NS-HOST, interface eth0 in it, its
# bridge port in $E2E_NS-sw is called HOST (HOST.1 for eth1). No STP, no forwarding delay, sysctls as the kernel has them.
env_up() {
  local host sw
  [ "$(id -u)" -eq 0 ] || { warn 'must run as root'; return 1; }
  E2E_DIR=$(mktemp -d "${TMPDIR:-/tmp}/td-XXXXXX") || return 1
  [ ${#E2E_DIR} -le 70 ] || { warn "$E2E_DIR: too long for a socket's name, set TMPDIR"; return 1; }
  chmod 755 "$E2E_DIR"
  E2E_NS=${E2E_DIR##*/}
  sw=$E2E_NS-sw
  E2E_UP=(sw)
  ip netns add "$sw" || return 1
  {
    echo "link add br0 type bridge stp_state 0 forward_delay 0"
    echo "link set br0 up"
    [ -z "$E2E_NET2" ] || { echo "link add br1 type bridge stp_state 0 forward_delay 0"; echo "link set br1 up"; }
  } | ip -n "$sw" -batch - || return 1
  for host in "${E2E_HOSTS[@]}"; do
    mkdir "$E2E_DIR/$host" || return 1
    E2E_UP+=("$host")
    ip netns add "$E2E_NS-$host" || return 1
    { echo 'link set lo up'; net_port eth0 "$host" "${ADDR[$host]}" 1; } | ip -n "$E2E_NS-$host" -batch - || return 1
    ip -n "$sw" link set "$host" master br0 up || return 1
    if has_eth1 "$host"; then
      net_port eth1 "$host.1" "10.9.0.${ADDR[$host]##*.}" 2 | ip -n "$E2E_NS-$host" -batch - || return 1
      ip -n "$sw" link set "$host.1" master br1 up || return 1
    fi
  done
  # link_cut drops frames between two ports in the bridge itself, so it is blind to what is in them: ARP, IP, IPv6.
  ip netns exec "$sw" nft -f - <<-'RULES' || return 1
	table bridge e2e {
	  set cut { type ifname . ifname; }
	  chain forward { type filter hook forward priority 0; policy accept; iifname . oifname @cut drop; }
	}
	RULES
  printf '[client]\nuser=%s\npassword=%s\n' "$APP_USER" "$APP_PASS" >"$E2E_DIR/app.cnf" && chmod 600 "$E2E_DIR/app.cnf"
}

has_eth1() { [ -n "$E2E_NET2" ] && { [ "$1" = hdp3 ] || [ "$1" = hdp4 ]; }; }

# net_port IF PORT ADDRESS NET: ip's commands for one interface of a host. The hardware address tells whose it is.
net_port() {
  printf 'link add %s address 02:00:00:00:%02x:%02x type veth peer name %s netns %s\n' "$1" "$4" "${3##*.}" "$2" "$E2E_NS-sw"
  printf 'addr add %s/24 brd + dev %s\nlink set %s up\n' "$3" "$1" "$1"
}

# env_down: ends every process in the namespaces (TERM, after 2 s KILL), removes them and the work directory. Idempotent.
env_down() {
  local host pid left
  for host in "${E2E_UP[@]}"; do [ "$host" = sw ] || touch "$E2E_DIR/$host/unit.off"; done   # see unit_start
  host_pids_kill TERM "${E2E_UP[@]}"
  host_pids_kill CONT "${E2E_UP[@]}"
  waituntil 2 host_empty "${E2E_UP[@]}" 2>/dev/null || waituntil 10 host_pids_kill KILL "${E2E_UP[@]}"
  for host in "${E2E_UP[@]}"; do
    ! [ -e "/run/netns/$E2E_NS-$host" ] || ip netns del "$E2E_NS-$host"
  done
  # One that was spawned a moment ago may not have reached its namespace; it is still a child of this shell.
  for pid in "${E2E_SPAWNED[@]}"; do
    read -r left 2>/dev/null <"/proc/$pid/stat" || continue
    left=${left##*) ? }
    [ "${left%% *}" != $$ ] || kill -KILL "$pid" 2>/dev/null
  done
  waituntil 10 env_gone
  E2E_UP=() E2E_SPAWNED=()
  [ -n "$E2E_DIR" ] || return 0
  if [ -n "${KEEP_LOGS:-}" ] || [ "$E2E_FAILED" -gt 0 ]; then
    rm -rf "$E2E_DIR/template"
    warn "logs and data are left in $E2E_DIR"
  else
    rm -rf "$E2E_DIR"
  fi
  E2E_DIR=
}

env_gone() { [ -z "$E2E_NS" ] || ! compgen -G "/run/netns/$E2E_NS-*" >/dev/null; }

# ---- hosts -----------------------------------------------------------------------------------------------------------

# at HOST CMD...: runs CMD there, in the foreground.
at() { local host=$1; shift; ip netns exec "$E2E_NS-$host" "$@"; }

# spawn HOST NAME CMD...: runs CMD there in the background, output to $(dir HOST)/NAME.log; its pid (really CMD's, after
# the exec) in SPAWN_PID and in $(dir HOST)/NAME.spawned.
spawn() {
  local host=$1 name=$2
  shift 2
  (exec ip netns exec "$E2E_NS-$host" "$@") </dev/null >>"$E2E_DIR/$host/$name.log" 2>&1 &
  SPAWN_PID=$!
  disown "$SPAWN_PID"   # no "Killed" on the test's terminal
  E2E_SPAWNED+=("$SPAWN_PID")
  echo "$SPAWN_PID" >"$E2E_DIR/$host/$name.spawned"
}

# gone PID: true when there is no such process, or only its zombie.
gone() {
  local stat
  read -r stat 2>/dev/null <"/proc/$1/stat" || return 0
  stat=${stat##*) }
  [ "${stat%% *}" = Z ]
}

# dir HOST: the host's own directory: logs, my.cnf, data/, mysql.sock.
dir() { echo "$E2E_DIR/$1"; }

# host_pids_kill SIGNAL HOST...: signals everything there, once. True when nothing was left to signal.
host_pids_kill() {
  local signal=$1 host pids all=
  shift
  for host in "$@"; do
    pids=$(ip netns pids "$E2E_NS-$host" 2>/dev/null) || continue
    all+=" $pids"
  done
  # shellcheck disable=SC2086
  set -- $all
  [ $# -gt 0 ] || return 0
  kill "-$signal" "$@" 2>/dev/null
  return 1
}

# host_empty HOST...: true when no process is there.
host_empty() { host_pids_kill 0 "$@"; }

# host_cut HOST [IF]: pulls the cable (bridge side port down; the host loses its carrier). host_heal HOST [IF] puts it back.
# For a cut that the host cannot see on its interface use link_cut HOST all.
host_cut() { ip -n "$E2E_NS-sw" link set "$(port "$@")" down; }
host_heal() { ip -n "$E2E_NS-sw" link set "$(port "$@")" up; }
port() { if [ "${2:-eth0}" = eth0 ]; then echo "$1"; else echo "$1.${2#eth}"; fi; }

# link_cut [-1] A B: drops every frame between hosts A and B in the bridge, ARP included; with -1 only those from A to B.
# B may be `all`. Carriers stay up. A.1 and B.1 are the ports on the second network. link_heal [-1] A B undoes it;
# link_heal alone undoes all of them. Both are idempotent.
link_cut() { link_rule add "$@"; }
link_heal() {
  if [ $# -eq 0 ]; then at sw nft flush set bridge e2e cut; else link_rule delete "$@"; fi
}
link_rule() {
  local verb=$1 oneway='' a b
  shift
  if [ "$1" = -1 ]; then oneway=1; shift; fi
  a=$1 b=$2
  [ "$b" != all ] || set -- "$a" "${E2E_HOSTS[@]}"
  shift
  # nft refuses to delete what is not there; to add first, in the same transaction, makes it idempotent.
  for b in "$@"; do
    [ "$a" != "$b" ] || continue
    for verb in add "$verb"; do
      echo "$verb element bridge e2e cut { \"$a\" . \"$b\" }"
      [ -n "$oneway" ] || echo "$verb element bridge e2e cut { \"$b\" . \"$a\" }"
    done
  done | at sw nft -f -
}

# host_kill HOST: power off: cable out, everything there SIGKILLed, and with it all addresses but the host's own.
# host_boot HOST: cable in. Starting daemons again is the test's job.
host_kill() {
  host_cut "$1"
  ! has_eth1 "$1" || host_cut "$1" eth1
  waituntil 10 host_pids_kill KILL "$1" || return 1
  ip -n "$E2E_NS-$1" addr flush dev eth0 scope global
  ip -n "$E2E_NS-$1" addr add "${ADDR[$1]}/24" brd + dev eth0
}
host_boot() {
  host_heal "$1"
  ! has_eth1 "$1" || host_heal "$1" eth1
}

# vip_holders [ADDR]: the hosts that have the address now, in one line; empty if none.
vip_holders() {
  local host holders=
  for host in "${E2E_HOSTS[@]}"; do
    [ -z "$(ip -n "$E2E_NS-$host" -o addr show to "${1:-$VIP}")" ] || holders+=" $host"
  done
  echo "${holders# }"
}

# loop_devices: their nodes, which a bare root lacks. small_disk HOST SIZE: a file system of that size at $(dir HOST)/disk; whoever
# makes one unmounts it.
loop_devices() {
  local k
  [ -e /dev/loop-control ] || mknod /dev/loop-control c 10 237
  for k in {0..7}; do [ -e "/dev/loop$k" ] || mknod "/dev/loop$k" b 7 "$k"; done
}
small_disk() {
  local image=$E2E_DIR/$1/disk.img
  mkdir "$E2E_DIR/$1/disk" && truncate -s "$2" "$image" && mkfs.ext4 -q -m 0 "$image" && mount -o loop "$image" "$E2E_DIR/$1/disk"
}

# ---- servers ---------------------------------------------------------------------------------------------------------

# What differs by flavour: the program, the grants of our account, how a replica finds its place and how that is asked;
# db_template DIR: an empty data directory; db_conf HOST: what its my.cnf has beyond db_make's.
export DB_MYSQLD=mariadbd
DB_GRANTS='SUPER, READ_ONLY ADMIN, CONNECTION ADMIN, PROCESS, RELOAD, BINLOG ADMIN, BINLOG MONITOR, BINLOG REPLAY,
  REPLICATION SLAVE, REPLICATION SLAVE ADMIN, REPLICATION MASTER ADMIN, SLAVE MONITOR'
DB_AUTO_POSITION=MASTER_USE_GTID=slave_pos
DB_POSITION=@@gtid_binlog_pos

db_template() {
  mariadb-install-db --no-defaults --user=root --datadir="$1" --auth-root-authentication-method=normal \
    --force --skip-name-resolve --skip-test-db --innodb-log-file-size=8M
}

db_conf() {
  cat <<-CONF
	[mysqld]
	skip_name_resolve
	# both boot read-only; being primary is granted at run time
	read-only
	log_bin=binlog
	relay_log=relay
	relay_log_recovery=ON
	log_slave_updates=ON
	binlog_format=ROW
	gtid_strict_mode=ON
	sync_binlog=1
	innodb_flush_log_at_trx_commit=1
	rpl_semi_sync_master_enabled=OFF
	rpl_semi_sync_slave_enabled=ON
	rpl_semi_sync_master_wait_point=AFTER_SYNC
	rpl_semi_sync_master_timeout=4294967295
	rpl_semi_sync_slave_kill_conn_timeout=1
	innodb_log_file_size=8M
	aria_pagecache_buffer_size=8M
	CONF
}

[ "$DB_FLAVOUR" = mariadb ] || . "$E2E_SRC/$DB_FLAVOUR.sh"

# db_make HOST: an empty server for the host. The first call builds a template (a second or a few), all copy it.
db_make() {
  local host=$1 dir=$E2E_DIR/$1 template=$E2E_DIR/template
  if ! [ -d "$template" ]; then
    # MariaDB's bootstrap has crashed by itself (10.11.19: a temporary table without a file): once more then.
    db_template "$template.new" >"$E2E_DIR/template.log" 2>&1 ||
      { rm -rf "$template.new"; db_template "$template.new" >>"$E2E_DIR/template.log" 2>&1; }
    [ $? -eq 0 ] && mv "$template.new" "$template" ||
      { warn "no empty $DB_FLAVOUR server:"; tail -n 20 "$E2E_DIR/template.log" >&2; return 1; }
  fi
  cp -a "$template" "$dir/data" || return 1
  { db_conf "$host"; cat <<-CONF
	server_id=${ADDR[$host]##*.}
	report_host=${ADDR[$host]}
	datadir=$dir/data
	socket=$dir/mysql.sock
	pid_file=$dir/mysqld.pid
	tmpdir=$dir
	port=3306
	bind_address=${DB_BIND:-0.0.0.0}
	slave_net_timeout=4
	# small and quick to start
	innodb_buffer_pool_size=32M
	innodb_buffer_pool_load_at_startup=OFF
	innodb_buffer_pool_dump_at_shutdown=OFF
	key_buffer_size=1M
	performance_schema=OFF
	max_connections=200
	CONF
  } >"$dir/my.cnf"
}

# db_start HOST [MYSQLD-ARG...]: starts it through start-mysqld and returns at once, output to mysqld.log.
# db_wait HOST [SECONDS]: until it answers; false at once if it died. db_answers HOST: whether it does now.
# db_kill HOST: kill -9, returns at once. db_stop HOST: orderly, until it is gone.
# db_pid HOST: its pid, or nothing and false.
db_start() {
  local host=$1
  shift
  waituntil 5 not db_pid "$host" || return 1
  rm -f "$E2E_DIR/$host/started.pid"
  spawn "$host" mysqld "$E2E_SRC/start-mysqld" "$E2E_DIR/$host" "$@"
}

db_wait() {
  waituntil "${2:-30}" db_answers_or_gone "$1" && db_answers "$1" && return 0
  warn "mysqld on $1 does not answer:"
  tail -n 15 "$E2E_DIR/$1/mysqld.log" >&2
  return 1
}
db_answers() { is 1 sql "$1" 'SELECT 1' 2>/dev/null; }
db_answers_or_gone() {
  local pid
  db_answers "$1" || { read -r pid 2>/dev/null <"$E2E_DIR/$1/started.pid" && gone "$pid"; }
}

db_kill() { local pid; pid=$(db_pid "$1") && kill -KILL "$pid"; }

db_stop() {
  local pid
  pid=$(db_pid "$1") || return 0
  kill -TERM "$pid"
  waituntil 20 gone "$pid" && return 0
  kill -KILL "$pid"
  return 1
}

db_pid() {
  local pid exe
  read -r pid 2>/dev/null <"$E2E_DIR/$1/started.pid" || return 1
  exe=$(readlink "/proc/$pid/exe") && [ "${exe##*/}" = "${DB_MYSQLD##*/}" ] && ! gone "$pid" && echo "$pid"
}

# sql HOST STATEMENT: as root through the server's socket; rows without names, columns by tabs.
sql() {
  timeout -k 1 "$SQL_TIMEOUT" mariadb --no-defaults --socket="$E2E_DIR/$1/mysql.sock" --user=root --connect-timeout=2 \
    --skip-column-names --batch --execute="$2"
}

# sql_vip PORT STATEMENT: as app from the client host, through the virtual address, in database test.
sql_vip() {
  at client timeout -k 1 "$SQL_TIMEOUT" mariadb --defaults-file="$E2E_DIR/app.cnf" --host="$VIP" --port="$1" \
    --connect-timeout=2 --skip-column-names --batch --execute="$2" test
}

# db_slave HOST FIELD: one field of SHOW SLAVE STATUS; nothing if there is no replica configuration.
db_slave() {
  timeout -k 1 "$SQL_TIMEOUT" mariadb --no-defaults --socket="$E2E_DIR/$1/mysql.sock" --user=root --connect-timeout=2 \
    --vertical --execute='SHOW SLAVE STATUS' | sed -n "s/^ *$2: //p"
}

# db_gtid HOST: everything its binlog has. db_synced A B: true when both have the same, and not nothing.
db_gtid() { sql "$1" "SELECT REPLACE($DB_POSITION, '\n', '')"; }
db_synced() { local a; a=$(db_gtid "$1") && [ -n "$a" ] && is "$a" db_gtid "$2"; }

# db_follow HOST SOURCE: makes HOST replicate from SOURCE, from where its own data ends.
db_follow() {
  sql "$1" "CHANGE MASTER TO MASTER_HOST='${ADDR[$2]}', MASTER_PORT=3306, MASTER_USER='$REPL_USER', MASTER_PASSWORD='$REPL_PASS',
    $DB_AUTO_POSITION, MASTER_CONNECT_RETRY=1, MASTER_HEARTBEAT_PERIOD=0.5; START SLAVE"
}

# db_setup_pair: servers on hdp3 and hdp4, accounts, table test.t; hdp4 replicates from hdp3. Returns when both have the
# same transactions. hdp3 is writable with the primary side of semi-sync off; hdp4 is read-only.
db_setup_pair() {
  local host
  for host in hdp3 hdp4; do
    db_make "$host" && db_start "$host" || return 1
  done
  db_wait hdp3 && db_wait hdp4 && db_accounts hdp3 || return 1
  db_follow hdp4 hdp3 && waituntil 10 db_synced hdp3 hdp4
}

# db_accounts HOST: ours, a replica's, an application's and its table; HOST becomes writable.
db_accounts() {
  sql "$1" "
    CREATE USER $TANDEM_USER@'%' IDENTIFIED BY '$TANDEM_PASS', $TANDEM_USER@localhost IDENTIFIED BY '$TANDEM_PASS',
      $REPL_USER@'%' IDENTIFIED BY '$REPL_PASS', $APP_USER@'%' IDENTIFIED BY '$APP_PASS';
    GRANT $DB_GRANTS
      ON *.* TO $TANDEM_USER@'%', $TANDEM_USER@localhost;
    GRANT REPLICATION SLAVE ON *.* TO $REPL_USER@'%';
    GRANT SELECT ON performance_schema.* TO $TANDEM_USER@'%', $TANDEM_USER@localhost;
    GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, ALTER, INDEX ON test.* TO $APP_USER@'%';
    CREATE DATABASE test;
    CREATE TABLE test.t (id BIGINT PRIMARY KEY, ms BIGINT, note VARCHAR(64)) ENGINE=InnoDB;
    SET GLOBAL read_only=0"
}

# ---- verdicts --------------------------------------------------------------------------------------------------------

ok() { E2E_PASSED=$((E2E_PASSED + 1)); echo "ok   $1"; }
# The first failure shows the ends of all logs at once: a test goes on, and may begin them anew.
fail() {
  local log
  echo "FAIL $1: ${*:2}"
  if [ "$E2E_FAILED" -eq 0 ] && [ -n "$E2E_DIR" ]; then
    for log in "$E2E_DIR"/*/*.log; do
      ! [ -s "$log" ] || { echo "==> ${log#"$E2E_DIR"/}"; tail -n 40 "$log"; }
    done >&2
  fi
  E2E_FAILED=$((E2E_FAILED + 1))
  return 1
}

# check NAME CMD...: ok if CMD is true. check_eq NAME WANT GOT: ok if they are the same text.
check() { if "${@:2}"; then ok "$1"; else fail "$1" "${*:2}"; fi; }
check_eq() { if [ "$2" = "$3" ]; then ok "$1"; else fail "$1" "want '$2', got '$3'"; fi; }

# kv KEY: the value of KEY=value on stdin, as `client gap` prints it.
kv() { sed -n "s/^\(.* \)\{0,1\}$1=\([^ ]*\).*/\2/p"; }

# e2e_done: the count, and the end of the script. No check at all is a failure.
e2e_done() {
  E2E_FINISHED=1
  echo "$E2E_PASSED passed, $E2E_FAILED failed"
  [ "$E2E_FAILED" -eq 0 ] && [ "$E2E_PASSED" -gt 0 ]
  exit
}
