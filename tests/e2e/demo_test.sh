#!/bin/bash
# The demo itself: fails when promote is broken, leaves nothing behind when it is interrupted, stays up with KEEP=1.
set -u
cd "$(dirname "$0")/../.." || exit 1
passed=0 failed=0
check() { if "${@:2}"; then echo "ok   $1"; passed=$((passed + 1)); else echo "FAIL $1: ${*:2}"; failed=$((failed + 1)); fi; }
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# Its own TMPDIR: what is left there, and namespaces named after it, are its own.
demo() { TMPDIR=$work/t tests/e2e/demo.sh >"$work/out" 2>"$work/err"; }
fresh() { rm -rf "$work/t" && mkdir "$work/t" && ip netns list | sort >"$work/before"; }
nothing_new() { [ -z "$(ls -A "$work/t")" ] && [ -z "$(ip netns list | sort | comm -13 "$work/before" -)" ] && ! pgrep -f "$work/t/" >/dev/null; }

fresh
mkdir "$work/tools"
printf '#!/bin/sh\nfor verb; do :; done\n[ "$verb" != start ] || exit 1\nexec %s "$@"\n' "$PWD/promote/promote" >"$work/tools/promote"
chmod 755 "$work/tools/promote"
check 'a broken promote: the demo fails' eval '! TANDEM_TOOLS=$work/tools demo'
check 'and says what was not as promised' grep -q '^FAIL' "$work/out"
rm -rf "$work/t"/td-*

fresh
TMPDIR=$work/t tests/e2e/demo.sh >"$work/out" 2>"$work/err" &
pid=$!
for ((i = 0; i < 500; i++)); do grep -q 'a writer and a reader' "$work/out" && break; sleep 0.02; done
check 'interrupted: it was under way' grep -q 'a writer and a reader' "$work/out"
kill -TERM "$pid"
wait "$pid"
check 'interrupted: it says so by its exit code' [ $? -eq 143 ]
check 'interrupted: nothing is left' nothing_new

fresh
check 'KEEP=1: it succeeds' eval 'KEEP=1 demo'
dir=$(echo "$work"/t/td-*)
check 'KEEP=1: the pair is up' ip netns pids "${dir##*/}-hdp4"
sed -n 's/^  \(\. tests.*\)/\1/p; s/^and take it down with: *//p' "$work/out" >"$work/down"
check 'KEEP=1: what it prints takes it down' bash "$work/down"
check 'KEEP=1: and then nothing is left' nothing_new
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
