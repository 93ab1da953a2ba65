#!/bin/bash
# Two groups of hbd at home on two hosts: each moves by itself, goes back by auto_failback and stays where an operator put
# it; what the notify event is told; more groups than a beat has room for. Hooks of a few lines, a witness, no server.
# Run as root, hbd and hbctl built.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/env.sh
env_trap

HBD=$PWD/hbd/hbd
HBCTL=$PWD/hbd/hbctl

# program PATH BODY: a script that is whole when it appears.
program() { printf '#!/bin/bash\n%s\n' "$2" >"$1.new" && chmod 755 "$1.new" && mv "$1.new" "$1"; }

# conf HOST: its files. A hook leaves a file RESOURCE.on while its resource is on.
conf() {
  local d
  d=$(dir "$1")
  mkdir -p "$d/resource.d" "$d/state" "$d/run"
  printf '%s\n' '[hbd]' 'pair = t' 'nodes = hdp3 hdp4' 'keepalive = 100ms' 'warntime = 300ms' 'initdead = 2s' \
    'hook_timeout = 3s' 'track_sync = no' 'auto_failback = on' 'failback_wait = 2s' "authkeys = $d/authkeys" \
    "haresources = $d/haresources" "resource_d = $d/resource.d" "state_dir = $d/state" "run_dir = $d/run" \
    '[node hdp3]' "ucast = ${ADDR[hdp3]}" '[node hdp4]' "ucast = ${ADDR[hdp4]}" '[witness gw]' "ucast = ${ADDR[gw]}" \
    '[events]' "notify = $d/notify to-me" >"$d/hbd.ini"
  printf 'hdp3 one\nhdp4 two sub\n' >"$d/haresources"
  (umask 077; printf 'auth 1\n1 sha256 a-key-for-tests\n' >"$d/authkeys")
  for name in one two sub; do
    # shellcheck disable=SC2016
    program "$d/resource.d/$name" "case \$1 in start) ! [ -e $d/fail ] && : >$d/$name.on ;; stop) rm -f $d/$name.on ;; esac"
  done
  # shellcheck disable=SC2016
  program "$d/notify" 'echo "$1 $HB_EVENT ${HB_GROUP:--} $HB_WHAT: $HB_REASON" >>'"$d/told"'
    while [ -e '"$d/slow"' ]; do sleep 0.1; done'
}
env_up || exit 1
d=$(dir gw)
for host in hdp3 hdp4; do conf "$host"; done
mkdir -p "$d/state" "$d/run"
printf '%s\n' '[hbd]' 'role = witness' 'keepalive = 100ms' "state_dir = $d/state" "run_dir = $d/run" '[witness gw]' \
  "ucast = ${ADDR[gw]}" '[pair t]' "authkeys = $d/authkeys" "ucast = hdp3 ${ADDR[hdp3]}, hdp4 ${ADDR[hdp4]}" >"$d/hbd.ini"
(umask 077; printf 'auth 1\n1 sha256 a-key-for-tests\n' >"$d/authkeys")

node() { [ "$1" = gw ] || echo "-N $1"; }
# shellcheck disable=SC2046
start() { spawn "$1" hbd "$HBD" -F -c "$(dir "$1")/hbd.ini" $(node "$1"); }
pid() { local p; read -r p <"$(dir "$1")/hbd.spawned" && ! gone "$p" && echo "$p"; }
ctl() { local host=$1; shift; "$HBCTL" -s "$(dir "$host")/run/hbd.sock" "$@"; }
on() { [ -e "$(dir "$1")/$2.on" ]; }
# has ONE'S-HOST TWO'S-HOST: where the groups are, each complete and on one host.
has() {
  local host
  for host in hdp3 hdp4; do
    [ "$(cd "$(dir "$host")" && echo *.on)" = "$(want "$host" "$@")" ] || return 1
  done
}
want() { local out=''; [ "$1" != "$2" ] || out='one.on'; [ "$1" != "$3" ] || out="${out:+$out }sub.on two.on"; echo "${out:-*.on}"; }
told() { grep -q "^to-me notify $2" "$(dir "$1")/told"; }
logged() { grep -q -- "$2" "$(dir "$1")/hbd.log"; }

