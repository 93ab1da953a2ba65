#!/bin/bash
# A worker of splitfwd that somebody took over: it makes no process, keeps its parent from nothing, writes no line in its name.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/env.sh
env_trap
E2E_HOSTS=(hdp3)
env_up || exit 1
D=$(dir hdp3)
chmod 755 "$E2E_DIR" "$D"
cat >"$D/watcher" <<EOF
#!/usr/bin/python3
# Says that all is well, and counts how often it is asked to look at once.
import os, signal
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
os.write(os.open("$D/watchers", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644), b"\\n")
asked = os.open("$D/asked", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
while True:
    os.write(1, b"a up\\n")
    if signal.sigtimedwait([signal.SIGUSR1], 0.2):
        os.write(asked, b"\\n")
EOF
chmod 755 "$D/watcher"
cat >"$D/splitfwd.ini" <<EOF
[splitfwd]
pidfile = $D/splitfwd.pid
socket = $D/splitfwd.sock
user = nobody
threads = 1
check-exec = $D/watcher
[server a]
address = 172.16.1.126:3306
check = exec
[listen l]
bind = *:3999
servers = a
EOF
SPLITFWD="at hdp3 timeout 5 splitfwd/splitfwd -c $D/splitfwd.ini"
spawn hdp3 "splitfwd" splitfwd/splitfwd -c "$D/splitfwd.ini" -F
PARENT=$SPAWN_PID
LOG=$D/splitfwd.log
spawn hdp3 "server" socat TCP-LISTEN:3306,fork,reuseaddr PIPE
worker() { cat /proc/"$PARENT"/task/*/children | tr ' ' '\n' | while read -r p; do [ "$(cat /proc/"$p"/comm)" = splitfwd ] && echo "$p"; done; }
serves() { [ "$(echo hello | at hdp3 timeout 2 socat -t 1 - TCP:127.0.0.1:3999 2>/dev/null)" = hello ]; }
taken() { timeout 20 /usr/bin/python3 tests/e2e/taken.py "$(worker)" "$1"; }
fd_count() { find /proc/"$PARENT"/fd | wc -l; }
lines() { wc -l <"$1"; }
cpu_ms() { echo $(($(awk '{print $14 + $15}' /proc/"$PARENT"/stat) * 1000 / $(getconf CLK_TCK))); }
check 'it serves' waituntil 10 serves

# ---- no process, no program
WORKER=$(worker)
taken calls >"$E2E_DIR/calls"
for call in fork vfork clone execve execveat 'x32 fork' setpgid setsid; do
  check_eq "$call" "$call: -1" "$(grep "^$call:" "$E2E_DIR/calls")"
done
check_eq 'clone3 is unknown' 'clone3: -38' "$(grep '^clone3:' "$E2E_DIR/calls")"
check_eq 'other calls are made' "getppid: $PARENT" "$(grep '^getppid:' "$E2E_DIR/calls")"
check_eq 'and a thread would be' 'clone of a thread, badly: -22' "$(grep '^clone of' "$E2E_DIR/calls")"
tasks() { find /proc/"$WORKER"/task -maxdepth 1 | wc -l; }
before=$(tasks)
spawn hdp3 "idle" /usr/bin/python3 -c 'import socket, time
idle = [socket.create_connection(("127.0.0.1", 3999)) for _ in range(10)]
for s in idle:
    s.sendall(b"hello")
    s.recv(5)
time.sleep(60)'
check 'threads for sessions that idle are made' waituntil 20 eval '[ "$(tasks)" -gt "$before" ]'
check 'and it serves on' serves
check_eq 'with the same worker' "$WORKER" "$(worker)"

# ---- what it asks of its parent
: >"$D/asked"
cpu=$(cpu_ms)
taken flood >"$E2E_DIR/sent" &
E2E_SPAWNED+=("$!")
FLOOD=$!
waituntil 5 grep -q 'asks over 100 times a second, and waits' "$LOG"
wait "$FLOOD"
cpu=$(($(cpu_ms) - cpu))
check "a flood costs the parent $cpu ms of CPU in 5 s" test "$cpu" -lt 500
asked=$(lines "$D/asked")
check "and its watcher is asked $asked times" eval '[ "$asked" -ge 5 ] && [ "$asked" -le 600 ]'
check_eq 'it is told once' 1 "$(grep -c 'asks over' "$LOG")"
check 'it serves on after that' waituntil 5 serves
started=$(lines "$D/watchers")
taken kill
check "the watcher was killed, $(($(lines "$D/watchers") - started)) times in 5 s" eval \
  'n=$(($(lines "$D/watchers") - started)); [ "$n" -ge 1 ] && [ "$n" -le 7 ]'
check 'for a reason that the parent wrote' grep -q 'watcher: silent for 3 s' "$LOG"
check 'and none that the worker did' eval '! grep -q forged "$LOG"'
check 'it serves when there is a watcher again' waituntil 15 serves
fds=$(fd_count)
taken attach
check_eq 'nothing that it attaches stays open in the parent' "$fds" "$(waituntil 15 eval '[ "$(fd_count)" = "$fds" ]'; fd_count)"
WORKER=$(worker)
taken short
check 'a message of one byte is its end' waituntil 10 eval 'w=$(worker); [ -n "$w" ] && [ "$w" != "$WORKER" ]'
check 'it serves with another' waituntil 10 serves
check_eq 'and nothing that was attached is open' "$fds" "$(fd_count)"

# ---- what it does to the sockets that its parent has too
answers() { at hdp3 timeout 2 splitfwd/splitfwd -c "$D/splitfwd.ini" status 2>/dev/null | grep -q running && at hdp3 socat -t 1 - UNIX-CONNECT:"$D/splitfwd.sock" <<<'show info' | grep -q .; }
for how in shut lock; do
  for cure in death reload; do
    WORKER=$(worker)
    taken "$how"
    check "$how: it serves no more" waituntil 5 eval '! serves'
    if [ "$cure" = death ]; then kill -KILL "$WORKER"; else kill -HUP "$PARENT"; fi
    check "$how: another worker after its $cure" waituntil 15 eval 'w=$(worker); [ -n "$w" ] && [ "$w" != "$WORKER" ] && gone "$WORKER"'
    check "$how: which serves" waituntil 10 serves
    check "$how: and answers" waituntil 5 answers
  done
done

# ---- one that hears nothing, at a reload
WORKER=$(worker)
kill -STOP "$WORKER"
kill -HUP "$PARENT"
waituntil 5 eval '[ "$(worker | wc -w)" = 2 ]'
check 'deaf: a stop ends it as well' eval '$SPLITFWD stop && waituntil 5 gone "$WORKER"'
check 'deaf: its port is free' eval '! at hdp3 ss -Hltn "sport = :3999" | grep -q .'
spawn hdp3 "splitfwd" splitfwd/splitfwd -c "$D/splitfwd.ini" -F
PARENT=$SPAWN_PID
check 'it starts again' waituntil 10 serves

# ---- the stop, while it floods
: >"$D/asked"
taken flood >"$E2E_DIR/sent" &
FLOOD=$!
E2E_SPAWNED+=("$FLOOD")
waituntil 5 eval '[ "$(lines "$D/asked")" -ge 5 ]'
uptime_ms; from=$REPLY
check 'a stop is heard in a flood' $SPLITFWD stop
uptime_ms
check "in $((REPLY - from)) ms" test $((REPLY - from)) -lt 3000
check 'nothing of it is left' eval '[ -z "$(worker 2>/dev/null)" ] && ! at hdp3 ss -Hltn "sport = :3999" | grep -q .'
wait "$FLOOD" 2>/dev/null
e2e_done
