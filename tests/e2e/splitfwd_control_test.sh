#!/bin/bash
# What the operator sees and orders: the control socket, the texts of the stats address, status. See splitfwd.sh.
set -u
. "$(dirname "$0")/splitfwd.sh"

hear() { local line; IFS= read -r -t 5 -u "$1" line && printf '%s' "$line"; }
ask() { printf '%s\n' "$2" >&"$1" && hear "$1"; }
ctl() { printf '%s\n' "$1" | timeout 5 socat -t 5 - "UNIX-CONNECT:$D/run/f.sock"; }
# stat LISTENER SVNAME COLUMN...; shows WANT LISTENER SVNAME COLUMN...
stat() { ctl 'show stat' | csv_at "$@"; }
shows() { [ "$(stat "${@:2}")" = "$1" ]; }
web() { "$E" http 127.0.0.1:8888 "GET $1 HTTP/1.1\r\n${2-Authorization: Basic YTpi\r\n}\r\n"; }
body() { web "$1" | sed '1,/^\r$/d'; }
# ids LISTENER SERVER: of the sessions there.
ids() { ctl 'show sess' | sed -n "s/^\(0x[0-9a-f]*\): .* fe=$1 .* srv=$2 .*/\1/p"; }
ends() { timeout 2 cat <&"$1" 2>&1 | sed 's/.*: //'; }

(umask 077; echo a:b >"$D/auth")
cat >>"$D/f.ini" <<CONF
[server t]
address = 127.0.0.131:3306
check = tcp
inter = 50ms
[server stuck]
address = 127.0.0.132:3306
check = tcp
[listen t]
bind = *:3320
servers = t
[listen stuck]
bind = *:3321
servers = stuck
[stats]
bind = 127.0.0.1:8888
uri = /s
auth = $D/auth
CONF
"$E" serve 127.0.0.131:3306 t >>"$D/t.log" 2>&1 &
"$E" serve 127.0.0.132:3306 stuck stuck >/dev/null 2>&1 &
waituntil 5 listens 131 && waituntil 5 listens 132
"$F" -F -c "$D/f.ini" 2>"$D/log" &
waituntil 5 logged 'Server 127 is UP' && waituntil 5 logged 'Server t is UP' && waituntil 5 logged 'Server stuck is UP' || exit 1
check 'the socket is for its owner alone' "$(command stat -c %a "$D/run/f.sock")" 600

# ---- what it answers ----------------------------------------------------------------------------------------------------
# The header as a running HAProxy has it; without one, as 2.6.12 had it.
header() {
  if command -v haproxy >/dev/null; then
    printf 'global\n stats socket %s\ndefaults\n mode tcp\n timeout connect 1s\n timeout client 1s\n timeout server 1s\n
      listen x\n bind 127.0.0.1:3399\n' "$D/ha.sock" | sed 's/^ *listen/listen/' >"$D/ha.cfg"
    haproxy -db -f "$D/ha.cfg" >"$D/ha.log" 2>&1 & ha=$!
    waituntil 5 eval 'echo "show stat" | socat - "UNIX-CONNECT:$D/ha.sock" | grep -q ^#'
    echo 'show stat' | socat - "UNIX-CONNECT:$D/ha.sock" | head -n 1
    kill "$ha"
  else
    cat "$here/haproxy_stat_header.txt"
  fi
}
want=$(header)
upto_dash() { sed 's/,-,.*//'; }
check 'show stat has the columns of HAProxy, to the dash' "$(ctl 'show stat' | head -n 1 | upto_dash)" "$(upto_dash <<<"$want")"
check 'and nothing of another form in any row' "$(ctl 'show stat' | awk -F, 'NR == 1 { n = NF } NF && NF != n' | wc -l)" 0
check 'an answer ends with an empty line' "$(ctl 'show drain' | tr '\n' '|')" 'off||'
check 'two commands, two answers' "$(ctl 'show drain;show drain' | tr '\n' '|')" 'off||off||'
check 'only the first line counts' "$(ctl $'show drain\nshow drain' 2>/dev/null | tr '\n' '|')" 'off||'
check 'with a prompt each line does' "$(printf 'prompt\nshow drain\n\nquit\nhelp\n' |
  timeout 5 socat -t 5 - "UNIX-CONNECT:$D/run/f.sock" 2>/dev/null | tr '\n' '|')" '|> off||> > '
