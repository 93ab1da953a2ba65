#!/bin/bash
# Ready, or it says so: every fault that a real server can be given, seen by mysqlchk within a second, shown on both nodes, and
# obeyed as the table says (promote/faults.cc); then the takeovers that "paired" and "fit" promise, put to the test.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/env.sh
. tests/e2e/pair.sh
env_trap
env_up && db_setup_pair && pair_install && pair_up || exit 1

log() { cat "$(dir "$1")/hbd.log"; }
count() { log "$1" | grep -c -- "$2"; }
# shows VIEWER NODE FAULT: hbctl status there has it.
shows() { ctl "$1" status | grep -q "^fault on $2 for .*: $3: "; }
both_show() { shows hdp3 "$@" && shows hdp4 "$@"; }
neither_shows() { ! shows hdp3 "$@" && ! shows hdp4 "$@"; }
fit() { is true json "$1" fit; }
whole() { waituntil 20 is_paired hdp3; }
# told VIEWER NODE FAULT SINCE: its log has the fault after so many lines.
lines_of() { log "$1" | wc -l; }
told() { log "$1" | tail -n "+$(($4 + 1))" | grep -q "fault $3 $2: "; }
quiet_slave() { sql "$1" "STOP SLAVE; $2; START SLAVE"; }

# same NODE: an operator's word that nothing was kept away meanwhile.
same() { on "$1" /usr/local/sbin/mysqlchk same local >/dev/null || check 'mysqlchk same' false; }

# fault NAME NODE STOPS SET CURE: SET (SQL on NODE) makes the fault, CURE takes it away. STOPS: some of p (pairing) and t
# (takeover), or n.
fault() {
  local name=$1 node=$2 stops=$3 t0 ms from3 from4
  from3=$(lines_of hdp3) from4=$(lines_of hdp4)
  sql "$node" "$4" || { check "$name can be made" false; return; }
  t0=$(now_ms)
  check "$name on $node is logged on both nodes" waituntil 3 eval "told hdp3 $node $name $from3 && told hdp4 $node $name $from4"
  ms=$(awk -v a="$t0" -v b="$(now_ms)" 'BEGIN {print int(b - a)}')
  check "within a second or so ($ms ms)" [ "$ms" -lt 1300 ]
  check 'and shown on both' waituntil 2 both_show "$node" "$name"
  case $stops in
    *p*) check 'the pair is one no longer' waituntil 3 is alone sync_of hdp3 ;;
    *) check 'it is a pair as before' is paired sync_of hdp3 ;;
  esac
  case $stops,$node in
    *t*,hdp4) check 'nobody would take over with it' waituntil 2 not fit hdp4
      check 'and status says why' eval "ctl hdp4 status | grep -q 'not fit: .*$name'" ;;
    *,hdp4) check 'the node is fit with it' fit hdp4 ;;
  esac
  sql "$node" "$5" || check "$name can be cured" false
  check 'it is gone with its cause' waituntil 5 neither_shows "$node" "$name"
  case $name in replica-filter|errors-skipped) same "$node" ;; esac
  check 'and the pair is whole' whole
}
# itself NAME SET: a setting of semi-sync on the owner that pairing itself puts right.
itself() {
  local name=$1 before
  before=$(count hdp3 "group .* alone: $1")
  sql hdp3 "$2"
  check "$name ends the pair" waituntil 3 eval "[ \$(count hdp3 'group .* alone: $name') -gt $before ]"
  check 'and pairing puts it right' whole
}

# ---- each fault --------------------------------------------------------------------------------------------------------
writer faults
waituntil 5 acked_over faults 50

fault replica-filter hdp4 pt "STOP SLAVE; SET GLOBAL replicate_ignore_table='test.other'; START SLAVE" \
  "STOP SLAVE; SET GLOBAL replicate_ignore_table=''; START SLAVE"
fault replica-filter hdp4 pt 'STOP SLAVE; CHANGE MASTER TO IGNORE_SERVER_IDS=(99); START SLAVE' \
  'STOP SLAVE; CHANGE MASTER TO IGNORE_SERVER_IDS=(); START SLAVE'
