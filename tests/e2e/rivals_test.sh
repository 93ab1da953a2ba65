#!/bin/bash
# The ten wishes with keepalived and HAProxy in place of tandem: the same hosts, servers and measuring clients, and what came of
# it, to be read beside wishes_test. A figure is no verdict: only a rival that does not begin fails.
#   make wishes runs it after ours; WISHES and LOAD as there
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/env.sh
. tests/e2e/pair.sh
. tests/e2e/rivals.sh
LOAD=${LOAD:-30}
export DB_PRESTART=
env_trap
env_up || exit 1
say() { echo "     $*"; }
longest() { "$E2E_CLIENT" gap "$(dir client)/$1.acks" | kv longest_ms; }
yes_no() { if "$@" >/dev/null 2>&1; then echo yes; else echo no; fi; }
serves() { [ "$(rival_master)" = "$1" ] && [ "$(sql_vip 3308 'SELECT @@server_id' 2>/dev/null)" = "${ADDR[$1]##*.}" ]; }

rival1() {
  echo '1. A planned switch'
  local out pools; out=$(dir client)/pools.log
  : >"$out"
  spawn client pools build/e2e/pools "$VIP" 3308 "$APP_USER" "$APP_PASS" test 32 32 8 0
  pools=$SPAWN_PID
  waituntil 10 eval '[ "$(sql hdp3 "SELECT COUNT(*) FROM test.pools")" -gt 200 ]'
  rival_switch
  waituntil 30 serves hdp4
  waituntil 5 eval '[ "$(sql hdp4 "SELECT COUNT(*) FROM test.pools")" -gt 400 ]'
  kill -TERM "$pools"; waituntil 20 grep -q '^lost=' "$out"
  for kind in connect borrow; do
    say "$kind: $(sed -n "s/^$kind .*errors=\([0-9]*\).*/\1/p" "$out" | tail -n 1) errors"
  done
  say "rows: $(grep '^lost=' "$out" | tail -n 1)"
}
rival2() {
  echo '2. Sessions on the demoted server'
  mkfifo "$E2E_DIR/rival.in"
  at client mariadb --defaults-extra-file="$E2E_DIR/app.cnf" --protocol=tcp -h "$VIP" -P 3308 -N --skip-reconnect --unbuffered --force \
    <"$E2E_DIR/rival.in" >"$E2E_DIR/idle" 2>&1 &
  E2E_SPAWNED+=("$!")
  exec 60>"$E2E_DIR/rival.in"
  echo 'SELECT "it sits there";' >&60
  waituntil 5 grep -q 'it sits there' "$E2E_DIR/idle"
  rival_switch
  waituntil 30 serves hdp4
  say "of the application there: $(sql hdp3 "SELECT COUNT(*) FROM information_schema.processlist WHERE user = '$APP_USER'")"
  echo 'INSERT INTO test.t VALUES (900001, 0, "stuck");' >&60
  waituntil 5 grep -q ERROR "$E2E_DIR/idle"
  say "its next statement: $(grep -m 1 ERROR "$E2E_DIR/idle" || echo nothing)"
  exec 60>&-
}
rival3() {
  echo '3. A switch while the replica cannot apply (it has no deadline)'
  writer deadline; waituntil 5 acked_over deadline 50
  lock hdp4
  waituntil 20 acked_over deadline "$(($(acked deadline) + 1000))"   # which it does not apply
  rival_switch
  waituntil 30 serves hdp4
  waituntil 10 acked_after deadline "$(now_ms)"
  unlock hdp4
  waituntil 10 rival_whole
  waituntil 10 acked_after deadline "$(now_ms)"
  writer_stop
  say "longest wait $(longest deadline) ms, acknowledged and lost $(lost deadline "$(rival_master)")"
}
rival4() {
  echo '4. The primary dies while the replica looks ill'
  local t0
  writer ill; waituntil 5 acked_over ill 50
  lock hdp4
  waituntil 20 acked_over ill "$(($(acked ill) + 1000))"
  t0=$(now_ms)
  touch "$(dir hdp3)/unit.off"; host_kill hdp3
  waituntil 30 serves hdp4
  waituntil 10 acked_after ill "$(now_ms)"
  unlock hdp4
  waituntil 10 acked_after ill "$(now_ms)"
  writer_stop
  say "outage $(outage ill "$t0") ms, acknowledged and lost $(lost ill hdp4)"
}
rival5() {
  echo '5. Two writers afterwards'
  local answer
  touch "$(dir hdp3)/unit.off"; host_kill hdp3
  waituntil 30 serves hdp4
  sql hdp4 'INSERT INTO test.t VALUES (900003, 0, "meanwhile")'
  holders_watch "$E2E_DIR/rival5"
  host_boot hdp3; rm -f "$(dir hdp3)/unit.off"
  waituntil 20 db_answers hdp3
  rival_host hdp3
  say "a replica within 20 s: $(yes_no waituntil 20 rival_whole)"
  answer=$(at client timeout 10 mariadb --defaults-extra-file="$E2E_DIR/app.cnf" --protocol=tcp -h "${ADDR[hdp3]}" -e \
    'INSERT INTO test.t VALUES (900002, 0, "x")' 2>&1)
  say "it takes a write: $(if [ -z "$answer" ]; then echo yes; else echo no; fi)"
  holders_end "$E2E_DIR/rival5"
  say "the address was on two: $(if never_two "$E2E_DIR/rival5"; then echo no; else echo yes; fi)"
}
rival6() {
  echo '6. Rejoins'
  local i well=0
  for i in 1 2 3 4 5; do
    db_kill "$(peer_of "$(rival_master)")"
    waituntil 10 not rival_whole
    waituntil 20 rival_whole 2>/dev/null && well=$((well + 1))
  done
  say "after the death of a replica: $well of 5 within 20 s"
  well=0
  for i in 1 2; do
    db_kill "$(rival_master)"
    waituntil 10 not rival_whole
    waituntil 20 rival_whole 2>/dev/null && well=$((well + 1))
  done
  say "after the death of a primary: $well of 2 within 20 s"
}
rival7() {
  echo '7. Forwarder and manager'
  local i well=0 from
  for i in 1 2 3; do
    from=$(rival_master)
    rival_switch
    waituntil 3 serves "$(peer_of "$from")" 2>/dev/null && well=$((well + 1))
    rival_start "$from"
    waituntil 20 rival_whole
  done
  say "after a switch: of one opinion within 3 s, $well of 3"
}
rival8() {
  echo "8. Takeovers in $LOAD minutes of full CPU and 1 % loss, with a deadtime of 1 s"
  local end taken=0 last now
  rough
  last=$(rival_master)
  uptime_ms; end=$((REPLY + LOAD * 60000))
  while uptime_ms; [ "$REPLY" -lt "$end" ]; do
    now=$(rival_master)
    [ "$now" = "$last" ] || { taken=$((taken + 1)); last=$now; }
    read -rt 0.2 <> <(:)
  done
  calm
  say "the address was somewhere else: $taken times"
}
rival9() {
  echo '9. Addresses'
  holders_watch "$E2E_DIR/rival9"
  ip -n "$E2E_NS-hdp3" addr del "${ADDR[hdp3]}/24" dev eth0
  ip -n "$E2E_NS-hdp3" addr add "${ADDR[hdp3]}/24" brd + dev eth0
  say "the host's own goes and comes back: it is there within 10 s: $(yes_no waituntil 10 sql_vip 3308 'SELECT 1')"
  ip -n "$E2E_NS-$(rival_master)" addr del "$VIP/24" dev eth0 2>/dev/null
  say "somebody deletes it: back within 10 s: $(yes_no waituntil 10 sql_vip 3308 'SELECT 1')"
  rival_up || return
  ip -n "$E2E_NS-hdp3" link set eth0 down
  say "the interface goes down: served within 10 s: $(yes_no waituntil 10 serves hdp4)"
  ip -n "$E2E_NS-hdp3" link set eth0 up
  say "and comes back: a pair within 20 s: $(yes_no waituntil 20 rival_whole)"
  local owner; owner=$(rival_master)
  kill -KILL "$(rival_pid "$owner")"
  say "keepalived is killed: served within 10 s by the other one: $(yes_no waituntil 10 serves "$(peer_of "$owner")")"
  holders_end "$E2E_DIR/rival9"
  say "it was on two: $(if never_two "$E2E_DIR/rival9"; then echo no; else echo yes; fi)"
}
rival10() {
  echo '10. Stalls and cuts'
  writer stall; waituntil 5 acked_over stall 50
  host_cut hdp4
  local cut; cut=$(now_ms)
  waituntil 20 acked_after stall "$((${cut%.*} + 1000))"
  say "the replica is cut off: longest wait $(longest stall) ms"
  host_heal hdp4
  say "a pair again within 20 s: $(yes_no waituntil 20 rival_whole)"
  writer_stop
  host_cut hdp3
  waituntil 5 serves hdp4
  say "the owner is cut off: the address is on: $(vip_holders)"
  say "and writable are: $(for h in hdp3 hdp4; do [ "$(sql $h 'SELECT @@read_only')" != 0 ] || echo $h; done | tr '\n' ' ')"
  host_heal hdp3
  say "a pair again within 20 s: $(yes_no waituntil 20 rival_whole)"
}

command -v keepalived >/dev/null && command -v haproxy >/dev/null || { echo 'rivals: keepalived or haproxy is missing: tests/deps.sh wishes'; exit 5; }
echo 'keepalived and HAProxy:'
for wish in ${WISHES:-1 2 3 4 5 6 7 8 9 10}; do
  [ "$wish" != 8 ] || RIVAL_ADVERT=0.3
  check "$wish: the rival's pair to begin with" rival_up
  [ "$E2E_FAILED" -eq 0 ] || break
  unset RIVAL_ADVERT
  uptime_ms; from=$REPLY
  "rival$wish"
  uptime_ms; say "$(((REPLY - from) / 1000)) s"
done
rival_down
e2e_done
