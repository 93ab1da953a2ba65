#!/bin/bash
# The server and the door to it as two groups, the second follows the first (colocate): what clients with pools see of a mysqld
# that dies, a planned switch, a cut between the two while they are on different nodes, and a host that dies.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/env.sh
. tests/e2e/pair.sh
env_trap
env_up && db_setup_pair && pair_install || exit 1
serves() { is owning phase "$1"; } # HOST: the server's group is there
door() { is "$1" vip_holders; }
together() { is_paired "$1" && door "$1"; }
pair_up || exit 1
OUT=$(dir client)/pools.log
sql hdp3 'CREATE TABLE test.pools (id BIGINT UNSIGNED PRIMARY KEY) ENGINE=InnoDB'
check 'both begin on hdp3' waituntil 10 together hdp3
check 'a door is not ordered away from its server' eval '! ctl hdp3 standby "$VIP" >/dev/null 2>&1'

spawn client pools build/e2e/pools "$VIP" 3308 "$APP_USER" "$APP_PASS" test 16 16 4 0
POOLS_PID=$SPAWN_PID
rows() { sql "$1" 'SELECT COUNT(*) FROM test.pools'; }
more() { [ "$(rows "$1")" -gt "$2" ]; }
check 'all of them write' waituntil 10 more hdp3 200
holders_watch "$E2E_DIR/holders"
now() { at client "$E2E_CLIENT" now | cut -d. -f1; }
# slow FROM TO: the longest wait of those that began then; 0: none over 100 ms
slow() { sed -n 's/^begun=\([0-9]*\) kind=\(connect\|borrow\) waited=\([0-9]*\)$/\1 \3/p' "$OUT" |
  awk -v from="$1" -v to="$2" '$1 >= from && $1 < to && $2 > most {most = $2} END {print most + 0}'; }
# errors FROM TO KIND...: of these, then
errors() { awk -v from="$1" -v to="$2" -v kinds=" ${*:3} " \
  '!/=/ && !/in flight/ && $1 >= from && $1 < to && index(kinds, " " $2 " ") {n++} END {print n + 0}' "$OUT"; }

KILLED=$(now)
db_kill hdp3
check 'mysqld dies: its server moves' waituntil 5 serves hdp4
check 'mysqld dies: the door waits for it' door hdp3
check 'mysqld dies: then it follows' waituntil 10 eval 'owns hdp4 && door hdp4'
check 'mysqld dies: they write on' waituntil 10 more hdp4 "$(($(rows hdp4) + 200))"
db_start hdp3
check 'it is back' waituntil 20 together hdp4

SWITCHED=$(now)
for ((i = 0; i < ${SWITCHES:-2}; i++)); do
  from=$(vip_holders) to=$(peer_of "$(vip_holders)")
  T0=$(now)
  check "switch $i: standby succeeds" eval 'ctl "$from" standby >"$E2E_DIR/said" 2>&1'
  echo "  switch $i: $from to $to, $(($(now) - T0)) ms, $(tail -n 1 "$E2E_DIR/said")"
  check "switch $i: the pair is whole again" waituntil 20 together "$to"
  check "switch $i: they write on" waituntil 10 more "$to" "$(($(rows "$to") + 200))"
done
CUT=$(now)

from=$(vip_holders) to=$(peer_of "$(vip_holders)")
db_kill "$from"
check 'apart, and cut off from each other' eval 'waituntil 5 serves "$to" && door "$from"'
link_cut hdp3 hdp4; link_cut hdp3.1 hdp4.1
check 'cut: the door goes to the server' waituntil 6 is "$to" vip_holders
check 'cut: they write on' waituntil 10 more "$to" "$(($(rows "$to") + 100))"
link_heal
db_start "$from"
check 'healed: the pair is whole again' waituntil 20 together "$to"

# The next primary has seconds to apply first: the door holds all of them, and refuses nobody.
owner=$(vip_holders) heir=$(peer_of "$(vip_holders)")
sql "$owner" 'CREATE TABLE test.big (a INT, b CHAR(100)) ENGINE=InnoDB'
SQL_TIMEOUT=60 sql "$owner" "INSERT INTO test.big SELECT seq, REPEAT('x', 100) FROM test.seq_1_to_${BIG:-400000}"
APPLY=$(now)
db_kill "$owner"
check 'applying: its server moves' waituntil 30 serves "$heir"
APPLIED=$(now)
check 'applying: all of it is there' is "${BIG:-400000}" sql "$heir" 'SELECT COUNT(*) FROM test.big'
check 'applying: they write on' waituntil 10 more "$heir" "$(($(rows "$heir") + 200))"
db_start "$owner"
check 'applying: the pair is whole again' waituntil 20 together "$heir"
from=$owner to=$heir

holders_end "$E2E_DIR/holders"
kill -TERM "$POOLS_PID"
check 'all of them end' waituntil 20 grep -q '^lost=' "$OUT"
tail -n 4 "$OUT"
echo "  mysqld killed: longest wait of over 100 ms: $(slow $((KILLED - 20)) $((KILLED + 400))) ms until the door follows," \
  "$(slow "$KILLED" "$SWITCHED") ms in all; $(errors "$KILLED" "$SWITCHED" connect borrow long) errors"
echo "  switches: longest wait $(slow "$SWITCHED" "$CUT") ms; $(errors "$SWITCHED" "$CUT" long) errors of long ones"
check 'mysqld dies: nobody waits for an address' test "$(slow $((KILLED - 20)) $((KILLED + 400)))" -lt 900
check 'mysqld dies: no more than an error a session' test "$(errors "$KILLED" "$SWITCHED" connect borrow long)" -le 36
echo "  applying: $((APPLIED - APPLY)) ms, longest wait $(slow "$APPLY" $((APPLIED + 1000))) ms"
check 'applying: it takes its time' test "$((APPLIED - APPLY))" -gt 300
check 'applying: nobody is refused' eval '[ -z "$(awk -v from="$APPLY" '"'"'$1 >= from && / (2002|2003) /'"'"' "$OUT")" ]'
check 'switches: nobody who begins anew sees an error' is 0 errors "$SWITCHED" "$CUT" connect borrow
check 'nothing is lost' grep -qx 'lost=0' "$OUT"
check 'never two with the address' never_two "$E2E_DIR/holders"
host_kill "$to"
check 'a dead host leaves both' waituntil 10 eval 'owns "$from" && door "$from"'
e2e_done