fault replica-filter hdp4 pt 'STOP SLAVE; SET GLOBAL replicate_events_marked_for_skip=FILTER_ON_MASTER; START SLAVE' \
  'STOP SLAVE; SET GLOBAL replicate_events_marked_for_skip=REPLICATE; START SLAVE'
fault errors-skipped hdp4 pt "SET GLOBAL slave_exec_mode=IDEMPOTENT" "SET GLOBAL slave_exec_mode=STRICT"
fault applier-stopped hdp4 n 'STOP SLAVE SQL_THREAD' 'START SLAVE SQL_THREAD'
fault applier-delayed hdp4 n 'STOP SLAVE; CHANGE MASTER TO MASTER_DELAY=2; START SLAVE' \
  'STOP SLAVE; CHANGE MASTER TO MASTER_DELAY=0; START SLAVE'
fault named-channel hdp4 pt "CHANGE MASTER 'other' TO MASTER_HOST='127.0.0.1'" "RESET SLAVE 'other' ALL"
fault file-position hdp4 p 'STOP SLAVE; CHANGE MASTER TO MASTER_USE_GTID=no; START SLAVE' \
  'STOP SLAVE; CHANGE MASTER TO MASTER_USE_GTID=slave_pos; START SLAVE'
fault statement-format hdp3 p 'SET GLOBAL binlog_format=STATEMENT' 'SET GLOBAL binlog_format=ROW'
fault mixed-format hdp4 n 'SET GLOBAL binlog_format=MIXED' 'SET GLOBAL binlog_format=ROW'
fault sync-binlog hdp3 n 'SET GLOBAL sync_binlog=100' 'SET GLOBAL sync_binlog=1'
fault log-flush hdp4 n 'SET GLOBAL innodb_flush_log_at_trx_commit=2' 'SET GLOBAL innodb_flush_log_at_trx_commit=1'
itself after-commit 'SET GLOBAL rpl_semi_sync_master_wait_point=AFTER_COMMIT'
check_eq 'AFTER_SYNC again' AFTER_SYNC "$(sql hdp3 'SELECT @@rpl_semi_sync_master_wait_point')"
itself semi-sync-bounded 'SET GLOBAL rpl_semi_sync_master_timeout=1000'
itself semi-sync-bounded 'SET GLOBAL rpl_semi_sync_master_wait_no_slave=OFF'
itself 'semi-sync was switched off' 'SET GLOBAL rpl_semi_sync_master_enabled=OFF'
# What was read before the pairing is no fault of the pair that was made: it ended one in three of these at once.
broken=0
for _ in 1 2 3; do
  sql hdp3 'SET GLOBAL rpl_semi_sync_master_wait_no_slave=OFF'
  waituntil 3 is alone sync_of hdp3
  waituntil 20 is_paired hdp3
  waituntil 1 is alone sync_of hdp3 && broken=$((broken + 1))
done
check_eq 'a pairing that mends a setting holds' 0 "$broken"
check 'one fault, one line' [ "$(count hdp4 'fault mixed-format')" = 1 ]
check 'no storm in all of it' [ "$(count hdp3 'event paired')" -lt 60 ]

# ---- what the server would boot as ------------------------------------------------------------------------------------
cp "$(dir hdp4)/my.cnf" "$(dir hdp4)/boot.cnf"
sed -i "/^socket = /a my_cnf = $(dir hdp4)/boot.cnf" "$(dir hdp4)/etc/mysqlchk.ini"
kill -KILL "$(pgrep -P "$(hbd_pid hdp4)" -f mysqlchk)"   # it reads its file again
files() { ctl hdp3 status | grep -q '^fault on hdp4 for .*: boots-writable: '; }
check 'files with read_only are well' eval 'waituntil 5 is_paired hdp3 && ! waituntil 2 files 2>/dev/null'
sed -i '/^read-only/d' "$(dir hdp4)/boot.cnf"
check 'files without it are told on both nodes' waituntil 3 files
check 'and stop nothing' is_paired hdp3
echo 'read_only = 1' >>"$(dir hdp4)/boot.cnf"
check 'it is gone with its cause' waituntil 5 not files
mv "$(dir hdp4)/boot.cnf" "$(dir hdp4)/gone.cnf"
check 'files that cannot be read are named' waituntil 3 eval 'log hdp4 | grep -q "my_cnf: $(dir hdp4)/boot.cnf: No such file"'

