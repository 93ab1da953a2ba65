#!/bin/bash
# hbd's links: broadcast beside unicast, and alone. Beats go over all of them and count once; a link that breaks is
# said and shown, one that comes back too, an interface may come, go and change its address, and nothing moves. What is
# for others on a shared network is no stranger's. No server. Run as root, hbd and hbctl built.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/env.sh
env_trap
E2E_HOSTS=(hdp3 hdp4 gw)
E2E_NET2=1

HBD=$PWD/hbd/hbd
HBCTL=$PWD/hbd/hbctl

# conf HOST LINKS: a node's files; LINKS are the sections of the hosts. conf_witness LINKS likewise.
conf() {
  local d
  d=$(dir "$1")
  mkdir -p "$d/resource.d" "$d/state" "$d/run"
  printf '%s\n' '[hbd]' 'pair = t' 'nodes = hdp3 hdp4' 'keepalive = 100ms' 'initdead = 3s' 'track_sync = no' \
    "authkeys = $d/authkeys" "haresources = $d/haresources" "resource_d = $d/resource.d" "state_dir = $d/state" \
    "run_dir = $d/run" "$2" >"$d/hbd.ini"
  echo 'hdp3 service' >"$d/haresources"
  printf '#!/bin/sh\necho $1 >>%s/calls\n' "$d" >"$d/resource.d/service"
  chmod 755 "$d/resource.d/service"
  keys "$d"
}
conf_witness() {
  local d
  d=$(dir gw)
  mkdir -p "$d/state" "$d/run"
  printf '%s\n' '[hbd]' 'role = witness' 'keepalive = 100ms' "authkeys = $d/authkeys" "state_dir = $d/state" \
    "run_dir = $d/run" "$1" >"$d/hbd.ini"
  keys "$d"
}
keys() { (umask 077; printf 'auth 1\n1 sha256 a-key-for-tests\n' >"$1/authkeys"); }

start() {
  local name=
  [ "$1" = gw ] || name="-N $1"
  # shellcheck disable=SC2086
  spawn "$1" hbd "$HBD" -F -c "$(dir "$1")/hbd.ini" $name
}
pid() { local p; read -r p <"$(dir "$1")/hbd.spawned" && ! gone "$p" && echo "$p"; }
stop() { local p; p=$(pid "$1") || return 0; kill -TERM "$p" && waituntil 10 gone "$p"; }
ctl() { local host=$1; shift; "$HBCTL" -s "$(dir "$host")/run/hbd.sock" "$@"; }
json() { ctl "$1" -j status | tr ',{}' '\n\n\n' | sed -n "s/^\"$2\":\"\{0,1\}\([^\"]*\)\"\{0,1\}$/\1/p" | tail -n 1; }
owns() { is owning json "$1" phase; }
logged() { grep -q -- "$2" "$(dir "$1")/hbd.log"; }
times_logged() { grep -c -- "$2" "$(dir "$1")/hbd.log"; }
calls() { grep -vx status "$(dir "$1")/calls" 2>/dev/null | tr '\n' ' '; }
copies() { [ "$(ctl "$1" -j status | sed 's/.*"peer":{[^}]*"dropped":\([0-9]*\).*/\1/')" -ge "$2" ]; }
# link HOST LINK TO STATE: so says status, for people and as JSON.
link() {
  ctl "$1" status | grep -qF "link $2: $3 $4, " &&
    ctl "$1" -j status | grep -qF "{\"link\":\"$2\",\"to\":\"$3\",\"state\":\"$4\","
}
# both_on LINK: the nodes hear each other over it.
both_on() { link hdp3 "$1" hdp4 up && link hdp4 "$1" hdp3 up; }
both_up() { link hdp3 "$U3" hdp4 up && link hdp4 "$U4" hdp3 up && both_on "$B"; }
# broke HOST LINK TO N: said for the N-th time, and shown. back likewise.
broke() { is "$4" times_logged "$1" "link $2: node $3 is not heard over it" && link "$1" "$2" "$3" down; }
back() { is "$4" times_logged "$1" "link $2: node $3 is heard over it again" && link "$1" "$2" "$3" up; }

eth1_away() { ip -n "$E2E_NS-$1" link del eth1; }
eth1_here() {
  net_port eth1 "$1.1" "10.9.0.${ADDR[$1]##*.}" 2 | ip -n "$E2E_NS-$1" -batch - &&
    ip -n "$E2E_NS-sw" link set "$1.1" master br1 up
}
# shout FROM N HEAD: N broadcasts on eth1's network, a signature of nobody and HEAD.
shout() {
  at "$1" timeout 10 perl -e 'use Socket; my ($n, $head) = @ARGV; $head =~ s/\\n/\n/g;
    socket(my $s, PF_INET, SOCK_DGRAM, 0) or die; setsockopt($s, SOL_SOCKET, SO_BROADCAST, 1) or die;
    setsockopt($s, SOL_SOCKET, 25, "eth1\0") or die;
    send($s, "x" x 32 . $head, 0, sockaddr_in(694, INADDR_BROADCAST)) or die for 1 .. $n' "$2" "$3"
}

