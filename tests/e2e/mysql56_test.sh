#!/bin/bash
# promote, rejoin and mysqlchk against a pair of real MySQL 5.6.24 servers, asynchronous, with the shipped my.cnf sample:
# what differs from MariaDB (promote_test.sh) and what must not. Needs `make all tests/e2e/client build/mysql56/mysqld`.
set -u
cd "$(dirname "$0")/../.." || exit 1
DB_FLAVOUR=mysql56
. tests/e2e/env.sh
E2E_HOSTS=(hdp3 hdp4)
env_trap
env_up && db_setup_pair || exit 1
. tests/e2e/promote.sh

# pair_reset: hdp3 is the primary, hdp4 its connected replica, nothing is left of the test before.
pair_reset() {
  local host
  for host in hdp3 hdp4; do
    host_heal "$host"
    db_pid "$host" >/dev/null || db_start "$host" || return 1
  done
  for host in hdp3 hdp4; do
    db_wait "$host" && sql "$host" 'STOP SLAVE; RESET SLAVE ALL; SET SESSION sql_log_bin=0; SET GLOBAL read_only=1;
      TRUNCATE test.t; RESET MASTER' 2>/dev/null || return 1
  done
  sql hdp3 'SET GLOBAL read_only=0; INSERT INTO test.t VALUES (1, 0, "first")' && db_follow hdp4 hdp3 2>/dev/null &&
    waituntil 5 is Yes db_slave hdp4 Slave_IO_Running && waituntil 5 db_synced hdp3 hdp4
}
U3=$(sql hdp3 'SELECT @@server_uuid') U4=$(sql hdp4 'SELECT @@server_uuid')
received() { db_slave "$1" Retrieved_Gtid_Set; }
pair_reset || exit 1

# ---- mysqlchk ----------------------------------------------------------------------------------------------------------

sql hdp3 'SELECT 1' >/dev/null
waituntil 5 eval 'tool hdp4 mysqlchk -1 local hdp3 hdp4; [ "$(grep -c instance= "$E2E_DIR/out")" = 3 ]'
check 'a primary is told' has "$(line hdp3)" " pos=$U3:1 role=primary source=no sync=no"
check 'a replica is told' has "$(line hdp4)" ' role=replica source=yes sql=yes sync=no'
check_eq 'caught up: the same position, no lag' "$U3:1 0" "$(line hdp4 | field pos) $(line hdp4 | field lag)"
check_eq 'the same server by socket and by address is the same instance' \
  "$(line hdp4 | field instance)" "$(line local | field instance)"
sql hdp4 'STOP SLAVE SQL_THREAD; SET GLOBAL read_only=0'
sql hdp3 'SET GLOBAL read_only=1'
tool hdp4 mysqlchk -1 local hdp3
check 'a stopped applier, a writable replica and a read-only primary are told' \
  has "$(grep -c '^  writable-replica: ' "$E2E_DIR/out") $(line local | field sql) $(line hdp3 | field role)" '1 no readonly'
sql hdp4 'SET GLOBAL read_only=1; STOP SLAVE IO_THREAD'
tool hdp4 mysqlchk -1 local
check 'a receiver that is stopped is no source' has "$(line local)" ' role=replica source=no sql=no'
watch_start hdp4 local
us; t0=$REPLY
kill -STOP "$(db_pid hdp4)"
check 'a hung server is down' waituntil 3 said "$t0" ' down fault=silent'
us; t0=$REPLY
kill -CONT "$(db_pid hdp4)"
check 'it is up again when it goes on' waituntil 3 said "$t0" ' up '
us; t0=$REPLY
db_kill hdp4
check 'a killed server is down' waituntil 3 said "$t0" ' down fault=gone'
took=$(after "$t0" ' down')
check "without waiting for a timeout ($took ms)" below 900 "$took"
watch_stop

