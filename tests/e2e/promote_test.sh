#!/bin/bash
# promote, rejoin and mysqlchk against real servers: each promise of their pages by name, and for the two orders that
# everything hangs on a build with that order broken, which must go red. Needs `make all tests/e2e/client`.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/env.sh
E2E_HOSTS=(hdp3 hdp4)
env_trap
env_up && db_setup_pair || exit 1

. tests/e2e/promote.sh

# pair_reset: hdp3 is the primary without semi-sync, hdp4 its connected replica, nothing is left of the test before.
pair_reset() {
  local host
  link_heal; host_heal hdp3; host_heal hdp4
  for host in hdp3 hdp4; do
    db_pid "$host" >/dev/null || db_start "$host" || return 1
  done
  for host in hdp3 hdp4; do
    db_wait "$host" && sql "$host" 'SET GLOBAL rpl_semi_sync_master_enabled=0; STOP SLAVE; RESET SLAVE ALL;
      SET SESSION sql_log_bin=0; SET GLOBAL read_only=1; TRUNCATE test.t; RESET MASTER; SET GLOBAL gtid_slave_pos="";
      SET GLOBAL rpl_semi_sync_slave_enabled=1; SET SESSION sql_log_bin=1' 2>/dev/null || return 1
  done
  sql hdp3 'SET GLOBAL read_only=0; INSERT INTO test.t VALUES (1, 0, "first")' && db_follow hdp4 hdp3 &&
    waituntil 5 is Yes db_slave hdp4 Slave_IO_Running && waituntil 5 db_synced hdp3 hdp4
}
insert() { sql "$1" "INSERT INTO test.t SELECT seq, 0, 'x' FROM seq_$2_to_$3"; }
semi() { sql "$1" 'SELECT @@rpl_semi_sync_master_enabled'; }
received_all() { is "$(db_gtid "$1")" db_slave "$2" Gtid_IO_Pos; }

# ---- two builds with one line broken, compiled meanwhile ---------------------------------------------------------------

# mutant NAME SOURCE SED: a promote with this edit of one source.
mutant() {
  local dir=$E2E_DIR/$1 objects
  mkdir "$dir" && sed "$3" "promote/$2.cc" >"$dir/$2.cc" && ! cmp -s "promote/$2.cc" "$dir/$2.cc" || return 1
  objects=$(make -s -f Makefile -f - print-objects <<<'print-objects: ; @echo $(PROMOTE_OBJ) $(LIB)')
  g++ -std=c++11 -D__STDC_FORMAT_MACROS -I. -c -o "$dir/$2.o" "$dir/$2.cc" &&
    g++ -static -o "$dir/promote" ${objects/promote\/$2.o/$dir\/$2.o} -linih -lmariadb -lssl -lcrypto -lz -ldl -lm -lpthread
}
# shellcheck disable=SC2016
mutant stop-slave-first start 's/case Step::StartApplier: return exec(/case Step::StartApplier: if (exec("STOP SLAVE")) {} return exec(/' \
  >"$E2E_DIR/m1.log" 2>&1 & m1=$!
mutant semi-sync-first demote 's/"SET SESSION lock_wait_timeout=1"/"SET GLOBAL rpl_semi_sync_master_enabled=0"/' \
  >"$E2E_DIR/m2.log" 2>&1 & m2=$!

# ---- mysqlchk ----------------------------------------------------------------------------------------------------------

check 'the programs are static' eval '! readelf -l promote/promote promote/rejoin promote/mysqlchk | grep -q INTERP' 2>/dev/null
if command -v strace >/dev/null; then
  at hdp4 strace -f -o "$E2E_DIR/trace" -e trace=open,openat promote/mysqlchk -1 -c "$(dir hdp4)/promote.ini" local hdp3 >/dev/null
  check 'what the server of this host writes is looked at' log_has "$E2E_DIR/trace" "\"/proc/$(db_pid hdp4)/io\", O_RDONLY.* = [0-9]"
  sql hdp4 "SET SESSION sql_log_bin=0; CREATE USER sha@localhost IDENTIFIED VIA ed25519 USING PASSWORD('x')" 2>/dev/null ||
    sql hdp4 'SET SESSION sql_log_bin=0; INSTALL SONAME "auth_ed25519"; CREATE USER sha@localhost IDENTIFIED VIA ed25519 USING PASSWORD("x")'
  sed "s/^user = $TANDEM_USER/user = sha/" "$(dir hdp4)/promote.ini" >"$(dir hdp4)/sha.ini"
  at hdp4 strace -f -o "$E2E_DIR/trace.sha" -e trace=open,openat promote/mysqlchk -1 -c "$(dir hdp4)/sha.ini" local >"$E2E_DIR/out" 2>"$E2E_DIR/err"
  check 'an account whose method a static program lacks is refused' grep -q 'up fault=login-refused' "$E2E_DIR/out"
  check 'with the method, and what helps' grep -q "client_ed25519.*ALTER USER" "$E2E_DIR/err"
  check_eq 'and no shared object is opened' '' "$(grep '[.]so' "$E2E_DIR/trace.sha" | grep -v ENOTDIR)"
  sql hdp4 'SET SESSION sql_log_bin=0; DROP USER sha@localhost'
  check_eq 'nothing of NSS or OpenSSL configuration is opened' '' "$(grep -E 'nss|\.so|hosts|services|openssl' "$E2E_DIR/trace")"
fi

tool hdp4 mysqlchk -1 local hdp3 hdp4
check_eq 'one line a server, then the end' 3 "$(wc -l <"$E2E_DIR/out")"
check 'a primary is told' has "$(line hdp3)" ' role=primary '
check 'a replica is told' has "$(line hdp4)" ' role=replica '
check_eq 'the same server by socket and by address is the same instance' \
  "$(line hdp4 | field instance)" "$(line local | field instance)"
check_eq 'primary and caught-up replica have the same pos' "$(line hdp3 | field pos)" "$(line hdp4 | field pos)"
check_eq 'a replica that is connected says so' 'yes yes yes 0' \
  "$(for f in source sql sync lag; do line hdp4 | field $f; done | xargs)"

