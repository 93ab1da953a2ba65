#!/bin/bash
# splitfwd with real servers under load through both listeners while servers are killed, frozen, drained and the file is
# reloaded at random. What must hold at the end: every echoed byte was right, nothing that writes ever reached the
# replica, descriptors and memory did not grow. SOAK_SECONDS (30), SOAK_SEED; needs sysbench.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/env.sh
. tests/e2e/pair.sh
SECONDS_MAX=${SOAK_SECONDS:-30}
RANDOM=${SOAK_SEED:-$$}
echo "seed ${SOAK_SEED:-$$}, $SECONDS_MAX s"
ECHO=$PWD/build/e2e/splitfwd_echo
env_trap
env_up && db_setup_pair && pair_install && pair_conf client || exit 1

# ---- splitfwd on the client's host, as shipped, and an echo server behind a listener of its own ------------------------
INI=$(dir client)/etc/splitfwd.ini
cat >>"$INI" <<-CONF
	[server echo]
	address = 127.0.0.1:4306
	check = tcp
	inter = 200ms
	[listen echo]
	bind = 127.0.0.1:4307
	servers = echo
CONF
sed -i -e 's/^timeout-connect = .*/timeout-connect = 20s/' -e '/^user\|^chroot\|^log = /d' "$INI"
spawn client echo "$ECHO" serve 127.0.0.1:4306 echo
spawn client fwd unshare -mu "$E2E_SRC/in-host" "$E2E_DIR/root" "$E2E_DIR/client" client /usr/local/sbin/splitfwd -F
FWD=$SPAWN_PID
LOG=$(dir client)/fwd.log
logged() { grep -q -- "$1" "$LOG"; }
check 'it serves' waituntil 10 logged 'Server hdp4 is UP, role: replica'

# fds, pss: open files and kB of the parent, the worker and the watcher together.
kin() { pgrep -P "$FWD"; echo "$FWD"; }
fds() { local p; for p in $(kin); do ls "/proc/$p/fd"; done | wc -l; }
pss() { local p; for p in $(kin); do grep -s '^Pss:' "/proc/$p/smaps_rollup"; done | awk '{n += $2} END {print n + 0}'; }

# ---- load ----------------------------------------------------------------------------------------------------------------
# load NAME PORT THREADS SCRIPT: in short runs, since one ends when its sessions are cut, until there is enough.
cat >"$E2E_DIR/sysb" <<-SH
	#!/bin/bash
	exec timeout 60 sysbench "\$3" --mysql-host=127.0.0.1 --mysql-port="\$1" --mysql-user=$APP_USER \\
	  --mysql-password=$APP_PASS --mysql-db=test --tables=2 --table-size=2000 --threads="\$2" --db-driver=mysql "\${@:4}"
SH
chmod 755 "$E2E_DIR/sysb"
load() {
  spawn client "$1" bash -c "while ! [ -e $E2E_DIR/enough ]; do
    $E2E_DIR/sysb $2 $3 $4 --time=5 run; done"
}
at client "$E2E_DIR/sysb" 3308 1 oltp_read_write prepare >"$(dir client)/prepare.log" 2>&1
check 'tables are prepared' is 2000 sql hdp3 'SELECT COUNT(*) FROM test.sbtest2'
waituntil 20 db_synced hdp3 hdp4 || exit 1
# stray LOG: a server that is read-only said so to a writer.
stray() { grep -qE 'read-only|errno = 1290' "$1"; }
at client mariadb --defaults-file="$E2E_DIR/app.cnf" --host="${ADDR[hdp4]}" -e 'DELETE FROM sbtest1' test \
  >"$E2E_DIR/astray" 2>&1
check 'a write that reached the replica would be seen' stray "$E2E_DIR/astray"
quiet_fds=$(fds) quiet_pss=$(pss)
load reads 3307 8 oltp_point_select
load writes 3308 4 oltp_write_only
spawn client bytes bash -c "while ! [ -e $E2E_DIR/enough ]; do $ECHO bulk 127.0.0.1:4307 3000000; done"

# ---- trouble -------------------------------------------------------------------------------------------------------------
whole() { logged_last hdp4 'UP, role: replica' && logged_last hdp3 'UP, role: primary'; }
logged_last() { grep -o "Server $1 is .*" "$LOG" | tail -n 1 | grep -q "$2"; }
ctl() { echo "$1" | timeout 5 socat -t 5 - "UNIX-CONNECT:$E2E_DIR/client/run/tandem/splitfwd.sock" >"$E2E_DIR/ctl" &&
  ! grep -q . "$E2E_DIR/ctl" || fail "$1" "$(cat "$E2E_DIR/ctl")"; }
trouble() {
  local pid
  case $((RANDOM % 6)) in
    0) echo 'replica killed'; db_kill hdp4; sleep 0.5; db_start hdp4; db_wait hdp4 ;;
    1) echo 'replica frozen'; pid=$(db_pid hdp4); kill -STOP "$pid"; sleep 2; kill -CONT "$pid" ;;
    2) echo 'primary frozen'; pid=$(db_pid hdp3); kill -STOP "$pid"; sleep 1; kill -CONT "$pid" ;;
    3) echo reload; kill -HUP "$FWD" ;;
    5) echo 'replica drained, its reads ended'
      ctl 'set server read/hdp4 state drain;shutdown sessions server read/hdp4'; sleep 0.5; ctl 'enable server read/hdp4' ;;
    4) echo 'watcher killed'; kill -KILL "$(pgrep -P "$FWD" -f mysqlchk)" ;;
  esac
}
uptime_ms
until_ms=$((REPLY + SECONDS_MAX * 1000))
rounds=0
while uptime_ms; [ "$REPLY" -lt "$until_ms" ]; do
  sleep "0.$((RANDOM % 10))"
  trouble
  rounds=$((rounds + 1))
  waituntil 30 whole || fail "round $rounds" 'the pair is not whole again'
done
: >"$E2E_DIR/enough"
check "splitfwd lives, after $rounds troubles" not gone "$FWD"
ended() { ! pgrep -f "$ECHO bulk" >/dev/null && ! ip netns pids "$E2E_NS-client" | xargs -r ps -o comm= -p | grep -q sysbench; }
check 'the load ends' waituntil 70 ended
bulks=$(grep -c exact "$(dir client)/bytes.log")
check "every byte was right ($bulks transfers)" test "$bulks" -gt 0 -a \
  "$(grep -cvE '^exact$' "$(dir client)/bytes.log")" -eq 0
few() { [ "$(fds)" -le $((quiet_fds + 2)) ]; }
check "open files: $quiet_fds before, as many after" waituntil 10 few
check "memory: $quiet_pss kB before, $(pss) after" test "$(pss)" -le $((quiet_pss * 2 + 2000))
check 'nothing that writes reached the replica' not stray "$(dir client)/writes.log"
check 'writes were made, and reads' eval 'grep -q "write: *[1-9]" "$(dir client)/writes.log" && grep -q "read: *[1-9]" "$(dir client)/reads.log"'
e2e_done
