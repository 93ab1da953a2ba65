#!/bin/bash
# Same position is not same data, and a cured fault has not brought back what it kept away: a filter, a binary log that stops, another
# server_id. And who acknowledges nothing, or would take no writes, is no pair's replica.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/env.sh
. tests/e2e/pair.sh
env_trap
LOGS=
trap 'status=$?; [ -z "$LOGS" ] || umount -l "$LOGS"; (exit $status); env_exit' EXIT
env_up && db_make hdp3 && db_make hdp4 || exit 1
LOGS=$(dir hdp3)/binlogs
mkdir "$LOGS" && mount -t tmpfs -o size=64m,nr_inodes=200 tmpfs "$LOGS" || exit 1
sed -i "s|^log_bin=.*|log_bin=$LOGS/binlog|" "$(dir hdp3)/my.cnf"
db_start hdp3 && db_start hdp4 && db_wait hdp3 && db_wait hdp4 && db_accounts hdp3 || exit 1
db_follow hdp4 hdp3 && waituntil 10 db_synced hdp3 hdp4 && pair_install && pair_up || exit 1

shows() { ctl "$1" status | grep -q "^fault on $2 for .*: $3: "; }
both_show() { shows hdp3 "$@" && shows hdp4 "$@"; }
whole() { waituntil 20 is_paired hdp3; }
never_taken() { local i; for i in {1..20}; do ! owns hdp4 || return 1; sleep 0.1; done; }
never_whole() { local i; for i in {1..20}; do ! is_paired hdp3 || return 1; sleep 0.1; done; }
watcher_killed() { kill -KILL "$(pgrep -P "$(hbd_pid "$1")" -f mysqlchk)"; }
# What a rebuild would do, of the one table.
rebuilt() {
  waituntil 10 eval '! sql hdp3 "SELECT 1 FROM information_schema.processlist WHERE db=\"test\" AND command<>\"Sleep\" LIMIT 1" | grep -q 1'
  sql hdp4 "SET SESSION sql_log_bin=0; TRUNCATE TABLE test.t"
  at hdp3 mariadb-dump --no-defaults --socket="$(dir hdp3)/mysql.sock" --user=root --single-transaction test t >"$E2E_DIR/t.sql"
  { echo 'SET SESSION sql_log_bin=0;'; cat "$E2E_DIR/t.sql"; } |
    at hdp4 mariadb --no-defaults --socket="$(dir hdp4)/mysql.sock" --user=root test
}
# kept WHAT NODE FAULT: the cause is gone, the fault is not, whoever is started again; until an operator says so.
kept() {
  local node=$2 fault=$3
  check "$1: it is told on both nodes" waituntil 3 both_show "$2" "$3"
  check "$1: and no pair" never_whole
  watcher_killed "$2"
  hbd_stop "$2"; hbd_start "$2"
  check "$1: nor after a start of hbd" eval 'waituntil 10 both_show "$node" "$fault" && never_whole'
  writer_stop
  rebuilt
  check "$1: an operator's word ends it" eval 'on "$node" /usr/local/sbin/mysqlchk same local >/dev/null && whole'
  check "$1: and the note" waituntil 4 not shows hdp3 "$2" "$3"
  check_eq "$1: nothing is lost" '0 0' "$(lost "$4" hdp3) $(lost "$4" hdp4)"
}
begin() { writer "$1"; waituntil 5 acked_over "$1" 100; }

# ---- a filter ----------------------------------------------------------------------------------------------------------
begin filter
sql hdp4 "STOP SLAVE; SET GLOBAL replicate_ignore_table='test.t'; START SLAVE"
check 'filter: told' waituntil 3 both_show hdp4 replica-filter
waituntil 5 acked_over filter 300
sql hdp4 "STOP SLAVE; SET GLOBAL replicate_ignore_table=''; START SLAVE"
check 'filter: cured' waituntil 5 not shows hdp3 hdp4 replica-filter
check 'filter: rows are missing' [ "$(lost filter hdp4)" -gt 0 ]
db_kill hdp3
check 'filter: nobody takes over without them' never_taken
said=$(on hdp4 /usr/local/sbin/promote -n -p hdp3 start 2>/dev/null; echo " $?")
check 'filter: promote says why' eval '[[ $said == "ready: no: data-missing, "*" 1" ]]'
db_start hdp3; db_wait hdp3
waituntil 15 owns hdp3
kept filter hdp4 data-missing filter

# ---- a binary log that cannot go on ----------------------------------------------------------------------------------
begin log
full=0
while touch "$LOGS/fill.$full" 2>/dev/null; do full=$((full + 1)); done
sql hdp3 'FLUSH BINARY LOGS' 2>/dev/null
check 'log: that it has stopped is told' waituntil 3 both_show hdp3 no-binlog
check 'log: and the pair is one no longer' waituntil 3 is alone sync_of hdp3
check 'log: writes go on' waituntil 5 acked_after log "$(now_ms)"
check 'log: and are here alone' waituntil 5 eval '[ "$(lost log hdp4)" -gt 0 ]'
rm -f "$LOGS"/fill.*
db_stop hdp3
check 'log: nobody takes over without them' never_taken
db_start hdp3; db_wait hdp3
check 'log: it is written again' waituntil 10 not shows hdp4 hdp3 no-binlog
waituntil 15 owns hdp3
kept log hdp3 data-unsent log

# ---- another server_id ------------------------------------------------------------------------------------------------
begin id
id=$(sql hdp3 'SELECT @@server_id')
sql hdp3 "SET GLOBAL server_id=$(sql hdp4 'SELECT @@server_id')"
check 'id: the pair is one no longer' waituntil 3 is alone sync_of hdp3
waituntil 5 acked_after id "$(now_ms)"
sql hdp3 "SET GLOBAL server_id=$id"
kept id hdp3 data-unsent id

# ---- a replica that acknowledges nothing -------------------------------------------------------------------------------
begin async
sql hdp4 'SET GLOBAL rpl_semi_sync_slave_enabled=0; STOP SLAVE IO_THREAD; START SLAVE IO_THREAD'
t0=$(now_ms)
check 'async: writes wait no longer than it takes to see it' waituntil 4 acked_after async "$(awk -v t="$t0" 'BEGIN {print t + 500}')"
check 'async: it is told' waituntil 3 both_show hdp4 replica-async
check_eq 'async: alone' alone "$(sync_of hdp3)"
sql hdp4 'SET GLOBAL rpl_semi_sync_slave_enabled=1; STOP SLAVE IO_THREAD; START SLAVE IO_THREAD'
check 'async: whole again' whole
writer_stop

# ---- files of ours that a takeover would need --------------------------------------------------------------------------
chmod 644 "$(dir hdp4)/etc/repl.secret"
check 'files: a secret that others may read is told' waituntil 3 both_show hdp4 config-wrong
check 'files: and no takeover' not is true json hdp4 fit
chmod 600 "$(dir hdp4)/etc/repl.secret"
check 'files: put right' waituntil 5 not shows hdp3 hdp4 config-wrong

# ---- a standby that would take no writes -------------------------------------------------------------------------------
begin refuses
sql hdp4 'SET GLOBAL tx_read_only=1'
check 'refuses: told' waituntil 3 both_show hdp4 writes-refused
db_kill hdp3
check 'refuses: nobody takes over with it' never_taken
sql hdp4 'SET GLOBAL tx_read_only=0'
check 'refuses: and without it one does' waituntil 15 acked_after refuses "$(now_ms)"
writer_stop
check_eq 'nothing is lost' 0 "$(lost refuses hdp4)"

e2e_done