check 'what is not known gets the list' "$(ctl frob | sed -n 1p)" 'Unknown command. Please enter one of the following commands only:'
check 'help' "$(ctl help | grep -c 'shutdown sessions server <listen>/<server>')" 1
check 'nor a server that is not' "$(ctl 'disable server read/nobody')" 'No such server.'
for part in 'stat json' 'info json'; do
  ctl "show $part" | python3 -m json.tool >/dev/null
  check "show $part is JSON" $? 0
done
check 'show stat typed: each row, and nothing of another form' \
  "$(ctl 'show stat typed' | grep -c '[.]svname[.]') $(ctl 'show stat typed' | grep . |
    grep -vcxE '[FSB]([.][0-9]+){3}[.][a-z_]+[.]1:[A-Za-z]{3}:(str:.*|(u32|u64|s32):-?[0-9]+)')" '22 0'
check 'show info typed' "$(ctl 'show info typed' | grep -xE '(0|15)[.].*' | tr '\n' '|')" '0.Name.1:POS:str:splitfwd|15.Maxconn.1:CLP:u32:200|'
check 'show info' "$(ctl 'show info' | grep -cxE "Name: splitfwd|Pid: $(worker | grep -vxF "$(watcher)")|Maxconn: 200")" 3
check 'show servers state' "$(ctl 'show servers state' | awk '$2 == "write" {print $4, $5, $6, $7, $(NF - 6)}' | tr '\n' ' ')" \
  '126 127.0.0.126 2 0 3306 127 127.0.0.127 2 0 3306 '
check 'status says more' "$("$F" -c "$D/f.ini" status | sed -n 's/^  t .*: //p')" 'UP, weight 1, 0 sessions'
check 'status -j' "$("$F" -c "$D/f.ini" -j status | python3 -c 'import json, sys
j = json.load(sys.stdin); print(j["running"], [s["status"] for s in j["stat"] if s["pxname"] == "t"])')" "True ['OPEN', 'UP', 'UP']"

# ---- numbers --------------------------------------------------------------------------------------------------------------
exec 5<>/dev/tcp/127.0.0.1/3320 6<>/dev/tcp/127.0.0.1/3320
check 'two sessions' "$(hear 5) $(hear 6) $(ask 5 12345678) $(ask 6 abc)" 't t 12345678 abc'
waituntil 2 shows '2 2 2 13 17 2 0' t t scur smax stot bin bout lbtot econ
check 'are counted, to the byte' "$(stat t t scur smax stot bin bout lbtot econ)" '2 2 2 13 17 2 0'
check 'at the listener as well' "$(stat t FRONTEND scur smax stot bin bout slim) $(stat t BACKEND scur stot bin bout act)" \
  '2 2 2 13 17 600 2 2 13 17 1'
check 'and not elsewhere' "$(stat read FRONTEND stot) $(stat read 126 stot)" '0 0'
check 'show stat typed has them' "$(ctl 'show stat t 4 1 typed' | grep -xE '.*[.](stot|bin|bout|check_status)[.]1:.*' | tr '\n' ' ')" \
  'S.6.1.7.stot.1:MCP:u64:2 S.6.1.8.bin.1:MCP:u64:13 S.6.1.9.bout.1:MCP:u64:17 S.6.1.36.check_status.1:MOP:str:L4OK '
check 'the check' "$(stat t t status check_status check_rise check_fall check_health)" 'UP L4OK 2 3 4'
check 'the watcher' "$(stat write 126 status check_status) $(stat write 127 status)" 'UP PROCOK NOLB'
check 'show sess has both, with bytes' "$(ctl 'show sess' | grep -o ' fe=t be=t srv=t .* in=[0-9]* out=[0-9]*' |
  sed 's/ age=.* in/ in/' | sort | tr '\n' ' ')" ' fe=t be=t srv=t in=4 out=6  fe=t be=t srv=t in=9 out=11 '
