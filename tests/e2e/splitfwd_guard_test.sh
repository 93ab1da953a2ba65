#!/bin/bash
# Who may come in, what a server is told of him, and how splitfwd ends: see splitfwd.sh.
set -u
. "$(dirname "$0")/splitfwd.sh"
ip addr add 10.9.9.9/32 dev lo
# nobody answers at 10.8.8.8, until it is an address of ours
ip link add d0 type veth peer name d1 && ip link set d1 up && ip link set d0 up && ip addr add 10.8.8.1/24 dev d0 &&
  ip neigh add 10.8.8.8 lladdr 02:00:00:00:00:01 dev d0 || exit 1

# Servers 126 and 127 by watcher; one has room for one.
printf 'admin:geheim\n' >"$D/auth" && chmod 600 "$D/auth"
cat >"$D/g.ini" <<CONF
[splitfwd]
pidfile = $D/run/f.pid
threads = 2
check-exec = $E watch $D/state
[server 126]
address = 127.0.0.126:3306
[server one]
address = 127.0.0.127:3306
maxconn = 1
[server none]
address = 127.0.0.140:3306
send-proxy = v2
[server slam]
address = 127.0.0.141:3306
send-proxy = v2
[server v1]
address = 127.0.0.142:3306
send-proxy = v2
[server v2]
address = 127.0.0.143:3306
send-proxy = v2
[server six1]
address = [::1]:3306
send-proxy = v2
[server six2]
address = [::1]:3305
send-proxy = v2
[server late]
address = 10.8.8.8:3304
send-proxy = v2
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
[listen v1]
bind = *:3313
servers = none slam v1
balance = first
[listen v2]
bind = *:3314
servers = v2
[listen six1]
bind = [::]:3315
servers = six1
[listen six2]
bind = [::1]:3316
servers = six2
[listen four-to-six]
bind = *:3317
servers = six1
[listen late]
bind = *:3318
servers = late
[listen source]
bind = *:3320
servers = v2
maxconn-source = 2
[stats]
bind = 127.0.0.1:8888
auth = $D/auth
allow = 127.0.0.1
CONF
STATE='126 up role=primary;none up;slam up;v1 up;v2 up;six1 up;six2 up;late up;one up role=replica'
# peer NAME ADDRESS [MODE]
peer() {
  "$E" serve "$2" "$1" "${3:-}" >>"$D/$1.log" 2>&1 &
  waituntil 5 eval "ss -Hltn 'src $2' | grep -q ."
}
peer slam 127.0.0.141:3306 slam
peer v1 127.0.0.142:3306
peer v2 127.0.0.143:3306
peer six1 '[::1]:3306'
peer six2 '[::1]:3305'
peer late 0.0.0.0:3304
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
says() { says_to "127.0.0.1:$1" "$2" "${3:-}"; }
says_to() { { IFS= read -r PORT; IFS= read -r REPLY; } < <("$E" say "$1" "$2" "${3:-}"); }
# held N PORT: a session at PORT on descriptor N, that a server has greeted
held() { eval "exec $1<>/dev/tcp/127.0.0.1/$2" && read -r -t 5 REPLY <&"$1"; }
# there PORT N: so many clients, and all of them have been accepted
there() { [ "$(ss -Htn state established state close-wait "sport = $1" | grep -c .)" = "$2" ] && ss -Hltn "sport = $1" | grep -q '^LISTEN *0 '; }

"$F" -t -c "$D/g.ini" >"$D/t1" && "$F" -t -c "$D/t1" | cmp -s - "$D/t1"
check '-t prints what reads back the same' $? 0
chmod 755 "$D" && chmod 644 "$D/g.ini"
sed '/^\[stats\]/,$d' "$D/g.ini" >"$D/few.ini"
# unpermitted LIMIT: what -t says to somebody who may have so many processes
unpermitted() { (ulimit -u "$1"; exec setpriv --reuid 64999 --clear-groups "$F" -t -c "$D/few.ini" 2>&1 >/dev/null); }
check 'too few threads are no error, but said' "$(unpermitted 200; echo $?)" \
  'splitfwd: maxconn = 4000 may need 504 threads, the limit of processes is 200: idle sessions may cost more
0'
check 'enough are not' "$(unpermitted 504; echo $?)" 0
run "$D/g.ini"

