#!/bin/bash
# splitfwd against echo servers and a scripted watcher: see splitfwd.sh.
set -u
. "$(dirname "$0")/splitfwd.sh"

# ---- the file and the verbs -------------------------------------------------------------------------------------------
"$F" -t -c "$D/f.ini" >"$D/t1" && "$F" -t -c "$D/t1" | cmp -s - "$D/t1"
check '-t prints what reads back the same' $? 0
printf 'admin:x\n' >"$D/sample.auth" && chmod 600 "$D/sample.auth"
sed "s|/etc/tandem/splitfwd.auth|$D/sample.auth|; s|/var/lib/tandem|$D|" "$root/etc/splitfwd.ini" >"$D/sample.ini"
check 'the sample is right' "$("$F" -t -c "$D/sample.ini" >/dev/null; echo $?)" 0
check 'so are the lines of it that begin with #' "$(sed 's/^# \([a-z-]* = \|\[\)/\1/' "$D/sample.ini" >"$D/sample2.ini"
  "$F" -t -c "$D/sample2.ini" >/dev/null; echo $?)" 0
sed 's/send-to/sendto/' "$D/f.ini" >"$D/bad.ini"
check 'a mistake is named with its line' "$("$F" -c "$D/bad.ini" start 2>&1; echo $?)" \
  "splitfwd: $D/bad.ini:18: unknown key 'sendto' in [listen]
6"
check 'maxconn that does not fit is refused' "$(ulimit -n 300; sed 's/maxconn = 200/maxconn = 1000/' "$D/f.ini" >"$D/big.ini"
  chmod 755 "$D"; setpriv --reuid 65534 --clear-groups "$F" -F -c "$D/big.ini" 2>&1; echo $?)" \
  "splitfwd: $D/big.ini:3: maxconn = 1000 needs 2303 open files, the limit is 300
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
echo precious >"$D/file"
sed "s|^pidfile.*|&\nsocket = $D/file|" "$D/f.ini" >"$D/file.ini"
check 'what is no socket is not made one' "$("$F" -c "$D/file.ini" start 2>&1; echo $? "$(cat "$D/file")")" \
  "splitfwd: socket: $D/file: is there, and no socket
1 precious"
timed "$F" -c "$D/f.ini" start
check 'start says nothing and succeeds' "$OUT $CODE" ' 0'
below 'start returns when the ports are bound' "$TOOK" 100
first=$(pid)
check 'status' "$("$F" -c "$D/f.ini" status >"$D/st"; echo $?; head -n 4 "$D/st")" "0
splitfwd: running, pid $first
read 0.0.0.0:3307: open, 0 of 600 sessions, 0 waiting
  126 127.0.0.126:3306: UP, primary, weight 1, 0 sessions
  127 127.0.0.127:3306: UP, replica, weight 1, 0 sessions"
check 'a second start is none' "$("$F" -c "$D/f.ini" start 2>&1; echo $? "$(pid)")" \
  "splitfwd: already running, pid $first
0 $first"
check 'a second daemon is refused' "$(timeout 5 "$F" -F -c "$D/f.ini" 2>&1 | sed 's/^[0-9:.]* //')" \
  "splitfwd: already running, pid $first ($D/run/f.pid)"
check 'a port in use' "$("$F" -c "$D/other.ini" start 2>&1 | sed 's/by pid [0-9][0-9]*$/by pid N/'; echo "${PIPESTATUS[0]}")" \
  'splitfwd: listen read: bind 0.0.0.0:3307: Address already in use by pid N
1'
check 'nothing is left of that' "$(ls "$D/run"; pgrep -fc "$E watch $D/state")" 'f.pid
f.sock
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
timed at_read 4
check 'a refused connect goes to the next' "$OUT" '126 126 126 126'
below 'at once' "$TOOK" 500
waituntil 2 logged ' read/126 .*/+1 '
check 'and is logged as HAProxy does' $? 0
server 127 slam
check 'so does one that is closed without a word' "$(at_read 3)" '126 126 126'
server_gone 127
server 127
check 'alternating again' "$(at_read 4 | tr ' ' '\n' | sort | uniq -c | tr -s ' \n' ' ')" ' 2 126 2 127 '

