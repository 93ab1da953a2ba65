#!/bin/bash
# hbctl maintenance: every hbd is stopped and started under a pair that serves, the address stays, nobody takes it; and it ends.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/env.sh
. tests/e2e/pair.sh
env_trap
env_up && db_setup_pair && pair_install && pair_up || exit 1
state() { ctl "$1" -j status | grep -o '"maintenance":"[a-z]*"' | cut -d'"' -f4; }
# maintenance RC TEXT HOST ARG...: what hbctl says and its code.
maintenance() {
  local rc=$1 text=$2 host=$3
  shift 3
  ctl "$host" maintenance "$@" >"$E2E_DIR/out" 2>&1
  check_eq "$host: maintenance $*" "$rc" $?
  check "it says: $text" log_has "$E2E_DIR/out" "$text"
}
check_level() { ctl "$1" check >"$E2E_DIR/out" 2>&1; echo $?; }
log_has() { grep -q -- "$2" "$1"; }
log() { echo "$(dir "$1")/hbd.log"; }
left_s() { at "$1" ip -o addr show to "$VIP" | sed -n 's/.*valid_lft \([0-9]*\)sec.*/\1/p'; }
epoch() { ctl "$1" -j status | sed -n 's/.*"record":{"epoch":\([0-9]*\).*/\1/p'; }
longest() { "$E2E_CLIENT" gap "$E2E_DIR/client/$1.acks" | kv longest_ms; }

waituntil 20 is_paired hdp3 || e2e_done
first=$(epoch hdp3)
holders_watch "$E2E_DIR/holders"
writer w
waituntil 10 acked_over w 50

# ---- on: all of them keep it
for host in hdp3 hdp4; do check_eq "$host: off" off "$(state $host)"; done
maintenance 0 'done: maintenance is on after [0-9]* ms' hdp4 on 10m
for host in hdp3 hdp4; do
  check "$host knows" waituntil 2 is on state $host
  check_eq "$host: a warning" 1 "$(check_level $host)"
  check 'which says how long' log_has "$E2E_DIR/out" 'WARNING: maintenance for another [0-9m]*s*: nothing is started'
  check "$host: the metric" eval 'ctl '$host' metrics | grep -q "^tandem_maintenance{pair=\"[^\"]*\"} 2$"'
  check 'it is on its disk' grep -q '^maintenance .*agreed=1' "$(dir $host)"/lib/*.state
done
check 'the address is on hold: for a minute more than that' eval 'test "$(left_s hdp3)" -gt 600 -a "$(left_s hdp3)" -le 660'
maintenance 1 'it is on already' hdp3 on
ctl hdp3 standby >"$E2E_DIR/out" 2>&1
check_eq 'no standby' 1 $?
check 'and why' log_has "$E2E_DIR/out" 'maintenance: nothing is started, stopped or moved'

# ---- hbd is stopped and started: the owner's alone, then all of them
acks=$(acked w)
hbd_stop hdp3
check 'hbd is gone' not hbd_pid hdp3
check 'its peer sees that' waituntil 10 grep -q 'node hdp3 is silent' "$(log hdp4)"
check_eq 'and takes nothing' idle "$(phase hdp4)"
check_eq 'who asks is told' 2 "$(check_level hdp4)"
check 'writers write on' waituntil 5 acked_over w $((acks + 200))
check_eq 'the address is where it was' hdp3 "$(vip_holders)"
hbd_stop hdp4; hbd_stop gw
acks=$(acked w)
check 'with no hbd at all' waituntil 5 acked_over w $((acks + 200))
hbd_start gw; hbd_start hdp4; hbd_start hdp3
check 'started again it owns on' waituntil 10 owns hdp3
check 'and says so' log_has "$(log hdp3)" 'on hold since before this start: owned on as it is'
check_eq 'nothing was started, but the two groups at first' 2 "$(grep -c 'idle -> claiming' "$(log hdp3)")"
for host in hdp3 hdp4; do check "$host: still on" waituntil 5 is on state $host; done
check 'the address is on hold still' eval 'test "$(left_s hdp3)" -gt 500'

# ---- another haresources under what is on hold
cp "$(dir hdp3)/etc/haresources" "$E2E_DIR/haresources"
hbd_stop hdp3
sed -i 's/^hdp3 splitfwd/hdp4 splitfwd/' "$(dir hdp3)/etc/haresources"
on hdp3 /usr/local/sbin/hbd -F -c /etc/tandem/hbd.ini >"$E2E_DIR/out" 2>&1
check_eq 'no hbd begins with other lines' 6 $?
check 'and says what to do' log_has "$E2E_DIR/out" "changed in a maintenance.*put that back"
cp "$E2E_DIR/haresources" "$(dir hdp3)/etc/haresources"
hbd_start hdp3
check 'with the ones before it goes on' waituntil 10 owns hdp3

# ---- off
maintenance 0 'done: maintenance is off after [0-9]* ms' hdp3 off
check 'and on the peer' waituntil 10 is off state hdp4
check 'paired' waituntil 10 is_paired hdp3
check 'a lease again' eval 'test "$(left_s hdp3)" -le 2'
check_eq 'the same epoch' "$first" "$(epoch hdp3)"
check_eq 'all is well' 0 "$(check_level hdp4)"
maintenance 0 'no maintenance is on' hdp3 off
gap=$(longest w)
check "no writer waited for long ($gap ms)" under 1000 "$gap"

# ---- it ends by itself; who stops in it and is not started again
maintenance 0 'is on' hdp3 on 4s
hbd_stop hdp3
hbd_start hdp3
check 'it ends by itself' waituntil 15 is off state hdp3
check 'and there' waituntil 5 is off state hdp4
check 'paired' waituntil 10 is_paired hdp3
check 'the address has a lease' eval 'test "$(left_s hdp3)" -le 2'
check 'and moves as ever' ctl hdp3 standby
check 'to a pair' waituntil 20 is_paired hdp4
check_eq 'over there' hdp4 "$(vip_holders)"

# ---- who does not hear the others orders none
hbd_stop gw
check 'the witness is missed' waituntil 5 log_has "$(log hdp4)" 'witness gw is not heard'
maintenance 1 'no maintenance: the witness is not heard' hdp4 on
hbd_stop hdp3
maintenance 1 'no maintenance: hdp3 is not heard' hdp4 on
hbd_start gw; hbd_start hdp3
check 'a pair again' waituntil 20 is_paired hdp4
writer_stop
check_eq 'nothing acknowledged is lost' 0 "$(lost w hdp4)"
check 'and on the other one' waituntil 5 is 0 lost w hdp3
holders_end "$E2E_DIR/holders"
check 'never two addresses' never_two "$E2E_DIR/holders"
e2e_done
