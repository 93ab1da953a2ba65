#!/bin/bash
# Real pools of real drivers (tests/pools) on the pair: a reload of splitfwd, a planned switch, the replica out and back, the
# primary killed. Prints a table: errors and the longest time a transaction took, by driver and event. POOLS: which (all).
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/env.sh
. tests/e2e/pair.sh
env_trap
env_up && db_setup_pair && pair_install && pair_up || exit 1
sql hdp3 'CREATE TABLE test.pools (id BIGINT UNSIGNED PRIMARY KEY) ENGINE=InnoDB'
POOLS=${POOLS:-pymysql sqlalchemy mysqli pdo dbi mysql2 mariadb}
declare -A RUN=([pymysql]='/usr/bin/python3 tests/pools/pymysql_pool.py' [sqlalchemy]='/usr/bin/python3 tests/pools/sqlalchemy_pool.py'
  [mysqli]='php tests/pools/mysqli.php' [pdo]='php tests/pools/pdo.php' [dbi]='perl tests/pools/dbi.pl'
  [mysql2]='node tests/pools/node.js mysql2' [mariadb]='node tests/pools/node.js mariadb')
# Those with one session a process are four.
declare -A COPIES=([mysqli]=4 [pdo]=4 [dbi]=4)
export POOL_HOST=$VIP POOL_USER=$APP_USER POOL_PASS=$APP_PASS NODE_PATH=$PWD/build/pools/node_modules
mkfifo "$E2E_DIR/hold"
exec 60<>"$E2E_DIR/hold"   # what the Python ones read until they are killed
first=0 PIDS=()
for pool in $POOLS; do
  for ((i = 0; i < ${COPIES[$pool]:-1}; i++)); do
    first=$((first + 100000000))
    (POOL_FIRST=$first exec ip netns exec "$E2E_NS-client" ${RUN[$pool]}) <&60 >"$(dir client)/$pool.$i.pool" 2>&1 &
    PIDS+=("$!")
    disown
    E2E_SPAWNED+=("$!")
  done
done
lines() { cat "$(dir client)/$1".*.pool; }
writes() { [ "$(lines "$1" | grep -c '^a ')" -gt "$2" ]; }
all_write() { local p; for p in $POOLS; do writes "$p" $(($(lines "$p" | grep -c '^a ') + 20)) || return 1; done; }
# more: each of them has twenty transactions more
more() { local p n; for p in $POOLS; do n=$(lines "$p" | grep -c '^a '); waituntil 20 writes "$p" $((n + 20)) || return 1; done; }
check 'all of them write' more
EVENTS=() TIMES=()
# event NAME CMD...: what they saw from here until all go on
event() {
  EVENTS+=("$1") TIMES+=("$(at client "$E2E_CLIENT" now | cut -d. -f1)")
  "${@:2}"
  check "$1: all go on" more
  sleep 2   # each event is watched for so long: a second attempt to connect comes after a second
}
reload() { kill -HUP "$(cat "$(dir "$(vip_holders)")/run/tandem/splitfwd.pid")"; }
switch() {
  local from
  from=$(vip_holders)
  ctl "$from" standby || return 1
  waituntil 20 is_paired "$(peer_of "$from")"
}
replica_out() { OUT=$(peer_of "$(vip_holders)"); db_kill "$OUT"; waituntil 10 not is_paired "$(peer_of "$OUT")"; }
replica_back() { db_start "$OUT"; waituntil 20 is_paired "$(peer_of "$OUT")"; }
kill_primary() { OLD=$(vip_holders); db_kill "$OLD"; waituntil 20 owns "$(peer_of "$OLD")"; }
event quiet true
event reload reload
event switch switch
event back switch
event 'replica out' replica_out
event 'replica back' replica_back
event 'primary killed' kill_primary
EVENTS+=(end) TIMES+=("$(at client "$E2E_CLIENT" now | cut -d. -f1)")
for pid in "${PIDS[@]}"; do kill -KILL "$pid" 2>/dev/null; done
# seen POOL FROM TO: errors and the longest transaction that ended then
seen() { lines "$1" | awk -v from="$2" -v to="$3" '$1 == "e" && $2 >= from && $2 < to {e++}
  $1 == "a" && $4 >= from && $4 < to && $4 - $3 > most {most = $4 - $3} END {printf "%d/%d", e, most}'; }
printf '\n  errors/longest ms%3s' ''
for e in "${EVENTS[@]:0:${#EVENTS[@]}-1}"; do printf '%16s' "$e"; done
echo
for p in $POOLS; do
  printf '  %-18s' "$p"
  for ((i = 0; i + 1 < ${#EVENTS[@]}; i++)); do printf '%16s' "$(seen "$p" "${TIMES[i]}" "${TIMES[i + 1]}")"; done
  echo
done
for p in $POOLS; do lines "$p" | grep "^e" | awk -v t="${TIMES[*]}" -v p="$p" "{n = split(t, at, \" \"); e = 0; for (i = 1; i <= n; i++) if (\$2 >= at[i]) e = i; \$1 = p; \$2 = \"event \" e \":\"; print}" | sort | uniq -c | sort -rn | head -n 6; done
now=$(vip_holders)
sql "$now" 'SELECT id FROM test.pools' | sort >"$E2E_DIR/there"
cat "$(dir client)"/*.pool | awk '$1 == "a" {print $2}' | sort >"$E2E_DIR/acked"
check 'nothing that was acknowledged is lost' test "$(comm -13 "$E2E_DIR/there" "$E2E_DIR/acked" | wc -l)" = 0
# errors EVENT POOL...: of these
errors() {
  local i p n=0
  for ((i = 0; i + 1 < ${#EVENTS[@]}; i++)); do
    [ "${EVENTS[i]}" = "$1" ] || continue
    for p in "${@:2}"; do n=$((n + $(seen "$p" "${TIMES[i]}" "${TIMES[i + 1]}" | cut -d/ -f1))); done
  done
  echo "$n"
}
for e in quiet reload 'replica back'; do check "$e: no error" is 0 errors "$e" $POOLS; done
# Node's two do not try what they lend: a session may end on its way to them.
tried=$(tr ' ' '\n' <<<"$POOLS" | grep -vx 'mysql2\|mariadb')
cut=$(cat "$(dir hdp3)/hbd.log" "$(dir hdp4)/hbd.log" | sed -n 's/.*drained, .* \([0-9]*\) were cut.*/\1/p' | awk '{n += $1} END {print n + 0}')
seen=$(($(errors switch $tried) + $(errors back $tried)))
echo "  two switches: $seen errors of those that try a session first, $cut sessions were cut"
check 'a planned switch: no more errors than sessions that could not come to rest' test "$seen" -le "$cut"
e2e_done
