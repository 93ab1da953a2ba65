#!/bin/bash
# The demo itself: fails when promote is broken, leaves nothing behind when it is interrupted, draws what it saw, stays up with
# KEEP=1, where the programs of the build tree can be used beside it.
set -u
cd "$(dirname "$0")/../.." || exit 1
passed=0 failed=0
check() { if "${@:2}"; then echo "ok   $1"; passed=$((passed + 1)); else echo "FAIL $1: ${*:2}"; failed=$((failed + 1)); fi; }
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# Its own TMPDIR: what is left there, and namespaces named after it, are its own.
demo() { TMPDIR=$work/t tests/demo/demo.sh >"$work/out" 2>"$work/err"; }
fresh() { rm -rf "$work/t" && mkdir "$work/t" && ip netns list | sort >"$work/before"; }
# Namespaces that are new since, but for those of another test that runs beside this one: its directory is elsewhere.
new_netns() {
  ip netns list | sort | comm -13 "$work/before" - | while read -r name _; do
    [ -e "${TMPDIR:-/tmp}/${name%-*}" ] || echo "$name"
  done
}
left_nothing() { [ -z "$(ls -A "$work/t")" ] && [ -z "$(new_netns)" ] && ! pgrep -f "$work/t/" >/dev/null; }
# Within 5 s: the other one may just be ending.
nothing_new() { local i; for i in {1..50}; do left_nothing && return; sleep 0.1; done; return 1; }
said() { grep -qE -- "$1" "$work/out"; }

fresh
mkdir "$work/tools"
printf '#!/bin/sh\nfor verb; do :; done\n[ "$verb" != start ] || exit 1\nexec %s "$@"\n' "$PWD/promote/promote" >"$work/tools/promote"
chmod 755 "$work/tools/promote"
check 'a broken promote: the demo fails' eval '! TANDEM_TOOLS=$work/tools demo'
check 'and says what was not as promised' said '^FAIL'
rm -rf "$work/t"/td-*

fresh
TMPDIR=$work/t tests/demo/demo.sh >"$work/out" 2>"$work/err" &
pid=$!
for ((i = 0; i < 500; i++)); do said '^1\. ' && break; sleep 0.02; done
check 'interrupted: it was under way' said '^1\. '
kill -TERM "$pid"
wait "$pid"
check 'interrupted: it says so by its exit code' [ $? -eq 143 ]
check 'interrupted: nothing is left' nothing_new

# One run shows all the rest. What each scene must tell, in this order: causes before effects.
fresh
check 'KEEP=1: it succeeds' eval 'KEEP=1 SVG=$work/svg demo'
[ "$failed" -eq 0 ] || cat "$work/out" "$work/err"
# tells SCENE REGEX...: the lines of the scene contain them, one after the other.
tells() {
  local number=$1 text
  shift
  text=$(sed -n "/^$number\. /,/=>/p" "$work/out" | tr '\n' ' ')
  grep -qE "$(printf '%s.*' "$@")" <<<"$text"
}
check 'a kill: noticed, given way, started, in this order' \
  tells 1 'you +kill -9' 'hdp3 +notices that its mysqld is gone' 'hdp3 +gives way' 'hdp3 +is without the address' 'hdp4 +may start' \
  'hdp4 +listens' 'hdp4 +has the address' 'hdp4 +its server is the primary' '=> without a write [0-9]+ ms, lost 0 of'
check 'a switch' tells 2 'you +hbctl standby' 'hdp4 +gives way' 'hdp3 +its server is the primary' 'hdp4 +is a replica' 'hdp3 +is paired' 'lost 0 of'
check 'the replica' tells 3 'hdp4 +notices' 'hdp3 +records that it is alone' 'lost 0 of'
check 'host death' tells 4 'loses its power' 'takes it for dead' 'gw +the witness lets hdp4' 'hdp4 +has the address' 'lost 0 of'
check 'a cut' tells 5 'cut off' 'hdp4 +nobody confirms it' 'hdp4 +(makes its server read-only|ends its server)' 'gw +the witness lets hdp3' 'never two primaries'
check 'the return' tells 6 'plugged in again' 'hears hdp3 again' 'hdp4 +is a replica' 'lost 0 of'
check 'a line of the writer, whole, with its gap' said '^   writer  #+\.+#+$'
check 'the table has six rows without a loss' [ "$(grep -cE '^   [1-6]\. .* ms +0 of [0-9]+ ' "$work/out")" -eq 6 ]
check 'the picture says the same' eval '[ "$(grep -c "class=\"title\"" "$work/svg")" -eq 6 ] && grep -q "never two primaries" "$work/svg"'
check 'the picture is well-formed' python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])' "$work/svg"
dir=$(echo "$work"/t/td-*)
check 'KEEP=1: the pair is up' eval '[ -n "$(ip netns pids "${dir##*/}-hdp4")" ]'
check 'KEEP=1: hbctl of the build tree, told the socket' eval 'hbd/hbctl -s "$dir/hdp3/run/tandem/hbd.sock" status | grep -q "owning here"'
sed -n 's,^  \(tests/demo/on .*\),\1,p' "$work/out" | sed 's/  .*//; s/ the address.*//' | grep -v 'on down' >"$work/look"
check 'KEEP=1: it prints how to look around' [ "$(wc -l <"$work/look")" -eq 3 ]
while read -r line; do check "KEEP=1: $line" eval "$line </dev/null >/dev/null"; done <"$work/look"
check 'KEEP=1: vipctl of the build tree sees the keeper' \
  eval 'tests/demo/on hdp3 vipctl 172.16.1.100 status | grep -qx "172.16.1.100/24 on eth0 as eth0:0: running, leased, pid [0-9]*"'
check 'KEEP=1: what it prints takes it down' tests/demo/on down
check 'KEEP=1: and then nothing is left' nothing_new
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