# ---- allow and deny ---------------------------------------------------------------------------------------------------
DENIED='j04.#HY000splitfwd: this host is not allowed to connect'
says 3311 x 127.0.0.5:0
check 'who is allowed comes in' "$REPLY" '1260a.xbye0a.'
says 3311 '' 127.0.0.66:0
check 'who is denied gets a MySQL error' "${REPLY#*ff.}" "$DENIED"
says 3311 '' 127.0.1.7:0
check 'so does one of a network that is' "${REPLY#*ff.}" "$DENIED"
REPLY=$("$E" say 10.9.9.9:3311 '' | tail -n 1)
check 'and one who is in neither' "${REPLY#*ff.}" "$DENIED"
waituntil 2 logged '127.0.0.66:[0-9]* .* some some/<NOSRV> -1/-1/[0-9]* 0 PR '
check 'with PR in the log' $? 0
says 3312 x 127.0.0.66:0
check 'another listener lets him in' "$REPLY" '1270a.xbye0a.'
for i in 1 2 3 4 5 6 7 8 9 10; do says 3311 '' 127.0.0.66:0; says 3311 '' 127.0.0.66:0; says 3311 '' 127.0.0.66:0; done
check 'he cannot fill the log' "$([ "$(count ' PR ')" -lt 25 ] && echo no)" no
waituntil 5 eval 'says 3311 "" 127.0.0.66:0; logged "splitfwd: [1-9][0-9]* lines about sessions were dropped"'
check 'which says that it leaves out lines' $? 0
check 'the page is for whom it may be' "$("$E" http 127.0.0.1:8888 'GET / HTTP/1.1\r\n\r\n' | head -n 1 | tr -d '\r')" \
  'HTTP/1.1 404 Not Found'
check 'not for others' "$("$E" http 127.0.0.1:8888 'GET / HTTP/1.1\r\n\r\n' 127.0.0.5:0 | head -n 1 | tr -d '\r')" \
  'HTTP/1.1 403 Forbidden'
waituntil 2 logged 'stats: 127.0.0.5:[0-9]* is not allowed'
check 'and the log says so' $? 0

# ---- send-proxy -----------------------------------------------------------------------------------------------------------
# spelled NUMBER...: bytes as the client shows them
spelled() { local b; for b; do if [ "$b" -ge 32 ] && [ "$b" -lt 127 ]; then printf "\\x$(printf %x "$b")"; else printf '%02x.' "$b"; fi; done; }
port() { spelled $(($1 / 256)) $(($1 % 256)); }
V2='0d.0a.0d.0a.00.0d.0a.QUIT0a.'
# four LAST PORT: the header of 127.0.0.LAST, from \$PORT to this port of 127.0.0.1
four() { echo "${V2}!11.00.0c.7f.00.00.0$1.7f.00.00.01.$(port "$PORT")$(port "$2")"; }
says 3313 '|x' 127.0.0.5:0
check 'byte by byte, once, at the third server' "$REPLY" "v10a.$(four 5 3313)xbye0a."
says 3314 x 127.0.0.5:0
check 'at once' "$REPLY" "v20a.$(four 5 3314)xbye0a."
says_to '[::1]:3316' x
ONE=00.00.00.00.00.00.00.00.00.00.00.00.00.00.00.01.
check 'from IPv6' "$REPLY" "six20a.${V2}!!00.\$$ONE$ONE$(port "$PORT")$(port 3316)xbye0a."
says 3317 x 127.0.0.5:0
check 'from IPv4 to an IPv6 server' "$REPLY" "six10a.$(four 5 3317)xbye0a."
check 'it is none of the bytes that the client sent' "$(waituntil 2 logged ' four-to-six/six1 .* 1$'; echo $?)" 0

"$E" say 127.0.0.1:3318 x >"$D/late" &
late=$!
waituntil 5 eval 'ss -Htn state syn-sent "dport = 3304" | grep -q .'
kill -HUP "$(pid)"
waituntil 5 logged 'took over 1 sessions'
check 'a session goes to the next worker while it connects' "$? $(ss -Htn state syn-sent 'dport = 3304' | grep -c .)" '0 1'
ip addr add 10.8.8.8/32 dev lo
wait "$late"
PORT=$(head -n 1 "$D/late")
check 'which sends the header, once' "$(tail -n 1 "$D/late")" "late0a.$(four 1 3318)xbye0a."