# One that may look and not act.
sql hdp3 "CREATE USER few@localhost IDENTIFIED BY 'few'; GRANT PROCESS, REPLICATION CLIENT, REPLICATION SLAVE ON *.* TO few@localhost"
sed "s/^user = $TANDEM_USER/user = few/; s|t.secret|few.secret|" "$(dir hdp3)/promote.ini" >"$(dir hdp3)/few.ini"
(umask 077; echo few >"$(dir hdp3)/few.secret")
WATCH_INI=$(dir hdp3)/few.ini watch_start hdp3 local
check 'a right that only a switch needs is missed' waituntil 3 said 0 ' fault=right-missing'
sql hdp3 "GRANT SUPER ON *.* TO few@localhost"
us; t0=$REPLY
check 'and seen when it is granted' waituntil 3 eval 'awk -v t="$t0" "\$1 >= t" "$E2E_DIR/watch" | tail -n 1 | grep " up " | grep -qv right-missing'
check_eq 'asking has set nothing' '1 200' "$(sql hdp3 'SELECT CONCAT(@@global.read_only, " ", @@global.max_connections)')"
watch_stop
sql hdp3 'DROP USER few@localhost'

# An account of the right password and without rights, and one of a wrong password.
sed "s/^user = $TANDEM_USER/user = $APP_USER/; s|t.secret|app.secret|" "$(dir hdp3)/promote.ini" >"$(dir hdp3)/app.ini"
sed "s|t.secret|wrong.secret|" "$(dir hdp3)/promote.ini" >"$(dir hdp3)/wrong.ini"
(umask 077; echo "$APP_PASS" >"$(dir hdp3)/app.secret"; echo wrong >"$(dir hdp3)/wrong.secret")
INI=app.ini tool hdp3 mysqlchk -1 local
check_eq 'an account without rights is a fault' 'local up fault=sql-1227 faults=8' "$(line local)"
for verb in start stop status alone; do
  INI=app.ini promote hdp3 $verb
  check_eq "and exit 4 of promote $verb" '4 1' "$rc $(read_only hdp3)"
done
INI=wrong.ini tool hdp3 mysqlchk -1 local
check_eq 'a refused login is a fault' 'local up fault=login-refused faults=1' "$(line local)"
INI=wrong.ini promote hdp3 start
check 'and exit 4, named' has "$rc $err" "4 promote: $(dir hdp3)/mysql.sock: connect: Access denied"

# ---- status, alone, paired, stop ---------------------------------------------------------------------------------------

pair_reset
promote hdp3 -j status
check_eq 'status of a primary' "0 {\"role\":\"primary\",\"pos\":\"$U3:1\",\"writable\":true,\"source\":\"\",\"semi_sync\":false}" "$rc $out"
promote hdp4 status
check_eq 'status of a replica' "3 replica at $U3:1" "$rc $out"
promote hdp3 start
check_eq 'start on a primary is 0 and tells its position' "0 attr pos $U3:1" "$rc $out"
promote hdp3 alone
check_eq 'without semi-sync alone is done' '0 promote: no semi-sync on this server' "$rc ${err%%$'\n'*}"
promote hdp3 -p hdp4 paired
check 'and paired cannot be, and says what to do' has "$rc $err" '1 promote: no semi-sync here: load its plug-ins'
sql hdp3 'CREATE EVENT test.e ON SCHEDULE EVERY 1 DAY DO SET @x = 1'
waituntil 5 db_synced hdp3 hdp4
timeout 30 mariadb --no-defaults --socket="$(dir hdp3)/mysql.sock" -u root test -e 'UPDATE t SET note = SLEEP(20)' >/dev/null 2>&1 &
long=$!
timeout 30 mariadb --no-defaults --socket="$(dir hdp3)/mysql.sock" -u root test -e 'DO SLEEP(20); INSERT INTO t VALUES (88, 0, "root")' >/dev/null 2>&1 &
root=$!
waituntil 5 sessions_like hdp3 'User sleep' 2
promote hdp3 stop
check "stop ends long statements and administrators' sessions ($ms ms)" eval 'test $rc -eq 0 && below 3000 $ms && db_pid hdp3 >/dev/null'
wait "$long" "$root"
check_eq 'read-only, nothing written' '1 1' "$(read_only hdp3) $(rows hdp3)"
check_eq 'stop tells the final position' "attr pos $(db_gtid hdp3)" "$out"
event() { sql "$1" 'SELECT status FROM information_schema.events'; }
check_eq 'its events are a replica'"'"'s' SLAVESIDE_DISABLED "$(event hdp3)"
promote hdp3 stop
check_eq 'stop again is 0' 0 $rc
HB_GRANT=peer promote hdp4 start
check_eq 'events run on the new primary' '0 ENABLED' "$rc $(event hdp4)"
sql hdp4 'DROP EVENT test.e'

