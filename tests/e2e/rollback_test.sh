#!/bin/bash
# A switch that cannot be done is not begun, or is taken back: logins that are refused, sessions that may not be ended, start hooks
# that fail on the other node. Each time writers go on where they were, and hbctl says why.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/env.sh
. tests/e2e/pair.sh
env_trap
env_up && db_setup_pair && pair_install && pair_up || exit 1

log() { cat "$(dir "$1")/hbd.log"; }
epoch() { json "$1" epoch; }
whole() { waituntil 20 is_paired hdp3; }
secret() { (umask 077; echo "$2" >"$(dir "$1")/etc/mysql.secret"; chmod 600 "$(dir "$1")/etc/mysql.secret"); }
local_sql() { sql "$1" "SET SESSION sql_log_bin=0; $2"; }
shows() { ctl hdp3 status | grep -q -- "$1"; }
wait_ms() { "$E2E_CLIENT" gap "$(dir client)/$1.acks" | kv longest_ms; }
# switch ARG...: hbctl standby on the owner: what it says, and its exit code last.
switch() { said=$(ctl hdp3 -w 20s standby 2>&1; echo " exit $?"); echo "     $said" | tail -n 2; }
# stays NAME: nothing has moved, nobody waited long, nothing is lost.
stays() {
  check "$1: owned here as before" is "hdp3 $before" eval 'echo "$(vip_holders) $(epoch hdp3)"'
  check "$1: the pair is whole" whole
  check "$1: writes go on" waituntil 5 acked_after "$1" "$(now_ms)"
  writer_stop
  check "$1: nobody waited long ($(wait_ms "$1") ms)" under 1500 "$(wait_ms "$1")"
  check_eq "$1: nothing is lost" 0 "$(lost "$1" hdp3)"
}
begin() { before=$(epoch hdp3); writer "$1"; waituntil 5 acked_over "$1" 50; }

# The fault is known: nothing is begun.
begin refused
local_sql hdp3 "ALTER USER $TANDEM_USER@localhost IDENTIFIED BY 'another'"
local_sql hdp3 "KILL $(sql hdp3 "SELECT MAX(id) FROM information_schema.processlist WHERE user='$TANDEM_USER' AND host='localhost'")"
check 'refused: the fault is shown' waituntil 5 shows 'login-refused'
switch
check 'refused: standby is, by its name' eval '[[ $said == *"would not be stopped: login-refused"*"exit 1" ]]'
check_eq 'refused: no hook ran' 0 "$(log hdp3 | grep -c 'hook promote stop')"
local_sql hdp3 "ALTER USER $TANDEM_USER@localhost IDENTIFIED BY '$TANDEM_PASS'"
check 'refused: it is gone' waituntil 15 eval '! shows login-refused'
stays refused

# Another password in our file is tried within a second, on either node.
begin file
secret hdp3 another
check 'file: a wrong password is found before it is needed' waituntil 3 shows 'fault on hdp3 .*login-refused'
chmod 644 "$(dir hdp3)/etc/mysql.secret"
secret hdp4 another
lines=$(log hdp3 | wc -l)
check 'file: on the other node too' waituntil 3 shows 'fault on hdp4 .*login-refused'
switch
check 'file: standby is refused for it' eval '[[ $said == *"hdp4 may not take it: its server has a fault: login-refused"*"exit 1" ]]'
check_eq 'file: no hook ran' 0 "$(log hdp3 | grep -c 'hook promote stop')"
secret hdp4 "$TANDEM_PASS"
check 'file: one that others may read is as good as none' shows 'fault on hdp3 .*login-refused'
check 'file: and that is said once' [ "$(log hdp3 | tail -n "+$lines" | grep -c mysql.secret)" -le 1 ]
secret hdp3 "$TANDEM_PASS"
check 'file: it is gone' waituntil 5 eval '! shows login-refused'
stays file

# In that second: the stop fails and is taken back, and the start after it fails too. The forwarder's watchers have no other
# password, so writers wait until it is put right, and no longer.
begin unnoticed
secret hdp3 another
switch
check 'unnoticed: a stop that cannot log in is rolled back' eval '[[ $said == *"not done: "*"a stop hook failed"*"exit 1" ]]'
check_eq 'unnoticed: the address has not moved, the server was not touched' 'hdp3 0' "$(vip_holders) $(sql hdp3 'SELECT @@read_only')"
secret hdp3 "$TANDEM_PASS"
ctl hdp3 clear 2>/dev/null
check 'unnoticed: hbctl clear tries at once' waituntil 2 owns hdp3
check 'unnoticed: writes go on' waituntil 12 acked_after unnoticed "$(now_ms)"
check 'unnoticed: the pair is whole' whole
check_eq 'unnoticed: nothing has moved' "$before" "$(epoch hdp3)"
writer_stop
check_eq 'unnoticed: nothing is lost' 0 "$(lost unnoticed hdp3)"

