# splitfwd between echo servers and a scripted watcher, in a network and pid namespace of its own: whatever happens here,
# the kernel ends it with the script. Source it first thing, as root. SPLITFWD=PROGRAM tests another build; KEEP_LOGS=1
# keeps the directory.
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
if [ -z "${SPLITFWD_E2E:-}" ]; then
  exec env SPLITFWD_E2E=1 unshare --net --pid --fork --mount-proc --kill-child "$0" "$@"
fi

F=${SPLITFWD:-$root/splitfwd/splitfwd}
E=${SPLITFWD_ECHO:-$root/build/e2e/splitfwd_echo}
[ -x "$F" ] || { echo "build $F first" >&2; exit 1; }
D=$(mktemp -d "${TMPDIR:-/tmp}/splitfwd-XXXXXX") || exit 1
passed=0 failed=0
trap 'exit 130' INT
trap 'exit 143' TERM
trap finish EXIT
finish() {
  if [ "$failed" -gt 0 ] || [ -n "${KEEP_LOGS:-}" ]; then echo "logs are left in $D" >&2; else rm -rf "$D"; fi
}
if ! [ -x "$E" ]; then
  E=$D/echo
  "${CXX:-g++}" -std=c++11 -O1 -o "$E" "$here/splitfwd_echo.cc" || exit 1
fi

ok() { passed=$((passed + 1)); echo "ok - $1"; }
bad() { failed=$((failed + 1)); echo "NOT OK - $1: $2"; }
check() { if [ "$2" = "$3" ]; then ok "$1"; else bad "$1" "got '$2', want '$3'"; fi; }
# below NAME VALUE MAX: a time in ms.
below() { if [ "$2" -lt "$3" ]; then ok "$1 ($2 ms)"; else bad "$1" "$2 ms, want under $3"; fi; }
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
logged() { grep -q -- "$1" "$D/log"; }
count() { grep -c -- "$1" "$D/log"; }
state() { "$E" set "$D/state" "$1"; }
# seen STATE-TEXT LOG-TEXT: sets the watcher's lines, waits until splitfwd logged one more LOG-TEXT.
seen() { local n; n=$(count "$2"); state "$1"; waituntil 5 more "$2" "$n" || bad 'the watcher is heard' "$1"; }
more() { [ "$(count "$1")" -gt "$2" ]; }
# the pid by the pid file
pid() { cat "$D/run/f.pid" 2>/dev/null; }
worker() { pgrep -P "$(pid)" -f -- "-c $D/f.ini"; }
no_watcher() { ! pgrep -f "$E watch $D/state" >/dev/null; }
watcher() { pgrep -f "$E watch $D/state"; }
at_read() { "$E" ask 127.0.0.1:3307 "$1"; }
at_write() { "$E" ask 127.0.0.1:3308 "$1"; }
# server NAME [MODE] / server_gone NAME
server() {
  "$E" serve "127.0.0.$1:3306" "$1" "${2:-}" >>"$D/$1.log" 2>&1 &
  eval "server_$1=$!"
  waituntil 5 listens "$1"
}
listens() { ss -Hltn "src 127.0.0.$1:3306" | grep -q .; }
server_gone() { eval "kill -9 \$server_$1; wait \$server_$1 2>/dev/null"; waituntil 5 not listens "$1"; }
not() { ! "$@"; }
# csv_at LISTENER SVNAME COLUMN...: those values out of the CSV of 'show stat' on stdin.
csv_at() {
  awk -F, -v px="$1" -v sv="$2" -v want="${*:3}" '
    /^# / { for (i = 1; i <= NF; i++) at[$i] = i; at["pxname"] = 1 }
    $1 == px && $2 == sv { n = split(want, w, " "); for (i = 1; i <= n; i++) printf "%s%s", $at[w[i]], i < n ? " " : "\n" }'
}
BOTH='126 up role=primary;127 up role=replica sql=yes'
SWAP='126 up role=replica sql=yes;127 up role=primary'

ip link set lo up
config() {
  cat <<-CONF
	[splitfwd]
	pidfile = $D/run/$1.pid
	maxconn = 200
	workers = 2
	check-exec = $E watch $D/state
	log = $D/log.sock
	[server 126]
	address = 127.0.0.126:3306
	maxconn = 30
	[server 127]
	address = 127.0.0.127:3306
	[listen read]
	bind = *:3307
	servers = 126 127
	[listen write]
	bind = *:3308
	servers = 126 127
	send-to = primary
	[listen quick]
	bind = *:3309
	servers = 126 127
	send-to = primary
	timeout-connect = 300ms
	timeout-client = 400ms
	[listen few]
	bind = *:3310
	servers = 126 127
	maxconn = 2
	CONF
}
config f >"$D/f.ini"
config other >"$D/other.ini"
server 126
server 127
state "$BOTH"

# fwd_done: the line that counts, last.
fwd_done() { echo "$passed passed, $failed failed"; [ "$failed" -eq 0 ]; }