# ---- a lag that is true, though the replica only hears nothing: its connection to the source is dead, and no other
sql hdp3 'SET GLOBAL rpl_semi_sync_master_enabled=0'
at hdp4 "$TOOLS/mysqlchk" -c "$(dir hdp4)/promote.ini" hdp3 hdp4 >"$E2E_DIR/lags" 2>&1 &
lags=$!
waituntil 5 grep -q '^hdp4 up .* lag=0 ' "$E2E_DIR/lags"
dump=$(sql hdp3 "SELECT SUBSTRING_INDEX(host, ':', -1) FROM information_schema.processlist WHERE command='Binlog Dump'")
at hdp4 nft -f - <<<"table ip lag { chain in { type filter hook input priority 0; tcp dport $dump drop; }; }"
sql hdp3 'INSERT INTO test.t (id) VALUES (987654321)'
check 'a replica that gets nothing lags, by what its source has' waituntil 10 eval "tail -n 3 '$E2E_DIR/lags' | grep -q '^hdp4 up .* lag=[2-9] '"
at hdp4 nft delete table ip lag
check 'and no more when it has caught up' waituntil 30 eval "tail -n 3 '$E2E_DIR/lags' | grep -q '^hdp4 up .* lag=0 '"
kill "$lags"
sql hdp3 'DELETE FROM test.t WHERE id=987654321; SET GLOBAL rpl_semi_sync_master_enabled=1'
check 'both have the same again' waituntil 10 db_synced hdp3 hdp4

aborted() { sql hdp4 "SHOW GLOBAL STATUS WHERE Variable_name LIKE 'Aborted%'"; }
before=$(aborted)
watch_start hdp4 local
us; t0=$REPLY
check 'the line comes again at least every second' waituntil 3 eval '[ "$(wc -l <"$E2E_DIR/watch")" -ge 3 ]'
check 'no longer than a second apart' awk 'NR > 1 && $1 - last > 1000000 {bad = 1} {last = $1} END {exit bad}' "$E2E_DIR/watch"
sql hdp4 "KILL $(sql hdp4 "SELECT id FROM information_schema.processlist WHERE user='$TANDEM_USER'")"
sql hdp4 'STOP SLAVE SQL_THREAD'
check 'a stopped applier is a fault' waituntil 2 said "$t0" 'up fault=applier-stopped .*sql=no'
sql hdp4 'START SLAVE SQL_THREAD'
check 'a killed session is not a dead server' not said "$t0" ' down'
watch_stop
# One client was aborted: the session that we killed.
sleep_free=$(aborted)
check_eq 'checking leaves no aborted connections' "$(echo "$before" | grep connects)" "$(echo "$sleep_free" | grep connects)"

watch_start hdp4 local
us; t0=$REPLY
kill -STOP "$(db_pid hdp4)"
check 'a hung server is down by the deadline' waituntil 3 said "$t0" ' down fault=silent'
took=$(after "$t0" ' down')
check "after the deadline of 1 s and not much more ($took ms)" test "$took" -ge 900 -a "$took" -le 1300
us; t0=$REPLY
kill -CONT "$(db_pid hdp4)"
check 'it is up again when it goes on' waituntil 3 said "$t0" ' up '
pid=$(db_pid hdp4)
us; t0=$REPLY
kill -KILL "$pid"
check 'a killed server is down' waituntil 3 said "$t0" ' down fault=gone'
took=$(after "$t0" ' down')
check "in under 50 ms ($took ms)" below 50 "$took"
old=$(sed -n 's/.* instance=\([0-9]*\).*/\1/p' "$E2E_DIR/watch" | head -n 1)
db_start hdp4
waituntil 10 eval "tail -n 1 '$E2E_DIR/watch' | grep -q instance="
check 'a server that was started again is another instance' \
  test "$old" != "$(sed -n 's/.* instance=\([0-9]*\).*/\1/p' "$E2E_DIR/watch" | tail -n 1)"
watch_stop

# hbd's disk, and promote's file beside mysqlchk's.
mkdir "$(dir hdp4)/small" "$(dir hdp4)/beside" && mount -t tmpfs -o size=16k none "$(dir hdp4)/small"
sed "s|^state = .*|state = $(dir hdp4)/small|" "$(dir hdp4)/promote.ini" >"$(dir hdp4)/beside/promote.ini"
cp "$(dir hdp4)/beside/promote.ini" "$(dir hdp4)/beside/mysqlchk.ini"
WATCH_INI=$(dir hdp4)/beside/mysqlchk.ini watch_start hdp4 local
check 'files of ours that are in order are no fault' waituntil 3 said 0 ' up .* instance='
dd if=/dev/zero of="$(dir hdp4)/small/fill" bs=4k 2>/dev/null
check 'a full disk of the state is told' waituntil 2 said 0 ' fault=state-unwritable '
rm "$(dir hdp4)/small/fill"
echo 'colour = red' >>"$(dir hdp4)/beside/promote.ini"
check 'so is a mistake in the file of promote' waituntil 2 said 0 ' fault=config-wrong '
watch_stop
umount "$(dir hdp4)/small"

sed "s/^user = $TANDEM_USER/user = $APP_USER/; s|t.secret|app.secret|" "$(dir hdp4)/promote.ini" >"$(dir hdp4)/app.ini"
(umask 077; echo "$APP_PASS" >"$(dir hdp4)/app.secret"; echo wrong >"$(dir hdp4)/wrong.secret")
sql hdp4 'SET GLOBAL max_connections=10'
# filled HOST CLIENT...: whoever is no administrator is turned away from HOST, five looks in a row (one session that was
# just ending had a place too); as long as he is not, one CLIENT more is started, whose pid goes into full.
filled() {
  if mariadb --no-defaults --socket="$(dir "$1")/mysql.sock" -u "$APP_USER" --password="$APP_PASS" -e 'DO 0' 2>&1 |
    grep -q 'Too many connections'; then
    [ $((++looks)) -ge 5 ]
  else
    looks=0
    "${@:2}" >/dev/null 2>&1 &
    full+=($!)
    return 1
  fi
}
fill() {
  exec mariadb --no-defaults --socket="$(dir hdp4)/mysql.sock" -u "$APP_USER" --password="$APP_PASS" -e 'DO SLEEP(20)'
}
full=()
check 'it is full' waituntil 10 filled hdp4 fill
at hdp4 promote/mysqlchk -1 -c "$(dir hdp4)/app.ini" local >"$E2E_DIR/out"
check_eq 'too many connections is up with a fault' 'local up fault=too-many-connections faults=10' "$(line local)"
kill "${full[@]}" 2>/dev/null
wait "${full[@]}" 2>/dev/null
sql hdp4 'SET GLOBAL max_connections=200'
sed -i 's|app.secret|wrong.secret|' "$(dir hdp4)/app.ini"
at hdp4 promote/mysqlchk -1 -c "$(dir hdp4)/app.ini" local >"$E2E_DIR/out"
check_eq 'a refused login is up with a fault' 'local up fault=login-refused faults=1' "$(line local)"

