#!/bin/bash
# tandem installed over a pair that replicates already, under a writer: whichever node is the primary, nothing is promoted,
# demoted or restarted, the first record says what is, and the pair ends up paired. Where the pair was asynchronous, where
# the replica's hbd is first, and where the primary has the VIP already.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/env.sh
. tests/e2e/pair.sh
env_trap
env_up && pair_install || exit 1

# pair_of PRIMARY [async]: servers as somebody ran them before, PRIMARY writable; with semi-sync in use, or without it.
pair_of() {
  local primary=$1 replica host
  replica=$(peer_of "$1")
  again
  for host in hdp3 hdp4; do
    ! db_kill "$host" || waituntil 5 not db_pid "$host"
    rm -rf "$(dir "$host")/data"
    db_make "$host"
    [ "${2:-}" != async ] || sed -i '/^rpl_semi_sync/d' "$(dir "$host")/my.cnf"
    db_start "$host"
  done
  db_wait hdp3 && db_wait hdp4 || return 1
  db_accounts "$primary" && db_follow "$replica" "$primary" && waituntil 10 db_synced hdp3 hdp4 || return 1
  [ "${2:-}" = async ] || sql "$primary" 'SET GLOBAL rpl_semi_sync_master_enabled=1'
}

# as_it_is HOST [all]: what must not change on a server: its process and when that began, what it is, its replication and
# the connections of the threads of that, which `all` includes the receiver's.
as_it_is() {
  local pid
  pid=$(db_pid "$1")
  echo "pid=$pid began=$(awk '{print $22}' "/proc/$pid/stat") read_only=$(sql "$1" 'SELECT @@read_only')"
  sql "$1" "SELECT CONCAT(COMMAND, '=', ID) FROM information_schema.PROCESSLIST
    WHERE COMMAND IN ('Slave_SQL' ${2:+, 'Slave_IO', 'Binlog Dump'}) ORDER BY ID" | tr '\n' ' '
  echo "source=$(db_slave "$1" Master_Host) $(db_slave "$1" Slave_IO_Running) $(db_slave "$1" Slave_SQL_Running)"
}
snapshot() { as_it_is hdp3 "$@"; as_it_is hdp4 "$@"; }

# first_record PRIMARY: everyone has it. A node's epochs are every other one, so its first is 1 or 2.
first_record() {
  local host
  for host in hdp3 hdp4 gw; do
    waituntil 5 is "$1" json "$host" owner && [ "$(json "$host" epoch)" -le 2 ] || return 1
  done
}
failed_writes() { grep -cE '^[0-9].* err |^# connect-failed' "$E2E_DIR/client/$1.acks"; }
connects() { grep -c '^# connect ' "$E2E_DIR/client/$1.acks"; }
goes_on() { waituntil 10 acked_over "$1" $(($(acked "$1" 2>/dev/null) + 100)); }
waits() { ctl "$1" status | grep -q "waits: $2"; }
semi_sync() { [ "$(sql "$1" "SHOW STATUS LIKE 'Rpl_semi_sync_master_%'" | grep -cE 'master_clients\s1$|master_status\sON$')" = 2 ]; }
leased() { ip -n "$E2E_NS-$1" -o addr show to "$VIP" | grep -q 'valid_lft [01]sec'; }

# install_over NAME PRIMARY FIRST [all]: hbd on the witness, on FIRST, and on the other node. `all`: no replication thread
# may be another one than before.
install_over() {
  local name=$1 primary=$2 first=$3 all=${4:-} before why=
  local replica second
  replica=$(peer_of "$primary") second=$(peer_of "$first")
  before=$(snapshot $all)
  echo "$before" | sed 's/^/info: /'
  # The second goes where clients will go, and did go when there was an address already.
  writer_to "$name" "${FROM:-${ADDR[$primary]}}" 3306 -c 3000 -t 3000
  goes_on "$name" || fail "$name: writes" 'no writes'
  hbd_start gw
  hbd_start "$first"
  [ "$first" != "$replica" ] || why='.* the local server replicates from a living primary'
  check "$name: $first alone waits and says why" waituntil 20 waits "$first" "$why"
  check_eq "$name: nothing has changed by then" "$before" "$(snapshot $all)"
  check_eq "$name: the address is where it was" "${FROM:+$primary}" "$(vip_holders)"
  hbd_start "$second"
  check "$name: $primary owns, paired" waituntil 30 is_paired "$primary"
  check "$name: the address is on $primary, leased" waituntil 5 eval "leased $primary && [ \"\$(vip_holders)\" = $primary ]"
  check "$name: the first record says what is" first_record "$primary"
  check "$name: by semi-sync" semi_sync "$primary"
  goes_on "$name"
  writer_stop
  check_eq "$name: nothing was promoted, demoted or restarted" "$before" "$(snapshot $all)"
  check_eq "$name: no write failed, on one connection" '0 1' "$(failed_writes "$name") $(connects "$name")"
  echo "info: $name: longest wait of the writer: $("$E2E_CLIENT" gap "$E2E_DIR/client/$name.acks" | kv longest_ms) ms"
  check "$name: writes through the VIP reach $primary" is "${ADDR[$primary]##*.}" sql_vip 3308 'SELECT @@server_id'
}

# again: hbd as if it had never been there; the servers are left as they are.
again() {
  local host
  for host in hdp3 hdp4 gw; do hbd_kill "$host" 2>/dev/null; done
  waituntil 5 is '' vip_holders
  for host in hdp3 hdp4; do on "$host" /usr/local/sbin/splitfwd stop; done >/dev/null 2>&1
  rm -rf "${E2E_DIR:?}"/{hdp3,hdp4,gw}/lib
}

# by_hand HOST [ARG...]: the address as somebody has put it there. watch_address HOST: notes when it goes.
by_hand() {
  local host=$1
  shift
  ip -n "$E2E_NS-$host" addr add "$VIP/24" brd + dev eth0 "$@"
  spawn "$host" monitor ip -o monitor address
  FROM=$VIP
  waituntil 5 is_watched "$host"
}
is_watched() {
  ip -n "$E2E_NS-$1" addr add 10.8.0.1/32 dev lo
  ip -n "$E2E_NS-$1" addr del 10.8.0.1/32 dev lo
  grep -q 'Deleted.* 10.8.0.1' "$(dir "$1")/monitor.log"
}
never_gone() { ! grep 'Deleted' "$(dir "$1")/monitor.log" | grep -q "$VIP"; }

sed -i 's/^initdead.*/initdead = 2s/' "$E2E_DIR"/hdp?/etc/hbd.ini

pair_of hdp3 || exit 1
install_over primary-first hdp3 hdp3 all
again
install_over replica-first hdp3 hdp4 all
again
# As the old Heartbeat leaves it when it is stopped with kill -9.
by_hand hdp3 label eth0:1
install_over address-there hdp3 hdp3 all
check 'address-there: it was never gone' never_gone hdp3
FROM=

pair_of hdp4 async || exit 1
install_over async-preferred-first hdp4 hdp3
again
sql hdp4 'SET GLOBAL rpl_semi_sync_master_enabled=0'
by_hand hdp4
install_over other-first hdp4 hdp4 all
check 'other-first: the address was never gone' never_gone hdp4
e2e_done
