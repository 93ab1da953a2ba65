#!/bin/bash
# What the running program once did not survive (the failure walks, part 2), with real servers and the shipped files: a resource
# that dies unseen, a watcher that dies, a replica that is deaf, nodes that do not agree, a new address.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/env.sh
. tests/e2e/pair.sh
env_trap
env_up && db_setup_pair && pair_install && pair_up || exit 1

log() { cat "$(dir "$1")/hbd.log"; }
logged() { log "$1" | grep -q -- "$2"; }
count() { log "$1" | grep -c -- "$2"; }
epoch() { json "$1" epoch; }
told_apart() { ctl "$1" status | grep -q -- "$2"; }
restart_hbd() { hbd_stop "$1" && hbd_start "$1"; }
both_own() { is owning phase hdp3 && is owning phase hdp4; }
# never SECONDS CMD...: CMD is false all that time, looked at every 50 ms.
never() {
  local end
  uptime_ms; end=$((REPLY + $1 * 1000)); shift
  while uptime_ms; [ "$REPLY" -lt "$end" ]; do ! "$@" 2>/dev/null || return 1; sleep 0.05; done
}
whole_again() { waituntil 20 is_paired hdp3; }
# wait_ms NAME: the writer's longest wait.
wait_ms() { "$E2E_CLIENT" gap "$(dir client)/$1.acks" | kv longest_ms; }

# ---- nobody-asks -----------------------------------------------------------------------------------------------------
writer asks
waituntil 5 acked_over asks 100
before=$(epoch hdp3)
kill -KILL "$(<"$(dir hdp3)/run/tandem/splitfwd.pid")"
t0=$(now_ms)
check 'the forwarder dies unseen: writes go on without a hand' waituntil 8 acked_after asks "$(awk -v t="$t0" 'BEGIN {print t + 200}')"
echo "     longest wait $(wait_ms asks) ms"
check 'it was started again in place' logged hdp3 'splitfwd is not running: started again'
check_eq 'nothing has moved' "hdp3 $before" "$(vip_holders) $(epoch hdp3)"
writer_stop

# ---- watcher-dies ----------------------------------------------------------------------------------------------------
writer watcher
waituntil 5 acked_over watcher 100
for pid in $(ip netns pids "$E2E_NS-hdp3"); do
  [ "$(cat "/proc/$pid/comm" 2>/dev/null)" != mysqlchk ] || kill -KILL "$pid"
done
check 'the watcher dies: hbd notices' waituntil 5 logged hdp3 'watcher ended'
check 'and nothing moves' never 3 is owning phase hdp4
check_eq 'nor in epoch' "$before" "$(epoch hdp3)"
writer_stop
check 'no write waited for it' under 500 "$(wait_ms watcher)"

# ---- deaf-replica ----------------------------------------------------------------------------------------------------
check 'whole again' whole_again
writer deaf
waituntil 5 acked_over deaf 100
lines=$(count hdp3 'heard again')
link_cut -1 hdp3 hdp4
check 'the replica hears nothing of the owner: that goes alone' waituntil 5 is alone sync_of hdp3
sleep 6 & wait $!   # what it must not do in this time: swing to and fro
link_heal
writer_stop
ms=$(wait_ms deaf)
check "writers wait for warntime, not for deadtime ($ms ms)" under 1200 "$ms"
check 'its beats are not news, each of them' [ $(($(count hdp3 'heard again') - lines)) -le 2 ]
check 'no storm of paired events' [ "$(count hdp3 'event paired: killed')" -le 2 ]
check_eq 'nothing is lost' 0 "$(lost deaf hdp3)"
check 'whole again' whole_again

# ---- arbiter-differs -------------------------------------------------------------------------------------------------
ini=$(dir hdp4)/etc/hbd.ini
cp "$ini" "$ini.good"
sed -i -e '/^\[witness gw\]/,/^ucast/d' -e 's/^; \[ping\]/[ping]/; s/^; nodes = 172.16.1.254/nodes = 172.16.1.254/' "$ini"
restart_hbd hdp4
check 'another arbiter on the standby: it says so' waituntil 10 told_apart hdp4 'arbiter differs'
check 'and so does the owner' waituntil 5 told_apart hdp3 'arbiter differs'
writer arbiter
waituntil 5 acked_over arbiter 100
link_cut hdp3 hdp4
check 'a cut: the standby takes nothing over' never 8 owns hdp4
check 'the owner goes on' acked_after arbiter "$(awk -v t="$(now_ms)" 'BEGIN {print t - 500}')"
link_heal
writer_stop
check_eq 'nothing is lost' 0 "$(lost arbiter hdp3)"
mv "$ini.good" "$ini"
restart_hbd hdp4
check 'agreed and whole again' whole_again
check 'nobody complains any more' eval '! told_apart hdp4 differs'