# ---- a third server that acknowledges ---------------------------------------------------------------------------------
strange() { ctl hdp3 status | grep -q '^fault on hdp3 for .*: strangers: '; }
db_make gw && db_start gw && db_wait gw
sql hdp3 "SELECT CONCAT('SET GLOBAL gtid_slave_pos=\"', @@gtid_binlog_pos, '\"')" >"$(dir gw)/pos.sql"
sql gw "$(cat "$(dir gw)/pos.sql")"
db_follow gw hdp3
waituntil 5 is Yes db_slave gw Slave_IO_Running
sql gw 'STOP SLAVE IO_THREAD; START SLAVE IO_THREAD'
check 'a stranger that acknowledges is told' waituntil 5 strange
check 'the pair is one no longer' waituntil 3 is alone sync_of hdp3
check 'pairing fails, and says why' waituntil 10 eval "log hdp3 | grep -q 'promote: .*more than one replica'"
check 'and it is told as long as that is so' strange
sql gw 'STOP SLAVE; SET GLOBAL rpl_semi_sync_slave_enabled=OFF; START SLAVE'
check 'one that replicates and does not acknowledge is welcome' waituntil 40 is_paired hdp3
check 'nothing is told of it' waituntil 5 eval '! strange'
db_stop gw

# ---- our own account ---------------------------------------------------------------------------------------------------
ours() { sql hdp4 "SELECT GROUP_CONCAT(id) FROM information_schema.processlist WHERE user='$TANDEM_USER'"; }
kill_ours() { local id; for id in $(ours | tr ',' ' '); do sql hdp4 "KILL $id"; done; }
refused() { sql hdp4 "SHOW GLOBAL STATUS LIKE 'Access_denied_errors'" | cut -f 2; }
local_sql() { sql hdp4 "SET SESSION sql_log_bin=0; $1"; }
local_sql "ALTER USER $TANDEM_USER@localhost IDENTIFIED BY 'another'"
kill_ours
check 'a refused login is a fault, and no death' waituntil 3 both_show hdp4 login-refused
check 'the pair is what it was' is paired sync_of hdp3
check 'nobody would take over with it' not fit hdp4
before=$(refused)
sleep 3 & wait $!   # what it must not do in this time: knock ten times a second
check 'it does not knock again and again' [ $(($(refused) - before)) -le 4 ]
echo another >"$(dir hdp4)/etc/mysql.secret"
check 'another password in the file is read' waituntil 12 neither_shows hdp4 login-refused
local_sql "ALTER USER $TANDEM_USER@localhost IDENTIFIED BY '$TANDEM_PASS'"
echo "$TANDEM_PASS" >"$(dir hdp4)/etc/mysql.secret"

local_sql "REVOKE SLAVE MONITOR, SUPER, REPLICATION SLAVE ADMIN ON *.* FROM $TANDEM_USER@localhost"
kill_ours
check 'a right that is missing is a fault' waituntil 3 both_show hdp4 right-missing
check 'the pair is what it was' is paired sync_of hdp3
local_sql "GRANT SLAVE MONITOR, SUPER, REPLICATION SLAVE ADMIN ON *.* TO $TANDEM_USER@localhost"
check 'a right that was granted since is seen' waituntil 12 neither_shows hdp4 right-missing
# Those that a switch needs, one by one, before it needs them; the watcher's session has them still.
local_sql "REVOKE SUPER ON *.* FROM $TANDEM_USER@localhost"
check 'SUPER is not asked for where its parts are there' eval '! waituntil 2 shows hdp3 hdp4 right-missing 2>/dev/null'
for right in 'CONNECTION ADMIN' 'READ_ONLY ADMIN' 'REPLICATION SLAVE ADMIN' 'REPLICATION MASTER ADMIN'; do
  local_sql "REVOKE $right ON *.* FROM $TANDEM_USER@localhost"
  check "$right is missed within two seconds" waituntil 2 both_show hdp4 right-missing
  check 'nobody would take over with it' not fit hdp4
  local_sql "GRANT $right ON *.* TO $TANDEM_USER@localhost"
  check 'and seen again' waituntil 3 neither_shows hdp4 right-missing