one=$(ctl 'show sess' | sed -n 's/:.* in=9 .*//p')
exec 7<>/dev/tcp/127.0.0.1/3321
check 'when its time would be over' "$(hear 7; ctl 'show sess' | grep -cE ' fe=stuck .* exp=(1m|59s)$')" stuck1
"$E" halfclose 127.0.0.1:3321 >/dev/null &
waituntil 5 eval 'ctl "show sess" | grep -qE " fe=stuck .* exp=([89]|10)s$"'
check 'sooner when it is half-closed' $? 0
ctl 'shutdown sessions server stuck/stuck' >/dev/null
exec 7>&-
check 'and one alone' "$(ctl "show sess $one" | grep -c "^$one: proto=tcpv4 src=127.0.0.1:")" 1

# ---- the same by HTTP ------------------------------------------------------------------------------------------------------
for at in /s '/s;csv' /metrics; do
  check "$at: not without a password" "$(web "$at" '' | head -n 1 | tr -d '\r')" 'HTTP/1.1 401 Unauthorized'
done
check ';csv' "$(body '/s;csv' | csv_at t t scur bin)" '2 13'
# A password that is guessed, by somebody at another address than ours.
guess() { "$E" http 127.0.0.1:8888 "GET /s HTTP/1.1\r\nAuthorization: Basic $1\r\n\r\n" 127.0.0.9:0 | head -n 1 | tr -d '\r'; }
guesses() { local i; for ((i = 0; i < 200; i++)); do guess Z3Vlc3M6; done | sort | uniq -c | sort -rn; }
said=$(guesses)
check '200 guesses: most are not looked at' "$(sed -n '1s/^ *[0-9]* //p' <<<"$said")" 'HTTP/1.1 429 Too Many Requests'
between 'and of a few it is said that they are wrong' "$(sed -n 's/^ *\([0-9]*\) HTTP.1.1 401.*/\1/p' <<<"$said")" 5 20
check 'nor is the right one, from there' "$(guess YTpi)" 'HTTP/1.1 429 Too Many Requests'
check 'nor from another address of this host, which each of its users has' "$(web /s | head -n 1 | tr -d '\r')" 'HTTP/1.1 429 Too Many Requests'
right() { [ "$(guess YTpi)" = 'HTTP/1.1 200 OK' ]; }
waituntil 5 right
check 'and he a second later' $? 0
body /metrics | python3 -c '
import re, sys
line = re.compile(r"(# (TYPE|HELP) .*|[a-z_:]+(\{[a-z]+=\"[^\"]*\"(,[a-z]+=\"[^\"]*\")*\})? (NaN|-?[0-9.]+))$")
bad = [l for l in sys.stdin.read().rstrip().splitlines() if not line.match(l)]
sys.exit(repr(bad[:3]) if bad else 0)'
check '/metrics is what Prometheus reads' $? 0
check 'with the numbers' "$(body /metrics | grep -cE \
  '^haproxy_server_bytes_in_total\{proxy="t",server="t"\} 13$|^haproxy_server_status\{proxy="t",server="t",state="UP"\} 1$')" 2

# ---- ending sessions ---------------------------------------------------------------------------------------------------------
check 'shutdown session' "$(ctl "shutdown session $one")$(ctl "shutdown session $one")" "No such session (use 'show sess')."
left=$(ids t t)
check 'one is reset, the other stays' "$(ends 5) $(ask 6 x)" 'Connection reset by peer x'
waituntil 2 logged ' t t/t .* KD '
check 'with K in the log, and who did it' "$? $(grep -c "control socket, uid 0, pid [0-9]*: shutdown session $one" "$D/log")" '0 2'
check 'show sess has one less' "$(wc -w <<<"$left")" 1
ctl 'shutdown sessions server t/t' >/dev/null
check 'shutdown sessions server' "$(ends 6)" 'Connection reset by peer'
exec 5>&- 6>&-

