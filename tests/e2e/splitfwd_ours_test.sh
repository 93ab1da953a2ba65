#!/bin/bash
# What this host is short of is no server's fault: nobody goes down for it, nobody is cut, and it is said. See splitfwd.sh.
set -u
. "$(dirname "$0")/splitfwd.sh"

cat >"$D/short.ini" <<CONF
[splitfwd]
pidfile = $D/run/f.pid
threads = 2
socket = $D/run/short.sock
[server 126]
address = 127.0.0.126:3306
check = tcp
inter = 100ms
fall = 1
[server 127]
address = 127.0.0.127:3306
check = tcp
inter = 100ms
fall = 1
[listen read]
bind = *:3307
servers = 126 127
timeout-connect = 300ms
[listen patient]
bind = *:3308
servers = 126 127
timeout-connect = 10s
CONF
run() {
  : >"$D/log"
  "$F" -F -c "$1" 2>>"$D/log" &
  running=$!
  waituntil 5 logged 'Server 127 is UP' || { cat "$D/log" >&2; exit 1; }
}
ends() { kill "$running"; wait "$running" 2>/dev/null; }
# says PORT TEXT: what is answered. held N PORT: a session on descriptor N, that a server has greeted.
says() { { IFS= read -r REPLY; IFS= read -r REPLY; } < <("$E" say "127.0.0.1:$1" "$2"); }
held() { eval "exec $1<>/dev/tcp/127.0.0.1/$2" && read -r -t 5 REPLY <&"$1"; }
shortages() { echo 'show info' | timeout 5 socat -t 5 - "UNIX-CONNECT:$D/run/short.sock" | sed -n 's/^Shortages: //p'; }

# No port is left to connect to a server with; clients have some.
range=$(</proc/sys/net/ipv4/ip_local_port_range)
take_ports() {
  local server n
  echo 40000 40003 >/proc/sys/net/ipv4/ip_local_port_range
  for server in 126 127; do
    for n in 1 2 3 4; do waituntil 10 taken $((n + server % 2 * 4 + 60)) "$server"; done
  done
}
taken() { { eval "exec $1<>/dev/tcp/127.0.0.$2/3306"; } 2>/dev/null; }
give_ports() { local n; echo "$range" >/proc/sys/net/ipv4/ip_local_port_range; for n in {61..68}; do eval "exec $n>&-"; done; }
# Nor a descriptor, but for one client.
process() { pgrep -P "$(pid)" -f short.ini; }
free_fd() { ls "/proc/$(process)/fd" | sort -n | awk '$1 != n {exit} {n++} END {print n}'; }
take_fds() { prlimit --pid "$(process)" --nofile="$(($(free_fd) + 1)):4096"; }
give_fds() { prlimit --pid "$(process)" --nofile=4096:4096; }

# short WHAT TEXT TAKE GIVE
short() {
  local n patient
  run "$D/short.ini"
  held 5 3307
  held 6 3307
  "$3"
  says 3307 hallo
  check "$1: a client waits no longer than a connect may take" "${REPLY#*#}" \
    '08004splitfwd: its host is short of ports, descriptors or memory'
  logged "short of something, and cannot connect to .*: $2"
  check "$1: the log says what is short" $? 0
  (says 3308 hallo; echo "$REPLY" >"$D/patient") & patient=$!
  waituntil 5 logged "short of something, and cannot check 12.: $2"
  check "$1: and that nothing is known of a server" $? 0
  "$4"
  wait "$patient"
  check "$1: one with more patience is served when it is over" "$(grep -c hallo "$D/patient")" 1
  check "$1: it is counted" "$(($(shortages) > 0))" 1
  check "$1: no server went down" "$(count 'is DOWN')" 0
  for n in 5 6; do echo here >&$n; read -r -t 5 REPLY <&$n; check "$1: session $n goes on" "$REPLY" here; done
  check "$1: whose fault it was stands in the line" "$(grep -c ' read read/.* RC ' "$D/log")" 1
  exec 5>&- 6>&-
  ends
}
short ports 'Cannot assign requested address' take_ports give_ports
short descriptors 'Too many open files' take_fds give_fds
# More addresses have more ports, and each its turn.
sed '/^address = /a source = 127.0.0.10 127.0.0.11' "$D/short.ini" >"$D/source.ini"
run "$D/source.ini"
take_ports
for n in 51 52; do held "$n" 3307; held $((n + 2)) 3308; done
check 'source: served though the usual address has no port left' "$? $(grep -c 'short of' "$D/log")" '0 0'
check 'source: each server from each in turn' "$(ss -Htn state established '( src 127.0.0.10 or src 127.0.0.11 ) and dport = 3306' |
  awk '{sub(/:.*/, "", $3); print $3, $4}' | sort -u | wc -l)" 4
