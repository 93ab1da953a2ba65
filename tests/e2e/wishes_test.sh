#!/bin/bash
# Ten wishes: what operators of such pairs have asked other systems for in vain, each as one scenario to run and read.
#   make wishes                all of them; the eighth lasts LOAD minutes (30)
#   WISHES='3 5' make wishes   of them, these
# Clients measure; nothing is read from our own logs.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/env.sh
. tests/e2e/pair.sh
LOAD=${LOAD:-30}
env_trap
env_up && db_setup_pair && pair_install && pair_up || exit 1
unit_start hdp3; unit_start hdp4
sql hdp3 'CREATE TABLE test.pools (id BIGINT UNSIGNED PRIMARY KEY) ENGINE=InnoDB'
say() { echo "     $*"; }
now() { if owns hdp3; then echo hdp3; else echo hdp4; fi; }
whole() { waituntil 60 eval 'is_paired hdp3 || is_paired hdp4'; }
gap_ms() { "$E2E_CLIENT" gap "$(dir client)/$1.acks" | kv longest_ms; }
app() { at client timeout 10 mariadb --defaults-extra-file="$E2E_DIR/app.cnf" --protocol=tcp -N "$@" 2>&1; }
# One opinion: hbd, the address and splitfwd mean the same server.
agree() {
  local o; o=$(now)
  [ "$(vip_holders)" = "$o" ] && [ "$(sql_vip 3308 'SELECT @@server_id' 2>/dev/null)" = "${ADDR[$o]##*.}" ]
}

wish1() {
  echo '1. A planned switch, and no client sees an error'
  local out; out=$(dir client)/pools.log
  spawn client pools build/e2e/pools "$VIP" 3308 "$APP_USER" "$APP_PASS" test 32 32 8 0
  local pools=$SPAWN_PID from; from=$(now)
  waituntil 10 eval '[ "$(sql "$(now)" "SELECT COUNT(*) FROM test.pools")" -gt 200 ]'
  ctl "$from" standby 2>/dev/null
  check 'the other one serves' waituntil 20 is_paired "$(peer_of "$from")"
  kill -TERM "$pools"; waituntil 20 grep -q '^lost=' "$out"
  for kind in connect borrow; do check_eq "$kind: errors" 0 "$(sed -n "s/^$kind .*errors=\([0-9]*\).*/\1/p" "$out" | tail -n 1)"; done
  check 'no row is lost' grep -q '^lost=0' "$out"
}

wish2() {
  echo '2. No session stays on the demoted server'
  local from said; from=$(now); said=$E2E_DIR/idle
  mkfifo "$E2E_DIR/idle.in"
  at client mariadb --defaults-extra-file="$E2E_DIR/app.cnf" --protocol=tcp -h "$VIP" -P 3308 -N --skip-reconnect --unbuffered --force \
    <"$E2E_DIR/idle.in" >"$said" 2>&1 &
  E2E_SPAWNED+=("$!")
  exec 60>"$E2E_DIR/idle.in"
  echo 'SELECT "it sits there";' >&60
  waituntil 5 grep -q 'it sits there' "$said"
  ctl "$from" standby 2>/dev/null
  waituntil 20 is_paired "$(peer_of "$from")"
  check_eq 'none of the application there' 0 "$(sql "$from" "SELECT COUNT(*) FROM information_schema.processlist WHERE user = '$APP_USER'")"
  echo 'INSERT INTO test.t VALUES (900001, 0, "stuck");' >&60
  check 'its next statement says that it was cut, not that a server is read-only' waituntil 5 grep -Eq 'ERROR (2006|2013|4031)' "$said"
  exec 60>&-
}

wish3() {
  echo '3. A switch with a deadline is called off, and the old primary serves on'
  local owner other; owner=$(now) other=$(peer_of "$(now)")
  writer deadline; waituntil 5 acked_over deadline 50
  lock "$other"
  waituntil 10 eval '[ "$(json "$owner" not_ready >/dev/null; ctl "$owner" status | grep -c "applied the last")" -ge 1 ]'
  check 'it is not done, after 3 s' eval '! ctl "$owner" -t 3s standby 2>"$E2E_DIR/said"'
  say "$(tail -n 1 "$E2E_DIR/said")"
  check 'the owner is who it was' owns "$owner"
  unlock "$other"
  check 'and writes go on' waituntil 5 acked_after deadline "$(now_ms)"
  writer_stop
  say "longest wait $(gap_ms deadline) ms"
  check 'nobody waited for a second' under 1000 "$(gap_ms deadline)"
}

wish4() {
  echo '4. The primary dies while the replica looks ill: a takeover all the same, and nothing lost'
  local owner other t0; owner=$(now) other=$(peer_of "$(now)")
  writer ill; waituntil 5 acked_over ill 50
  lock "$other"
  waituntil 10 eval 'ctl "$owner" status | grep -q "applied the last"'
  t0=$(now_ms)
  touch "$(dir "$owner")/unit.off"; host_kill "$owner"
  check 'the other one takes over' waituntil 30 owns "$other"
  check 'and takes writes' waituntil 10 acked_after ill "$(now_ms)"
  writer_stop; unlock "$other"
  say "outage $(outage ill "$t0") ms"
  check_eq 'nothing acknowledged is lost' 0 "$(lost ill "$other")"
  DEAD=$owner
}