# ---- counters, and a frontend that is closed -----------------------------------------------------------------------------------
check 'show servers conn' "$(ctl 'show servers conn t')" "# bkname/svname bkid/svid addr port - purge_delay used_cur used_max need_est unsafe_nb safe_nb idle_lim idle_cur idle_per_thr[1]
$(ctl 'show servers conn' | grep '^t/t [0-9]*/1 127.0.0.1[0-9.]* 3306 - 0 0 2 ')"
check ';scope=' "$(body '/s;csv;scope=stu' | cut -d, -f1 | grep . | sort -u | tr '\n' ' ')" '# pxname stuck '
ctl 'clear counters' >/dev/null
check 'clear counters: the greatest begin anew' "$(stat t t smax stot)" '0 2'
ctl 'clear counters all' >/dev/null
check 'clear counters all: so does the rest' "$(stat t t stot bin bout) $(stat t FRONTEND stot)" '0 0 0 0'
ctl 'disable frontend t' >/dev/null
check 'disable frontend: it is shown' "$(stat t FRONTEND status)" STOP
exec 5<>/dev/tcp/127.0.0.1/3320
check 'who connects waits' "$(read -r -t 0.3 REPLY <&5; echo $?) $(stat t FRONTEND scur)" '142 0'
kill -HUP "$(pid)"
waituntil 5 logged 'took over'
check 'also after a reload' "$(stat t FRONTEND status scur)" 'STOP 0'
ctl 'enable frontend t' >/dev/null
check 'enable frontend: he is served' "$(hear 5)" t
exec 5>&-

# ---- the address goes, and is here again -----------------------------------------------------------------------------------------
exec 5<>/dev/tcp/127.0.0.1/3320
check 'a session' "$(hear 5)" t
ctl leave >/dev/null
check 'leave: it is cut' "$(ends 5)" 'Connection reset by peer'
exec 5>&-
check 'and connects are not answered' "$(timeout 0.3 bash -c '</dev/tcp/127.0.0.1/3320'; echo $?)" 124
ctl serve >/dev/null
exec 5<>/dev/tcp/127.0.0.1/3320
check 'serve: they are' "$(hear 5) $(ctl 'show drain' | head -n 1)" 't off'
exec 5>&-

# ---- weights ---------------------------------------------------------------------------------------------------------------
ctl 'set weight read/126 3' >/dev/null
check 'a weight of 3 to 1, exact' "$(at_read 8 | tr ' ' '\n' | sort | uniq -c | tr -s ' \n' ' ')" ' 6 126 2 127 '
check 'is shown' "$(stat read 126 weight)" 3
ctl 'set server read/126 weight 1' >/dev/null
check 'and undone' "$(stat read 126 weight)" 1
ctl 'set weight write/126 0' >/dev/null
check 'nobody else has any: the listener says so' "$(count 'proxy write has no server') $(stat write BACKEND status chkdown)" '1 DOWN 1'
ctl 'set weight write/126 1' >/dev/null

# ---- drain, maintenance, and what a reload keeps ----------------------------------------------------------------------------
exec 5<>/dev/tcp/127.0.0.1/3308
check 'a session at the primary' "$(hear 5)" 126
ctl 'set server read/126 state drain;set server write/126 state drain' >/dev/null
check 'drain: no new session' "$(at_read 4) $(stat read 126 status)" '127 127 127 127 DRAIN'
check 'drain: the old one stays' "$(ask 5 one)" one
check 'drain: a listener with nobody else says so' "$(stat write BACKEND status act)" 'DOWN 0'
"$E" ask 127.0.0.1:3308 1 >"$D/waited" & waiter=$!
waituntil 2 shows '1 1' write BACKEND qcur qmax
check 'who was served at once never waited' "$? $(stat read BACKEND qcur qmax)" '0 0 0'
ctl 'set weight few/127 7' >/dev/null
n=$(count 'reloaded, ')
kill -HUP "$(pid)" && waituntil 10 more 'reloaded, ' "$n"
check 'a reload keeps it, the weight, the session and its number' \
  "$(stat read 126 status) $(at_read 2) $(stat few 127 weight) $(ask 5 two) $(ids write 126 | wc -l)" 'DRAIN 127 127 7 two 1'