pair_reset
sql hdp3 'DROP EVENT IF EXISTS test.e'
kill -STOP "$(db_pid hdp3)"
pid=$(db_pid hdp3)
HB_GRANT=witness promote hdp4 -p hdp3 start
check "a start beside a hung primary does not wait for it ($ms ms)" eval 'test $rc -eq 0 && below 2000 $ms'
promote hdp3 stop
check_eq 'a hung server is killed at stop' '0 gone' "$rc $(gone "$pid" && echo gone)"
check "after its deadline ($ms ms)" test "$ms" -ge 1000 -a "$ms" -le 2500
promote hdp3 stop
check_eq 'stop beside a dead server is 0' 0 $rc
promote hdp3 status
check_eq 'its status is 3' 3 $rc

# ---- a planned switch --------------------------------------------------------------------------------------------------

pair_reset
: >"$E2E_DIR/acks"
spawn hdp4 writer "$E2E_CLIENT" write "${ADDR[hdp3]}" 3306 "$APP_USER" "$APP_PASS" test 0 "$E2E_DIR/acks" -s 1000 -i 1
writer=$SPAWN_PID
acks_over() { [ "$(awk '$4 == "ok"' "$E2E_DIR/acks" | wc -l)" -gt "$1" ]; }
waituntil 5 acks_over 20
HB_GRANT=witness promote hdp4 -p hdp3 -n start
check 'start -n names its steps' has "$err" ' demote-peer=0ms await-received=0ms await-applied=0ms stop-receiver=0ms'
HB_GRANT=witness promote hdp4 -p hdp3 start
kill -TERM "$writer"
check "a writing primary is demoted and drained ($ms ms)" eval 'test $rc -eq 0 && below 1000 $ms'
check_eq 'only one is writable, without a source' '1 0 ' "$(read_only hdp3) $(read_only hdp4) $(db_slave hdp4 Master_Host)"
check_eq 'no acknowledged write is missing' 'acknowledged missing 0' \
  "$(at hdp4 "$E2E_CLIENT" lost "$E2E_DIR/acks" "${ADDR[hdp4]}" 3306 "$APP_USER" "$APP_PASS" test | sed 's/ [0-9]* / /')"
check_eq 'no semi-sync: said once' 1 "$(grep -c 'no semi-sync' "$E2E_DIR/err")"
each hdp4 2 3
HB_PEER=hdp4 rejoin hdp3
check_eq 'the demoted primary follows' '0 1 Yes' "$rc $(read_only hdp3) $(db_slave hdp3 Slave_SQL_Running)"
check_eq 'by its transaction set' 1 "$(db_slave hdp3 Auto_Position)"
check 'and has the same' waituntil 5 db_synced hdp4 hdp3
rejoin hdp3 hdp4
check 'again: it follows already' has "$rc $err" '0 rejoin: follows already'
rejoin hdp4 hdp3
check 'the rightful owner is not demoted' has "$rc $err $(read_only hdp4)" '1 rejoin: the other server is a replica itself 0'

# ---- takeover: nothing that was received is lost -----------------------------------------------------------------------

