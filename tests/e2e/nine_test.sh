#!/bin/bash
# The nine functional tests that an operator runs, on two hosts with what `make install` put there: the shipped samples,
# my.cnf.d, grants.sql and init scripts, and nothing else but passwords, keys, server ids and the machine's own paths.
# Clients are the mariadb program on a third host. DB_FLAVOUR says which servers, see env.sh; EDIT_MY_CNF=1: with edit_my_cnf, test 9 as the seed has it.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/env.sh
. tests/e2e/pair.sh
. tests/e2e/shipped.sh
env_trap
env_up && pair_install || exit 1
shipped_places
witness_default

# ---- as an operator sets it up ---------------------------------------------------------------------------------------
servers_shipped && db_wait hdp3 && db_wait hdp4 && load_grants && app_grants || exit 1
# The account that grants.sql makes for it; hdp4 has the other accounts only from then on.
db_follow hdp4 hdp3 && waituntil 10 db_synced hdp3 hdp4 || exit 1
edited() { ! grep -q '^read_only' "$(dir "$1")/$SAMPLE_CNF" && grep -q '^#.*read_only = ON' "$(dir "$1")/$SAMPLE_CNF"; }
as_shipped() { cmp -s "$ETC/my.cnf.d/$SAMPLE_CNF" "$(dir "$1")/$SAMPLE_CNF"; }
# Its page is to be had by the address, as HAProxy's was.
for host in hdp3 hdp4; do
  sed -i 's/^bind = 127.0.0.1:8888/bind = *:8888/' "$(dir "$host")/etc/splitfwd.ini"
done
[ -z "${EDIT_MY_CNF:-}" ] || for host in hdp3 hdp4; do
  sed -i "s|^; edit_my_cnf = .*|edit_my_cnf = $(dir "$host")/$SAMPLE_CNF|" "$(dir "$host")/etc/promote.ini"
done
for host in gw hdp4 hdp3; do
  check_eq "hbd's init script starts it on $host" 0 "$(rc "$host" hbd start)"
done
# whole OWNER: it owns, the other follows; paired, where there is semi-sync.
whole() { if [ "$DB_FLAVOUR" = mysql56 ]; then owns "$1" && follows "$(peer_of "$1")"; else is_paired "$1"; fi; }
follows() { [ "$(db_slave "$1" Slave_IO_Running)$(db_slave "$1" Slave_SQL_Running)" = YesYes ]; }
check 'hdp3 owns' waituntil 30 whole hdp3 || e2e_done
[ -z "${EDIT_MY_CNF:-}" ] || check 'my.cnf is edited on hdp3 alone' eval 'edited hdp3 && as_shipped hdp4'

# answer PORT ID...: statements of so many new clients are answered by these, in this order. Where it was not so, one more
# is made, so that a round that began with the other does not stay so.
answer() {
  local port=$1
  shift
  [ "$(for _; do sql_vip "$port" 'SELECT @@server_id'; done | tr '\n' ' ')" = "$* " ] ||
    { sql_vip "$port" 'SELECT @@server_id' >/dev/null; false; }
}
# between NAME T0: the writer's longest wait after that, for information.
between() { echo "info: $1: $(outage nine "$2") ms without an acknowledged write"; }
goes_on() { waituntil 20 acked_over nine $(($(acked nine 2>/dev/null) + 50)); }

# ---- the nine --------------------------------------------------------------------------------------------------------
check '1: four reads answer 126, 127, 126, 127' waituntil 10 answer 3307 126 127 126 127
check '2: four through the write port answer 126' waituntil 10 answer 3308 126 126 126 126

writer nine
goes_on
t0=$(now_ms)
check '3: kill -9 of mysqld on the replica' db_kill hdp4
check '4: reads go on, 126 only' waituntil 10 answer 3307 126 126 126 126
check '4: writes go on, on 126' waituntil 10 answer 3308 126 126 126 126
check '4: so do those of one that was connected' goes_on
between 'replica killed' "$t0"

check '5: mysqld on the replica is started again' eval 'db_start hdp4 && db_wait hdp4'
check '6: reads alternate again' waituntil 20 answer 3307 126 127 126 127
check '6: the pair is whole' waituntil 20 whole hdp3