n=$(count 'reloaded, ')
kill -HUP "$(pid)" && waituntil 10 more 'reloaded, ' "$n"
check 'so does another' "$(stat read 126 status) $(stat few 127 weight) $(ask 5 three)" 'DRAIN 7 three'
ctl 'set server write/126 state ready' >/dev/null
wait $waiter
check 'ready: who waits is served at once' "$(cat "$D/waited")" 126
check 'and it is in the log' "$(grep -cE 'Server (read|write)/126 (enters drain state|is ready again)' "$D/log")" 3
ctl 'disable server write/126;disable server few/126;disable server quick/126;disable server read/126' >/dev/null
check 'maint: shown, no new session, the old one stays' "$(stat write 126 status) $(at_read 2) $(ask 5 four)" 'MAINT 127 127 four'
ctl 'disable server t/t' >/dev/null
checks=$(grep -c 'got 0' "$D/t.log")
sleep 0.3 # a span without checks
check 'maint everywhere: no checks' "$(($(grep -c 'got 0' "$D/t.log") - checks <= 1))" 1
ctl 'enable server t/t' >/dev/null
waituntil 2 eval '[ "$(grep -c "got 0" "$D/t.log")" -gt '"$((checks + 2))"' ]'
check 'enabled: checks again, and sessions' "$? $("$E" ask 127.0.0.1:3320 1)" '0 t'
ctl 'shutdown sessions server write/126' >/dev/null
check 'until they are shut down' "$(ends 5)" 'Connection reset by peer'
exec 5>&-
ctl 'enable server write/126;set server few/126 state ready;enable server quick/126;enable server read/126' >/dev/null
check 'each is in the log' "$(grep -c 'Server [a-z]*/[a-z0-9]* is going DOWN for maintenance' "$D/log")" 5
check 'all as before' "$(at_write 1) $(at_read 2 | tr ' ' '\n' | sort | tr '\n' ' ')" '126 126 127 '

# ---- who is slow costs himself ----------------------------------------------------------------------------------------------
"$E" crowd 127.0.0.1:8888 20 >"$D/crowd" & crowd=$!
waituntil 5 grep -q there "$D/crowd"
for i in 1 2 3 4 5 6 7 8 9 10; do (exec 9<>/dev/tcp/127.0.0.1/8888; sleep 2) & done
for i in 1 2 3 4 5 6 7 8 9 10; do
  { printf 'prompt\n'; for j in 1 2 3 4 5 6 7 8 9; do echo 'show stat;show stat;show stat;show stat'; done; sleep 2; } |
    socat -u - "UNIX-CONNECT:$D/run/f.sock" 2>/dev/null & # it never reads
done
exec 5<>/dev/tcp/127.0.0.1/3307
hear 5 >/dev/null
worst=0
for i in $(seq 200); do
  t0=${EPOCHREALTIME/./}
  [ "$(ask 5 ping)" = ping ] || worst=1000000
  took=$((${EPOCHREALTIME/./} - t0))
  [ "$took" -le "$worst" ] || worst=$took
done
below 'a ping-pong meanwhile' $((worst / 1000)) 500
t0=${EPOCHREALTIME/./}
check 'new sessions and the socket go on, too' "$(at_read 2 | wc -w) $(ctl 'show drain' | sed -n 1p)" '2 off'
below 'in time' $(((${EPOCHREALTIME/./} - t0) / 1000)) 1000
check 'a line without end is not kept' "$(head -c 40000 /dev/zero | tr '\0' a | timeout 5 socat - "UNIX-CONNECT:$D/run/f.sock" 2>/dev/null | wc -c)" 0
wait "$crowd"

