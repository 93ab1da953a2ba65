#!/bin/bash
# A planned switch under clients as applications have them (pools.cc): no error but for sessions that could not come to rest,
# each of which splitfwd counts, no row lost, no wait but the one second until a client's kernel tries again.
#   SWITCHES: how many (3); each is to the other node and waits until the pair is whole again.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/env.sh
. tests/e2e/pair.sh
env_trap
env_up && db_setup_pair && pair_install && pair_up || exit 1
OUT=$(dir client)/pools.log
sql hdp3 'CREATE TABLE test.pools (id BIGINT UNSIGNED PRIMARY KEY) ENGINE=InnoDB'

# cut: sessions that did not come to rest, by both nodes' own count.
cut() { cat "$(dir hdp3)/hbd.log" "$(dir hdp4)/hbd.log" | sed -n 's/.*drained, [0-9]* sessions ended at rest, \([0-9]*\) were cut.*/\1/p' |
  awk '{n += $1} END {print n + 0}'; }
field() { sed -n "s/^$1 .*$2=\([0-9]*\).*/\1/p" "$OUT" | tail -n 1; }

spawn client pools build/e2e/pools "$VIP" 3308 "$APP_USER" "$APP_PASS" test 32 32 8 0
check 'all of them write' waituntil 10 eval '[ "$(sql hdp3 "SELECT COUNT(*) FROM test.pools")" -gt 200 ]'
holders_watch "$E2E_DIR/holders"
for ((i = 0; i < ${SWITCHES:-3}; i++)); do
  from=$(vip_holders) to=$(peer_of "$(vip_holders)")
  T0=${EPOCHREALTIME/./}
  ctl "$from" standby >"$E2E_DIR/said" 2>&1
  code=$?
  echo "  switch $i: $from to $to, $(((${EPOCHREALTIME/./} - T0) / 1000)) ms, $(tail -n 1 "$E2E_DIR/said")"
  check "switch $i: standby succeeds" test "$code" = 0
  check "switch $i: the pair is whole again" waituntil 20 is_paired "$to"
done
kill -TERM "$SPAWN_PID"
check 'all of them end' waituntil 20 grep -q '^lost=' "$OUT"
grep -v '=' "$OUT" | cut -d' ' -f2- | sort | uniq -c | sort -rn | head -n 20
tail -n 4 "$OUT"
cut=$(cut)
errors=$(($(field connect errors) + $(field borrow errors) + $(field long errors)))
echo "  $cut sessions were cut, $errors errors"
check 'who connects for each transaction sees no error' is 0 field connect errors
check 'nor does who tries a session first' is 0 field borrow errors
check 'no more errors than sessions that were cut' test "$errors" -le "$cut"
check 'nothing is lost' grep -qx 'lost=0' "$OUT"
# 1.2 s on a quiet machine; a connect that is put off twice takes 3 s.
for kind in connect borrow; do check "$kind: no long wait" test "$(field $kind longest_ms)" -lt 5000; done
holders_end "$E2E_DIR/holders"
check 'never two with the address' never_two "$E2E_DIR/holders"
e2e_done
