#!/bin/bash
# Proves the end-to-end library itself, with real servers and none of tandem's tools. Run as root, tests/e2e/client built.
# `selftest.sh child WHAT` is the victim of the clean-up cases: a run of its own beside this one.
set -u
. "$(dirname "$0")/env.sh"

child() {
  env_trap
  env_up || exit 1
  echo "ns $E2E_NS"
  db_setup_pair || exit 1
  for host in "${E2E_HOSTS[@]}"; do ip netns pids "$E2E_NS-$host"; done | sed 's/^/pids /'
  case $1 in
    ends) check_eq 'a child can pass' 1 1; env_down; env_down; e2e_done ;;
    fails) check_eq 'a child can fail' 1 2; e2e_done ;;
    forgets) check_eq 'a child can forget' 1 1; exit 0 ;;
    breaks) : "$no_such_variable" ;;
    frozen) kill -STOP "$(db_pid hdp3)" ;;
  esac
  echo ready
  waituntil 60 false
}
[ "${1:-}" != child ] || { child "$2"; exit; }

[ -x "$E2E_CLIENT" ] || { warn "build tests/e2e/client first"; exit 1; }
env_trap

# timed NAME MAX_MS CMD...: a check that is also held to a time, which it prints.
timed() {
  local name=$1 max=$2 t0 took
  shift 2
  uptime_ms; t0=$REPLY
  "$@" || { fail "$name" "$*"; return; }
  uptime_ms; took=$((REPLY - t0))
  if [ "$took" -le "$max" ]; then ok "$name ($took ms)"; else fail "$name" "took $took ms, more than $max"; fi
}

# reaches FROM TO: a datagram gets there, which needs no answer: TO counts it as one to a closed port.
reaches() {
  local before
  before=$(udp_noports "$2")
  at "$1" timeout 2 bash -c "echo >/dev/udp/${ADDR[$2]}/9" || return 1
  waituntil 1 grew "$2" "$before" 2>/dev/null
}
udp_noports() { at "$1" sed -n 's/^Udp: [0-9]* \([0-9]*\).*/\1/p' /proc/net/snmp; }
grew() { [ "$(udp_noports "$1")" -gt "$2" ]; }

tcp() { at "$1" timeout 0.5 bash -c "exec 3<>/dev/tcp/${ADDR[$2]}/3306" 2>/dev/null; }
app() { at client timeout 5 mariadb --defaults-file="$E2E_DIR/app.cnf" -h "${ADDR[$1]}" -NBe "$2" test 2>&1; }
log_has() { grep -q "$2" "$1"; }
acks() { grep -c ' ok 0$' "$1"; }
more_acks() { [ "$(acks "$1")" -gt "$2" ]; }

# ---- the pair --------------------------------------------------------------------------------------------------------

E2E_NET2=1
timed 'env_up' 2000 env_up || exit 1
timed 'pair ready, template included' 12000 db_setup_pair || exit 1
writer_log=$(dir client)/writer

check_eq 'nobody has the virtual address' '' "$(vip_holders)"
check_eq 'hdp3 is writable, the primary side of semi-sync off' '126 OFF OFF' \
  "$(sql hdp3 'SELECT CONCAT_WS(" ", @@server_id, @@read_only, @@rpl_semi_sync_master_enabled)')"
check_eq 'hdp4 is read-only, the replica side of semi-sync on' '127 ON ON' \
  "$(sql hdp4 'SELECT CONCAT_WS(" ", @@server_id, @@read_only, @@rpl_semi_sync_slave_enabled)')"
check_eq 'the semi-sync timeout is infinite' '4294967295 4294967295' \
  "$(echo $(for h in hdp3 hdp4; do sql $h 'SELECT @@rpl_semi_sync_master_timeout'; done))"