done
local_sql "GRANT SUPER ON *.* TO $TANDEM_USER@localhost"
check 'whole' whole

# ---- a hang leaves one session -----------------------------------------------------------------------------------------
hung() { [ "$(ss_count)" -le "$1" ]; }
ss_count() { at hdp4 ss -xH src "$(dir hdp4)/mysql.sock" | wc -l; }
before=$(ss_count)
kill -STOP "$(db_pid hdp4)"
check 'a hung server is down' waituntil 5 eval "log hdp4 | grep -q 'server is down'"
sleep 5 & wait $!   # what it must not do in this time: one more session a second
check "no session for each try ($before before, $(ss_count) now)" hung $((before + 1))
kill -CONT "$(db_pid hdp4)"
check 'it is up again, and whole' whole

# ---- a writable replica is made read-only ------------------------------------------------------------------------------
sql hdp4 'SET GLOBAL read_only=0'
check 'a writable replica is told' waituntil 3 eval "log hdp4 | grep -q 'fault writable-replica hdp4'"
check 'and made read-only by itself' waituntil 5 is 1 sql hdp4 'SELECT @@read_only'
check 'whole' whole
writer_stop
check_eq 'nothing of all that lost a write' 0 "$(lost faults hdp3)"

# ---- what is promised --------------------------------------------------------------------------------------------------
# takeover NAME: under a writer, the server of the owner hdp3 dies.
takeover() {
  writer "$1"
  waituntil 5 acked_over "$1" 100
  sleep 1 & wait $!   # writes that are received and not applied
  t0=$(now_ms)
  db_kill hdp3
  check "$1: the node that is fit takes over" waituntil 10 acked_after "$1" "$(awk -v t="$t0" 'BEGIN {print t + 100}')"
  writer_stop
  check_eq 'nothing is lost' 0 "$(lost "$1" hdp4)"
  ms=$(outage "$1" "$t0")
  check "it took no delay's time ($ms ms)" under 20000 "$ms"
  db_start hdp3; db_wait hdp3
  waituntil 30 is_paired hdp4 && ctl hdp4 standby >/dev/null
  check 'and back' whole
}
writer frozen
waituntil 5 acked_over frozen 100
t0=$(now_ms)
kill -STOP "$(db_pid hdp3)"
check 'a frozen primary: the other takes over' waituntil 10 acked_after frozen "$(awk -v t="$t0" 'BEGIN {print t + 500}')"
writer_stop
ms=$(outage frozen "$t0")
check "one wait in vain, not two ($ms ms)" under 3000 "$ms"
check_eq 'nothing is lost' 0 "$(lost frozen hdp4)"
db_start hdp3; db_wait hdp3
waituntil 30 is_paired hdp4 && ctl hdp4 standby >/dev/null
check 'and back' whole
quiet_slave hdp4 'CHANGE MASTER TO MASTER_DELAY=40'
check 'delayed by order: whole' whole
takeover delayed
sql hdp4 'STOP SLAVE SQL_THREAD'
takeover stopped
quiet_slave hdp4 "SET GLOBAL replicate_ignore_table='test.t'"
waituntil 3 is alone sync_of hdp3
writer filtered
waituntil 5 acked_over filtered 100
db_kill hdp3
never_taken() { local i; for i in {1..40}; do ! owns hdp4 || return 1; sleep 0.1; done; }
check 'with a filter nobody takes over' never_taken
said=$(on hdp4 /usr/local/sbin/promote -n -p hdp3 start 2>/dev/null; echo " $?")
check 'and promote says why, by the same name' eval '[[ $said == "ready: no: replica-filter, "*" 1" ]]'
db_start hdp3
check 'the owner is back' waituntil 15 acked_after filtered "$(now_ms)"
writer_stop
check_eq 'nothing is lost' 0 "$(lost filtered hdp3)"