"$E" say 127.0.0.1:3314 '|||||||||||||||x' >"$D/kept" &
kept=$!
waituntil 5 there 3314 1 && waituntil 5 eval 'ss -Htn state established "dst 127.0.0.143:3306" | grep -q .'
n=$(count 'took over 1 sessions')
kill -HUP "$(pid)"
waituntil 5 more 'took over 1 sessions' "$n"
wait "$kept"
PORT=$(head -n 1 "$D/kept")
check 'a session that flows gets no second one from the next worker' "$(tail -n 1 "$D/kept")" \
  "v20a.$(four 1 3314)xbye0a."

# ---- maxconn-source -------------------------------------------------------------------------------------------------------
MANY='splitfwd: too many connections from this host'
held 5 3320
held 6 3320
says 3320 ''
check 'a third session of an address gets a MySQL error' "${REPLY#*#}" "08004$MANY"
says 3320 x 127.0.0.5:0
check 'one of another address does not' "${REPLY%%0a.*}" v2
n=$(count 'took over')
kill -HUP "$(pid)"
waituntil 5 more 'took over' "$n"
says 3320 ''
check 'so it is after a reload' "${REPLY#*#}" "08004$MANY"
exec 5>&-
freed() { says 3320 '|x' && [ "${REPLY%%0a.*}" = v2 ]; }
waituntil 5 freed
check 'one that has ended makes room' $? 0
exec 6>&-

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
"$E" refused 127.0.0.1:3312 >"$D/q1" 5>&- &
q1=$!
waituntil 5 there 3312 2
"$F" -c "$D/g.ini" stop 2>/dev/null
wait "$q1"
check 'who waits when we stop is told' "$(head -n 1 "$D/q1" | sed 's/.*#//')" '08S01splitfwd: shutdown in progress'
check 'with KQ in the log' "$(count ' short short/<NOSRV> .* KQ ')" 1
check 'who has a server is reset' "$(timeout 2 cat <&5 2>&1 | sed 's/.*: //')" 'Connection reset by peer'
exec 5>&-

# ---- IPv6 alone -------------------------------------------------------------------------------------------------------------
ip addr add fd00::66/128 dev lo nodad
cat >"$D/six.ini" <<CONF
[splitfwd]
pidfile = $D/run/f.pid
threads = 3
check-exec = $E watch $D/state
[server one]
address = [fd00::66]:3401
check = exec tcp
[server two]
address = [::1]:3402
[listen read]
bind = [::1]:3307
servers = one two
allow = ::/0
deny = fd00::66
[listen write]
bind = [::]:3308
servers = one two
send-to = primary
deny = fd00::66
[listen source]
bind = [::1]:3309
servers = two
maxconn-source = 1
CONF
peer one '[fd00::66]:3401'
peer two '[::1]:3402'
STATE='two up role=primary;one up role=replica'
run "$D/six.ini"
check 'as many threads as the key says, and the front' "$(ls "/proc/$(pgrep -P "$(pid)" -f six.ini)/task" | wc -l)" 4
check 'reads go round on IPv6' "$("$E" ask '[::1]:3307' 4 | tr ' ' '\n' | sort | uniq -c | tr -s ' \n' ' ')" ' 2 one 2 two '
check 'writes go to the primary' "$("$E" ask '[::1]:3308' 3)" 'two two two'
check '1 MB each way, exact' "$("$E" bulk '[::1]:3308' 1000000)" exact
says_to '[fd00::66]:3308' ''
check 'who is denied gets a MySQL error' "${REPLY#*ff.}" "$DENIED"
exec 5<>/dev/tcp/::1/3309 && read -r -t 5 REPLY <&5
says_to '[::1]:3309' ''
check 'so does one too many' "${REPLY#*#}" "08004$MANY"
n=$(count 'took over 1 sessions')
kill -HUP "$(pid)"
waituntil 5 more 'took over 1 sessions' "$n"
echo still there >&5 && read -r -t 5 REPLY <&5
check 'a reload keeps a session' "$REPLY" 'still there'
exec 5>&-
waituntil 2 logged ' \[::1\]:[0-9]* .* source source/two '
check 'which is logged' $? 0
cut=$("$E" cut '[::1]:3308' "$D/state" 'one up role=primary;two up role=replica')
check 'a write session is reset when the role is lost' "${cut%$'\n'*}" 'two ping Connection reset by peer'
ends

fwd_done
