#!/bin/bash
# Who may come in, what a server is told of him, and how splitfwd ends: see splitfwd.sh.
set -u
. "$(dirname "$0")/splitfwd.sh"
ip addr add 10.9.9.9/32 dev lo

# Servers 126 and 127 by watcher; one has room for one.
printf 'admin:geheim\n' >"$D/auth" && chmod 600 "$D/auth"
cat >"$D/g.ini" <<CONF
[splitfwd]
pidfile = $D/run/f.pid
workers = 2
check-exec = $E watch $D/state
[server 126]
address = 127.0.0.126:3306
[server one]
address = 127.0.0.127:3306
maxconn = 1
[listen some]
bind = *:3311
servers = 126
allow = 127.0.0.0/8
deny = 127.0.0.66 127.0.1.0/24
[listen short]
bind = *:3312
servers = one
maxqueue = 2
timeout-queue = 20s
[stats]
bind = 127.0.0.1:8888
auth = $D/auth
allow = 127.0.0.1
CONF
STATE='126 up role=primary;one up role=replica'
# run FILE: in the foreground, until the watcher is heard
run() {
  state "$STATE"
  : >"$D/log"
  "$F" -F -c "$1" 2>>"$D/log" &
  running=$!
  waituntil 5 logged 'Server one is UP' || { cat "$D/log" >&2; exit 1; }
}
ends() { kill "$running"; wait "$running" 2>/dev/null; }
# says PORT TEXT [FROM]: the answer; the client's port in PORT
says() { REPLY=$("$E" say "127.0.0.1:$1" "$2" "${3:-}"); PORT=${REPLY%%$'\n'*}; REPLY=${REPLY#*$'\n'}; }
# held N PORT: a session at PORT on descriptor N, that a server has greeted
held() { eval "exec $1<>/dev/tcp/127.0.0.1/$2" && read -r -t 5 REPLY <&"$1"; }
# there PORT N: so many clients, and all of them have been accepted
there() { [ "$(ss -Htn state established "sport = $1" | grep -c .)" = "$2" ] && ss -Hltn "sport = $1" | grep -q '^LISTEN *0 '; }

"$F" -t -c "$D/g.ini" >"$D/t1" && "$F" -t -c "$D/t1" | cmp -s - "$D/t1"
check '-t prints what reads back the same' $? 0
run "$D/g.ini"

# ---- allow and deny ---------------------------------------------------------------------------------------------------
DENIED='j04.#HY000splitfwd: this host is not allowed to connect'
says 3311 x 127.0.0.5:0
check 'who is allowed comes in' "$REPLY" '1260a.xbye0a.'
says 3311 x 127.0.0.66:0
check 'who is denied gets a MySQL error' "${REPLY#*ff.}" "$DENIED"
says 3311 '' 127.0.1.7:0
check 'so does one of a network that is' "${REPLY#*ff.}" "$DENIED"
REPLY=$("$E" say 10.9.9.9:3311 x | tail -n 1)
check 'and one who is in neither' "${REPLY#*ff.}" "$DENIED"
waituntil 2 logged '127.0.0.66:[0-9]* .* some some/<NOSRV> -1/-1/[0-9]* 0 PR '
check 'with PR in the log' $? 0
says 3312 x 127.0.0.66:0
check 'another listener lets him in' "$REPLY" '1270a.xbye0a.'
for i in 1 2 3 4 5 6 7 8 9 10; do says 3311 x 127.0.0.66:0; says 3311 x 127.0.0.66:0; says 3311 x 127.0.0.66:0; done
check 'he cannot fill the log' "$([ "$(count ' PR ')" -lt 25 ] && echo no)" no
check 'the page is for whom it may be' "$("$E" http 127.0.0.1:8888 'GET / HTTP/1.1\r\n\r\n' | head -n 1 | tr -d '\r')" \
  'HTTP/1.1 404 Not Found'
check 'not for others' "$("$E" http 127.0.0.1:8888 'GET / HTTP/1.1\r\n\r\n' 127.0.0.5:0 | head -n 1 | tr -d '\r')" \
  'HTTP/1.1 403 Forbidden'
waituntil 2 logged 'stats: 127.0.0.5:[0-9]* is not allowed'
check 'and the log says so' $? 0

# ---- the queue has a size -------------------------------------------------------------------------------------------------
held 5 3312
"$E" ask 127.0.0.1:3312 1 >"$D/q1" 5>&- &
q1=$!
waituntil 5 there 3312 2
"$E" ask 127.0.0.1:3312 1 >"$D/q2" 5>&- &
q2=$!
waituntil 5 there 3312 3
check 'two wait' $? 0
T0=${EPOCHREALTIME/./}
says 3312 x
check 'the third gets a MySQL error' "${REPLY#*#}" '08004splitfwd: queue full, the servers have too many connections'
below 'at once' "$(((${EPOCHREALTIME/./} - T0) / 1000))" 1000
waituntil 2 logged ' short short/<NOSRV> .* PQ '
check 'with PQ in the log' $? 0
exec 5>&-
wait "$q1" "$q2"
check 'the two are served' "$(cat "$D/q1" "$D/q2" | tr '\n' ' ')" '127 127 '

# ---- the end --------------------------------------------------------------------------------------------------------------
held 5 3312
"$E" say 127.0.0.1:3312 x >"$D/q1" 5>&- &
q1=$!
waituntil 5 there 3312 2
"$F" -c "$D/g.ini" stop 2>/dev/null
wait "$q1"
check 'who waits when we stop is told' "$(tail -n 1 "$D/q1" | sed 's/.*#//')" '08S01splitfwd: shutdown in progress'
check 'who has a server is reset' "$(timeout 2 cat <&5 2>&1 | sed 's/.*: //')" 'Connection reset by peer'
exec 5>&-

fwd_done