check 'the answer after a half-close arrives' "$("$E" halfclose 127.0.0.1:3308)" '126 abc bye '
waituntil 2 logged ' write/126 .* 12 -- .* 4$'
check 'and ends in order' $? 0
exec 5<>/dev/tcp/127.0.0.1/3307
waituntil 2 eval 'ss -Htn "dport = 3307" | awk "\$2 != 4 {exit 1}"'
exec 5>&- # unread bytes: a reset
waituntil 2 logged ' read/12[67] .* CD '
check 'a client that breaks off is CD' $? 0
exec 5<>/dev/tcp/127.0.0.1/3308 && read -r -t 5 line <&5
peers=$(pgrep -P "$server_126")
kill -STOP $peers
waituntil 2 eval '! ps -o s= -p "$peers" | grep -q "[^T]"'
echo x >&5
waituntil 2 eval 'ss -Htn "src 127.0.0.126:3306" | grep -q " 2 "'
kill -9 $peers
waituntil 2 logged ' write/126 .* SD '
check 'a server that does is SD' "$? $(timeout 2 cat <&5 2>&1 | sed 's/.*: //')" '0 Connection reset by peer'
exec 5>&-
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
rm -f "$D/state.usr1"
refused=$("$E" refused 127.0.0.1:3309)
check 'two primaries: an error packet' "${refused%$'\n'*}" \
  '26.00.00.00.ff.10.04.#08004splitfwd: no server available'
below 'when timeout-connect is over' "${refused##*$'\n'}" 500
check 'and not before' "$((${refused##*$'\n'} >= 300))" 1
waituntil 2 logged ' quick quick/<NOSRV> .* sQ '
check 'with sQ in the log' $? 0
check 'and the watcher was asked for a primary, often' "$(($(wc -l <"$D/state.usr1") >= 5))" 1
exec 5<>/dev/tcp/127.0.0.1/3308 5>&-
waituntil 2 logged ' write/<NOSRV> .* CQ '
check 'who leaves while he waits is CQ' $? 0
check 'loudly, once' "$(count 'Listener write: 2 servers say')" 1
if command -v mariadb >/dev/null; then
  check 'a real client shows why' \
    "$(timeout 5 mariadb --no-defaults --skip-ssl -h127.0.0.1 -P3309 -uu -e 'select 1' 2>&1)" \
    'ERROR 1040 (08004): splitfwd: no server available'
fi
check 'which is all' "$(count 'proxy write has no server')" 0
seen "$BOTH" 'Listener write has its primary'
check 'one primary again' "$(at_write 2)" '126 126'
order() { echo "$1" | timeout 5 socat -t 5 - "UNIX-CONNECT:$D/run/f.sock" >/dev/null; }
order 'disable server write/126'
waituntil 2 logged 'proxy write has no server available!'
check 'one that is in maintenance is none' $? 0
order 'enable server write/126'

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
rm -f "$D/state.usr1"
kill -USR1 "$(pid)"
waituntil 2 test -s "$D/state.usr1"
check 'SIGUSR1 reaches the watcher, and else nobody asks' "$? $(wc -l <"$D/state.usr1")" '0 1'

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
exec 5<>/dev/tcp/127.0.0.1/3308
waituntil 2 eval 'ss -Htn state syn-sent "dst 127.0.0.126" | grep -q .'
exec 5>&-
waituntil 2 logged ' write/126 .* CC '
check 'who leaves while we connect is CC' $? 0
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

server_gone 126

