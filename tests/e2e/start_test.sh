#!/bin/bash
# Start orders: nothing is promoted that should not be, replication stays intact.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/env.sh
. tests/e2e/pair.sh
env_trap
env_up && db_setup_pair && pair_install || exit 1

replicates() { [ "$(db_slave hdp4 Slave_IO_Running)$(db_slave hdp4 Slave_SQL_Running)" = YesYes ]; }
fresh() { local h; for h in hdp3 hdp4 gw; do hbd_stop "$h"; rm -rf "${E2E_DIR:?}/$h/lib"; done; }
# settled HOST: it has said why it waits.
waits() { ctl "$1" status | grep -q 'waits:'; }

# A node started alone, with no state: the replica's first. It must not promote, ever.
sed -i 's/^initdead.*/initdead = 3s/' "$E2E_DIR"/*/etc/hbd.ini
grep -q '^initdead' "$E2E_DIR/hdp3/etc/hbd.ini" || sed -i '/^\[hbd\]/a initdead = 3s' "$E2E_DIR"/hdp?/etc/hbd.ini
hbd_start gw
hbd_start hdp4
check 'replica alone: it waits and says why' waituntil 10 waits hdp4
check_eq 'replica alone: nobody has the VIP' '' "$(vip_holders)"
check_eq 'replica alone: it is not promoted' 1 "$(sql hdp4 'SELECT @@read_only')"
check 'replica alone: replication is intact' replicates
hbd_start hdp3
check 'replica first: then the primary owns, paired' waituntil 20 is_paired hdp3
check 'replica first: replication is intact' replicates
check_eq 'replica first: the VIP is on hdp3' hdp3 "$(vip_holders)"

# The other order.
fresh
sql hdp3 'SET GLOBAL read_only=0'
replicates || db_follow hdp4 hdp3
hbd_start gw
hbd_start hdp3
check 'primary alone: it waits and says why' waituntil 10 waits hdp3
check_eq 'primary alone: nobody has the VIP' '' "$(vip_holders)"
check_eq 'primary alone: it was not demoted' 0 "$(sql hdp3 'SELECT @@read_only')"
hbd_start hdp4
check 'primary first: then it owns, paired' waituntil 20 is_paired hdp3
check 'primary first: replication is intact' replicates

# Both stop in order, both start again, servers running: the last owner owns.
hbd_stop hdp4
hbd_stop hdp3
check_eq 'stopped in order: nobody has the VIP' '' "$(vip_holders)"
hbd_start hdp4
hbd_start hdp3
check 'started again: the last owner owns, paired' waituntil 30 is_paired hdp3
check 'started again: replication is intact' replicates
check_eq 'writes work' 1 "$(sql_vip 3308 'INSERT INTO t VALUES (1, 1, "x"); SELECT COUNT(*) FROM t')"

# The owner leaves in order: the peer takes over at once.
hbd_stop hdp3
check 'the owner leaves: the peer owns' waituntil 10 owns hdp4
check_eq 'the owner leaves: its row is there' 1 "$(sql_vip 3308 'SELECT COUNT(*) FROM t')"
hbd_start hdp3
check 'it returns: as a replica, paired' waituntil 30 is_paired hdp4
check_eq 'it returns: read-only' 1 "$(sql hdp3 'SELECT @@read_only')"
e2e_done
