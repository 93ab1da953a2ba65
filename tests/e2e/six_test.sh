#!/bin/bash
# IPv6 as IPv4: the address and its keeper, then a whole pair whose beats, servers, clients and address know nothing else.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/env.sh
. tests/e2e/pair.sh
env_trap
env_up || exit 1
declare -A SIX=([hdp3]=fd00::126 [hdp4]=fd00::127 [gw]=fd00::254 [client]=fd00::200)
VIP6=fd00::100
for host in hdp3 hdp4 gw client; do ip -n "$E2E_NS-$host" -6 addr add "${SIX[$host]}/64" dev eth0 || exit 1; done
settled() { local host; for host in hdp3 hdp4 gw client; do ip -n "$E2E_NS-$host" -6 addr show dev eth0 | grep -q tentative && return 1; done; return 0; }
waituntil 10 settled || exit 1
vip() { local host=$1; shift; at "$host" env TANDEM_RUN="$E2E_DIR/$host/run" ${GRANT:+HB_GRANT=$GRANT} vipctl/vipctl "$@" >"$E2E_DIR/said" 2>&1; }
six() { ip -n "$E2E_NS-$1" -o -6 addr show to "$2"; }
holds() { [ -n "$(six "$1" "$VIP6")" ]; }
keeper() { vip "$1" "$VIP6" status; sed -n 's/.* pid //p' "$E2E_DIR/said"; }
neighbour() { at client ip -6 neigh show "$VIP6" | grep -q "lladdr 02:00:00:00:01:$(printf %02x "${ADDR[$1]##*.}")"; }
for host in hdp3 hdp4; do spawn "$host" "echo" socat TCP6-LISTEN:7777,fork,reuseaddr SYSTEM:"echo $host"; done
reaches() { [ "$(at client socat -T 2 - "TCP6:[$VIP6]:7777" </dev/null 2>/dev/null)" = "$1" ]; }

# ---- by hand
check 'interface and prefix are found' vip hdp3 "$VIP6" start
check_eq 'and said' "vipctl: $VIP6/64 on eth0: set, permanent" "$(cat "$E2E_DIR/said")"
check 'it is there at once, and never a source by itself' eval 'six hdp3 "$VIP6" | grep -q "nodad deprecated" && ! six hdp3 "$VIP6" | grep -q tentative'
check_eq 'what the host sends by itself has its own address' "${SIX[hdp3]}" "$(at hdp3 ip -6 route get "${SIX[client]}" | sed -n 's/.* src \([^ ]*\).*/\1/p')"
check 'clients reach it' waituntil 5 reaches hdp3
check 'a second start changes nothing' vip hdp3 "$VIP6" start
check 'another host may not have it' eval '! vip hdp4 "$VIP6/64/eth0" start && grep -q "is in use: 02:00:00:00:01:7e answers for it on eth0" "$E2E_DIR/said"'
check "the host's own is not ours to remove" eval '! vip hdp3 "${SIX[hdp3]}" stop && grep -q "own address: not removed" "$E2E_DIR/said"'
check 'it has no label' eval '! vip hdp3 "$VIP6/64/eth0:1" start && grep -q "an IPv6 address has no label" "$E2E_DIR/said"'
check 'by a grant it is taken at once' eval 'GRANT=witness vip hdp4 "$VIP6" start'
check 'and the clients are told' waituntil 5 eval 'neighbour hdp4 && reaches hdp4'
vip hdp4 "$VIP6" stop
check 'stopped' eval 'vip hdp3 "$VIP6" stop && ! holds hdp3 && ! holds hdp4'
check 'and stopped again' vip hdp3 "$VIP6" stop

# ---- leased
# lease HOST: start with a lifeline that says every 100 ms "another second"; LEASE is the process that says it.
lease() {
  : >"$(dir "$1")/lease.log"
  spawn "$1" lease env TANDEM_RUN="$E2E_DIR/$1/run" TANDEM_LOG="$E2E_DIR/nolog" HB_GRANT=witness /usr/bin/python3 -c '
import os, subprocess, sys, time
r, w = os.pipe()
def line():
    os.write(w, b"%d\n" % int(time.clock_gettime(time.CLOCK_BOOTTIME) * 1000 + 1000))
line()
env = dict(os.environ, HB_LIFELINE=str(r), HB_LEASE="1000")
print("rc", subprocess.run(sys.argv[1:], env=env, pass_fds=[r]).returncode, flush=True)
os.close(r)
while True:
    time.sleep(0.1)
    line()' vipctl/vipctl "$VIP6/64/eth0" start
  LEASE=$SPAWN_PID
  waituntil 5 grep -q '^rc 0' "$(dir "$1")/lease.log"
}
gone_ms() { local end; uptime_ms; end=$((REPLY + 5000)); while holds "$1" && [ "$REPLY" -lt "$end" ]; do uptime_ms; done; }
lease hdp3
check 'leased: it is there, with a keeper' eval 'holds hdp3 && [ -n "$(keeper hdp3)" ]'
check 'leased: and stays for longer than the lease' eval '! waituntil 3 eval "! holds hdp3" 2>/dev/null'
uptime_ms; from=$REPLY
kill -KILL "$LEASE"; gone_ms hdp3
check "the lifeline ends: it goes at once ($((REPLY - from)) ms)" test $((REPLY - from)) -lt 300
lease hdp3
pid=$(keeper hdp3)
uptime_ms; from=$REPLY
kill -KILL "$pid"; gone_ms hdp3
check "the keeper is killed: the kernel takes it off ($((REPLY - from)) ms)" test $((REPLY - from)) -lt 1350
kill -KILL "$LEASE" 2>/dev/null
lease hdp3
ip -n "$E2E_NS-hdp3" -6 addr del "$VIP6/64" dev eth0
check 'deleted by somebody: it is not brought back' eval '! waituntil 2 holds hdp3 2>/dev/null'
check 'and the keeper ends' eval '[ -z "$(keeper hdp3)" ]'
kill -KILL "$LEASE" 2>/dev/null

# ---- a pair
DB_BIND='*'
db_setup_pair && pair_install || exit 1
for host in hdp3 hdp4 gw; do
  etc=$E2E_DIR/$host/etc
  for h in hdp3 hdp4 gw; do
    sed -i "s/${ADDR[$h]//./\\.}:/[${SIX[$h]}]:/g; s/${ADDR[$h]//./\\.}/${SIX[$h]}/g" "$etc"/*.ini
  done
  sed -i "s|${VIP//./\\.}/24|$VIP6/64|" "$etc/haresources"
  sed -i 's/^bind = \*:/bind = [::]:/' "$etc/splitfwd.ini"
done
hbd_start gw && hbd_start hdp4 && hbd_start hdp3 || exit 1
check 'a pair of IPv6 alone' waituntil 30 is_paired hdp3 || { ctl hdp3 status; e2e_done; }
check 'beats go over it' eval 'ctl hdp3 status | grep -q "^link ucast \[\?fd00::126\]\?.*: hdp4 up"'
check 'hdp3 has the address' holds hdp3
db() { at client timeout 5 mariadb --defaults-extra-file="$E2E_DIR/app.cnf" --protocol=tcp -h "$VIP6" -P "$1" -N -e "$2" 2>&1; }
check_eq 'a client writes by it' '' "$(db 3308 'INSERT INTO test.t VALUES (1, 0, "six")')"
check 'and reads what it wrote' waituntil 5 eval '[ "$(db 3307 "SELECT note FROM test.t WHERE id = 1")" = six ]'
ctl hdp3 standby 2>/dev/null
check 'a planned switch' waituntil 20 is_paired hdp4
check 'the address went along' eval 'holds hdp4 && ! holds hdp3'
check 'and the clients with it' waituntil 5 eval '[ "$(db 3308 "SELECT @@server_id")" = 127 ]'
ip -n "$E2E_NS-hdp4" link set eth0 down
kill -KILL $(ip netns pids "$E2E_NS-hdp4")
check 'its host dies: hdp3 takes over' waituntil 20 owns hdp3
check 'with the address' waituntil 5 holds hdp3
check 'and nothing lost' waituntil 10 eval '[ "$(db 3308 "SELECT note FROM test.t WHERE id = 1")" = six ]'
check_eq 'a client writes on' '' "$(db 3308 'INSERT INTO test.t VALUES (2, 0, "six")')"
e2e_done
