#!/bin/bash
# An owner that was cut off, or died, or stood still under ten writers, or whose server died, comes back by itself: what it had
# written and nobody had acknowledged is dropped at its server's next start, by whatever starts it. CUTS, DEATHS, FREEZES, CRASHES:
# how many of each (1).
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/env.sh
. tests/e2e/pair.sh
env_trap
env_up && db_setup_pair && pair_install || exit 1
log() { cat "$(dir "$1")/hbd.log"; }
after() { awk -v t="$1" -v d="$2" 'BEGIN {print t + d}'; }
pair_up || exit 1
unit_start hdp3; unit_start hdp4

hands=0 rounds=0 owner=hdp3
# round NAME CMD...: ten writers, CMD befalls the owner; then it heals, and nobody lends a hand.
round() {
  local name=$1 new
  new=$(peer_of "$owner")
  rounds=$((rounds + 1))
  name=$name$rounds
  shift
  writers "$name" -i 10
  t0=$(now_ms)
  "$@" "$owner"
  check "$name: $new takes over" waituntil 20 acked_after "$name-0" "$(after "$t0" 1500)"
  heal "$owner"
  check "$name: $owner comes back without a hand" waituntil 60 is_paired "$new" || {
    hands=$((hands + 1))
    log "$owner" | tail -n 3
    tail -n 3 "$(dir "$owner")/unit.log"
    e2e_done
  }
  writers_stop
  check "$name: both have the same" waituntil 60 db_synced hdp3 hdp4
  check "$name: nothing is lost on either" eval 'none_lost "$name" hdp3 && none_lost "$name" hdp4'
  owner=$new
}
cut() { link_cut "$1" all; }
death() { touch "$(dir "$1")/unit.off"; host_kill "$1"; }
freeze() { kill -STOP "$(hbd_pid "$1")" "$(db_pid "$1")"; kill -STOP "$(cat "$(dir "$1")/run/tandem/vipctl-$VIP.pid")"; }
heal() {
  link_heal
  host_boot "$1"
  host_pids_kill CONT "$1"
  rm -f "$(dir "$1")/unit.off"   # mysqld first, as is usual
  hbd_pid "$1" >/dev/null || { waituntil 10 db_answers "$1"; hbd_start "$1"; }
}
for ((k = 0; k < ${CUTS:-1}; k++)); do round cut cut; done
for ((k = 0; k < ${DEATHS:-1}; k++)); do round death death; done
for ((k = 0; k < ${FREEZES:-1}; k++)); do round freeze freeze; done
# Started again at once, while the other node's start hooks run.
for ((k = 0; k < ${CRASHES:-1}; k++)); do round crash db_kill; done

# Both die, one after the other: what the first one had written and nobody acknowledged is dropped beside a server that was the
# primary, and has forgotten it.
new=$(peer_of "$owner")
writers both
t0=$(now_ms)
death "$owner"
check 'both: the other one takes over' waituntil 20 acked_after both-9 "$(after "$t0" 1500)"
death "$new"
host_boot "$new"
rm -f "$(dir "$new")/unit.off"
check 'both: the last owner starts its server first' waituntil 20 db_answers "$new"
host_boot "$owner"
rm -f "$(dir "$owner")/unit.off"
check 'both: and the first one' waituntil 20 db_answers "$owner"
hbd_start "$owner"; hbd_start "$new"
check 'both: whole without a hand' waituntil 60 is_paired "$new"
writers_stop
check 'both: both have the same' waituntil 60 db_synced hdp3 hdp4
check 'both: nothing is lost on either' eval 'none_lost both hdp3 && none_lost both hdp4'
owner=$new

# All are cut off from each other, and then the owner hears the witness alone: it owns again, and its server, ended with commits that
# nobody acknowledged, commits them: the replica may have them.
new=$(peer_of "$owner")
writers again
link_cut hdp3 hdp4; link_cut hdp3 gw; link_cut hdp4 gw
check 'again: its server is ended' waituntil 10 not db_pid "$owner"
link_heal "$owner" gw
check 'again: it serves once more' waituntil 60 acked_after again-0 "$(now_ms)"
check_eq 'again: here' "$owner" "$(vip_holders)"
link_heal
check 'again: and the other one follows without a hand' waituntil 60 is_paired "$owner"
writers_stop
check 'again: both have the same' waituntil 60 db_synced hdp3 hdp4
check 'again: nothing is lost on either' eval 'none_lost again hdp3 && none_lost again hdp4'
echo "rounds $rounds, hands $hands"
e2e_done