check_eq 'hdp4 replicates' Yes "$(db_slave hdp4 Slave_IO_Running)"
check_eq 'hdp3 does not' '' "$(db_slave hdp3 Slave_IO_Running)"
check 'nothing errant: all of hdp4 is from hdp3' db_synced hdp3 hdp4
app hdp3 'INSERT INTO t VALUES (-1, 0, "x")' >/dev/null
check 'a write on hdp3 appears on hdp4' waituntil 2 is 1 sql hdp4 'SELECT COUNT(*) FROM test.t WHERE id = -1'
check 'app cannot write on hdp4' log_has <(app hdp4 'INSERT INTO t VALUES (-2, 0, "x")') 'ERROR 1290'
check_eq 'tandem can log in and see replication' 127 \
  "$(at hdp3 timeout 5 mariadb --no-defaults -h "${ADDR[hdp4]}" -u "$TANDEM_USER" --password="$TANDEM_PASS" -NBe \
    'SHOW SLAVE STATUS; SET GLOBAL read_only=1; SELECT @@server_id' | tail -n 1)"

# ---- mysqld killed, and the client's log -----------------------------------------------------------------------------

spawn client writer "$E2E_CLIENT" write "${ADDR[hdp3]}" 3306 "$APP_USER" "$APP_PASS" test 0 "$writer_log" -i 2
writer=$SPAWN_PID
spawn client reader "$E2E_CLIENT" read "${ADDR[hdp4]}" 3306 "$APP_USER" "$APP_PASS" test 0 "$(dir client)/reader" -i 20
reader=$SPAWN_PID
waituntil 5 more_acks "$writer_log" 50
t0=$(now_ms)
timed 'kill -9 of mysqld' 500 db_kill hdp3
check 'it is gone' waituntil 2 not db_pid hdp3
# Not --init-rpl-role=SLAVE, which rejoin will print: on this server, whose commits nobody acknowledges, it drops writes
# that the client and the replica have (seen here: one row gone, another under the same GTID).
DB_PRESTART='echo --max-connections=77 --long-query-time=5; echo "for $E2E_HOST" >&2'
db_start hdp3
timed 'it starts again' 5000 db_wait hdp3
DB_PRESTART=
check_eq 'DB_PRESTART adds to its arguments' '77 5.000000' "$(sql hdp3 'SELECT CONCAT_WS(" ", @@max_connections, @@long_query_time)')"
check 'DB_PRESTART knows its host' log_has "$(dir hdp3)/mysqld.log" '^for hdp3$'
check_eq 'it boots read-only' 1 "$(sql hdp3 'SELECT @@read_only')"
before=$(acks "$writer_log")
check_eq 'the writer waits' "$before" "$(acks "$writer_log")"
sql hdp3 'SET GLOBAL read_only=0'
check 'the writer goes on' waituntil 5 more_acks "$writer_log" "$((before + 10))"
gap=$("$E2E_CLIENT" gap "$writer_log" "$t0")
echo "     $gap"
check 'the gap spans the outage' test "$(kv longest_ms <<<"$gap" | cut -d. -f1)" -ge 50
check 'so does the recovery, which the kill begins' test "$(kv recovered_ms <<<"$gap" | cut -d. -f1)" -ge 50
check 'the writer saw errors' test "$(kv err <<<"$gap")" -ge 1
check 'the replica came back' waituntil 5 is Yes db_slave hdp4 Slave_IO_Running

# A hung server does not hold the writer: its own deadline ends the wait.
kill -STOP "$(db_pid hdp3)"
check 'a hung server is a timeout within the deadline' waituntil 2 log_has "$writer_log" ' err timeout$'
kill -CONT "$(db_pid hdp3)"
took=$(awk '$4 == "err" && $5 == "timeout" { print int($3 - $2); exit }' "$writer_log")
check "the timeout was 500 ms ($took)" test "$took" -ge 500 -a "$took" -le 900

# ---- cables and links ------------------------------------------------------------------------------------------------