# ---- the front ---------------------------------------------------------------------------------------------------------

echo 'colour = red' >>"$(dir hdp4)/app.ini"
at hdp4 promote/promote -c "$(dir hdp4)/app.ini" start 2>"$E2E_DIR/err"
check_eq 'a mistake in the file is exit 6' 6 $?
check 'with file and line' log_has "$E2E_DIR/err" 'app.ini:[0-9]*: unknown key'
chmod 644 "$(dir hdp4)/wrong.secret"
sed -i '$d' "$(dir hdp4)/app.ini"
at hdp4 promote/promote -c "$(dir hdp4)/app.ini" start 2>"$E2E_DIR/err"
check_eq 'a password that others can read is exit 6' 6 $?

# ---- status, alone, paired ---------------------------------------------------------------------------------------------

pair_reset
promote hdp3 status
check_eq 'status of a primary is 0' 0 $rc
promote hdp4 -j status
check_eq 'status of a replica is 3' 3 $rc
check 'in JSON' has "$out" '{"role":"replica","pos":"0-126-1",'
promote hdp3 start
check_eq 'start on a primary is 0 and tells its position' '0 attr pos 0-126-1' "$rc $out"

spawn hdp3 writer "$E2E_CLIENT" write "${ADDR[hdp3]}" 3306 "$APP_USER" "$APP_PASS" test 0 "$E2E_DIR/acks" -s 1000 -i 1
writer=$SPAWN_PID
acks() { awk '$4 == "ok"' "$E2E_DIR/acks" | wc -l; }
acks_over() { [ "$(acks)" -gt "$1" ]; }
waituntil 5 acks_over 20
promote hdp3 -p hdp4 paired
check_eq 'paired under a running writer' 0 $rc
check 'tells its position' has "$out" 'attr pos 0-126-'
check_eq 'commits wait for the replica now' ON "$(sql hdp3 "SHOW GLOBAL STATUS LIKE 'Rpl_semi_sync_master_status'" | cut -f2)"
at hdp4 promote/mysqlchk -1 -c "$(dir hdp4)/promote.ini" hdp3 hdp4 >"$E2E_DIR/out"
check_eq 'both servers say sync=yes' 'yes yes' "$(field sync <"$E2E_DIR/out" | xargs)"
db_kill hdp4
waituntil 5 sessions_like hdp3 'Waiting for semi-sync ACK%'
us; t0=$REPLY
before=$(acks)
promote hdp3 alone
check "alone is 0 and quick ($ms ms)" eval 'test $rc -eq 0 && below 100 $ms'
check 'the waiting writer goes on' waituntil 2 acks_over "$before"
promote hdp3 -p hdp4 paired
check_eq 'paired fails without the replica' 1 $rc
check_eq 'and leaves semi-sync off' 0 "$(semi hdp3)"
before=$(acks)
check 'so writers go on' waituntil 2 acks_over "$before"
kill -TERM "$writer"
db_start hdp4; db_wait hdp4
sql hdp4 'STOP SLAVE; SET GLOBAL rpl_semi_sync_slave_enabled=0; START SLAVE'
waituntil 5 db_synced hdp3 hdp4
promote hdp3 -p hdp4 paired
check_eq 'paired switches the replica side on' '0 1' "$rc $(sql hdp4 'SELECT @@rpl_semi_sync_slave_enabled')"
at hdp4 promote/mysqlchk -1 -c "$(dir hdp4)/promote.ini" hdp3 >"$E2E_DIR/out"
check_eq 'and it counts in' yes "$(field sync <"$E2E_DIR/out")"
sql hdp3 'SET GLOBAL rpl_semi_sync_master_enabled=0'
HB_PEER_ATTR_instance=1700000000 promote hdp3 -p hdp4 paired
check 'paired fails when the replica is another start of its server' has "$rc $err" 'restarted meanwhile'
sql hdp4 'STOP SLAVE IO_THREAD'
promote hdp3 -p hdp4 paired
check_eq 'paired fails when the replica is not connected, semi-sync off' '1 0' "$rc $(semi hdp3)"

# ---- a hanging writer at stop ------------------------------------------------------------------------------------------

# hanging_writer: paired, the replica dies, one INSERT waits for its acknowledgement; then promote stop. What its client
# got is in $E2E_DIR/hang and hang.rc.
hanging_writer() {
  pair_reset && promote hdp3 -p hdp4 paired && [ $rc -eq 0 ] || return 1
  db_kill hdp4
  { SQL_TIMEOUT=20 sql hdp3 'INSERT INTO test.t VALUES (77, 0, "hangs"); SELECT "acknowledged"' >"$E2E_DIR/hang" 2>&1
    echo $? >"$E2E_DIR/hang.rc"; } &
  hang=$!
  waituntil 5 sessions_like hdp3 'Waiting for semi-sync ACK%' || return 1
  promote hdp3 stop
  wait "$hang"
}
hanging_writer
check_eq 'stop beside a hanging writer is 0' 0 $rc
check "quickly ($ms ms)" below 300 "$ms"
check 'the waiting client got an error' test "$(<"$E2E_DIR/hang.rc")" -ne 0
check 'and no acknowledgement' not log_has "$E2E_DIR/hang" acknowledged
check_eq 'the server is read-only, and semi-sync on, for whom that does not keep out' '1 1' "$(read_only hdp3) $(semi hdp3)"
check 'stop tells the final position' has "$out" "attr pos $(db_gtid hdp3)"
promote hdp3 stop
check_eq 'stop again is 0' 0 $rc
wait "$m2"
check_eq 'the build that switches semi-sync off first compiles' 0 $?
BIN=$E2E_DIR/semi-sync-first hanging_writer
check 'and goes red: it acknowledges what no replica has' log_has "$E2E_DIR/hang" acknowledged

# ---- stop beside other trouble -----------------------------------------------------------------------------------------

pair_reset
mariadb --no-defaults --socket="$(dir hdp3)/mysql.sock" -u "$APP_USER" --password="$APP_PASS" test \
  -e 'UPDATE t SET note = SLEEP(20)' >/dev/null 2>&1 &
long=$!
mariadb --no-defaults --socket="$(dir hdp3)/mysql.sock" -u root test -e 'DO SLEEP(20); INSERT INTO t VALUES (88, 0, "root")' >/dev/null 2>&1 &
root=$!
waituntil 5 sessions_like hdp3 'User sleep' 2
watch_start hdp3 local
us; t0=$REPLY
promote hdp3 stop
check 'stop ends a long statement within its deadline' eval 'test $rc -eq 0 && below 3000 $ms && db_pid hdp3 >/dev/null'
wait "$long" "$root"
check_eq 'and the sessions of administrators' 0 "$(sql hdp3 'SELECT COUNT(*) FROM test.t WHERE id = 88')"
waituntil 2 said "$t0" role=readonly
check 'mysqlchk sees no death in it' not said "$t0" ' down'
watch_stop

