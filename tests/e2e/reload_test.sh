#!/bin/bash
# splitfwd under SIGHUP, which renews the program and its file: no session, no new connection and no count is lost, and a wrong
# file changes nothing. See splitfwd.sh.
set -u
. "$(dirname "$0")/splitfwd.sh"

# ask FD TEXT: sends a line on the session, prints the answer. The server's name comes first, at the connect.
hear() { local line; IFS= read -r -t 5 -u "$1" line && printf '%s' "$line"; }
ask() { printf '%s\n' "$2" >&"$1" && hear "$1"; }
reloads() { local n; n=$(count "$1"); kill "-$2" "$(pid)"; waituntil 10 more "$1" "$n"; }
page() { "$E" http 127.0.0.1:8888 "GET /s${1:-} HTTP/1.1\r\nAuthorization: Basic YTpi\r\n\r\n"; }
# row NAME: what a listener and its servers have counted. waiting NAME N: so many wait there.
stat() { page ';csv' | csv_at "$@"; }
row() {
  stat "$1" FRONTEND scur smax stot bin bout rate_max
  for sv in 126 127; do stat "$1" $sv scur smax stot bin bout econ lbtot connect ctime_max ttime check_status chkdown downtime; done
  stat "$1" BACKEND scur smax stot bin bout qmax cli_abrt srv_abrt chkdown downtime
}
waiting() { [ "$(stat "$1" BACKEND qcur)" = "$2" ]; }
worker() { pgrep -P "$(pid)" | grep -vxF "$(watcher)"; }

(umask 077; echo a:b >"$D/auth")
stats() { printf '[stats]\nbind = 127.0.0.1:8888\nuri = /s\nauth = %s\n' "$D/auth"; }
stats >>"$D/f.ini"
cp "$F" "$D/program" && F=$D/program
cat >>"$D/f.ini" <<CONF
[server t]
address = 127.0.0.131:3306
check = tcp
inter = 5s
[listen t]
bind = *:3312
servers = t
CONF
cp "$D/f.ini" "$D/good.ini"
server_t() { "$E" serve 127.0.0.131:3306 t >>"$D/t.log" 2>&1 & server_131=$!; waituntil 5 listens 131; }
server_t
cd "$D" || exit 1
"$F" -F -c f.ini 2>"$D/log" &
waituntil 5 logged 'Server 127 is UP' && waituntil 5 logged 'Server t is UP' || exit 1
cd /
first=$(pid) old=$(worker)
# open_files: of the parent and of the worker.
open_files() { echo "$(ls "/proc/$first/fd" | wc -l) $(ls "/proc/$(worker)/fd" | wc -l)"; }
files=$(open_files)

# ---- a session, a half-closed one and waiting bytes live through it ---------------------------------------------------
exec 5<>/dev/tcp/127.0.0.1/3308 6<>/dev/tcp/127.0.0.1/3307
check 'a write session before' "$(hear 5) $(ask 5 one)" '126 one'
reader=$(hear 6)
"$E" bulk 127.0.0.1:3307 20000000 >"$D/bulk" & bulk=$!
before=$(row write)
sed -i 's/maxconn = 200/maxconn = 210/' "$D/f.ini"
reloads 'reloaded, 5 listeners' HUP
check 'reload: the same process, another worker' "$? $(pid) $([ "$(worker)" != "$old" ] && echo other)" "0 $first other"
check 'reload: the old worker has ended' "$(waituntil 5 not kill -0 "$old"; echo $?)" 0
check 'reload: counts go on' "$(row write)" "$before"
check 'reload: the session goes on' "$(ask 5 two)" two
check 'reload: so does the reader, where it was' "$(ask 6 x) $reader" "x $reader"
wait $bulk
check 'reload: the bulk transfer too, exact' "$(cat "$D/bulk")" exact
check 'reload: the new file is in effect' "$(page | grep -o 'of 210 sessions')" 'of 210 sessions'
check 'reload: it took over what there was' "$(grep -c 'took over [23] sessions' "$D/log")" 1