# ---- the whole file: a daemon without rights ----------------------------------------------------------------------------
# Servers e: by watcher and TCP; t, d: by TCP; w, x: by watcher alone (nobody listens at x).
mkdir -m 755 "$D/root"
chmod 755 "$D"
printf '# who may look\nadmin:geheim\n' >"$D/auth" && chmod 600 "$D/auth"
cat >"$D/full.ini" <<CONF
[splitfwd]
pidfile = $D/run/full.pid
maxconn = 5
check-exec = $E watch $D/state
log = 127.0.0.1:5514
log-facility = local2
dontlognull = yes
user = nobody
group = daemon
chroot = $D/root
[server e]
address = 127.0.0.126:3306
source = 127.0.0.1
maxconn = 1
check = exec tcp
inter = 40ms
fall = 1
rise = 1
[server t]
address = 127.0.0.131:3306
check = tcp
inter = 1500ms
fastinter = 60ms
downinter = 60ms
rise = 5
fall = 5
[server d]
address = 127.0.0.132:3306
check = tcp
inter = 5s
timeout-check = 150ms
[server w]
address = 127.0.0.127:3306
check = exec
[server x]
address = 127.0.0.133:3306
check = exec
[server m]
address = 127.0.0.134:3306
check = tcp
rise = 1
inter = 1h
[listen one]
bind = *:3321
servers = e
timeout-queue = 5s
[listen two]
bind = *:3322
servers = e
timeout-queue = 250ms
timeout-connect = 5s
[listen three]
bind = *:3330
servers = e
timeout-queue = 5s
[listen fin]
bind = *:3323
servers = t
balance = roundrobin
max-lag = 10s
timeout-client-fin = 150ms
[listen srvfin]
bind = *:3324
servers = t
timeout-server-fin = 150ms
[listen idle]
bind = *:3325
servers = w
timeout-client = 5s
timeout-server = 150ms
[listen again]
bind = *:3326
servers = x
retries = 2
timeout-connect = 60ms
[listen same]
bind = *:3327
servers = x w
redispatch = no
retries = 1
timeout-connect = 100ms
[listen once]
bind = *:3328
servers = x
retries = 0
[listen w]
bind = *:3329
servers = w
allow = 127.0.0.0/8
deny = 127.0.0.66
[listen dead]
bind = *:3331
servers = d
[stats]
bind = 127.0.0.1:8888
uri = /look?here
auth = $D/auth
refresh = 7s
allow = 127.0.0.0/8
deny = 127.0.0.66
[server dx]
address = 127.0.0.132:3306
check = exec
[server k]
address = 127.0.0.136:3306
check = tcp
inter = 1h
[listen deaf]
bind = *:3332
servers = dx w
redispatch = no
retries = 1
timeout-connect = 1100ms
[listen last]
bind = *:3333
servers = dx w
retries = 0
timeout-connect = 1300ms
[listen pause]
bind = *:3334
servers = x
retries = 1
[listen other]
bind = *:3335
servers = x w
balance = first
[listen even]
bind = *:3336
servers = k
timeout-client = 300ms
timeout-server = 300ms
[listen short]
bind = *:3337
servers = t
timeout-client = 150ms
CONF
FULL='e up role=primary;w up role=replica lag=42;x up role=replica;dx up role=replica'
# logs TEXT: the daemon's log has it. flog TEXT: how many.
logs() { grep -q -- "$1" "$D/syslog"; }
flog() { grep -c -- "$1" "$D/syslog"; }
fseen() { local n; n=$(flog "$2"); state "$1"; waituntil 5 fmore "$2" "$n" || bad 'the watcher is heard' "$1"; }
fmore() { [ "$(flog "$1")" -gt "$2" ]; }
fpid() { cat "$D/run/full.pid" 2>/dev/null; }
fworker() { pgrep -P "$(fpid)" -f -- "-c $D/full.ini"; }
page() { "$E" http 127.0.0.1:8888 "${2:-GET} $1 HTTP/1.1\\r\\n${3:-Authorization: Basic YWRtaW46Z2VoZWlt\\r\\n}\\r\\n"; }
# shows WANT LISTENER SVNAME COLUMN...
stat() { page '/look?here;csv' | csv_at "$@"; }
shows() { [ "$(stat "${@:2}")" = "$1" ]; }
# since: ms since T0
since() { REPLY=$(((${EPOCHREALTIME/./} - T0) / 1000)); }
# between NAME VALUE MIN MAX
between() { if [ "$2" -ge "$3" ] && [ "$2" -lt "$4" ]; then ok "$1 ($2 ms)"; else bad "$1" "$2 ms, want $3 to $4"; fi; }
full() { "$F" -c "$D/full.ini" "$1" 2>&1; echo $?; }

# what is wrong is said before anything is touched
wrong() { # NAME SED-SCRIPT WANT
  sed "$2" "$D/full.ini" >"$D/wrong.ini"
  check "$1" "$("$F" -c "$D/wrong.ini" start 2>&1; echo $? "$(fpid)")" "splitfwd: $3
6 "
}
wrong 'no such user' 's/^user.*/user = nobodyatall/' \
  "$D/wrong.ini:8: user: there is no 'nobodyatall' in /etc/passwd"