pair_reset
kill -STOP "$(db_pid hdp3)"
pid=$(db_pid hdp3)
echo $$ >"$(dir hdp3)/other.pid"
sed "s|mysqld.pid|other.pid|" "$(dir hdp3)/promote.ini" >"$(dir hdp3)/other.ini"
at hdp3 promote/promote -c "$(dir hdp3)/other.ini" stop 2>"$E2E_DIR/err"
check_eq 'a pid that does not own the socket is not killed' '1 ' "$? $(gone "$pid" && echo gone)"
sed "/^\[promote\]/a kill_hung = no" "$(dir hdp3)/promote.ini" >"$(dir hdp3)/other.ini"
at hdp3 promote/promote -c "$(dir hdp3)/other.ini" stop 2>"$E2E_DIR/err"
check_eq 'kill_hung = no kills nothing' '1 ' "$? $(gone "$pid" && echo gone)"
promote hdp3 stop
check_eq 'a hung server is killed at stop' '0 gone' "$rc $(waituntil 5 gone "$pid" && echo gone)"
check "after its deadline ($ms ms)" test "$ms" -ge 1000 -a "$ms" -le 1500
# A removed file is no dead server: else two would be writable.
db_start hdp3; db_wait hdp3; sql hdp3 'SET GLOBAL read_only=0'
pid=$(db_pid hdp3)
# A server that is full of idle sessions: our account has one place more, and a stop takes two.
sql hdp3 'SET GLOBAL max_connections=10'
fill_idle() {
  exec mariadb --no-defaults --socket="$(dir hdp3)/mysql.sock" -u "$APP_USER" --password="$APP_PASS" < <(exec sleep 30)
}
full=()
check 'full of idle sessions' waituntil 10 filled hdp3 fill_idle
promote hdp3 stop
check_eq 'a server that is full is stopped all the same' '0 1' "$rc $(read_only hdp3)"
kill "${full[@]}" 2>/dev/null
sql hdp3 'SET GLOBAL max_connections=200'
promote hdp3 start
rm "$(dir hdp3)/mysql.sock"
at hdp3 promote/promote -c "$(dir hdp3)/other.ini" stop 2>"$E2E_DIR/err"
check_eq 'a server whose socket was removed runs still: no success' '1 ' "$? $(gone "$pid" && echo gone)"
check 'and it is said' log_has "$E2E_DIR/err" 'mysql.sock is gone, and its server is not'
promote hdp3 stop
check_eq 'it is killed at stop' '0 gone' "$rc $(waituntil 5 gone "$pid" && echo gone)"
promote hdp3 stop
check "stop beside a dead server is 0 at once ($ms ms)" eval 'test $rc -eq 0 && below 100 $ms'
promote hdp3 status
check_eq 'its status is 3' 3 $rc

# ---- start: nothing that was received is lost --------------------------------------------------------------------------

# applier_stopped: 40 rows are received and not applied when the primary is killed; then promote start.
applier_stopped() {
  pair_reset || return 1
  sql hdp4 "STOP SLAVE SQL_THREAD"
  each hdp3 101 140
  waituntil 5 received_all hdp3 hdp4 || return 1
  [ -z "${1:-}" ] || sql hdp4 "$1"
  db_kill hdp3
  waituntil 5 not db_pid hdp3
  HB_GRANT=witness HB_PEER=hdp3 promote hdp4 start
}
applier_stopped
check_eq 'applier stopped, rows received, primary killed: nothing is lost' '0 41' "$rc $(rows hdp4)"
check 'start tells the position' has "$out" 'attr pos 0-126-41'
check_eq 'the server is writable, without a source' '0 ' "$(read_only hdp4) $(db_slave hdp4 Master_Host)"
check "quickly ($ms ms)" below 500 "$ms"
wait "$m1"
check_eq 'the build with STOP SLAVE first compiles' 0 $?
BIN=$E2E_DIR/stop-slave-first applier_stopped
check 'and goes red: rows are lost' not test "$rc $(rows hdp4)" = '0 41'
check 'though even it sees what is missing' has "$err" 'refused: missing-transactions'
check_eq 'and makes nothing writable' 1 "$(read_only hdp4)"
promote hdp4 -f missing-transactions start
check_eq '-f missing-transactions overrides' '0 0' "$rc $(read_only hdp4)"
applier_stopped 'STOP SLAVE IO_THREAD'
check_eq 'both threads stopped: nothing is lost either' '0 41' "$rc $(rows hdp4)"

pair_reset
sql hdp4 'SET SESSION sql_log_bin=0; INSERT INTO test.t VALUES (201, 0, "in the way")'
each hdp3 201 202
waituntil 5 is No db_slave hdp4 Slave_SQL_Running
db_kill hdp3
HB_GRANT=witness HB_PEER=hdp3 promote hdp4 start
check 'a broken applier is refused by name' has "$rc $err" 'refused: applier-broken'
check_eq 'and stays a replica' '1 172.16.1.126' "$(read_only hdp4) $(db_slave hdp4 Master_Host)"
HB_GRANT=witness HB_PEER=hdp3 promote hdp4 -f applier-broken start
check_eq '-f applier-broken overrides' '0 0' "$rc $(read_only hdp4)"

# What was received is remembered, and kept for whoever repairs the applier.
received_behind_a_broken_applier() {
  pair_reset
  promote hdp3 -p hdp4 paired
  sql hdp4 'SET SESSION sql_log_bin=0; INSERT INTO test.t VALUES (201, 0, "in the way")'
  each hdp3 201 240
  waituntil 5 is No db_slave hdp4 Slave_SQL_Running
  db_kill hdp3
  HB_GRANT=witness HB_PEER=hdp3 promote hdp4 start
  check 'refused behind a broken applier' has "$rc $err" '1 promote: '
  HB_GRANT=witness HB_PEER=hdp3 promote hdp4 -n start
  check 'and -n says so' has "$rc $out" '1 ready: no: '
  HB_GRANT=witness HB_PEER=hdp3 promote hdp4 start
  check_eq 'a second run does not do with less' '1 1' "$rc $(read_only hdp4)"
}
received_behind_a_broken_applier
sql hdp4 'SET SESSION sql_log_bin=0; DELETE FROM test.t WHERE id=201; START SLAVE SQL_THREAD'
HB_GRANT=witness HB_PEER=hdp3 promote hdp4 start
check_eq 'repaired: everything is there' '0 41' "$rc $(rows hdp4)"
check 'and nothing is remembered' not test -e "$(dir hdp4)/received"
received_behind_a_broken_applier
db_kill hdp4; db_start hdp4; db_wait hdp4   # which purges the relay log
sql hdp4 'SET SESSION sql_log_bin=0; DELETE FROM test.t WHERE id=201' && sql hdp4 'STOP SLAVE' 2>/dev/null
HB_GRANT=witness HB_PEER=hdp3 promote hdp4 start
check 'purged: refused by name, and with how much' has "$rc $err" 'refused: missing-transactions: 40 transactions that were received'
check_eq 'and read-only' 1 "$(read_only hdp4)"
HB_GRANT=force HB_REASON='takeover by an operator: missing-transactions, I know' HB_PEER=hdp3 promote hdp4 start
check_eq "an operator's word in hbd overrides it" '0 0' "$rc $(read_only hdp4)"