start gw; start hdp3; start hdp4
check 'each group is at home' waituntil 8 has hdp3 hdp4
check 'the owner is told, of its group' waituntil 3 told hdp3 'one owned: '
check 'and the other one of its own' waituntil 3 told hdp4 'two owned: '
check 'the witness has both' waituntil 3 eval '[ "$(ctl gw -j status | grep -o "\"owner\":\"hdp[34]\"" | tr "\n" " ")" = \
  "\"owner\":\"hdp3\" \"owner\":\"hdp4\" " ]'

# ---- a host is lost, and returns -------------------------------------------------------------------------------------

host_kill hdp4
rm -f "$(dir hdp4)"/*.on
check 'a lost host: the other one has both' waituntil 8 has hdp3 hdp3
check 'told: silent' waituntil 3 told hdp3 '- silent: node hdp4'
host_boot hdp4
start hdp4
check 'it is back' waituntil 5 told hdp3 '- heard: node hdp4'
check 'its own group goes back to it, the other one stays' waituntil 10 has hdp3 hdp4
check 'the reason is logged' logged hdp3 'group two owning -> stopping .*auto_failback: hdp4 is preferred'
check 'told: released' waituntil 3 told hdp3 'two released: auto_failback'

# ---- an operator's word ----------------------------------------------------------------------------------------------

check 'an operator moves one group' ctl hdp4 standby two
check 'it moved' waituntil 5 has hdp3 hdp3
# Longer than failback_wait, by the witness's clock: the other group's failback comes and goes meanwhile.
moved=$(date +%s%N)
later() { [ "$(date +%s%N)" -gt $((moved + 3000000000)) ]; }
check 'and stays' eval 'waituntil 6 later && has hdp3 hdp3'
kill -KILL "$(pid hdp4)"
start hdp4
check 'until hbd restarts there' waituntil 12 has hdp3 hdp4

# ---- a failback in vain ----------------------------------------------------------------------------------------------

ctl hdp4 standby two >/dev/null
waituntil 5 has hdp3 hdp3
: >"$(dir hdp4)/fail"
kill -KILL "$(pid hdp4)"
start hdp4
check 'in vain: it fails there' waituntil 10 told hdp4 'two failed: '
check 'in vain: it is back at once' waituntil 3 has hdp3 hdp3
rm "$(dir hdp4)/fail"
check 'in vain: and tried again' waituntil 15 has hdp3 hdp4

# ---- notify blocks nothing -------------------------------------------------------------------------------------------

: >"$(dir hdp3)/slow"
check 'notify hangs: groups move' ctl hdp4 standby two
check 'notify hangs: and again' eval 'waituntil 5 has hdp3 hdp3 && ctl hdp3 standby two && waituntil 5 has hdp3 hdp4'
check 'notify hangs: it is terminated, and said' waituntil 15 logged hdp3 'event notify: over its deadline'
rm "$(dir hdp3)/slow"
check 'notify: the rest is told in order' waituntil 8 eval \
  'tail -n 2 "$(dir hdp3)/told" | tr "\n" " " | grep -q "two owned.*two released"'

# ---- an ordered stop ---------------------------------------------------------------------------------------------------

p=$(pid hdp3)
kill -TERM "$p"
check 'stopped: the other one has both' waituntil 8 eval 'gone "$p" && has hdp4 hdp4'

# ---- too many ----------------------------------------------------------------------------------------------------------

for i in 1 2 3 4 5 6 7 8; do echo "hdp3 one::$i-abcdefgh"; done >"$(dir hdp3)/haresources"
check 'no room for all groups: 6, with the line' eval \
  '! "$HBD" -t -c "$(dir hdp3)/hbd.ini" -N hdp3 >/dev/null 2>"$E2E_DIR/said"; [ $? -eq 0 ] &&
   grep -q "haresources:[5-8]: a beat of 1200 bytes has no room for this group" "$E2E_DIR/said"'

e2e_done