wrong 'no such group' 's/^group.*/group = nogroupatall/' \
  "$D/wrong.ini:9: group: there is no 'nogroupatall' in /etc/group"
wrong 'a user by number needs a group' 's/^user.*/user = 64999/; /^group/d' \
  "$D/wrong.ini:8: user: 64999 is not in /etc/passwd: 'group' is needed"
wrong 'no such chroot' 's|^chroot.*|&x|' "$D/wrong.ini:10: chroot: $D/rootx: No such file or directory"
chmod 644 "$D/auth"
wrong 'a password that others can read' '' \
  "$D/wrong.ini:97: auth: $D/auth: group or others can use this file (mode 0644); chmod 600 it"
chmod 600 "$D/auth"
printf 'admin\n' >"$D/auth2" && chmod 600 "$D/auth2"
wrong 'a password file without a password' "s|$D/auth|&2|" "$D/auth2:1: not USER:PASSWORD, or the sample's REPLACE-ME"

state "$FULL"
server_at() { "$E" serve "127.0.0.$1:3306" "$2" "${3:-}" >>"$D/$2.log" 2>&1 & eval "server_$1=$!"; }
server_at 131 t stuck
server_at 132 d deaf
server_at 136 k sink
server 126
waituntil 5 listens 131 && waituntil 5 listens 136
waituntil 5 grep -q deaf "$D/d.log"
"$E" syslog 127.0.0.1:5514 >"$D/syslog" &
receiver=$!
waituntil 5 eval 'ss -Hlun "src 127.0.0.1:5514" | grep -q .'
T0=${EPOCHREALTIME/./}
timed setpriv --groups 4,6 "$F" -c "$D/full.ini" start
check 'a daemon without rights starts' "$OUT $CODE" ' 0'
below 'as quickly' "$TOOK" 100
waituntil 5 logs 'Server w is UP' && waituntil 5 logs 'Server d is DOWN'
since; below 'the first check sets the state' "$REPLY" 600
check 'timeout-check limits a check' "$(grep -o 'Server d is DOWN, reason: TCP check: L4TOUT after 1[5-9]. ms' "$D/syslog" | wc -l)" 1
check 'each that is down has a reason' "$(flog 'reason: \.')" 0
check 'a server that only TCP checks is up' "$(flog 'Server t is UP, role: not said')" 1
status=$(cat "/proc/$(fworker)/status")
line() { sed -n "s/^$1:[[:space:]]*//p" <<<"$status" | tr -s '\t ' ' '; }
nobody=$(id -u nobody)
check 'the worker is nobody' "$(line Uid)" "$nobody $nobody $nobody $nobody"
check 'for good' "$(line NoNewPrivs)" 1
daemon=$(getent group daemon | cut -d: -f3)
check 'in one group' "$(line Gid);$(line Groups)" "$daemon $daemon $daemon $daemon;"
check 'without capabilities' "$(line CapEff) $(line CapPrm)" '0000000000000000 0000000000000000'
check 'inside the directory' "$(readlink "/proc/$(fworker)/root") $(readlink "/proc/$(fworker)/cwd")" "$D/root $D/root"
check 'with no file but /dev/null and the run queue' "$(ls -l "/proc/$(fworker)/fd" | grep -oE '> (/.*|socket|pipe)' | sort -u | tr '\n' ' ')" \
  '> /dev/null > /proc/loadavg > pipe > socket '
check 'the parent is who started it' "$(sed -n 's/^Uid:[[:space:]]*//p' "/proc/$(fpid)/status" | tr '\t' ' ')" '0 0 0 0'
"$E" crowd 127.0.0.1:8888 20 >"$D/crowd" &
crowd=$!
waituntil 5 grep -q there "$D/crowd"

check 'a session is logged by syslog to local2' "$("$E" ask 127.0.0.1:3329 1; waituntil 2 logs '^<150>.*: 127.0.0.1:.* w w/w ' && echo logged)" \
  '127