# ---- what is wrong changes nothing --------------------------------------------------------------------------------------
old=$(worker)
sed -i 's/send-to/sendto/' "$D/f.ini"
reloads 'reload refused' HUP
check 'a mistake in the file: refused, with its line' "$(grep -c "stays as it was: $D/f.ini:18: unknown key" "$D/log")" 1
sed 's/127.0.0.1:8888/127.0.0.126:3306/' "$D/good.ini" >"$D/f.ini"
"$E" serve 127.0.0.9:3399 busy & busy=$!
waituntil 5 eval 'ss -Hltn "src 127.0.0.9:3399" | grep -q .'
{ cat "$D/good.ini"; printf '[listen new]\nbind = 127.0.0.9:3399\nservers = 126\n'; } >"$D/f.ini"
reloads 'reload refused.*Address already in use' HUP
check 'a port that is taken: refused' "$?" 0
sed "s|^pidfile = .*|pidfile = $D/run/g.pid|" "$D/good.ini" >"$D/f.ini"
reloads 'reload refused.*pidfile' HUP
check 'another pid file: refused' "$? $(pid)" "0 $first"
sed "s|^check-exec = .*|check-exec = /nowhere|" "$D/good.ini" >"$D/f.ini"
reloads 'reload refused.*nowhere' HUP
check 'a watcher that is not there: refused' "$?" 0
check 'the worker is the same, and its session' "$(worker) $(ask 5 three)" "$old three"
check 'no worker and no watcher is left of all that' "$(pgrep -P "$first" | wc -l)" 2
kill $busy

# ---- a listener more, a listener less, a server less ---------------------------------------------------------------------
exec 7<>/dev/tcp/127.0.0.1/3310
hear 7 >/dev/null
sed '/^\[listen few\]/,/^maxconn = 2/d' "$D/good.ini" >"$D/f.ini"
printf '[listen more]\nbind = 127.0.0.1:3311\nservers = 126\n' >>"$D/f.ini"
reloads 'reloaded, 5 listeners' HUP
check 'a new listener serves' "$("$E" ask 127.0.0.1:3311 1)" 126
check 'one that is gone does not' "$(ss -Hltn 'sport = 3310')" ''
check 'its session is reset' "$(timeout 2 cat <&7 2>&1 | sed 's/.*: //')" 'Connection reset by peer'
check 'the others go on' "$(ask 5 four)" four
cp "$D/good.ini" "$D/f.ini"
reloads 'reloaded, 5 listeners' HUP

# ---- many new connections while it reloads again and again ---------------------------------------------------------------
asking() { local i; for ((i = 0; i < 400; i++)); do at_read 1; done >"$D/asked" 2>&1; }
asking & asker=$!
for i in 1 2 3 4 5; do reloads 'reloaded, 5 listeners' HUP; done
wait $asker
check 'no connection is lost by five reloads' "$(grep -cxE '126|127' "$D/asked") $(grep -vcxE '126|127' "$D/asked")" '400 0'
check 'a session lives through all of them' "$(ask 5 five)" five

# ---- what the new worker cannot know by itself -----------------------------------------------------------------------
exec 9<>/dev/tcp/127.0.0.1/3312
hear 9 >/dev/null
server_gone 131
reloads 'reloaded, 5 listeners' HUP
check 'one check that fails is not down, to the next worker either' "$(ask 9 one)" one
server_t
exec 9>&-
seen '126 up fault=full;127 up role=replica' 'Server 126 is UP, role: not said'
reloads 'reloaded, 5 listeners' HUP
check 'a primary that cannot say its role keeps its sessions' "$(ask 5 six)" six
seen "$BOTH" 'Server 126 is UP, changed role, role: primary'
sed 's/127.0.0.126/127.0.0.125/' "$D/good.ini" >"$D/f.ini"
reloads 'reloaded, 5 listeners' HUP
check 'a server that is elsewhere now: its session is reset' "$(timeout 2 cat <&5 2>&1 | sed 's/.*: //')" 'Connection reset by peer'
cp "$D/good.ini" "$D/f.ini"
reloads 'reloaded, 5 listeners' HUP