env_up || exit 1

# ---- unicast on eth0, broadcast on eth1, a witness on eth0 ---------------------------------------------------------------

nodes=$(printf '[node %s]\nucast = %s\nbcast = eth1\n' hdp3 "${ADDR[hdp3]}" hdp4 "${ADDR[hdp4]}")
for host in hdp3 hdp4; do conf "$host" "$nodes"$'\n[witness gw]\nucast = '"${ADDR[gw]}"; done
conf_witness $'[witness gw]\nucast = '"${ADDR[gw]}"$'\n[pair t]\nucast = '"hdp3 ${ADDR[hdp3]}, hdp4 ${ADDR[hdp4]}"
U3="ucast ${ADDR[hdp3]}:694" U4="ucast ${ADDR[hdp4]}:694" UG="ucast ${ADDR[gw]}:694" B='bcast eth1'

eth1_away hdp4
start gw; start hdp4; start hdp3
check 'hdp3 owns' waituntil 15 owns hdp3
check 'no eth1 yet: said' logged hdp4 "link $B is missing: interface eth1: No such device"
check 'no eth1 yet: both say that they hear nobody there' waituntil 10 eval 'broke hdp3 "$B" hdp4 1 && broke hdp4 "$B" hdp3 1'
check 'no eth1 yet: never heard' eval "ctl hdp3 status | grep -q 'link $B: hdp4 down, never heard$'"
check 'no eth1 yet: missing' eval "ctl hdp4 status | grep -q 'link $B: hdp3 down, never heard, missing here$'"
eth1_here hdp4
check 'eth1 comes: the link is there' waituntil 8 logged hdp4 "link $B is there"
check 'eth1 comes: all links carry' waituntil 8 both_up
check 'eth1 comes: both say so' eval 'back hdp3 "$B" hdp4 1 && back hdp4 "$B" hdp3 1'
check 'the witness hears both, and they it' eval \
  'link gw "$UG" hdp3 up && link gw "$UG" hdp4 up && link hdp3 "$U3" gw up && link hdp4 "$U4" gw up'
check 'a beat that came over both counts once' waituntil 10 copies hdp3 20
check 'the witness is not on eth1' eval '! ctl hdp3 status | grep -q "link $B: gw"'

link_cut hdp3.1 hdp4.1
check 'broadcast cut: said by both, shown' waituntil 10 eval 'broke hdp3 "$B" hdp4 2 && broke hdp4 "$B" hdp3 2'
check 'broadcast cut: unicast carries' eval 'link hdp3 "$U3" hdp4 up && link hdp4 "$U4" hdp3 up'
link_heal
check 'broadcast back: said by both, shown' waituntil 8 eval 'back hdp3 "$B" hdp4 2 && back hdp4 "$B" hdp3 2'

# All goes over eth1 then, from an address that it did not have at the start.
ip -n "$E2E_NS-hdp3" addr flush dev eth1
ip -n "$E2E_NS-hdp3" addr add 10.9.0.26/24 dev eth1
link_cut hdp3 hdp4
check 'unicast cut: said by both, shown' waituntil 10 eval 'broke hdp3 "$U3" hdp4 1 && broke hdp4 "$U4" hdp3 1'
check 'unicast cut: broadcast carries' eval 'link hdp3 "$B" hdp4 up && link hdp4 "$B" hdp3 up'
check 'unicast cut: hdp3 owns on' owns hdp3
link_heal
check 'unicast back: said by both, shown' waituntil 8 eval 'back hdp3 "$U3" hdp4 1 && back hdp4 "$U4" hdp3 1'

link_cut -1 hdp3.1 hdp4.1
check 'cut one way: said by who hears nothing' waituntil 10 broke hdp4 "$B" hdp3 3
check 'cut one way: only there' eval '! broke hdp3 "$B" hdp4 3 && link hdp3 "$B" hdp4 up'
link_heal
check 'cut one way, back' waituntil 8 back hdp4 "$B" hdp3 3

eth1_away hdp3
check 'eth1 goes: said' waituntil 8 logged hdp3 "link $B is missing: the interface has gone"
eth1_here hdp3
check 'eth1 comes again: the link is there' waituntil 8 logged hdp3 "link $B is there"
check 'eth1 comes again: all links carry' waituntil 8 both_up

check_eq 'nothing moved, nothing was started twice' 'start |' "$(calls hdp3)|$(calls hdp4 | grep start)"
check 'nobody was silent or restarted' not grep -hE 'node hdp[34] (is silent|has restarted)' \
  "$(dir hdp3)/hbd.log" "$(dir hdp4)/hbd.log"
check_eq 'own beats that came back, and those for others, are nobody'"'"'s' '0 0' \
  "$(json hdp3 strangers) $(json hdp4 strangers)"
