#!/bin/bash
# splitfwd's threads: thousands of sessions at once, idle and busy, cut wherever they are. See alone.sh. CROWD=N: with another
# number of sessions, CUT_MS: with another limit for a cut.
set -u
. "$(dirname "$0")/alone.sh"
M=$root/build/e2e/splitfwd_many
CROWD=${CROWD:-4000} CUT_MS=${CUT_MS:-100}
worker() { pgrep -P "$(cat "$D/f.pid")" -f -- "-c $D/f.ini"; }
threads() { ls "/proc/$(worker)/task" | wc -l; }
threads_are() { [ "$(threads)" -ge "$1" ] && [ "$(threads)" -le "$2" ]; }
# the CPU time of the worker, ms
cpu_ms() { awk '{ns += $1} END {printf "%d", ns / 1e6}' "/proc/$(worker)"/task/*/schedstat; }
# crowd PORT N: N sessions that tell TELLs; their answer in REPLY
crowd() { coproc CLIENTS { "$M" crowd "127.0.0.1:$1" "$2"; }; read -r -t 60 REPLY <&"${CLIENTS[0]}" || REPLY=nothing; }
tell() { REPLY=; echo "$*" >&"${CLIENTS[1]}"; read -r -t 60 REPLY <&"${CLIENTS[0]}" || REPLY=nothing; }
leave() { eval "exec ${CLIENTS[1]}>&-"; wait "$CLIENTS_PID" 2>/dev/null; }
BOTH='126 up role=primary;127 up role=replica sql=yes'
SWAP='126 up role=replica sql=yes;127 up role=primary'

cat >"$D/f.ini" <<CONF
[splitfwd]
pidfile = $D/f.pid
maxconn = $CROWD
threads = 2
check-exec = $E watch $D/state
dontlognull = yes
[server 126]
address = 127.0.0.126:3306
maxconn = $CROWD
[server 127]
address = 127.0.0.127:3306
maxconn = $CROWD
[listen read]
bind = *:3307
servers = 126 127
maxconn = $CROWD
[listen write]
bind = *:3308
servers = 126 127
send-to = primary
CONF
for s in 126 127; do "$M" serve "127.0.0.$s:3306" >"$D/$s.log" & done
"$E" set "$D/state" "$BOTH"
waituntil 5 eval '[ "$(ss -Hltn "sport = 3306" | wc -l)" = 2 ]'
"$F" -F -c "$D/f.ini" 2>"$D/log" &
waituntil 10 logged 'Server 127 is UP' || exit 1
hot=$(threads) # two and the front; the sanitizer has its own
between 'hot threads and the front' "$hot" 3 5

# ---- idle ones ------------------------------------------------------------------------------------------------------------
crowd 3307 "$CROWD"
check "$CROWD sessions at once" "$REPLY" there
tell busy 4 300
check 'a few are busy beside them' "$REPLY" right
cold=$((hot + CROWD / 8))
waituntil 20 threads_are $((cold - 1)) $((cold + 1))
between 'the others are in threads of 8' "$(threads)" $((cold - 1)) $((cold + 1))
# Low ones are the front's, the hot threads' and the few busy sessions': of each idle one there are two and more.
low() { find "/proc/$(worker)/fd" -type l -printf '%f\n' | awk '$1 < 320' | wc -l; }
[ "$CROWD" -lt 400 ] || between 'the idle ones have left the low descriptors' "$(low)" 10 80
tell ask 300
check 'whoever asks of them is answered' "$REPLY" '300 right'
tell busy 40 300
check 'also when many become busy' "$REPLY" right
exec 5<>/dev/tcp/127.0.0.1/3307
waituntil 5 eval '[ "$(ss -Hltn "sport = 3307" | awk "{print \$2}")" = 1 ]'
check 'one more waits in the kernel' $? 0
before=$(cpu_ms)
read -r -t 0.5 line <&5
check 'unanswered' "$line" ''
between 'and costs nothing meanwhile: ms of CPU' $(($(cpu_ms) - before)) 0 100
tell close 1
read -r -t 5 line <&5
check 'until one leaves' "$line" hi
exec 5>&-
leave
waituntil 20 threads_are "$hot" "$hot"
check 'cold threads that are empty end' "$(threads)" "$hot"
if [ "$CROWD" -ge 4000 ]; then # fewer may take a second to end
  waituntil 5 eval '"$E" ask 127.0.0.1:3307 1; logged "lines about sessions were dropped"'
  check 'of many that end at once the log has a part' "$([ "$(count ' -- ')" -lt "$CROWD" ]; echo $?)" 0
fi

# ---- busy ones ------------------------------------------------------------------------------------------------------------
check 'exact bytes, half-closes, pauses: 100 at a time' "$("$M" storm 127.0.0.1:3307 100 4000 1 | sed 's/^[1-9][0-9]* exact/exact/')" \
  'exact, 0 wrong, 0 stuck'

# ---- cuts -----------------------------------------------------------------------------------------------------------------
n=$((CROWD < 600 ? CROWD : 600)) best=9999
for round in 1 2 3; do
  crowd 3308 "$n"
  waituntil 20 threads_are $((hot + n / 8)) 1000
  tell busy 4 200
  tell cut "$D/state" "$SWAP"
  check 'all write sessions are reset, hot and cold' "${REPLY% *}" "$n reset"
  [ "${REPLY##* }" -lt "$best" ] && best=${REPLY##* }
  leave
  seen "$BOTH" 'Server 126 is UP, changed role, role: primary'
done
between 'at once: ms' "$best" 0 "$CUT_MS"
waituntil 5 logged "Server 126 is UP, changed role, role: replica.* $n sessions cut"
check 'and counted in the log' $? 0

for round in 1 2 3; do
  crowd 3308 100
  waituntil 20 threads_are $((hot + 100 / 8)) 1000
  tell busy 4 200
  tell frozen "$(worker)" "$D/state" "$SWAP"
  check 'all are, when all of us slept while the role changed' "${REPLY% *}" '100 reset'
  leave
  seen "$BOTH" 'Server 126 is UP, changed role, role: primary'
done
check 'and what they had sent meanwhile never arrives' "$(sort -u "$D/126.log" "$D/127.log")" ''

# While sessions begin, idle and wake up, the role changes to and fro; whoever talks to a server that is no primary is wrong.
"$M" storm 127.0.0.1:3308 60 3000 500 >"$D/storm" &
storm=$!
while kill -0 "$storm" 2>/dev/null; do
  "$E" set "$D/state" "$SWAP"; sleep 0.2; "$E" set "$D/state" "$BOTH"; sleep 0.2
done
check 'cut in a storm: it serves on' "$(timeout 5 "$M" storm 127.0.0.1:3308 10 300 900 | sed 's/^[1-9][0-9]* exact/exact/')" \
  'exact, 0 wrong, 0 stuck'

# ---- a reload, with sessions in all threads and between them ---------------------------------------------------------------
"$M" storm 127.0.0.1:3307 60 3000 700 >"$D/storm" &
storm=$!
# Again and again: the sanitizer passes on some signals only with the next one.
while kill -0 "$storm" 2>/dev/null; do kill -HUP "$(cat "$D/f.pid")"; sleep 0.3; done
reloads=$(grep -c ' reloaded, ' "$D/log")
check 'reloads in a storm: exact' "$(sed 's/^[1-9][0-9]* exact/exact/' "$D/storm")" 'exact, 0 wrong, 0 stuck'
between 'several of them' "$reloads" 2 100
check 'each session came along' "$(grep -c 'did not come back\|sessions ended: their' "$D/log")" 0

crowd 3307 40
tell busy 2 300
t0=${EPOCHREALTIME/./}
"$F" -c "$D/f.ini" stop 2>/dev/null
between 'stop with sessions in all threads: ms' $(((${EPOCHREALTIME/./} - t0) / 1000)) 0 "$((CUT_MS + 500))"
check 'resets them' "$(grep -c ' read/12[67] .* KD ' "$D/log")" 40
leave

fwd_done