# ---- an order that an hbd which was killed has left running ---------------------------------------------------------------

pair_reset
{ SQL_TIMEOUT=60 sql hdp4 'LOCK TABLES test.t READ; DO SLEEP(50)' >"$E2E_DIR/lock" 2>&1; } &
waituntil 5 sessions_like hdp4 'User sleep'
sql hdp3 "INSERT INTO test.t VALUES (500, 0, 'behind a lock')"
waituntil 5 received_all hdp3 hdp4
db_kill hdp3
waituntil 5 not db_pid hdp3
rm -f "$(dir hdp4)/promote.pid"
HB_GRANT=witness HB_PEER=hdp3 at hdp4 promote/promote -c "$(dir hdp4)/promote.ini" start >/dev/null 2>&1 &
old=$!
waituntil 5 test -s "$(dir hdp4)/promote.pid"
promote hdp4 stop
check 'a newer order ends it' eval 'test $rc -eq 0 && has "$err" "ended, this order is newer"'
wait "$old"
check_eq 'by KILL' 137 $?
promote hdp4 status
check_eq 'and it makes nothing writable' 1 "$(read_only hdp4)"
HB_GRANT=witness HB_PEER=hdp3 promote hdp4 start
check_eq 'another one does, with everything' '0 0 2' "$rc $(read_only hdp4) $(rows hdp4)"

# ---- a lock on the replica holds its applier up --------------------------------------------------------------------------

# blocked NAME LOCK [SQL [SAID]]: a session on hdp4 has LOCK, SQL arrives behind it, hdp3 dies, hdp4 is promoted.
blocked() {
  pair_reset || return 1
  { SQL_TIMEOUT=60 sql hdp4 "$2; DO SLEEP(50)" >"$E2E_DIR/lock" 2>&1; } &
  waituntil 5 sessions_like hdp4 'User sleep' || return 1
  sql hdp3 "${3:-INSERT INTO test.t VALUES (500, 0, 'behind a lock')}"
  waituntil 5 received_all hdp3 hdp4
  db_kill hdp3
  waituntil 5 not db_pid hdp3
  HB_GRANT=witness HB_PEER=hdp3 promote hdp4 start
  check "$1: the applier's way is cleared after 2 s ($ms ms)" eval 'test $rc -eq 0 && [ $ms -ge 1900 ] && below 3500 $ms'
  check "$1: it was said who is in it" grep -q "the applier: ${4:-Waiting for.*a session that this server cannot name}" "$E2E_DIR/err"
}
blocked 'global read lock' 'FLUSH TABLES WITH READ LOCK'
check_eq 'and everything is here' 2 "$(rows hdp4)"
blocked 'lock tables' 'LOCK TABLES test.t READ'
blocked 'a backup' 'BACKUP STAGE START; BACKUP STAGE FLUSH; BACKUP STAGE BLOCK_DDL; BACKUP STAGE BLOCK_COMMIT'
blocked 'a long select before a DDL' 'BEGIN; SELECT COUNT(*) FROM test.t' 'ALTER TABLE test.t COMMENT "other"'
blocked 'a locked row' 'BEGIN; SELECT * FROM test.t WHERE id=1 FOR UPDATE' 'UPDATE test.t SET ms=5 WHERE id=1' \
  'Waiting for a row lock: held by session [0-9]* (root@localhost'
sql hdp4 'SET SESSION sql_log_bin=0; INSTALL SONAME "metadata_lock_info"'
{ SQL_TIMEOUT=20 sql hdp4 'DO SLEEP(15)'; echo $? >"$E2E_DIR/bystander"; } >/dev/null 2>&1 & bystander=$!
blocked 'with metadata_lock_info' 'FLUSH TABLES WITH READ LOCK' '' 'Waiting for backup lock: held by session [0-9]* (root@localhost'
wait "$bystander"
check_eq 'and only that one is ended' 0 "$(<"$E2E_DIR/bystander")"
sql hdp4 'SET SESSION sql_log_bin=0; UNINSTALL SONAME "metadata_lock_info"'
# The same from performance_schema, which knows who waits: a session that somebody else waits for is none of ours.
pair_reset
db_stop hdp4; db_start hdp4 --performance-schema=ON --performance-schema-instrument=wait/lock/metadata/sql/mdl=ON; db_wait hdp4
others() {  # one has test.t2, another waits for that
  sql hdp3 'CREATE TABLE IF NOT EXISTS test.t2 (id INT)'; waituntil 5 db_synced hdp3 hdp4
  { SQL_TIMEOUT=20 sql hdp4 'LOCK TABLES test.t2 READ; DO SLEEP(9)'; echo $? >"$E2E_DIR/bystander"; } >/dev/null 2>&1 & bystander=$!
  waituntil 5 sessions_like hdp4 'User sleep' && { SQL_TIMEOUT=20 sql hdp4 'LOCK TABLES test.t2 WRITE' >/dev/null 2>&1 & }
  waituntil 5 sessions_like hdp4 'Waiting for table metadata lock'
}
blocked_beside() {
  others
  blocked "$@"
  wait "$bystander"
  check_eq "$1: and only that one is ended" 0 "$(<"$E2E_DIR/bystander")"
}
pair_reset
blocked_beside 'performance_schema, tables' 'LOCK TABLES test.t READ' '' 'Waiting for table metadata lock: held by session [0-9]* (root@localhost: DO SLEEP(50))'
db_stop hdp4; db_start hdp4; db_wait hdp4