give_ports
for n in 51 52 53 54; do eval "exec $n>&-"; done
ends

# ---- a pause of this whole host is no silence of the watcher, and no time-out of a check -----------------------------
cat >"$D/pause.ini" <<CONF
[splitfwd]
pidfile = $D/run/f.pid
threads = 2
check-exec = $E watch $D/state
[server 126]
address = 127.0.0.126:3306
check = exec
[server 127]
address = 127.0.0.127:3306
check = exec tcp
inter = 100ms
fall = 1
[listen read]
bind = *:3307
servers = 126 127
CONF
run "$D/pause.ini"
held 5 3307
held 6 3307
everybody=$(echo "$(pid)" && pgrep -P "$(pid)" && watcher)
n=$(count 'is DOWN')
kill -STOP $everybody
sleep 5 & wait $!   # longer than a watcher may be silent
kill -CONT "$(pid)" "$(pgrep -P "$(pid)" -f pause.ini)"   # the watcher wakes last
sleep 0.3 & wait $!
kill -CONT $everybody
says 3307 hallo
check 'a pause: it serves' "$(grep -c hallo <<<"$REPLY")" 1
waituntil 2 more 'is DOWN' "$n" 2>/dev/null
check 'a pause: no server goes down for it' "$(count 'is DOWN')" "$n"
for n in 5 6; do echo here >&$n; read -r -t 5 REPLY <&$n; check "a pause: session $n goes on" "$REPLY" here; done
exec 5>&- 6>&-
# But a watcher that is silent alone is one.
kill -STOP $(watcher)
waituntil 6 logged 'Server 126 is DOWN, reason: the watcher is silent'
check 'a silence of the watcher alone is one' $? 0
ends

# ---- a search for a primary is the watcher's: each TCP check breaks a login off, and MySQL blocks a host for 100 of those ----
{ sed 's/^inter = 100ms/inter = 5s/' "$D/pause.ini"
  printf '[listen write]\nbind = *:3308\nservers = 126 127\nsend-to = primary\ntimeout-connect = 1s\n'; } >"$D/search.ini"
"$E" set "$D/state" "$BOTH"
run "$D/search.ini"
"$E" set "$D/state" '126 up role=replica;127 up role=replica'
waituntil 5 logged 'Listener write has no primary'
rm -f "$D/state.usr1"
broken=$(grep -c 'got 0' "$D/127.log")
says 3308 hallo
check 'search: the watcher is asked' "$(($(wc -l <"$D/state.usr1") >= 10))" 1
check 'search: and no server is' "$(($(grep -c 'got 0' "$D/127.log") - broken <= 1))" 1
"$E" set "$D/state" "$BOTH"
ends

