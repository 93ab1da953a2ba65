#!/bin/bash
# splitfwd against echo servers and a scripted watcher, in a network and pid namespace of its own: whatever happens here,
# the kernel ends it with the script. Run as root. SPLITFWD=PROGRAM tests another build; KEEP_LOGS=1 keeps the directory.
set -u
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
worker() { pgrep -P "$(pid)" -x splitfwd; }
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
BOTH='126 up role=primary;127 up role=replica sql=yes'
SWAP='126 up role=replica sql=yes;127 up role=primary'

ip link set lo up
config() {
  cat <<-CONF
	[splitfwd]
	pidfile = $D/run/$1.pid
	maxconn = 200
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

# ---- the file and the verbs -------------------------------------------------------------------------------------------
"$F" -t -c "$D/f.ini" >"$D/t1" && "$F" -t -c "$D/t1" | cmp -s - "$D/t1"
check '-t prints what reads back the same' $? 0
check 'the sample is right' "$("$F" -t -c "$root/etc/splitfwd.ini" >/dev/null; echo $?)" 0
sed 's/send-to/sendto/' "$D/f.ini" >"$D/bad.ini"
check 'a mistake is named with its line' "$("$F" -c "$D/bad.ini" start 2>&1; echo $?)" \
  "splitfwd: $D/bad.ini:17: unknown key 'sendto' in [listen]
6"
check 'maxconn that does not fit is refused' "$(ulimit -n 300; sed 's/maxconn = 200/maxconn = 1000/' "$D/f.ini" >"$D/big.ini"
  chmod 755 "$D"; setpriv --reuid 65534 --clear-groups "$F" -F -c "$D/big.ini" 2>&1; echo $?)" \
  "splitfwd: $D/big.ini:3: maxconn = 1000 needs 2038 open files, the limit is 300
6"
check 'no verb is a usage error' "$("$F" 2>/dev/null; echo $?)" 2
check 'status before the start' "$("$F" -c "$D/f.ini" status; echo $?)" 'splitfwd: stopped
3'
check 'stop of what does not run' "$("$F" -c "$D/f.ini" stop 2>&1; echo $?)" 'splitfwd: not running
0'
# timed CMD...: ms into TOOK, exit code into CODE, output into OUT
timed() {
  local t0=${EPOCHREALTIME/./}
  OUT=$("$@" 2>&1); CODE=$?
  TOOK=$(((${EPOCHREALTIME/./} - t0) / 1000))
}
timed "$F" -c "$D/f.ini" start
check 'start says nothing and succeeds' "$OUT $CODE" ' 0'
below 'start returns when the ports are bound' "$TOOK" 100
first=$(pid)
check 'status' "$("$F" -c "$D/f.ini" status; echo $?)" "splitfwd: running, pid $first
0"
check 'a second start is none' "$("$F" -c "$D/f.ini" start 2>&1; echo $? "$(pid)")" \
  "splitfwd: already running, pid $first
0 $first"
check 'a second daemon is refused' "$(timeout 5 "$F" -F -c "$D/f.ini" 2>&1 | sed 's/^[0-9:.]* //')" \
  "splitfwd: already running, pid $first ($D/run/f.pid)"
check 'a port in use' "$("$F" -c "$D/other.ini" start 2>&1; echo $?)" \
  'splitfwd: listen read: bind 0.0.0.0:3307: Address already in use
1'
check 'nothing is left of that' "$(ls "$D/run"; pgrep -fc "$E watch $D/state")" 'f.pid
1'
check 'it serves as a daemon' "$(at_read 2)" '126 127'
timed "$F" -c "$D/f.ini" stop
check 'stop' "$OUT $CODE" "splitfwd: stopped, pid $first 0"
below 'stop is quick' "$TOOK" 60
check 'stop leaves nothing' "$(ls "$D/run"; ss -Hltn 'sport = 3307'; watcher)" ''

"$F" -F -c "$D/f.ini" 2>"$D/log" &
waituntil 5 logged 'Server 127 is UP' || exit 1

# ---- reads and writes ---------------------------------------------------------------------------------------------------
check 'reads go round' "$(at_read 4)" '126 127 126 127'
check 'writes go to the primary' "$(at_write 4)" '126 126 126 126'
seen '126 up role=primary;127 up role=replica sql=no' 'not to be read from'
check 'broken replication is left out of reads' "$(at_read 3)" '126 126 126'
seen '126 down fault=gone;127 up role=replica sql=no' 'Server 126 is DOWN, reason: gone'
check 'but not when it is all there is' "$(at_read 2)" '127 127'
seen "$BOTH" 'Server 126 is UP'
waituntil 5 logged 'Server 127 is UP, role: replica. 2 of'

server_gone 127
check 'a refused connect goes to the next at once' "$(at_read 4)" '126 126 126 126'
waituntil 2 logged ' read/126 .*/+1 '
check 'and is logged as HAProxy does' $? 0
server 127 slam
check 'so does one that is closed without a word' "$(at_read 3)" '126 126 126'
server_gone 127
server 127
check 'alternating again' "$(at_read 4 | tr ' ' '\n' | sort | uniq -c | tr -s ' \n' ' ')" ' 2 126 2 127 '

check 'the answer after a half-close arrives' "$("$E" halfclose 127.0.0.1:3308)" '126 abc bye '
check '1 MB each way, exact' "$("$E" bulk 127.0.0.1:3307 1000000)" exact
server_gone 126
server 126 slow
check '1 MB each way, exact, slow at both ends' "$("$E" bulk 127.0.0.1:3308 1000000)" exact
server_gone 126
server 126