# A replica with the primary side of semi-sync on waits for itself: rejoin frees it.
pair_reset
sql hdp4 'SET GLOBAL rpl_semi_sync_master_enabled=1'
each hdp3 901 902
waituntil 5 sessions_like hdp4 'Waiting for semi-sync ACK%'
rejoin hdp4 hdp3
check_eq 'a replica that waits for an acknowledgement itself is freed' '0 0' "$rc $(semi hdp4)"
check 'and goes on' waituntil 5 db_synced hdp3 hdp4

# ---- start beside a living primary -------------------------------------------------------------------------------------

pair_reset
promote hdp3 -p hdp4 paired
: >"$E2E_DIR/acks"
spawn hdp4 writer "$E2E_CLIENT" write "${ADDR[hdp3]}" 3306 "$APP_USER" "$APP_PASS" test 0 "$E2E_DIR/acks" -s 1000
writer=$SPAWN_PID
waituntil 5 acks_over 20
sql hdp4 'STOP SLAVE SQL_THREAD; DO SLEEP(0.2); START SLAVE SQL_THREAD'
HB_GRANT=witness HB_PEER=hdp3 promote hdp4 start
kill -TERM "$writer"
check "a primary whose hbd is silent is demoted over SQL ($ms ms)" eval 'test $rc -eq 0 && below 1000 $ms'
check_eq 'only one is writable' '1 0' "$(read_only hdp3) $(read_only hdp4)"
check_eq 'and everything it had is here' "$(rows hdp3)" "$(rows hdp4)"
check_eq 'no acknowledged write is missing' 'acknowledged missing 0' \
  "$(at hdp4 "$E2E_CLIENT" lost "$E2E_DIR/acks" "${ADDR[hdp4]}" 3306 "$APP_USER" "$APP_PASS" test | sed 's/ [0-9]* / /')"

pair_reset
promote hdp3 stop
HB_GRANT=peer HB_PEER=hdp3 promote hdp4 start
check "a planned start ($ms ms)" eval 'test $rc -eq 0 && below 300 $ms'

pair_reset
sql hdp3 "SET SESSION sql_log_bin=0; ALTER USER $TANDEM_USER@'%' IDENTIFIED BY 'other'"
HB_GRANT=witness HB_PEER=hdp3 promote hdp4 start
check 'a primary that lets nobody in is refused by name' has "$rc $err" 'refused: peer-primary'
check_eq 'nothing was touched' '0 1 Yes' "$(read_only hdp3) $(read_only hdp4) $(db_slave hdp4 Slave_IO_Running)"
HB_GRANT=witness HB_PEER=hdp3 promote hdp4 -f peer-primary start
check_eq '-f peer-primary overrides' 0 $rc
sql hdp3 "SET SESSION sql_log_bin=0; ALTER USER $TANDEM_USER@'%' IDENTIFIED BY '$TANDEM_PASS'"

pair_reset
sql hdp4 'STOP SLAVE IO_THREAD'
each hdp3 301 303
HB_GRANT=witness HB_PEER=hdp3 promote hdp4 start
check 'a primary that is ahead and not fetched is refused by name' has "$rc $err" 'refused: missing-transactions'
check_eq 'and stays the primary' 0 "$(read_only hdp3)"

pair_reset
host_cut hdp3
HB_GRANT=witness HB_PEER=hdp3 promote hdp4 start
check "host death: a quarter of peer_timeout is enough ($ms ms)" eval 'test $rc -eq 0 && below 180 $ms'

# ---- rejoin ------------------------------------------------------------------------------------------------------------

host_heal hdp3
each hdp4 401 403
rejoin hdp3 hdp4
check_eq 'a server that is behind, still writable, is demoted and follows' '0 1' "$rc $(read_only hdp3)"
check 'it catches up' waituntil 5 db_synced hdp4 hdp3
check_eq 'with the replica side of semi-sync on' 1 "$(sql hdp3 'SELECT @@rpl_semi_sync_slave_enabled')"
rejoin hdp3 hdp4
check "again is 0 at once ($ms ms)" eval 'test $rc -eq 0 && below 100 $ms'
check 'and says so' has "$err" 'follows already'
rejoin hdp4 hdp3
check 'the rightful owner is not demoted' has "$rc $err" '1 rejoin: the other server is a replica itself'
check_eq 'it stays writable' 0 "$(read_only hdp4)"
promote hdp4 -p hdp3 paired
check_eq 'the rejoined server can be paired' 0 $rc

# The applier goes on while its server is pointed anew: what it did meanwhile is not applied twice.
pair_reset
twice=
for k in {1..5}; do
  sql hdp4 'STOP SLAVE SQL_THREAD'
  was=$(db_gtid hdp4)
  each hdp3 $((k * 1000)) $((k * 1000 + 800))
  waituntil 5 received_all hdp3 hdp4
  sql hdp4 'START SLAVE SQL_THREAD; STOP SLAVE IO_THREAD'
  waituntil 5 not is "$was" db_gtid hdp4
  rejoin hdp4 hdp3
  waituntil 10 db_synced hdp3 hdp4 && [ "$rc" = 0 ] || { twice=$(db_slave hdp4 Last_SQL_Error)$err; break; }
done
check_eq 'an applier at work: it goes on where it is' '' "$twice"

pair_reset
promote hdp3 stop
HB_GRANT=peer promote hdp4 start
rejoin hdp3 hdp4
check_eq 'equal: it follows' '0 Yes' "$rc $(db_slave hdp3 Slave_IO_Running)"

pair_reset
host_cut hdp3
each hdp3 501 502
HB_GRANT=witness HB_PEER=hdp3 promote hdp4 start
each hdp4 601 601
host_heal hdp3
rejoin hdp3 hdp4
check_eq 'ahead: refused, nothing touched' '1 0 ' "$rc $(read_only hdp3) $(db_slave hdp3 Master_Host)"
check 'the transactions are listed' has "$err" '0-126-2..3'
HB_START_POS=0-126-1 HB_START_FROM=paired rejoin hdp3 hdp4
check 'without semi-sync nobody knows what was acknowledged' not has "$err" 'never acknowledged'
sql hdp3 'SET GLOBAL rpl_semi_sync_master_enabled=1'
HB_START_POS=0-126-1 HB_START_FROM=paired rejoin hdp3 hdp4
check 'with what they do' has "$err" "2 transactions, 0-126-2: INSERT INTO test.t VALUES (501, 0, 'x')"
check 'beyond the start of a paired owner: never acknowledged' has "$rc $err" 'never acknowledged'
HB_START_POS=0-126-1 HB_START_FROM=alone rejoin hdp3 hdp4
check 'of one that was alone: nothing of the kind' not has "$err" 'never acknowledged'