# ---- a server that turns clients away is passed over, and what a server says last reaches the client --------------------
peer() { "$E" serve "$1" "$2" "${3:-}" >>"$D/$2.log" 2>&1 & waituntil 5 eval "ss -Hltn 'src $1' | grep -q ."; }
peer 127.0.0.150:3306 full full
peer 127.0.0.151:3306 rude rude
cat >"$D/turns.ini" <<CONF
[splitfwd]
pidfile = $D/run/f.pid
threads = 2
check-exec = $E watch $D/state
[server 126]
address = 127.0.0.126:3306
maxconn = 1
[server full]
address = 127.0.0.150:3306
[server rude]
address = 127.0.0.151:3306
[listen read]
bind = *:3307
servers = full 126
timeout-queue = 300ms
[listen all]
bind = *:3308
servers = full
[listen rude]
bind = *:3309
servers = rude
[listen other]
bind = *:3310
servers = 126
keepalive-idle = 7s
keepalive-interval = 3s
keepalive-count = 2
CONF
state '126 up role=primary;full up role=replica;rude up role=replica'
: >"$D/log"
"$F" -F -c "$D/turns.ini" 2>>"$D/log" &
running=$!
waituntil 5 logged 'Server rude is UP'
for i in 1 2 3 4; do check "a full server: client $i gets the other one" "$("$E" ask 127.0.0.1:3307 1)" 126; done
says 3308 x
check 'where there is no other, its own error' "${REPLY#*#}" '08004Too many connections'
held 5 3307
says 3310 hallo
check 'who is full for one listener is not for another' "$(grep -c hallo <<<"$REPLY")" 1
keeps() { ss -Htno state established "$1" | grep -c 'keepalive,[0-9.]*\(sec\|ms\)'; }
held 6 3310
check 'keepalive is on, on both sides' "$(keeps 'sport = 3310') $(keeps 'dst 127.0.0.126:3306 and sport != 3306')" '1 2'
check 'with its time' "$(ss -Htno state established 'sport = 3310' | grep -c 'keepalive,[67]')" 1
exec 5>&- 6>&-
# last PROCESS PORT: a client that goes on sending when its server has said no, while splitfwd is held up, so that it learns
# all of that at once; how often of 5 the client has read why. PROCESS 0: nobody is held up.
last() { python3 - "$1" "$2" <<'PY'
import os, signal, socket, sys, time
n, process, address = 0, int(sys.argv[1]), (sys.argv[2].split(":")[0], int(sys.argv[2].split(":")[1]))
for i in range(5):
    s = socket.create_connection(address)
    s.recv(100)
    s.settimeout(2)
    got = b""
    try:
        s.sendall(b"x" * 200000)
        time.sleep(0.05)
        if process: os.kill(process, signal.SIGSTOP)
        time.sleep(0.4)
        s.sendall(b"y" * 1000)
    except OSError: pass
    if process: os.kill(process, signal.SIGCONT)
    try:
        while True:
            part = s.recv(4096)
            if not part: break
            got += part
    except OSError: pass
    n += b"Got a packet bigger" in got
    s.close()
print(n)
PY
}
check 'what a server says last reaches the client' "$(last 0 127.0.0.151:3306) $(last "$(pgrep -P "$(pid)" -f turns.ini)" 127.0.0.1:3309)" '5 5'

# ---- a stall takes a server out of the round, and cuts no reader before it has lasted ---------------------------------
held 5 3310
n=$(count 'Server 126 is DOWN')
state '126 down fault=silent;full up role=replica;rude up role=replica'
waituntil 5 more 'Server 126 is DOWN, reason: silent' "$n"
echo here >&5; read -r -t 5 REPLY <&5
check 'a stall: a reader goes on' "$REPLY" here
state '126 up role=primary;full up role=replica;rude up role=replica'
waituntil 5 logged 'Server 126 is UP, role: primary'
echo there >&5; read -r -t 5 REPLY <&5
check 'a stall: and after it' "$REPLY" there
state '126 down fault=silent;full up role=replica;rude up role=replica'
check 'a stall that lasts ends him' "$(timeout 6 cat <&5 2>&1 | sed 's/.*: //')" 'Connection reset by peer'
check 'and is logged' "$(grep -c 'Server 126 is DOWN, reason: silent.* 1 sessions cut' "$D/log")" 1
exec 5>&-
state '126 up role=primary;full up role=replica;rude up role=replica'
n=$(count 'Server 126 is UP')
waituntil 5 more 'Server 126 is UP' "$n" 2>/dev/null

# ---- a reload whose watcher says nothing of a server is refused -------------------------------------------------------
held 5 3310
sed -i 's/^servers = rude$/servers = rude new/; s/^\[listen read\]/[server new]\naddress = 127.0.0.127:3306\n&/' "$D/turns.ini"
kill -HUP "$(pid)"
waituntil 8 logged 'reload refused, all stays as it was: the watcher says nothing of server new'
check 'a reload whose watcher says nothing of a server is refused' $? 0
echo here >&5; read -r -t 5 REPLY <&5
check 'and its sessions go on' "$REPLY" here
state '126 up role=primary;full up role=replica;rude up role=replica;new up role=replica'
kill -HUP "$(pid)"
waituntil 8 logged 'reloaded, 4 listeners, 4 servers'
check 'when it speaks it is not' $? 0

# ---- the parent is killed: the worker says so, and ends -----------------------------------------------------------------
worker=$(pgrep -P "$(pid)" -f turns.ini)
kill -KILL "$(pid)"
waituntil 5 eval '! kill -0 $worker'
check 'the parent dies: so does the worker' $? 0
check 'and says why' "$(count 'the parent is dead: so does this worker end')" 1
wait "$running" 2>/dev/null

fwd_done