before=$(acks "$writer_log")
check 'the writer goes on after the hang' waituntil 5 more_acks "$writer_log" "$before"
timed 'host_cut' 500 host_cut hdp3
check 'the host lost its carrier' waituntil 2 is 0 at hdp3 cat /sys/class/net/eth0/carrier
check 'nobody reaches a host that is cut' not tcp client hdp3
check 'the second network is not cut' at hdp3 timeout 2 bash -c 'exec 3<>/dev/tcp/10.9.0.127/3306'
check 'the replica sees it' waituntil 10 is Connecting db_slave hdp4 Slave_IO_Running
host_heal hdp3
check 'host_heal brings it back' waituntil 5 tcp client hdp3
check 'the replica reconnects' waituntil 10 is Yes db_slave hdp4 Slave_IO_Running

check 'before a link is cut both directions work' eval 'reaches hdp3 hdp4 && reaches hdp4 hdp3'
timed 'link_cut' 500 link_cut hdp3 hdp4
link_cut hdp3 hdp4
check 'hdp3 does not reach hdp4' not reaches hdp3 hdp4
check 'hdp4 does not reach hdp3' not reaches hdp4 hdp3
check 'the client reaches both' eval 'tcp client hdp3 && tcp client hdp4'
at hdp3 ip neigh flush dev eth0
reaches hdp3 hdp4
check 'ARP is cut too' log_has <(at hdp3 ip neigh show "${ADDR[hdp4]}") 'INCOMPLETE\|FAILED'
link_heal hdp3 hdp4
link_heal hdp3 hdp4
check 'link_heal brings both back' waituntil 5 eval 'reaches hdp3 hdp4 && reaches hdp4 hdp3'
# With one direction cut ARP cannot ask, so the entry must be there for the other direction to be seen.
at hdp4 ip neigh replace "${ADDR[hdp3]}" lladdr 02:00:00:00:01:7e nud permanent dev eth0
link_cut -1 hdp3 hdp4
check 'one way: hdp3 to hdp4 is cut' not reaches hdp3 hdp4
check 'one way: hdp4 to hdp3 is not' reaches hdp4 hdp3
link_heal -1 hdp3 hdp4
at hdp4 ip neigh del "${ADDR[hdp3]}" dev eth0
check 'one way heals' waituntil 5 reaches hdp3 hdp4
link_cut hdp3 all
check 'all: nobody reaches hdp3' eval 'not tcp client hdp3 && not tcp hdp4 hdp3'
check_eq 'all: its carrier stays' 1 "$(at hdp3 cat /sys/class/net/eth0/carrier)"
link_heal
check 'link_heal alone heals all' waituntil 5 tcp client hdp3
check 'the gateway answers' reaches client gw

# ---- host death ------------------------------------------------------------------------------------------------------

waituntil 10 is Yes db_slave hdp4 Slave_IO_Running
at hdp4 ip addr add "$VIP/24" dev eth0
timed 'vip_holders names one holder' 500 is hdp4 vip_holders
at hdp3 ip addr add "$VIP/24" dev eth0
check_eq 'two holders are both named' 'hdp3 hdp4' "$(vip_holders)"
timed 'host_kill' 1000 host_kill hdp4
check_eq 'nothing lives on a dead host' '' "$(ip netns pids "$E2E_NS-hdp4")"
check_eq 'a dead host holds no address' hdp3 "$(vip_holders)"
check 'the second network is down too' not at hdp3 timeout 0.5 bash -c 'exec 3<>/dev/tcp/10.9.0.127/3306' 2>/dev/null
kill -TERM "$reader"
host_boot hdp4
db_start hdp4
check 'it boots again' db_wait hdp4
kill -TERM "$writer"
check 'the clients end on TERM' waituntil 2 eval "gone $writer && gone $reader"
check 'the replica catches up' waituntil 10 db_synced hdp3 hdp4
check 'the reader saw 127 and errors' eval 'log_has "$(dir client)/reader" " 127$" && log_has "$(dir client)/reader" " err "'
for host in hdp3 hdp4; do
  lost=$(at client "$E2E_CLIENT" lost "$writer_log" "${ADDR[$host]}" 3306 "$APP_USER" "$APP_PASS" test)
  check_eq "no acknowledged write is missing on $host" "acknowledged $(acks "$writer_log") missing 0" "$lost"