# The source's own reason, and at once. What a password is, nobody reads in a log.
before_rejoin() { pair_reset && promote hdp3 stop && HB_GRANT=peer promote hdp4 start; }
before_rejoin
echo "hunter2'\\" >"$(dir hdp3)/r.secret"
rejoin hdp3 hdp4
check "a password that the source refuses ($ms ms)" eval 'test $rc -eq 1 && below 2000 $ms && has "$err" "Access denied for user"'
check 'is not in the log' not has "$out $err" hunter2
sql hdp3 'STOP SLAVE; RESET SLAVE ALL'
strange=$'a\'b"c\\d%h;\xc3\xbc $x\xff#\\'
sql hdp4 "SET SESSION sql_mode=''; SET NAMES binary; CREATE USER odd@'%' IDENTIFIED BY 'x'; GRANT REPLICATION SLAVE ON *.* TO odd@'%';
  SET PASSWORD FOR odd@'%' = '*$(printf %s "$strange" | openssl sha1 -binary | openssl sha1 | sed 's/.* //')'"
printf '%s\n' "$strange" >"$(dir hdp3)/r.secret"
sed "s/^user = $REPL_USER/user = odd/" "$(dir hdp3)/promote.ini" >"$(dir hdp3)/odd.ini"
sql hdp3 "SET GLOBAL sql_mode='NO_BACKSLASH_ESCAPES,ANSI_QUOTES'"
INI=odd.ini rejoin hdp3 hdp4
check_eq 'a password of any bytes, under any sql_mode' '0 Yes odd' \
  "$rc $(db_slave hdp3 Slave_IO_Running) $(db_slave hdp3 Master_User)"
sql hdp3 'SET GLOBAL sql_mode=DEFAULT'
echo "$REPL_PASS" >"$(dir hdp3)/r.secret"
sql hdp4 "DROP USER odd@'%'"

before_rejoin
each hdp4 401 403
# A dump thread that nobody reads keeps its file until it notices.
purge() {
  sql hdp4 'FLUSH BINARY LOGS' && sql hdp4 "PURGE BINARY LOGS TO '$(sql hdp4 'SHOW BINARY LOGS' | tail -n 1 | cut -f 1)'" &&
    [ "$(sql hdp4 'SHOW BINARY LOGS' | wc -l)" = 1 ]
}
sql hdp4 "KILL $(sql hdp4 "SELECT MAX(id) FROM information_schema.processlist WHERE command='Binlog Dump'")" 2>/dev/null
waituntil 10 purge
rejoin hdp3 hdp4
check "purged binary logs are said ($ms ms)" eval 'test $rc -eq 1 && below 2000 $ms && has "$err" "replication does not run: Got fatal error 1236"'

before_rejoin
sql hdp3 'SET SESSION sql_log_bin=0; RESET MASTER; SET GLOBAL gtid_slave_pos=""'
rejoin hdp3 hdp4
check 'tables and no position: refused' has "$rc $err" '1 rejoin: this server has tables and no position'
check_eq 'and nothing is replicated' '' "$(db_slave hdp3 Master_Host)"

# A copy of a pair with a past: its binlog knows none of the servers that wrote it.
before_rejoin
sql hdp3 'SET SESSION sql_log_bin=0; RESET MASTER'
sql hdp4 'SET SESSION server_id=5; INSERT INTO test.t VALUES (801, 0, "another server")'
sql hdp4 'SET SESSION sql_log_bin=1; INSERT INTO test.t VALUES (802, 0, "this one")'
sql hdp3 "SET SESSION sql_log_bin=0; INSERT INTO test.t VALUES (801, 0, 'another server'), (802, 0, 'this one');
  SET GLOBAL gtid_slave_pos='$(db_gtid hdp4)'"
rejoin hdp3 hdp4
check_eq 'a copy follows' 0 $rc
promote hdp4 stop
HB_GRANT=peer promote hdp3 start
each hdp3 810 811
rejoin hdp4 hdp3
check 'and what both have from servers of before is no divergence' eval 'test $rc -eq 0 && waituntil 5 db_synced hdp3 hdp4'

pair_reset
db_stop hdp4; db_start hdp4 --extra-port=3307 --extra-max-connections=10; db_wait hdp4
before_rejoin
sed "s/^address = ${ADDR[hdp4]}/&:3307/" "$(dir hdp3)/promote.ini" >"$(dir hdp3)/extra.ini"
INI=extra.ini rejoin hdp3 hdp4
check_eq 'logged in by extra_port, it replicates from the server port' '0 3306' "$rc $(db_slave hdp3 Master_Port)"
db_stop hdp4

# Whoever read_only does not keep out comes back during and after a stop: he waits, and gets no OK.
pair_reset
promote hdp3 -p hdp4 paired
: >"$E2E_DIR/acks"
sql hdp3 "SET SESSION sql_log_bin=0; CREATE USER IF NOT EXISTS boss@'%' IDENTIFIED BY 'boss'; GRANT ALL ON *.* TO boss@'%'"
sql hdp4 "SET SESSION sql_log_bin=0; CREATE USER IF NOT EXISTS boss@'%' IDENTIFIED BY 'boss'; GRANT ALL ON *.* TO boss@'%'"
spawn hdp4 writer "$E2E_CLIENT" write "${ADDR[hdp3]}" 3306 boss boss test 0 "$E2E_DIR/acks" -s 1000 -i 1
writer=$SPAWN_PID
waituntil 5 acks_over 50
promote hdp3 stop
HB_GRANT=peer HB_PEER=hdp3 promote hdp4 start
pos=$(db_gtid hdp4)
waituntil 5 sessions_like hdp3 'Waiting for semi-sync ACK%'
check_eq 'an administrator who writes after a stop waits' '0 0' "$? $(read_only hdp4)"
kill -TERM "$writer"
waituntil 10 gone "$writer"
check_eq 'nothing that he was told is missing on the other server' 'acknowledged missing 0' \
  "$(at hdp4 "$E2E_CLIENT" lost "$E2E_DIR/acks" "${ADDR[hdp4]}" 3306 "$APP_USER" "$APP_PASS" test | sed 's/ [0-9]* / /')"
HB_START_POS=$pos HB_START_FROM=paired rejoin hdp3 hdp4
check 'rejoin proves that the rest was never acknowledged' has "$rc $out $err" 'attr rebuild yes'
sql hdp3 'SET GLOBAL rpl_semi_sync_master_enabled=0'
HB_START_POS=$pos HB_START_FROM=paired rejoin hdp3 hdp4
check 'and says nothing of the kind when it cannot' not has "$out $err" 'never acknowledged'

