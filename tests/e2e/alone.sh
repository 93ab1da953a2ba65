# A test script in a network and pid namespace of its own: whatever happens in it, the kernel ends it with the script.
# Source it first thing, as root, after `set -u`; fwd_done comes last. SPLITFWD=PROGRAM tests another build; KEEP_LOGS=1
# keeps the directory $D.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$here/../..
if [ -z "${E2E_ALONE:-}" ]; then
  exec env E2E_ALONE=1 unshare --net --pid --fork --mount-proc --kill-child "$0" "$@"
fi

F=${SPLITFWD:-$root/splitfwd/splitfwd}
E=${SPLITFWD_ECHO:-$root/build/e2e/splitfwd_echo}
for p in "$F" "$E"; do [ -x "$p" ] || { echo "build $p first" >&2; exit 1; }; done
D=$(mktemp -d "${TMPDIR:-/tmp}/splitfwd-XXXXXX") || exit 1
passed=0 failed=0
trap 'exit 130' INT
trap 'exit 143' TERM
trap finish EXIT
finish() {
  if [ "$failed" -gt 0 ] || [ -n "${KEEP_LOGS:-}" ]; then echo "logs are left in $D" >&2; else rm -rf "$D"; fi
}
ok() { passed=$((passed + 1)); echo "ok - $1"; }
bad() { failed=$((failed + 1)); echo "NOT OK - $1: $2"; }
check() { if [ "$2" = "$3" ]; then ok "$1"; else bad "$1" "got '$2', want '$3'"; fi; }
# below NAME VALUE MAX: a time in ms. between NAME VALUE MIN MAX.
below() { if [ "$2" -lt "$3" ]; then ok "$1 ($2 ms)"; else bad "$1" "$2 ms, want under $3"; fi; }
between() { if [ "$2" -ge "$3" ] && [ "$2" -le "$4" ]; then ok "$1 ($2)"; else bad "$1" "$2, want $3 to $4"; fi; }
uptime_ms() { read -r REPLY _ </proc/uptime; REPLY=$((10#${REPLY/./} * 10)); }
# waituntil SECONDS CMD...
waituntil() {
  local deadline
  uptime_ms; deadline=$((REPLY + $1 * 1000)); shift
  until "$@" >/dev/null 2>&1; do
    uptime_ms; [ "$REPLY" -lt "$deadline" ] || { echo "waituntil: still not true: $*" >&2; return 1; }
    sleep 0.01
  done
}
not() { ! "$@"; }
logged() { grep -q -- "$1" "$D/log"; }
count() { grep -c -- "$1" "$D/log"; }
more() { [ "$(count "$1")" -gt "$2" ]; }
# seen STATE-TEXT LOG-TEXT: sets the watcher's lines, waits until splitfwd logged one more LOG-TEXT.
state() { "$E" set "$D/state" "$1"; }
seen() { local n; n=$(count "$2"); state "$1"; waituntil 10 more "$2" "$n" || bad 'the watcher is heard' "$1"; }
# fwd_done: the line that counts, last.
fwd_done() { echo "$passed passed, $failed failed"; [ "$failed" -eq 0 ]; }

ip link set lo up