logged'
server_gone 127
server 127 mute
exec 5<>/dev/tcp/127.0.0.1/3329
waituntil 2 shows 'OPEN 1' w FRONTEND status scur
exec 5>&-
waituntil 2 shows 'OPEN 0' w FRONTEND status scur
check 'one without a byte is not' "$(flog ' w w/w ')" 1
server_gone 127
server 127
kill "$receiver" && wait "$receiver" 2>/dev/null
"$E" ask 127.0.0.1:3329 1 >/dev/null
"$E" syslog 127.0.0.1:5514 >>"$D/syslog" &
waituntil 5 eval 'ss -Hlun "src 127.0.0.1:5514" | grep -q .'
n=$(flog ' w w/w ')
waituntil 5 eval '"$E" ask 127.0.0.1:3329 1 && fmore " w w/w " '"$n"
check 'the log goes on when its receiver was away' $? 0

# ---- checks by TCP ------------------------------------------------------------------------------------------------------
server_at 134 m mute
waituntil 5 listens 134
server_gone 131
T0=${EPOCHREALTIME/./}
kill -USR1 "$(fpid)"
waituntil 5 logs 'Server t is DOWN, reason: TCP check: L4CON Connection refused'
since; between 'fall failures, fastinter apart, are down' "$REPLY" 230 1400
waituntil 3 logs 'Server m is UP'
check 'SIGUSR1 begins checks at once' $? 0
n=$(flog 'Server t is UP')
server_at 131 t stuck
T0=${EPOCHREALTIME/./}
waituntil 5 fmore 'Server t is UP' "$n"
since; between 'downinter to the first success, rise of them are up' "$REPLY" 230 1400
server_gone 126
waituntil 5 logs 'Server e is DOWN, reason: TCP check: L4CON Connection refused'
check 'the watcher says up, TCP does not: down' $? 0
n=$(flog 'Server e is UP, role: primary')
server 126
waituntil 5 fmore 'Server e is UP, role: primary' "$n"
check 'both: up, with its role' $? 0
fseen 'e down fault=gone;w up;x up' 'Server e is DOWN, reason: gone'
check 'TCP says up, the watcher does not: down' "$(stat one e status check_status)" 'DOWN PROCERR'
n=$(flog 'Server e is UP, role: primary')
fseen "$FULL" 'Server e is UP, role: primary'
: >"$D/126.log"
sleep 0.5 # a span to count checks in
between 'inter is the pause between two' "$(grep -c 'got 0' "$D/126.log")" 6 14