# A session that waits when rejoin comes is ended: it gets no OK.
pair_reset
promote hdp3 -p hdp4 paired
promote hdp3 stop
HB_GRANT=peer HB_PEER=hdp3 promote hdp4 start
{ SQL_TIMEOUT=20 sql hdp3 'SET SESSION sql_log_bin=0; INSERT INTO test.t VALUES (700, 0, "not logged"); DELETE FROM test.t WHERE id=700' >/dev/null 2>&1; }
rejoin hdp3 hdp4
check_eq 'a stopped server rejoins, its primary side off' '0 0' "$rc $(semi hdp3)"
check_eq 'and its lock is gone' 0 "$(sql hdp3 'SET SESSION lock_wait_timeout=1; INSERT INTO test.t VALUES (701, 0, "x"); DELETE FROM test.t WHERE id=701' >/dev/null 2>&1; echo $?)"

# ---- a tail that nobody acknowledged -----------------------------------------------------------------------------------

state() {  # state OWNER FROM: hdp3's state file as hbd writes it
  printf 'tandem-state 1\nnode name=hdp3 epoch=2 blank=0\ngroup vip need_follow=0 owning=0 unagreed=0 epoch=2 version=1 owner=%s %s\nend\n' \
    "$1" "paired= starting= back=0 pos=0-126-1 from=$2" >"$(dir hdp3)/hbd.state"
}
pair_reset
promote hdp3 -p hdp4 paired
host_cut hdp4
{ SQL_TIMEOUT=20 sql hdp3 'INSERT INTO test.t VALUES (777, 0, "tail")' >/dev/null 2>&1; } &
waituntil 5 sessions_like hdp3 'Waiting for semi-sync ACK%'
db_kill hdp3
HB_GRANT=witness HB_PEER=hdp3 promote hdp4 start
host_heal hdp4
each hdp4 901 902
rejoin hdp3 -p
check_eq 'without a state file rejoin -p prints nothing' '0 ' "$rc $out"
state hdp3 paired
rejoin hdp3 -p
check_eq 'on the owner of the record neither' '0 ' "$rc $out"
state hdp4 alone
rejoin hdp3 -p
check_eq 'nor when the other one took over from alone' '0 ' "$rc $out"
cp -a "$(dir hdp3)/data" "$(dir hdp3)/crashed"
db_start hdp3; db_wait hdp3
HB_PEER=hdp4 HB_START_POS=0-126-1 HB_START_FROM=paired rejoin hdp3
check 'started as a primary it commits the tail: refused, to be rebuilt' has "$rc $err" 'all of it after the start of the new owner'
db_kill hdp3
waituntil 5 not db_pid hdp3
rm -rf "$(dir hdp3)/data"; mv "$(dir hdp3)/crashed" "$(dir hdp3)/data"
state hdp4 paired
rejoin hdp3 -p
check_eq 'when it took over from paired it prints the option' '0 --loose-init-rpl-role=SLAVE' "$rc $out"
db_start hdp3 $out; db_wait hdp3
check_eq 'the server drops the tail itself' 0 "$(sql hdp3 'SELECT COUNT(*) FROM test.t WHERE id = 777')"
HB_PEER=hdp4 HB_START_POS=0-126-1 HB_START_FROM=paired rejoin hdp3
check_eq 'and rejoins' 0 $rc
check 'both have the same' waituntil 5 db_synced hdp4 hdp3
check_eq 'row by row' "$(sql hdp4 'CHECKSUM TABLE test.t')" "$(sql hdp3 'CHECKSUM TABLE test.t')"

# A server that is full of such commits has no room for the second session of a stop, and they are to be spared.
pair_reset
promote hdp3 -p hdp4 paired
sql hdp3 'SET GLOBAL max_connections=10'
host_cut hdp4
fill_waiting() {
  exec mariadb --no-defaults --socket="$(dir hdp3)/mysql.sock" -u "$APP_USER" --password="$APP_PASS" test \
    -e "INSERT INTO t VALUES ($((800 + ${#full[@]})), 0, 'waits')"
}
full=()
check 'full of commits that wait' waituntil 10 filled hdp3 fill_waiting
HB_SYNC=paired promote hdp3 stop
check "crash_unacked, full: stop ends the server ($ms ms)" eval 'test $rc -eq 0 && below 500 $ms && not db_pid hdp3'
check 'full: it is remembered' test -e "$(dir hdp3)/unacked"
kill "${full[@]}" 2>/dev/null
host_heal hdp4
rm "$(dir hdp3)/unacked"
db_start hdp3; db_wait hdp3

# The same without a crash: stop kills the server rather than commit what nobody acknowledged.
pair_reset
promote hdp3 -p hdp4 paired
host_cut hdp4
{ SQL_TIMEOUT=20 sql hdp3 'INSERT INTO test.t VALUES (777, 0, "tail")' >/dev/null 2>&1; } &
waituntil 5 sessions_like hdp3 'Waiting for semi-sync ACK%'
HB_SYNC=paired promote hdp3 stop
check "crash_unacked: stop ends the server ($ms ms)" eval 'test $rc -eq 0 && below 300 $ms && not db_pid hdp3'
check 'it is remembered' test -e "$(dir hdp3)/unacked"
HB_GRANT=witness HB_PEER=hdp3 promote hdp4 start
host_heal hdp4
each hdp4 901 902
rejoin hdp3 -p
db_start hdp3 $out; db_wait hdp3
HB_PEER=hdp4 rejoin hdp3
check_eq 'and it rejoins after its start' '0 0' "$rc $(sql hdp3 'SELECT COUNT(*) FROM test.t WHERE id = 777')"
check 'and then no longer' not test -e "$(dir hdp3)/unacked"

# A note that data is missing here, and one that some was kept from the replica: the first is an operator's to give up.
pair_reset
echo 'data-missing, data-unsent' >"$(dir hdp4)/differs"
HB_GRANT=peer promote hdp4 start
check 'a note that data is missing: refused by name' has "$rc $err" 'refused: data-missing'
promote hdp4 -f data-missing start
check_eq 'given up by an operator: done, and of the note the rest' '0 data-unsent' "$rc $(<"$(dir hdp4)/differs")"
echo junk >"$(dir hdp4)/differs"
tool hdp4 mysqlchk grade local
check_eq 'a note that cannot be read may be either' 2 "$(grep -c '^  BAD  data-' "$E2E_DIR/out")"
tool hdp4 mysqlchk same local
check_eq 'an operator takes it away' '0 ' "$rc $(ls "$(dir hdp4)/differs" 2>/dev/null)"

e2e_done