shout hdp4 30 'tandem-beat 2\nbeat pair=neighbour from=a to=b'
shout hdp4 5 'tandem-beat 2\nbeat pair=t from=hdp4 to=hdp3'
shout hdp4 5 'noise'
check 'neighbours are not counted, forgers are' waituntil 2 is 10 json hdp3 strangers
check 'neighbours are not logged' not logged hdp3 'unlogged=[1-9][0-9]'

# ---- broadcast only, the witness too -------------------------------------------------------------------------------------

for host in hdp3 hdp4 gw; do stop "$host"; rm -rf "$(dir "$host")"/{state,calls,hbd.log}; done
nodes=$(printf '[node %s]\nbcast = eth0, eth1\n' hdp3 hdp4)
for host in hdp3 hdp4; do conf "$host" "$nodes"$'\n[witness gw]\nbcast = eth0'; done
conf_witness $'[witness gw]\nbcast = eth0\n[pair t]\nnodes = hdp3 hdp4'
B0='bcast eth0'
all_up() {
  both_on "$B0" && both_on "$B" && link hdp3 "$B0" gw up && link hdp4 "$B0" gw up &&
    link gw "$B0" hdp3 up && link gw "$B0" hdp4 up
}
start gw; start hdp4; start hdp3
check 'broadcast only: hdp3 owns' waituntil 15 owns hdp3
check 'broadcast only: all hear all, on eth1 the nodes alone' waituntil 8 all_up
check 'broadcast only: the witness is not on eth1' eval '! ctl hdp3 status | grep -q "link $B: gw"'
kill -KILL "$(pid hdp3)"
check 'broadcast only: hdp3 dies, the witness grants hdp4' waituntil 15 owns hdp4
check 'broadcast only: no link is blamed for it' not grep -h 'is not heard over it' "$(dir hdp4)/hbd.log" "$(dir gw)/hbd.log"
check_eq 'broadcast only: no strangers' '0 0' "$(json hdp4 strangers) $(ctl gw status | sed -n 's/strangers dropped: //p')"
check_eq 'broadcast only: one start each' 'start |start ' "$(calls hdp3)|$(calls hdp4 | sed 's/stop //')"

# ---- forged beats by the thousand, at a witness of many pairs ------------------------------------------------------------------
for host in hdp3 hdp4 gw; do stop "$host"; rm -rf "$(dir "$host")"/{state,calls,hbd.log}; done
nodes=$(printf '[node %s]\nucast = %s\n' hdp3 "${ADDR[hdp3]}" hdp4 "${ADDR[hdp4]}")
for host in hdp3 hdp4; do conf "$host" "$nodes"$'\n[witness gw]\nucast = '"${ADDR[gw]}"; done
conf_witness "$(printf '[witness gw]\nucast = %s\n' "${ADDR[gw]}"
  printf '[pair t]\nucast = hdp3 %s, hdp4 %s\n' "${ADDR[hdp3]}" "${ADDR[hdp4]}"
  for i in {1..200}; do printf '[pair p%s]\nucast = a 10.9.%s.1, b 10.9.%s.2\n' "$i" "$i" "$i"; done)"
(umask 077; printf 'auth 2\n1 sha256 a-key-for-tests\n2 sha256 another-key-for-tests\n' | tee "$(dir gw)/authkeys" "$(dir hdp3)/authkeys" >"$(dir hdp4)/authkeys")
start gw; start hdp4; start hdp3
check 'many pairs: hdp3 owns' waituntil 15 owns hdp3
# busy_ms SECONDS: of the witness's CPU.
busy_ms() {
  local from
  from=$(cut -d' ' -f1 "/proc/$(pid gw)/schedstat")
  sleep "$1"
  echo "$((($(cut -d' ' -f1 "/proc/$(pid gw)/schedstat") - from) / 1000000 / $1))"
}
base=$(busy_ms 3)
late=$(cat "$(dir hdp3)/hbd.log" "$(dir hdp4)/hbd.log" "$(dir gw)/hbd.log" | grep -c 'is late')
before=$(ctl gw status | sed -n 's/strangers dropped: //p')
at hdp4 /usr/bin/python3 tests/e2e/flood.py "${ADDR[gw]}" 694 10000 4 t p{1..200} >"$E2E_DIR/sent" &
flood=$!
flooded=$(busy_ms 3)
wait "$flood"
echo "  10,000 forged beats a second at a witness of 201 pairs with two keys: $((flooded - base)) ms of CPU a second, beside $base without"
check 'a flood: it was one' test "$(<"$E2E_DIR/sent")" -gt 20000
check 'a flood: the witness has half a CPU left' test "$((flooded - base))" -lt 500
check 'a flood: they are counted' test "$(($(ctl gw status | sed -n 's/strangers dropped: //p') - before))" -gt 10000
check_eq 'a flood: no beat was late' "$late" "$(cat "$(dir hdp3)/hbd.log" "$(dir hdp4)/hbd.log" "$(dir gw)/hbd.log" | grep -c 'is late')"
check 'a flood: hdp3 owns' owns hdp3

e2e_done