# ---- roles ------------------------------------------------------------------------------------------------------------
cut=$("$E" cut 127.0.0.1:3308 "$D/state" "$SWAP")
check 'a write session is reset when the role is lost' "${cut%$'\n'*}" '126 ping Connection reset by peer'
below 'at once' "${cut##*$'\n'}" 50
waituntil 2 logged 'Server 127 is UP, changed role, role: primary'
check 'the next one is at the new primary' "$(at_write 1)" 127
readers=$("$E" cut 127.0.0.1:3307 "$D/state" "$BOTH")
check 'a read session stays when the role changes' "${readers%$'\n'*}" "${readers%% *} ping Resource temporarily unavailable"
at_read 1 >"$D/at"   # the next read is at the other one
[ "$(<"$D/at")" = 127 ] || at_read 1 >"$D/at"
readers=$("$E" cut 127.0.0.1:3307 "$D/state" '126 down;127 up role=replica')
check 'a read session of a server that went down is reset' "${readers%$'\n'*}" '126 ping Connection reset by peer'
below 'at once, too' "${readers##*$'\n'}" 50
waituntil 2 logged ' read/126 .* DD '
check 'both with D in the log' "$? $(count ' write/126 .* DD ')" '0 1'

late=$("$E" late 127.0.0.1:3308 "$D/state" '126 down;127 up role=primary')
check 'a client waits for a primary, its bytes are kept' "${late%$'\n'*}" '127 early'
below 'and is served when it appears' "${late##*$'\n'}" 50

seen '126 up role=primary;127 up role=primary' '2 servers say that they are the primary'
refused=$("$E" refused 127.0.0.1:3309)
check 'two primaries: an error packet' "${refused%$'\n'*}" \
  '26.00.00.00.ff.10.04.#08004splitfwd: no server available'
below 'when timeout-connect is over' "${refused##*$'\n'}" 500
check 'and not before' "$((${refused##*$'\n'} >= 300))" 1
check 'loudly, once' "$(count 'Listener write: 2 servers say')" 1
if command -v mariadb >/dev/null; then
  check 'a real client shows why' \
    "$(timeout 5 mariadb --no-defaults --skip-ssl -h127.0.0.1 -P3309 -uu -e 'select 1' 2>&1)" \
    'ERROR 1040 (08004): splitfwd: no server available'
fi
seen "$BOTH" 'Listener write has its primary'
check 'one primary again' "$(at_write 2)" '126 126'

: >"$D/126.log"
check 'what was sent to an old primary while we slept is cut' \
  "$("$E" frozen 127.0.0.1:3308 "$(worker)" "$D/state" "$SWAP")" '126 Connection reset by peer'
waituntil 2 grep -q 'got 0 Connection reset' "$D/126.log"
check 'and never arrives there' "$? $(grep -c 'got [1-9]' "$D/126.log")" '0 0'
seen "$BOTH" 'Server 126 is UP, changed role, role: primary'

# ---- limits and times -----------------------------------------------------------------------------------------------------
check 'a full listener lets them wait in the kernel' "$("$E" hold 127.0.0.1:3310 4 150)" '2 3'
check 'a full server lets them wait here' "$("$E" hold 127.0.0.1:3308 33 150)" '30 31'
check 'an idle session ends' "$("$E" refused 127.0.0.1:3309 | sed -n 1p)" '31.32.36.0a.'
waituntil 2 logged ' quick/126 .* cD '
check 'with cD in the log' $? 0
kill -USR1 "$(pid)"
waituntil 2 test -s "$D/state.usr1"
check 'SIGUSR1 reaches the watcher' $? 0

# ---- the watcher --------------------------------------------------------------------------------------------------------
old=$(watcher)
cut=$("$E" cut 127.0.0.1:3307 "$D/state" die)
check 'the watcher dies: sessions are reset' "${cut%$'\n'*}" "${cut%% *} ping Connection reset by peer"
below 'at once, as well' "${cut##*$'\n'}" 50
seen "$BOTH" 'Server 127 is UP'
check 'it is started again, and all goes on' "$(at_write 1)" 126
[ "$(watcher)" != "$old" ]; check 'with another pid' $? 0
cut_at=$(count 'the watcher is silent')
state silent
waituntil 5 more 'the watcher is silent' "$cut_at"
check 'three seconds of silence are down' $? 0
waituntil 2 logged 'watcher .*: silent for 3 s'
check 'it is killed' $? 0
seen "$BOTH" 'Server 127 is UP'
check 'and a new watcher makes it up' "$(at_write 1)" 126

# ---- a server that does not answer at all ------------------------------------------------------------------------------
"$F" -c "$D/f.ini" stop 2>/dev/null
check 'a stop ends the one in the foreground' "$(pid) $(no_watcher; echo $?)" ' 0'
server_gone 126
server 126 deaf
waituntil 5 grep -q deaf "$D/126.log"
n=$(count 'Server 127 is UP')
"$F" -F -c "$D/f.ini" 2>>"$D/log" &
waituntil 5 more 'Server 127 is UP' "$n"
t0=${EPOCHREALTIME/./}
check 'no answer: another server' "$(at_read 1)" 127
took=$(((${EPOCHREALTIME/./} - t0) / 1000))
below 'after a second' "$took" 1200
check 'and not before' "$((took >= 1000))" 1
exec 5<>/dev/tcp/127.0.0.1/3307 && read -r -t 5 line <&5
check 'a session before the stop' "$line" 127
"$F" -c "$D/f.ini" stop 2>/dev/null
check 'is reset by it' "$(timeout 2 cat <&5 2>&1 | sed 's/.*: //')" 'Connection reset by peer'
exec 5>&-

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