# unapplied [SQL]: 40 rows are received and not applied when the primary is killed; then promote start.
unapplied() {
  pair_reset || return 1
  sql hdp4 'STOP SLAVE SQL_THREAD'
  each hdp3 101 140
  waituntil 5 is "$U3:1-41" received hdp4 || return 1
  [ -z "${1:-}" ] || sql hdp4 "$1"
  db_kill hdp3
  waituntil 5 not db_pid hdp3
  # Somebody's lock keeps the applier from being quicker than whoever does not wait for it.
  sql hdp4 'LOCK TABLES test.t READ; DO SLEEP(1)' &
  waituntil 5 sessions_like hdp4 'User sleep'
  HB_GRANT=witness HB_PEER=hdp3 promote hdp4 start
  wait $!
}
unapplied
check_eq 'applier stopped, rows received, primary killed: nothing is lost' '0 41' "$rc $(rows hdp4)"
check_eq 'writable, without a source, at its position' "0  attr pos $U3:1-41" "$(read_only hdp4) $(db_slave hdp4 Master_Host) $out"
check "in the time that it takes ($ms ms)" below 3000 "$ms"
db_start hdp3; db_wait hdp3
each hdp4 2 2
rejoin hdp3 hdp4
check_eq 'the crashed primary, behind, follows' 0 $rc
check 'and has the same' waituntil 5 db_synced hdp4 hdp3
unapplied 'STOP SLAVE IO_THREAD'
check_eq 'both threads stopped: nothing is lost either' '0 41' "$rc $(rows hdp4)"

pair_reset
sql hdp4 'SET SESSION sql_log_bin=0; INSERT INTO test.t VALUES (201, 0, "in the way")'
each hdp3 201 202
waituntil 5 is No db_slave hdp4 Slave_SQL_Running
db_kill hdp3
HB_GRANT=witness HB_PEER=hdp3 promote hdp4 start
check 'a broken applier is refused by name' has "$rc $err" 'refused: applier-broken'
check_eq 'and stays a replica' "1 ${ADDR[hdp3]}" "$(read_only hdp4) $(db_slave hdp4 Master_Host)"
HB_GRANT=witness HB_PEER=hdp3 promote hdp4 -f applier-broken start
check_eq '-f applier-broken overrides' '0 0' "$rc $(read_only hdp4)"

pair_reset
sql hdp4 'STOP SLAVE IO_THREAD'
each hdp3 301 303
HB_GRANT=witness HB_PEER=hdp3 promote hdp4 start
check 'a primary that is ahead and not fetched is refused by name' has "$rc $err" 'refused: missing-transactions'
check_eq 'and stays the primary' 0 "$(read_only hdp3)"