wish5() {
  echo '5. Never two writers afterwards'  # after the fourth, or alone
  local owner dead; owner=$(now) dead=${DEAD:-$(peer_of "$(now)")}
  [ -n "${DEAD:-}" ] || { touch "$(dir "$dead")/unit.off"; host_kill "$dead"; }
  holders_watch "$E2E_DIR/holders5"
  host_boot "$dead"; rm -f "$(dir "$dead")/unit.off"; hbd_start "$dead"
  check 'the dead one is back as a replica' waituntil 60 is_paired "$owner"
  check 'it takes no write of an application' eval '[[ $(app -h "${ADDR[$dead]}" -P 3306 -e "INSERT INTO test.t VALUES (900002, 0, \"x\")") == *1290* ]]'
  holders_end "$E2E_DIR/holders5"
  check 'the address was never on two' never_two "$E2E_DIR/holders5"
  DEAD=
}

wish6() {
  echo '6. A rejoin that works every time'
  local i other
  for i in 1 2 3 4 5; do
    other=$(peer_of "$(now)")
    db_kill "$other"
    waituntil 10 eval '! db_answers "$other"'
    check "death of a replica $i: whole again" whole
  done
  for i in 1 2; do
    db_kill "$(now)"
    check "death of a primary $i: whole again" eval 'waituntil 10 not is_paired "$(now)" 2>/dev/null; whole'
  done
}

wish7() {
  echo '7. Forwarder and manager are never of two opinions'
  local i
  for i in 1 2 3; do
    ctl "$(now)" standby 2>/dev/null
    check "switch $i: hbd, the address and splitfwd mean one server" waituntil 3 agree
    whole
  done
  db_kill "$(now)"
  check 'and after a death' waituntil 10 agree
  whole
}

wish8() {
  echo "8. No false takeover in $LOAD minutes of full CPU and 1 % loss, with a deadtime of 1 s"
  local host n epoch end
  for host in gw hdp4 hdp3; do hbd_stop "$host"; done
  for host in gw hdp4 hdp3; do
    n=$(dir "$host")/etc/hbd.ini; [ "$host" != gw ] || n=$(dir gw)/etc/witness.ini
    sed -i '/^keepalive = /d; /^deadtime = /d; /^lease = /d; /^warntime = /d; /^kernel_backstop = /d
      /^\[hbd\]/a keepalive = 100ms\ndeadtime = 1s\nlease = 500ms\nkernel_backstop = no' "$n"
    [ "$host" = gw ] || sed -i '/^\[hbd\]/a warntime = 300ms' "$n"
    hbd_start "$host"
  done
  whole
  rough
  epoch=$(json "$(now)" epoch)
  uptime_ms; end=$((REPLY + LOAD * 60000))
  while uptime_ms; [ "$REPLY" -lt "$end" ]; do
    [ "$(json "$(now)" epoch)" = "$epoch" ] || break
    read -rt 1 <> <(:)
  done
  check 'beats were lost' eval 'ctl "$(now)" -j status | grep -q "\"lost_permille\":[1-9]"'
  check_eq 'the same epoch' "$epoch" "$(json "$(now)" epoch)"
  say "$(ctl "$(now)" status | grep -E '% lost|would allow|ran late' | tr '\n' ';')"
  calm
  check 'a pair' whole
}

wish9() {
  echo '9. No address is lost, stale or left over'
  local owner; owner=$(now)
  holders_watch "$E2E_DIR/holders9"
  on "$owner" bash -c 'kill -HUP $(cat /run/tandem/splitfwd.pid)'
  kill -HUP "$(hbd_pid "$owner")"
  check 'it is there after reloads' waituntil 5 agree
  ip -n "$E2E_NS-$owner" addr del "${ADDR[$owner]}/24" dev eth0
  ip -n "$E2E_NS-$owner" addr add "${ADDR[$owner]}/24" brd + dev eth0
  check "the host's own goes and comes back" waituntil 30 agree
  ip -n "$E2E_NS-$(now)" addr del "$VIP/24" dev eth0
  check 'somebody deletes it' waituntil 30 agree
  owner=$(now)
  ip -n "$E2E_NS-$owner" link set eth0 down
  check 'the interface goes down: the other one has it' waituntil 30 eval '[ "$(vip_holders)" = "$(peer_of "$owner")" ]'
  ip -n "$E2E_NS-$owner" link set eth0 up
  check 'and comes back: a pair' whole
  holders_end "$E2E_DIR/holders9"
  check 'never on two' never_two "$E2E_DIR/holders9"
  hbd_stop hdp3; hbd_stop hdp4
  check_eq 'after a stop of both it is nowhere' '' "$(vip_holders)"
  hbd_start hdp4; hbd_start hdp3
  check 'and back after a start' waituntil 60 agree
  whole
}

wish10() {
  echo '10. Semi-sync never stalls, and a self-fencing ends'
  local owner other; owner=$(now) other=$(peer_of "$(now)")
  writer stall; waituntil 5 acked_over stall 50
  host_cut "$other"
  check 'the replica is cut off: writes go on' waituntil 10 acked_after stall "$(now_ms)"
  say "longest wait $(gap_ms stall) ms"
  check 'after some seconds at most' under 4000 "$(gap_ms stall)"
  host_heal "$other"
  check 'whole again' whole
  writer_stop
  check_eq 'nothing is lost' 0 "$(lost stall "$owner")"
  host_cut "$owner"
  check 'the owner is cut off: it lets go' waituntil 5 eval '[ "$(vip_holders)" != "$owner" ]'
  check 'the other one serves' waituntil 20 owns "$other"
  host_heal "$owner"
  check 'whole again without a hand' whole
}

for wish in ${WISHES:-1 2 3 4 5 6 7 8 9 10}; do
  uptime_ms; from=$REPLY
  [ -n "${DEAD:-}" ] || whole || check "wish $wish: a pair to begin with" false
  "wish$wish"
  uptime_ms; say "$(((REPLY - from) / 1000)) s"
done
e2e_done