done
sql hdp3 "DELETE FROM test.t WHERE id = 7"
lost=$(at client "$E2E_CLIENT" lost "$writer_log" "${ADDR[hdp3]}" 3306 "$APP_USER" "$APP_PASS" test)
check_eq 'a lost write is found: status' 1 $?
check_eq 'a lost write is found: its id' "acknowledged $(acks "$writer_log") missing 1 7" "$(echo $lost)"
timed 'db_stop' 5000 db_stop hdp3
check_eq 'a stopped server has no pid' '' "$(db_pid hdp3)"

# ---- verdicts --------------------------------------------------------------------------------------------------------

check 'waituntil names what it waited for' log_has <(waituntil 1 is 5 echo six 2>&1) 'not true after 1 s: is 5 echo six'
check_eq 'kv finds a key' '3.5 1' "$(kv b <<<'a=2 b=3.5 c=x') $(kv a <<<'a=1')"

# ---- clean-up: runs of their own beside this one ----------------------------------------------------------------------

children=$E2E_DIR/children
mkdir "$children"

# run_child WHAT: in the background; its pid in $child, its output in $log. Bash's background children ignore INT.
run_child() {
  log=$E2E_DIR/child-$1
  TMPDIR=$children KEEP_LOGS='' E2E_NET2='' env --default-signal=INT "$0" child "$1" >"$log" 2>"$log.err" </dev/null &
  child=$!
}
child_dir() { ls "$children"; }
child_has_dir() { [ -n "$(child_dir)" ]; }

# left_over NS: what the child's run has left: namespaces, processes, files.
left_over() {
  local pid
  compgen -G "/run/netns/$1-*"
  for pid in $(sed -n 's/^pids //p' "$log"); do gone "$pid" || echo "process $pid"; done
  child_dir
}

run_child ends
wait "$child"
check_eq 'a run that ends: status, verdict' '0 1 passed, 0 failed' "$? $(tail -n 1 "$log")"
check_eq 'a run that ends leaves nothing' '' "$(left_over "$(sed -n 's/^ns //p' "$log")")"

for what in fails forgets breaks; do
  run_child "$what"
  wait "$child"
  check_eq "a run that $what: status" 1 $?
  ns=$(sed -n 's/^ns //p' "$log")
  check_eq "a run that $what leaves its logs only" "$ns" "$(left_over "$ns")"
  check "a run that $what says where" log_has "$log.err" "left in $children/$ns"
  rm -rf "${children:?}/$ns"
done

# interrupted WHAT SIGNAL STATUS CMD...: the child gets SIGNAL once CMD is true; it leaves nothing.
interrupted() {
  local what=$1 signal=$2 want=$3 ns
  shift 3
  run_child "$what"
  waituntil 30 "$@" && ns=$(child_dir)
  kill "-$signal" "$child"
  timed "$signal $what: the run ends" 8000 waituntil 20 gone "$child"
  wait "$child"
  check_eq "$signal $what: status" "$want" $?
  check_eq "$signal $what: nothing is left of ${ns:=unknown}" '' "$(left_over "$ns")"
}
interrupted early TERM 143 child_has_dir
interrupted setup TERM 143 eval 'log_has "$log" "^ns "'
interrupted ready TERM 143 eval 'log_has "$log" "^ready$"'
interrupted ready INT 130 eval 'log_has "$log" "^ready$"'
interrupted frozen TERM 143 eval 'log_has "$log" "^ready$"'

pids=$(for host in "${E2E_HOSTS[@]}"; do ip netns pids "$E2E_NS-$host"; done)
work=$E2E_DIR
check 'before env_down there are processes' test -n "$pids"
env_down
check_eq 'env_down leaves no process' '' "$(for pid in $pids; do gone "$pid" || echo "$pid"; done)"
check_eq 'env_down leaves no namespace' '' "$(compgen -G "/run/netns/$E2E_NS-*")"
[ -n "${KEEP_LOGS:-}" ] || [ "$E2E_FAILED" -gt 0 ] || check 'env_down leaves no file' not test -e "$work"
e2e_done