# The source's host dies in the middle of sending: the number of that transaction counts as received already.
pair_reset
at hdp3 tc qdisc add dev eth0 root tbf rate 8mbit burst 16kb latency 5s
big() { sql hdp3 "CREATE TABLE IF NOT EXISTS test.n (n INT PRIMARY KEY); INSERT IGNORE INTO test.n VALUES (0),(1),(2),(3),(4),(5),(6),(7),(8),(9);
  INSERT INTO test.t SELECT 1000 + a.n + 10*b.n + 100*c.n + 1000*d.n + 10000*e.n, 0, REPEAT('x', 60) FROM test.n a, test.n b, test.n c, test.n d, test.n e"; }
big
last=$(db_gtid hdp3)
waituntil 5 is "$last" received hdp4
host_kill hdp3
check_eq 'the transaction has begun to arrive, and no more' 1 "$(rows hdp4)"
HB_GRANT=witness HB_PEER=hdp3 promote hdp4 start
check_eq 'a transaction that came in part only is no reason to refuse' '0 1 0' "$rc $(rows hdp4) $(read_only hdp4)"
check 'it is named' has "$err" "$U3:${last##*-} was received in part only"
check "the dead host holds it up no longer than that ($ms ms)" below 3000 "$ms"
at hdp3 tc qdisc del dev eth0 root
host_boot hdp3

# ---- rejoin ------------------------------------------------------------------------------------------------------------

db_start hdp3; db_wait hdp3
rejoin hdp3 hdp4
check 'the crashed primary has that one whole: refused, and it is named' has "$rc $err" "1 rejoin: diverged: here and not there: $U3:${last##*-}"
check_eq 'nothing was touched' '1 ' "$(read_only hdp3) $(db_slave hdp3 Master_Host)"

pair_reset
promote hdp3 stop
HB_GRANT=peer promote hdp4 start
rejoin hdp3 hdp4
check_eq 'equal: it follows' '0 Yes' "$rc $(db_slave hdp3 Slave_IO_Running)"

pair_reset
host_cut hdp3
each hdp3 501 502
HB_GRANT=witness HB_PEER=hdp3 promote hdp4 start
check "host cut off: start is quick ($ms ms)" eval 'test $rc -eq 0 && below 2000 $ms'
each hdp4 601 601
host_heal hdp3
rejoin hdp3 hdp4
check_eq 'ahead: refused, nothing touched' '1 0 ' "$rc $(read_only hdp3) $(db_slave hdp3 Master_Host)"
check 'the transactions are listed' has "$err" "here and not there: $U3:2-3"
HB_START_POS=$U3:1 HB_START_FROM=paired rejoin hdp3 hdp4
check 'without semi-sync nobody knows what was acknowledged' not has "$err" 'never acknowledged'
db_kill hdp3; db_start hdp3; db_wait hdp3
HB_START_POS=$U3:1 HB_START_FROM=paired rejoin hdp3 hdp4
check 'all of it there at its start, beyond that of a paired owner: never acknowledged, to be rebuilt' has "$rc $err" 'never acknowledged, but committed here since: rebuild this server'
check 'and nobody promises that mysqld drops them' not has "$err" 'rejoin -p'

# What rejoin -p prints for MariaDB does not keep MySQL from starting.
printf 'tandem-state 1\nnode name=hdp3 epoch=2 blank=0\ngroup vip need_follow=0 owning=0 unagreed=0 epoch=2 version=1 owner=hdp4 %s\nend\n' \
  "paired= starting= back=0 pos=$U3:1 from=paired" >"$(dir hdp3)/hbd.state"
db_stop hdp3
rejoin hdp3 -p
db_start hdp3 $out
check 'mysqld starts with what rejoin -p prints' db_wait hdp3
check_eq 'which was something' '--loose-init-rpl-role=SLAVE' "$out"

# ---- edit_my_cnf -------------------------------------------------------------------------------------------------------

# The sample in the file itself, beside other groups; the server reads it, promote.ini names a link to it.
cnf=$(dir hdp4)/my.cnf
{ printf '[client]\nread_only\n'; cat etc/my.cnf.d/mysql-5.6.cnf; sed '/^!include/d' "$cnf"; printf '  super-read-only=1\r\n'; } >"$cnf.new"
sed -i 's/^  super/  loose-super/' "$cnf.new"
db_stop hdp4
mv "$cnf.new" "$cnf"; chmod 640 "$cnf"; chown 27:28 "$cnf"; cp "$cnf" "$E2E_DIR/as-was"
ln -s my.cnf "$(dir hdp4)/link.cnf"
sed -i "/^\[promote\]/a edit_my_cnf = $(dir hdp4)/link.cnf" "$(dir hdp4)/promote.ini"
pair_reset
promote hdp4 -t
check 'promote -t prints the key' has "$out" "edit_my_cnf = $(dir hdp4)/link.cnf"
# differs: its lines that are not as they were.
differs() { diff "$E2E_DIR/as-was" "$cnf" | grep '^>' | tr -d '\r'; }
owner() { stat -c '%a %u %g' "$cnf"; }
promote hdp3 stop
HB_GRANT=peer promote hdp4 -n start
check 'start -n says what it would change' has "$err" "would have commented out 'read_only = ON', 'loose-super-read-only=1'"
check_eq 'and changes nothing' '' "$(differs)"
HB_GRANT=peer promote hdp4 start
check_eq 'start comments out two lines of the server and none of the client' \
  "> #tandem:primary# read_only = ON"$'\n'"> #tandem:primary#   loose-super-read-only=1" "$(differs)"
check_eq 'mode, owner and link stay' '640 27 28 my.cnf' "$(owner) $(readlink "$(dir hdp4)/link.cnf")"
db_kill hdp4
waituntil 5 not db_pid hdp4
db_start hdp4; db_wait hdp4
check_eq 'the server boots writable' 0 "$(read_only hdp4)"
promote hdp4 start
check_eq 'start again changes nothing more' 2 "$(differs | wc -l)"
promote hdp4 stop
check_eq 'stop puts everything back' "0  640 27 28" "$rc $(differs) $(owner)"
promote hdp4 start
HB_GRANT=witness promote hdp3 -p hdp4 start
check_eq 'demoted over SQL it keeps the lines' 2 "$(differs | wc -l)"
rejoin hdp4 hdp3
check_eq 'rejoin puts them back' '0 ' "$rc $(differs)"
db_stop hdp4
db_start hdp4; db_wait hdp4
check_eq 'the server boots read-only' 1 "$(read_only hdp4)"

# What cannot be edited is said and stops nothing.
edit_at() { sed -i "s|^edit_my_cnf = .*|edit_my_cnf = $1|" "$(dir hdp4)/promote.ini"; }
fails() { # NAME FILE WHY
  edit_at "$2"
  promote hdp3 stop
  HB_GRANT=peer promote hdp4 start
  check_eq "$1: start is done all the same" '0 0' "$rc $(read_only hdp4)"
  check "$1: and says why" has "$err" "edit_my_cnf: $3"
  promote hdp4 stop
  promote hdp3 start
  rejoin hdp4 hdp3
  check_eq "$1: rejoin is done too" 0 $rc
}
fails 'no such file' "$(dir hdp4)/none.cnf" "$(dir hdp4)/none.cnf: No such file"
mkdir "$(dir hdp4)/ro" "$(dir hdp4)/full"
mount -t tmpfs -o size=16k none "$(dir hdp4)/full"
mount -t tmpfs -o size=64k none "$(dir hdp4)/ro"
MOUNTED=("$(dir hdp4)/full" "$(dir hdp4)/ro")
trap 'status=$?; umount "${MOUNTED[@]}"; (exit $status); env_exit' EXIT
cp "$cnf" "$(dir hdp4)/full/my.cnf"; cp "$cnf" "$(dir hdp4)/ro/my.cnf"
dd if=/dev/zero of="$(dir hdp4)/full/fill" bs=4k count=9 2>/dev/null
mount -o remount,ro "$(dir hdp4)/ro"
fails 'a full disk' "$(dir hdp4)/full/my.cnf" "$(dir hdp4)/full/my.cnf.new: write: No space left"
check_eq 'the file is whole, and nothing lies about' 'fill my.cnf' "$(cmp "$cnf" "$(dir hdp4)/full/my.cnf" && ls "$(dir hdp4)/full" | xargs)"
fails 'a read-only file system' "$(dir hdp4)/ro/my.cnf" "create $(dir hdp4)/ro/my.cnf.new: Read-only file system"
# Root writes nothing where the database's account could plant a link.
mkdir "$(dir hdp4)/theirs"
cp "$cnf" "$(dir hdp4)/theirs/my.cnf"
echo precious >"$(dir hdp4)/precious"
ln -s "$(dir hdp4)/precious" "$(dir hdp4)/theirs/my.cnf.new"
chown -h nobody "$(dir hdp4)/theirs" "$(dir hdp4)/theirs/my.cnf.new"
fails "somebody else's directory" "$(dir hdp4)/theirs/my.cnf" "$(dir hdp4)/theirs: belongs to somebody else than root, refused"
check_eq 'nothing was written through his link' "precious my.cnf my.cnf.new" \
  "$(cat "$(dir hdp4)/precious") $(ls "$(dir hdp4)/theirs" | xargs)"

e2e_done
