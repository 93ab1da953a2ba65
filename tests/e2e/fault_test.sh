#!/bin/bash
# What kills no server: hbd and keeper killed or stopped, the replica dying, the applier stopped, cuts of the network.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/env.sh
. tests/e2e/pair.sh
env_trap
env_up && db_setup_pair && pair_install || exit 1
check 'the pair comes up' pair_up || e2e_done

after() { awk -v t="$1" -v d="$2" 'BEGIN {print t + d}'; }
keeper_pid() { cat "$E2E_DIR/$1/run/tandem/vipctl-$VIP.pid"; } # HOST: of the address's keeper

# hbd killed on the owner, its mysqld alive: the address goes at once, the peer takes over, the next write is its.
owner=hdp3
new=hdp4
writer hbdkill
waituntil 10 acked_over hbdkill 100
holders_watch "$E2E_DIR/holders1"
t0=$(now_ms)
hbd_kill "$owner"
check 'hbd killed: the VIP is gone from the owner within a second' waituntil 1 not is "$owner" vip_holders
check 'hbd killed: the write after that is acknowledged on the peer' waituntil 20 acked_after hbdkill "$(after "$t0" 1000)"
check_eq 'hbd killed: the VIP is on the peer' "$new" "$(vip_holders)"
waituntil 5 acked_over hbdkill 300
writer_stop
holders_end "$E2E_DIR/holders1"
check 'hbd killed: never two holders' never_two "$E2E_DIR/holders1"
echo "hbd killed to first acknowledged write on the peer, ms: $(outage hbdkill "$t0")"
check_eq 'hbd killed: nothing lost' 0 "$(lost hbdkill "$new")"
check_eq 'hbd killed: the old server was alive and is read-only now' 1 "$(sql "$owner" 'SELECT @@read_only')"
hbd_start "$owner"
check 'hbd killed: started again, it follows and is paired' waituntil 30 is_paired "$new"
owner=$new

# hbd and the keeper both frozen: the kernel takes the address away before the peer has it.
new=$(peer_of "$owner")
writer frozen
waituntil 10 acked_over frozen 100
holders_watch "$E2E_DIR/holders2"
t0=$(now_ms)
hbd=$(hbd_pid "$owner")
keeper=$(keeper_pid "$owner") || fail 'frozen: the keeper' 'no keeper found'
kill -STOP "$hbd" "$keeper"
check 'frozen: the VIP is gone within lease/2 + 1.2 s' waituntil 2 not is "$owner" vip_holders
check 'frozen: the next write is acknowledged on the peer' waituntil 20 acked_after frozen "$(after "$t0" 1800)"
waituntil 5 acked_over frozen 300
writer_stop
kill -CONT "$keeper" "$hbd"
check 'frozen: thawed, the old owner follows' waituntil 30 is_paired "$new"
holders_end "$E2E_DIR/holders2"
check 'frozen: never two holders' never_two "$E2E_DIR/holders2"
check_eq 'frozen: the VIP is on the peer' "$new" "$(vip_holders)"
echo "hbd and keeper frozen to first acknowledged write, ms: $(outage frozen "$t0")"
check_eq 'frozen: nothing lost' 0 "$(lost frozen "$new")"
owner=$new

# The replica's mysqld dies under a writer: alone is recorded, then writes go on; it comes back: paired without a hand.
replica=$(peer_of "$owner")
writer replica
waituntil 10 acked_over replica 100
t0=$(now_ms)
db_kill "$replica"
check 'replica dies: alone is recorded' waituntil 5 is alone sync_of "$owner"
check 'replica dies: writes go on' waituntil 5 acked_after replica "$(after "$t0" 200)"
check_eq 'replica dies: the owner stays' "$owner" "$(vip_holders)"
ms=$(outage replica "$t0")
echo "replica's mysqld killed, longest wait of a writer, ms: $ms"
check 'replica dies: longest wait under 1 s' under 1000 "$ms"
check_eq 'replica dies: reads answer the owner only' 1 "$(reads 4 | tr ' ' '\n' | grep -v '^$' | sort -u | wc -l)"
db_start "$replica"
db_wait "$replica"
check 'replica dies: paired again without a hand' waituntil 20 is_paired "$owner"
writer_stop
waituntil 10 db_synced hdp3 hdp4
check_eq 'replica dies: nothing lost' 0 "$(lost replica "$replica")"
check_eq 'replica dies: reads alternate again' 2 "$(reads 4 | tr ' ' '\n' | grep -v '^$' | sort -u | wc -l)"

# A cut between the nodes for 20 s, both see the witness: one owner at every moment, nothing that was acknowledged vanishes.
writer cut
waituntil 10 acked_over cut 100
holders_watch "$E2E_DIR/holders3"
link_cut hdp3 hdp4
t0=$(now_ms)
check 'cut: writes go on' waituntil 10 acked_after cut "$(after "$t0" 3000)"
waituntil 25 acked_after cut "$(after "$t0" 20000)"
link_heal
check 'cut: healed, paired again' waituntil 30 is_paired "$owner"
waituntil 5 acked_after cut "$(now_ms)"
writer_stop
holders_end "$E2E_DIR/holders3"
check 'cut: never two holders' never_two "$E2E_DIR/holders3"
check 'cut: the replica catches up' waituntil 60 db_synced hdp3 hdp4
check_eq 'cut: nothing vanished on the owner' 0 "$(lost cut "$owner")"
check_eq 'cut: nor on the replica' 0 "$(lost cut "$replica")"

# Received is not applied: the applier stopped, rows written, the primary killed.
sql "$replica" 'STOP SLAVE SQL_THREAD'
writer applier
check 'applier stopped: writes are acknowledged' waituntil 10 acked_over applier 200
t0=$(now_ms)
db_kill "$owner"
check 'applier stopped: writes go on on the peer' waituntil 20 acked_after applier "$(after "$t0" 100)"
waituntil 5 acked_over applier 400
writer_stop
check_eq 'applier stopped: nothing lost' 0 "$(lost applier "$replica")"
e2e_done