goes_on
# An asynchronous primary can die with a transaction that nobody else has; rejoin refuses it then, see mysql56_test. Here the
# writer holds still until there is none.
if [ "$DB_FLAVOUR" = mysql56 ]; then
  kill -STOP "$WRITER_PID"
  check '7: the replica has all' waituntil 10 db_synced hdp3 hdp4
fi
t0=$(now_ms)
check '7: kill -9 of mysqld on the primary' db_kill hdp3
kill -CONT "$WRITER_PID"
check '8: reads answer 127' waituntil 20 answer 3307 127 127 127 127
check '8: writes answer 127' waituntil 20 answer 3308 127 127 127 127
check '8: the VIP is on hdp4 alone' waituntil 5 is hdp4 vip_holders
check '8: as a secondary address of its interface' \
  grep -qE 'eth0 .*inet 172\.16\.1\.100/24 .* secondary ' <<<"$(ip -n "$E2E_NS-hdp4" -o addr show to "$VIP")"
check '8: a writer that was there goes on' goes_on
writer_stop
between 'primary killed' "$t0"
[ "$DB_FLAVOUR" = mysql56 ] || check_eq '8: nothing that was acknowledged is lost' 0 "$(lost nine hdp4)"

check '9: a table is created and rows are inserted' \
  sql_vip 3308 'CREATE TABLE nine (a INT PRIMARY KEY) ENGINE=InnoDB; INSERT INTO nine VALUES (1), (2), (3)'
check_eq '9: and read back' '1 2 3 ' "$(sql_vip 3308 'SELECT a FROM nine ORDER BY a' | tr '\n' ' ')"
check_eq '9: show slave status on hdp4 is empty' '' "$(sql hdp4 'SHOW SLAVE STATUS')"
[ -z "${EDIT_MY_CNF:-}" ] ||
  check '9: read-only in its my.cnf is commented out' edited hdp4

# ---- and back ----------------------------------------------------------------------------------------------------------
check 'the old primary starts' eval 'db_start hdp3 && db_wait hdp3'
check 'it follows hdp4' waituntil 30 whole hdp4
check_eq 'it is read-only' 1 "$(sql hdp3 'SELECT @@read_only')"
[ -z "${EDIT_MY_CNF:-}" ] || check 'its my.cnf is as it was shipped' as_shipped hdp3
check 'reads alternate again' waituntil 20 answer 3307 126 127 126 127
check 'it has what was written' waituntil 10 is 3 sql hdp3 'SELECT COUNT(*) FROM test.nine'

# ---- the statistics ------------------------------------------------------------------------------------------------------
# page USER:PASSWORD: what a browser gets from the VIP.
page() {
  at client bash -c 'exec 3<>/dev/tcp/$0/8888 || exit
    printf "GET /haproxyadmin?stats HTTP/1.0\r\n%s\r\n" "$1" >&3; timeout 5 cat <&3' "$VIP" \
    "${1:+Authorization: Basic $(printf %s "$1" | base64)$'\r\n'}" | tr -d '\r'
}
check_eq 'statistics: not for everybody' 'HTTP/1.1 401 Unauthorized' "$(page '' | head -n 1)"
check_eq 'statistics: nor with the sample password' 'HTTP/1.1 401 Unauthorized' "$(page admin:REPLACE-ME | head -n 1)"
page "admin:$STATS_PASS" >"$E2E_DIR/page"
check_eq 'statistics: with the password of splitfwd.auth' 'HTTP/1.1 200 OK' "$(head -n 1 "$E2E_DIR/page")"
for what in hdp3 hdp4 read write; do
  check "statistics: it has $what" grep -q "$what" "$E2E_DIR/page"
done
check 'statistics: no version is shown' not grep -qiE 'splitfwd/?[0-9]|[0-9]+\.[0-9]+\.[0-9]+<' "$E2E_DIR/page"

for host in hdp3 hdp4 gw; do
  check_eq "hbd's init script stops it on $host" 0 "$(rc "$host" hbd stop)"
done
check_eq 'nobody has the VIP' '' "$(vip_holders)"
e2e_done