# Sessions that our account may not end: nothing is begun.
begin rights
local_sql hdp3 "REVOKE SUPER, CONNECTION ADMIN ON *.* FROM $TANDEM_USER@localhost"
check 'rights: one that a switch needs is missed' waituntil 3 shows 'fault on hdp3 .*right-missing'
lines=$(log hdp3 | wc -l)
switch
check 'rights: standby is refused for it' eval '[[ $said == *"would not be stopped: right-missing"*"exit 1" ]]'
check_eq 'rights: no hook ran' 0 "$(log hdp3 | tail -n "+$((lines + 1))" | grep -c 'hook promote stop')"
local_sql hdp3 "GRANT SUPER, CONNECTION ADMIN ON *.* TO $TANDEM_USER@localhost"
check 'rights: it is gone' waituntil 5 eval '! shows right-missing'
stays rights

# And before anybody could notice: it is taken back.
begin unkillable
watcher=$(pgrep -P "$(hbd_pid hdp3)" -f mysqlchk)
kill -STOP "$watcher"
local_sql hdp3 "REVOKE SUPER, CONNECTION ADMIN ON *.* FROM $TANDEM_USER@localhost"
at hdp3 mariadb --no-defaults --socket="$(dir hdp3)/mysql.sock" -u "$APP_USER" --password="$APP_PASS" -e 'DO SLEEP(60)' >/dev/null 2>&1 &
waituntil 5 eval '[ -n "$(sql hdp3 "SELECT id FROM information_schema.processlist WHERE info LIKE \"DO SLEEP%\"")" ]'
switch
kill -CONT "$watcher"
check 'unkillable: the switch is taken back, and it is said' eval '[[ $said == *"not done: "*"a stop hook failed"*"exit 1" ]]'
check_eq 'unkillable: writable again' 0 "$(sql hdp3 'SELECT @@read_only')"
check_eq 'unkillable: and it waits for the replica as before' 1 "$(sql hdp3 'SELECT @@rpl_semi_sync_master_enabled')"
check_eq 'unkillable: it was a pair all the time' 0 "$(log hdp3 | sed '1,/unkillable/d' | grep -c ' alone: ')"
local_sql hdp3 "GRANT SUPER, CONNECTION ADMIN ON *.* TO $TANDEM_USER@localhost"
ctl hdp3 clear 2>/dev/null
# What the watcher found before that it may still say: another one begins.
kill "$watcher"
check 'unkillable: the right is there again, and seen' waituntil 5 eval \
  '[ "$(pgrep -P "$(hbd_pid hdp3)" -f mysqlchk)" -gt 0 ] && [ "$(pgrep -P "$(hbd_pid hdp3)" -f mysqlchk)" != "$watcher" ] && ! shows right-missing'
stays unkillable

# A limit: nothing is begun while the other server is behind, for writers would wait for it; and past it, it is called off.
begin behind
{ SQL_TIMEOUT=60 sql hdp4 'LOCK TABLES test.t READ; DO SLEEP(50)' >/dev/null 2>&1; } &
locker=$!
check 'behind: the replica is' waituntil 10 eval 'sql hdp4 "SHOW PROCESSLIST" | grep -q "Waiting for table"'
check 'behind: and it is known' waituntil 10 shows 'lasts until it has applied'
lines=$(log hdp3 | wc -l)
said=$(ctl hdp3 -t 2s standby 2>&1; echo " exit $?"); echo "     $said" | tail -n 2
check 'behind: called off' eval '[[ $said == *"not done: "*"the order'"'"'s time is over"*"exit 1" ]]'
check_eq 'behind: no hook ran' 0 "$(log hdp3 | tail -n "+$((lines + 1))" | grep -c 'hook promote stop')"
sql hdp4 "KILL $(sql hdp4 'SELECT id FROM information_schema.processlist WHERE info LIKE "DO SLEEP%"')"
wait "$locker"
stays behind

# The other node's start hooks fail: it comes back, and standby does not say done.
before=
writer elsewhere
waituntil 5 acked_over elsewhere 50
secret hdp4 another
switch
check 'elsewhere: a start that fails there is no success' eval '[[ $said == *"not done: "*"exit 1" ]]'
check 'elsewhere: owned here again' waituntil 20 owns hdp3
secret hdp4 "$TANDEM_PASS"
ctl hdp4 clear 2>/dev/null
check 'elsewhere: whole' whole
check 'elsewhere: writes go on' waituntil 5 acked_after elsewhere "$(now_ms)"
writer_stop
check_eq 'elsewhere: nothing is lost' 0 "$(lost elsewhere hdp3)"

# And when nothing is wrong: done means that all start hooks have ended there.
writer fine
waituntil 5 acked_over fine 50
switch
check 'fine: done' eval '[[ $said == *"done: hdp4 owns"*"exit 0" ]]'
check 'fine: and it is: owning there' owns hdp4
writer_stop
check_eq 'fine: nothing is lost' 0 "$(lost fine hdp4)"
e2e_done