# ---- retries, queue, times ----------------------------------------------------------------------------------------------
# refusal PORT: text into OUT, ms into TOOK
for port in 3332 3333 3334; do "$E" refused "127.0.0.1:$port" >"$D/$port" & eval "at_$port=$!"; done # they take their time
refusal() { OUT=$("$E" refused "127.0.0.1:$1"); TOOK=${OUT##*$'\n'}; OUT=${OUT%$'\n'*}; OUT=${OUT#*#08004}; }
refusal 3326
check 'no server answers: an error packet' "$OUT" 'splitfwd: no server answers'
between 'after retries with pauses' "$TOOK" 120 400
waituntil 2 logs ' again again/x .* SC .*/2 '
check 'with SC and the retries in the log' $? 0
check 'counted as HAProxy does' "$(stat again x wretr wredis econ)" '2 0 3'
check 'refused: the other one' "$("$E" ask 127.0.0.1:3335 1)" 127
check 'counted where it was refused' "$(stat other x wretr wredis econ) $(stat other w wretr wredis)" '0 1 1 0 0'
wait "$at_3333" "$at_3334"
check 'no answer, no retries: an error packet' "$(sed 's/.*#08004//; q' "$D/3333")" 'splitfwd: no server answers'
between 'after timeout-connect' "$(tail -n 1 "$D/3333")" 1290 3000
waituntil 2 logs ' last last/dx .* sC .*/0 '
check 'with sC in the log' $? 0
between 'a second before the same server' "$(tail -n 1 "$D/3334")" 990 2500
refusal 3328
below 'retries = 0: at once' "$TOOK" 50
check 'redispatch = no: the same server again, and the next session the next' \
  "$("$E" ask 127.0.0.1:3327 2)" 'EOF 127'
exec 5<>/dev/tcp/127.0.0.1/3321 && read -r -t 5 line <&5
check 'a server that is full for one listener is not for another' "$("$E" ask 127.0.0.1:3330 1)" 126
exec 6<>/dev/tcp/127.0.0.1/3321
waituntil 2 shows '2 1' one BACKEND scur qcur
exec 7<>/dev/tcp/127.0.0.1/3321
waituntil 2 shows '3 2' one BACKEND scur qcur
check 'two wait for room at the server' $? 0
exec 5>&-
read -r -t 5 line <&6
check 'the oldest gets it' "$? $(stat one BACKEND scur qcur)" '0 2 1'
exec 6>&-
read -r -t 5 line <&7
check 'and then the next' "$? $(stat one BACKEND qcur)" '0 0'
exec 7>&-
exec 5<>/dev/tcp/127.0.0.1/3322 && read -r -t 5 line <&5
refusal 3322
check 'no room in time: an error packet' "$OUT" 'splitfwd: queue timeout, the servers have too many connections'
between 'when timeout-queue is over' "$TOOK" 250 900
exec 5>&-
waituntil 2 logs ' two two/<NOSRV> .* sQ '
check 'with sQ in the log' $? 0
wait "$at_3332"
check 'redispatch = no: no other server when one does not answer' "$(sed 's/.*#08004//; q' "$D/3332")" 'splitfwd: no server answers'
between 'timeout-connect for each attempt' "$(tail -n 1 "$D/3332")" 3190 5500
waituntil 2 logs ' deaf deaf/dx .* sC .*/1 '
check 'with sC and the retry in the log' $? 0
refusal 3325
between 'timeout-server ends a session' "$TOOK" 150 900
waituntil 2 logs ' idle idle/w .* sD '
check 'with sD in the log' $? 0
check 'who speaks lives on, unanswered' "$("$E" say 127.0.0.1:3336 'a|a|a|a|a|a|a|a' | tail -n 1)" 'k0a.bye0a.'
"$E" refused 127.0.0.1:3336 >/dev/null
waituntil 2 logs ' even even/k .* cD '
check 'both sides idle: cD' $? 0
for l in 3323:fin:cD 3324:srvfin:sD 3337:short:cD; do
  name=${l#*:} name=${name%:*}
  timed "$E" halfclose "127.0.0.1:${l%%:*}"
  between "timeout-${l: -2:1} of a half-closed session" "$TOOK" 150 900
  waituntil 2 logs " $name $name/t .* ${l: -2} "
  check "with ${l: -2} in the log" $? 0
done
check 'a full process lets them wait in the kernel' "$("$E" hold 127.0.0.1:3329 7 150)" '5 6'

# ---- the statistics page ------------------------------------------------------------------------------------------------
first_line() { head -n 1 | tr -d '\r'; }
check 'denied: no page' "$("$E" http 127.0.0.1:8888 'GET / HTTP/1.1\r\n\r\n' 127.0.0.66:0 | first_line)" 'HTTP/1.1 403 Forbidden'
check 'no password: no page' "$(page '/look?here' GET 'X: y\r\n' | first_line)" 'HTTP/1.1 401 Unauthorized'
check 'a wrong one: no page' "$(page '/look?here' GET 'Authorization: Basic eDp5\r\n' | grep -cE '^HTTP/1.1 401|<table')" 1
check 'another place: nothing' "$(page '/haproxyadmin?stats' | first_line)" 'HTTP/1.1 404 Not Found'
check 'another method: nothing' "$(page '/look?here' POST | first_line)" 'HTTP/1.1 405 Method Not Allowed'
check 'nonsense: nothing' "$("$E" http 127.0.0.1:8888 'hello\n\n' | first_line)" 'HTTP/1.1 400 Bad Request'
page '/look?here' >"$D/page"
check 'the page' "$(first_line <"$D/page")" 'HTTP/1.1 200 OK'
check 'of its length' "$(sed '1,/^\r$/d' "$D/page" | head -c -1 | wc -c)" \
  "$(sed -n 's/^Content-Length: \([0-9]*\)\r/\1/p' "$D/page")"
check 'role, lag, check and state as a word' \
  "$(grep -o '<tr class=up>.*>w</td>.*</tr>' "$D/page" | head -n 1 | sed 's/<[^>]*>/ /g' | awk '{print $2, $3, $4, $6}')" \
  'UP replica 42 PROCOK'
check 'a server that is down' "$(stat dead d status check_status check_desc)" 'DOWN L4TOUT Layer4 timeout'
check 'a listener without a server says so' "$(state 'e up role=primary;w up role=replica;x down'
  waituntil 2 shows 'DOWN 0' again BACKEND status act && echo so; state "$FULL")" so
check 'in the log, too' "$(flog '<147>.*: proxy again has no server available!') $(flog 'proxy other has no server')" '1 0'
check 'no version' "$(grep -c "$("$F" -V | awk '{print $2}')" "$D/page")" 0
check 'it reloads itself' "$(grep -c 'http-equiv=refresh content=7>' "$D/page")" 1
check 'unless it should not' "$(page '/look?here;norefresh' | grep -c 'http-equiv')" 0
wait "$crowd"
between 'slow clients are ended, and kept nobody from the page' "$(tail -n 1 "$D/crowd")" 4900 6000

# ---- the end of one is the end of the other -----------------------------------------------------------------------------
exec 5<>/dev/tcp/127.0.0.1/3329 && read -r -t 5 line <&5
old=$(fworker)
kill -9 "$(fpid)"
waituntil 2 not kill -0 "$old"
check 'the parent is killed: the worker ends' $? 0
check 'its sessions are reset' "$(timeout 2 cat <&5 2>&1 | sed 's/.*: //')" 'Connection reset by peer'
exec 5>&-
waituntil 2 no_watcher
check 'so does the watcher' $? 0
check 'it starts again' "$(full start)" 0
old=$(fpid) dead=$(fworker)
kill -9 "$dead"
waituntil 2 logs 'the worker is started again'
check 'the worker is killed: the parent starts another' "$? $(fpid) $([ "$(fworker)" != "$dead" ] && echo other)" "0 $old other"
check 'and says so' "$(logs 'the worker ended: signal 9; again in 100 ms'; echo $?)" 0
check 'and it serves' "$("$E" ask 127.0.0.1:3321 1 | wc -w)" 1
kill -STOP "$(fworker)"
timed "$F" -c "$D/full.ini" stop
check 'a worker that hangs is killed' "$CODE $(ss -Hltn 'sport = 3321')" '0 '
below 'in a second' "$TOOK" 1500

D2=$(mktemp -d) && chown nobody "$D2"
sed "s|$D/run|$D2|; s|$D/auth|$D2/auth|; /^chroot/d; /^check-exec/s|$E|$D2/echo|" "$D/full.ini" >"$D2/f.ini"
cp "$D/auth" "$D2/auth" && chown nobody "$D2/auth"
cp "$E" "$D2/echo"  # nobody may not reach a clone below /root
check 'without the right to change user it does not start' \
  "$(setpriv --reuid nobody --clear-groups "$F" -c "$D2/f.ini" start 2>&1; echo $? "$(ls "$D2" | grep pid)")" \
  'splitfwd: setgroups: Operation not permitted
4 '
rm -rf "$D2"

# ---- every key is documented, and tried ----------------------------------------------------------------------------------
# keys FILE: "section key" of an ini file, commented-out samples included
keys() { sed -n 's/^\(# \)\{0,1\}\[\([a-z]*\).*/[\2]/p; s/^\(# \)\{0,1\}\([a-z-]*\) = .*/\2/p' "$@" | awk '/^\[/ {s=$0; next} {print s, $0}' | sort -u; }
documented() { sed -n 's/^\.Ss \(\[[a-z]*\).*/\1]/p; s/^\.It Ic \([a-z-]*\) No =.*/\1/p' "$root/man/splitfwd.ini.5" | awk '/^\[/ {s=$0; next} {print s, $0}' | sort -u; }
"$F" -t -c "$D/full.ini" >"$D/effective"
check 'each key that the program knows is documented, and the other way' "$(documented)" "$(keys "$D/effective")"
# tried: keys that the tests give a value; to print one back, or to refuse it, is no trial
tried() {
  { cat "$root"/tests/e2e/splitfwd*.sh; sed '/^static void what_is_not_the_default/,/^}/d' "$root/tests/unit/splitfwd_config_test.cc"; } |
    sed '/expect_error/d; s/\\n/ /g' | grep -oE '[a-z-]+ = ' | sed 's/ = //' | sort -u
}
check 'each documented key is in a test' "$(comm -23 <(documented | cut -d' ' -f2 | sort -u) <(tried))" ''
check 'each key of the sample is documented' "$(comm -13 <(documented) <(keys "$root/etc/splitfwd.ini"))" ''

fwd_done
