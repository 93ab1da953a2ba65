#!/bin/bash
# A primary that answers and cannot write: the disk of its binary log is full, or does not answer. It is told by name, and the peer
# takes over; without one it goes on waiting, and says so. A commit that waits for its replica is no such thing.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/env.sh
. tests/e2e/pair.sh
env_trap
disk_gone() {
  [ -n "${E2E_DIR:-}" ] || return 0
  fsfreeze -u "$E2E_DIR/hdp3/disk" 2>/dev/null
  ! mountpoint -q "$E2E_DIR/hdp3/disk" || umount -l "$E2E_DIR/hdp3/disk"
}
trap 'status=$?; disk_gone; (exit $status); env_exit' EXIT

loop_devices

env_up && db_make hdp3 || exit 1
disk=$(dir hdp3)/disk
small_disk hdp3 48M || exit 1
sed -i "s|^log_bin=.*|log_bin=$disk/binlog|" "$(dir hdp3)/my.cnf"
db_make hdp4 && db_start hdp3 && db_start hdp4 && db_wait hdp3 && db_wait hdp4 && db_accounts hdp3 || exit 1
db_follow hdp4 hdp3 && waituntil 10 db_synced hdp3 hdp4 && pair_install && pair_up || exit 1

log() { cat "$(dir "$1")/hbd.log"; }
told() { log "$1" | sed "1,$3d" | grep -q "fault $2 hdp3"; }
lines_of() { log "$1" | wc -l; }
after() { awk -v t="$1" -v d="$2" 'BEGIN {print t + d}'; }
fill() { dd if=/dev/zero of="$disk/fill" bs=1k 2>/dev/null; [ -s "$disk/fill" ]; }
home() {  # back to hdp3, whole
  rm -f "$disk/fill"
  # As its unit does: what nobody acknowledged is dropped.
  db_pid hdp3 >/dev/null || { db_start hdp3 $(on hdp3 /usr/local/sbin/rejoin -p 2>/dev/null); db_wait hdp3; }
  waituntil 30 is_paired hdp4 && ctl hdp3 clear 2>/dev/null && ctl hdp4 standby 2>/dev/null
  check "$1: and back" waituntil 30 is_paired hdp3
}

# A waiting commit is none: the replica's host is cut off for less than it takes to be given up.
before=$(lines_of hdp3)
writers waits -i 20
kill -STOP "$(db_pid hdp4)"
sleep 7 & wait $!   # in this time nothing must be said
kill -CONT "$(db_pid hdp4)"
check 'a commit that waits for its replica is no stall' eval '! told hdp3 "\(commits-stalled\|disk-full\)" $before'
check 'whole' waituntil 20 is_paired hdp3
writers_stop -i 20
check 'nothing is lost' none_lost waits hdp3

# ---- the disk is full --------------------------------------------------------------------------------------------------
before3=$(lines_of hdp3) before4=$(lines_of hdp4)
writers full -i 20
t0=$(now_ms)
fill
check 'full: it is told on both nodes' waituntil 8 eval 'told hdp3 disk-full $before3 && told hdp4 disk-full $before4'
check 'full: the peer takes over' waituntil 10 acked_after full-9 "$(after "$t0" 500)"
check 'full: the address too' waituntil 5 is hdp4 vip_holders
check 'full: and says why' eval 'log hdp3 | grep -q "the local server cannot write: disk-full"'
writers_stop -i 20
ms=$(outage full-9 "$t0")
check "full: it took $ms ms" under 6000 "$ms"
check 'full: nothing is lost' none_lost full hdp4
home full

# ---- the disk does not answer ------------------------------------------------------------------------------------------
before3=$(lines_of hdp3)
writers frozen -i 20
t0=$(now_ms)
fsfreeze -f "$disk"
check 'stalled: it is told' waituntil 12 told hdp3 commits-stalled "$before3"
check 'stalled: the peer takes over' waituntil 10 acked_after frozen-9 "$(after "$t0" 1000)"
check 'stalled: the address too' waituntil 5 is hdp4 vip_holders
fsfreeze -u "$disk"
writers_stop -i 20
check 'stalled: nothing is lost' none_lost frozen hdp4
home stalled

# ---- nobody to give it to ----------------------------------------------------------------------------------------------
hbd_stop hdp4
writers lonely -i 20
fill
check 'lonely: it is told' waituntil 8 eval 'ctl hdp3 status | grep -q "^fault on hdp3 for .*: disk-full: "'
check 'lonely: it is owned here' owns hdp3
check 'lonely: mysqlchk says so, and no hang' eval \
  '[[ $(on hdp3 /usr/local/sbin/mysqlchk -1 local 2>&1) == *"up "*"disk-full"* ]]'
check 'lonely: and what to do' eval '[[ $(on hdp3 /usr/local/sbin/mysqlchk grade local 2>&1) == *"BAD  disk-full"*"free some"* ]]'
e2e_done