# ---- old-boot: the server starts before hbd knows the owner ------------------------------------------------------------
sql hdp4 "STOP SLAVE; SET GLOBAL replicate_ignore_table=''; START SLAVE"
waituntil 3 eval '! ctl hdp4 status | grep -q replica-filter'; same hdp4
check 'whole' whole
# boot OWNER PEER: OWNER's host dies under nine writers and comes back, mysqld 3 s before hbd.
boot() {
  local i names=() pids=() t0
  for i in 1 2 3 4 5 6 7 8 9; do writer "boot$1$i" -i 10; names+=("boot$1$i"); pids+=("$WRITER_PID"); done
  waituntil 5 acked_over "boot${1}9" 100
  host_kill "$1"
  t0=$(now_ms)
  check "the host of $1 dies: the other takes over" waituntil 15 acked_after "boot${1}1" "$(awk -v t="$t0" 'BEGIN {print t + 500}')"
  host_boot "$1"
  db_start "$1"
  db_wait "$1"
  sleep 3 & wait $!   # the order of the boot: hbd comes later
  hbd_start "$1"
  check 'it follows, without a rebuild' waituntil 30 is_paired "$2"
  for i in "${pids[@]}"; do kill -TERM "$i"; done
  for i in "${pids[@]}"; do waituntil 5 gone "$i"; done
  for i in "${names[@]}"; do check_eq "nothing is lost ($i)" 0 "$(lost "$i" "$2")"; done
  check 'nothing diverged' eval "! log $1 | grep -q 'diverged'"
}
boot hdp3 hdp4
ctl hdp4 standby >/dev/null
check 'and back' whole

# ---- what was received is thrown away beside a dead source ------------------------------------------------------------
# thrown NAME [BY]: hdp4 has received what it has not applied; the host hdp3 dies, and before hdp4 can take over, somebody there stops and
# starts replication: MariaDB throws the relay log away. Or BY, another way.
thrown() {
  local by=${2:-STOP SLAVE; START SLAVE}
  sql hdp4 'STOP SLAVE SQL_THREAD'
  writer "$1"
  waituntil 5 acked_over "$1" 100
  waituntil 5 shows hdp4 hdp4 applier-stopped
  kill -STOP "$(hbd_pid hdp4)"
  host_kill hdp3
  sql hdp4 "$by"
  kill -CONT "$(hbd_pid hdp4)"
  check "$1: it is missed" waituntil 3 shows hdp4 hdp4 received-lost
}
thrown thrown
kill -KILL "$(pgrep -P "$(hbd_pid hdp4)" -f mysqlchk)"
check 'and nobody takes over without it' never_taken
check 'the next watcher knows of it' shows hdp4 hdp4 received-lost
said=$(on hdp4 /usr/local/sbin/promote -n -p hdp3 start 2>/dev/null; echo " $?")
check 'and promote' eval '[[ $said == "ready: no: received-lost, "*" 1" ]]'
hbd_kill hdp4; hbd_start hdp4
check 'and the next hbd' waituntil 5 shows hdp4 hdp4 received-lost
check 'and nobody takes over' never_taken
host_boot hdp3; db_start hdp3; db_wait hdp3; hbd_start hdp3
check 'with its source it is there again' waituntil 30 eval 'is_paired hdp3 && ! shows hdp4 hdp4 received-lost'
writer_stop
check 'both have the same' waituntil 20 db_synced hdp3 hdp4
check_eq 'nothing is lost' 0 "$(lost thrown hdp4)"
thrown given-up 'STOP SLAVE; RESET SLAVE ALL'
check 'and nobody takes over' never_taken
check 'an operator who gives it up has his way' eval 'ctl hdp4 takeover -f "burned down: received-lost" >/dev/null'
check 'and it is logged what' eval 'log hdp4 | grep -q "given up: [0-9]* transactions that were received are not here"'

e2e_done