# ---- a client that waits for a primary ------------------------------------------------------------------------------------
seen '126 up role=replica;127 up role=replica' 'Listener write has no primary'
exec 5>&- 6>&- 7>&-
exec 8<>/dev/tcp/127.0.0.1/3308
printf 'early\n' >&8
waituntil 5 waiting write 1
reloads 'reloaded, 5 listeners' HUP
state "$BOTH"
check 'one that waits for a primary waits on, its bytes are kept' "$(hear 8) $(hear 8)" '126 early'

# ---- the program that is installed now ------------------------------------------------------------------------------------
old=$(worker)
cp "$F" "$D/next" && printf 'another' >>"$D/next" && chmod 755 "$D/next" && mv "$D/next" "$F"
reloads 'reloaded, 5 listeners' HUP
check 'upgrade: it is the one that is installed now' "$(tail -c 7 "/proc/$first/exe")" another
check 'upgrade: the same process, another worker' "$(pid) $([ "$(worker)" != "$old" ] && echo other)" "$first other"
check 'upgrade: the session goes on' "$(ask 8 six)" six
check 'upgrade: it is the only one, by the pid file' "$("$F" -c "$D/f.ini" status | head -n 1)" "splitfwd: running, pid $first"
check 'upgrade: the worker has each port once' "$(waituntil 5 not kill -0 "$old"; ss -Hltnp | grep -c "pid=$(worker),") \
$(ss -Hltnp | grep -o "pid=$(worker)," | wc -l)" '6 6'
check 'upgrade: one worker, one watcher' "$(waituntil 5 eval '[ "$(pgrep -P "$first" | wc -l)" = 2 ]'; echo $?)" 0
check 'upgrade: reload after that' "$(reloads 'reloaded, 5 listeners' HUP; echo $?) $(ask 8 seven)" '0 seven'
old=$(worker)
n=$(count 'reloaded, 5 listeners')
kill -9 "$old"
waituntil 5 logged 'the worker ended: signal 9'
kill -HUP "$first"
waituntil 10 more 'reloaded, 5 listeners' "$n"
check 'upgrade: while there is no worker it starts one' "$? $(at_read 1 | grep -cxE '126|127')" '0 1'
sed "s|^check-exec = .*|check-exec = /nowhere|" "$D/good.ini" >"$D/f.ini"
old=$(watcher)
reloads 'reload refused.*nowhere' HUP
check 'refused by the new program: the watcher is the same' "$(watcher)" "$old"
n=$(count 'the worker is started again')
kill -9 "$(worker)"
waituntil 5 more 'the worker is started again' "$n"
check 'and the file of before counts' "$? $(at_read 1 | grep -cxE '126|127')" '0 1'
cp "$D/good.ini" "$D/f.ini"
exec 8<>/dev/tcp/127.0.0.1/3308
hear 8 >/dev/null
printf '#!/bin/sh\nexit 3\n' >"$D/broken" && chmod 755 "$D/broken"
mv "$F" "$D/kept" && mv "$D/broken" "$F"
reloads 'reload refused.*exit 3' HUP
check 'a program that does not take the file: refused' "$? $(ask 8 eight)" '0 eight'
mv "$D/kept" "$F"
exec 8>&-

# ---- a worker that hangs cannot hand over: a reload is the way out ---------------------------------------------------------
old=$(worker)
kill -STOP "$old"
reloads 'reloaded, 5 listeners' HUP
check 'a worker that hangs is replaced, and said so' \
  "$? $(grep -c 'the old worker has not handed over' "$D/log") $(waituntil 5 not kill -0 "$old"; echo $?)" '0 1 0'
check 'and the new one serves' "$(at_read 1 | grep -cxE '126|127')" 1
none_left() { [ "$(open_files)" = "$files" ]; }
check "as many open files as at first ($files)" "$(waituntil 5 none_left; echo $?) $(open_files)" "0 $files"
# A reload takes as long as the new watcher is silent; what comes meanwhile is not forgotten.
state silent
kill -HUP "$first"
waituntil 5 eval '[ "$(pgrep -P "$first" | wc -l)" = 4 ]'
kill -HUP "$first"
kill -TERM "$first"
state "$BOTH"
check 'and it stops, in the middle of a reload and before another' "$(waituntil 5 not kill -0 "$first"; echo $?) $(ls "$D/run")" '0 '
fwd_done