# ---- a gate: the primary moves, the address stays ------------------------------------------------------------------------------
drain() { ctl 'show drain' | sed -n 1p; }
stopping() { ctl 'show info' | sed -n 's/^Stopping: //p'; }
exec 61<>/dev/tcp/127.0.0.1/3308 62<>/dev/tcp/127.0.0.1/3307 63<>/dev/tcp/127.0.0.1/3307
for n in 61 62 63; do ask $n who >/dev/null; done
there=$(ids read 126 | wc -l) others=$(ids read 127)
check 'gate: some read at the other server' "$([ -n "$others" ] && echo some)" some
ctl gate >/dev/null
check 'gate: it waits for the sessions of the primary alone' "$(drain) $(stopping)" "$((there + 1)) sessions are left 0"
at_write 1 >"$D/came" 2>&1 &
came=$!
waituntil 5 eval '[ "$(stat write FRONTEND scur)" = 2 ]'
check 'gate: who comes to write waits' "$(stat write BACKEND qcur) $(cat "$D/came")" '1 '
check 'gate: who comes to read is served by the other one' "$(at_read 2 | tr ' ' '\n' | sort -u | tr -d '\n')" 127
check 'gate: who is not at rest is cut' "$(waituntil 5 eval '[[ $(drain) == drained* ]]'; ends 61 | tail -n 1)" 'Connection reset by peer'
check 'gate: who is at the other server stays' "$(ids read 127)" "$others"
"$E" set "$D/state" "$SWAP"
wait "$came"
check 'gate: and gets the next primary' "$(cat "$D/came")" 127
check 'gate: it is over' "$(drain)" off
"$E" set "$D/state" "$BOTH"
waituntil 5 eval '[ "$(at_write 1)" = 126 ]'
ctl gate >/dev/null
ctl leave >/dev/null
check 'gate: now the address goes as well' "$(timeout 0.3 bash -c '</dev/tcp/127.0.0.1/3308' || echo unanswered)" unanswered
ctl serve >/dev/null
check 'gate: and comes back' "$(timeout 0.8 "$E" ask 127.0.0.1:3308 1)" 126
"$E" set "$D/state" '126 up role=replica sql=yes;127 up role=replica sql=yes'
waituntil 5 shows 0 write BACKEND act
check 'gate: without a primary there is none' "$(ctl gate | sed -n 1p)" 'There is no primary.'
"$E" set "$D/state" "$BOTH"
waituntil 5 shows 1 write BACKEND act
exec 61>&- 62>&- 63>&-

# ---- another path -------------------------------------------------------------------------------------------------------------
# moves PATH SIGNAL LOG-TEXT: the file names another socket.
moves() {
  local n; n=$(count "$3")
  sed -i '/^socket = /d' "$D/f.ini" && sed -i "1a socket = $D/run/$1" "$D/f.ini"
  kill "-$2" "$(pid)" && waituntil 10 more "$3" "$n"
}
answers() { echo 'show info' | timeout 5 socat -t 5 - "UNIX-CONNECT:$D/run/$1" | grep -c ^Pid; }
moves g.sock HUP 'reloaded, '
check 'a reload moves the socket' "$(answers g.sock) $(ls "$D/run" | tr '\n' ' ')" '1 f.pid g.sock '
moves h.sock HUP 'reloaded, '
check 'so does another' "$(answers h.sock) $(ls "$D/run" | tr '\n' ' ')" '1 f.pid h.sock '
sed -i 's|^check-exec = |&/nowhere |' "$D/f.ini"
moves i.sock HUP 'reload refused'
check 'one that is refused leaves it' "$(answers h.sock) $(ls "$D/run" | tr '\n' ' ')" '1 f.pid h.sock '
sed -i "s|/nowhere ||; s|/i.sock|/h.sock|" "$D/f.ini"

"$F" -c "$D/f.ini" stop 2>/dev/null
check 'nothing is left' "$(ls "$D/run"; "$F" -c "$D/f.ini" -j status)" '{"running":false}'
fwd_done