# ---- times-differ ----------------------------------------------------------------------------------------------------
for host in hdp3 hdp4 gw; do sed -i 's/^deadtime = .*/deadtime = 7s/; s/^lease = .*/lease = 4s/' "$(dir $host)"/etc/{hbd,witness}.ini; done
for host in gw hdp4 hdp3; do restart_hbd "$host"; done
check 'a long lease: whole' waituntil 30 eval 'is_paired hdp3 || is_paired hdp4'
is_paired hdp3 || { ctl hdp4 standby 2>/dev/null; whole_again; }
for host in gw hdp4; do sed -i 's/^deadtime = .*/deadtime = 2s/; s/^lease = .*/lease = 1s/' "$(dir $host)"/etc/{hbd,witness}.ini; restart_hbd "$host"; done
check 'times that differ are told' waituntil 10 told_apart hdp3 'times differs'
check 'and it is whole' whole_again
holders_watch "$E2E_DIR/times"
for host in hdp4 gw client; do link_cut hdp3 "$host"; done
check 'the owner is isolated: never two own' never 6 both_own
check 'the standby takes over when the longer deadtime is over' waituntil 10 owns hdp4
link_heal
waituntil 20 eval '! owns hdp3'
holders_end "$E2E_DIR/times"
check 'never two hosts with the address' never_two "$E2E_DIR/times"
for host in hdp3 hdp4 gw; do sed -i 's/^deadtime = .*/deadtime = 2s/; s/^lease = .*/lease = 1s/' "$(dir $host)"/etc/{hbd,witness}.ini; done
for host in gw hdp3; do restart_hbd "$host"; done
db_kill hdp3; db_start hdp3   # what it wrote in the cut and nobody has goes with the crash
check 'whole again, on the other node' waituntil 30 is_paired hdp4

# ---- another-line ----------------------------------------------------------------------------------------------------
# lines COLOCATE LINE...: on both nodes, the standby first; until somebody owns all of it again. On the owner it is an outage.
lines() {
  local host colocate=$1 old=hdp3
  shift
  is_paired hdp3 || old=hdp4
  writer "line$#"
  waituntil 5 acked_over "line$#" 50
  for host in "$(peer_of $old)" $old; do
    printf '%s\n' "$@" >"$(dir "$host")/etc/haresources"
    sed -i "s/^colocate = .*/colocate = $colocate/" "$(dir "$host")/etc/hbd.ini"
    restart_hbd "$host"
  done
  check "$# groups: whole, without init" waituntil 30 eval 'is_paired hdp3 || is_paired hdp4'
  check "$# groups: writes go on" waituntil 5 acked_after "line$#" "$(now_ms)"
  writer_stop
  owns hdp3 && old=hdp3 || old=hdp4
  check_eq "$# groups: nothing is lost" 0 "$(lost "line$#" $old)"
  echo "     longest wait $(wait_ms "line$#") ms"
}
lines no 'hdp3 splitfwd 172.16.1.100/24 promote'
lines yes 'hdp3 promote' 'hdp3 splitfwd 172.16.1.100/24'
is_paired hdp4 || check 'on the other node' ctl hdp3 standby

# ---- new-address -----------------------------------------------------------------------------------------------------
for host in hdp3; do sed -i 's/172.16.1.100/172.16.1.101/' "$(dir $host)/etc/haresources"; done
restart_hbd hdp3
check 'another address on the standby: a warning' waituntil 10 told_apart hdp3 'name of a group differs'
check 'the record is there' waituntil 10 is_paired hdp4
check 'one switch' ctl hdp4 standby
check 'and the new address serves' is hdp3 vip_holders 172.16.1.101
check_eq 'the old one is gone' '' "$(vip_holders 172.16.1.100)"
sed -i 's/172.16.1.100/172.16.1.101/' "$(dir hdp4)/etc/haresources"
restart_hbd hdp4
check 'the other node after it: whole, without init' whole_again
VIP=172.16.1.101
writer address
check 'writes through the new address' waituntil 5 acked_over address 100
writer_stop

e2e_done
