#!/bin/bash
# splitfwd beside a real MariaDB. See alone.sh.
set -u
. "$(dirname "$0")/alone.sh"
sql() { mariadb --no-defaults -uroot -S "$D/data/s" -BNe "$1"; }
status() { sql "show global status like '$1'" | cut -f2; }
# mysqld OPTION...
mysqld() {
  mariadbd --no-defaults --user=root --datadir="$D/data" --socket="$D/data/s" --port=3306 --bind-address=127.0.0.1 \
    "$@" --innodb-buffer-pool-size=16M --performance-schema=off >>"$D/mysqld.log" 2>&1 &
  mysqld=$!
  waituntil 30 sql 'select 1'
}
# forwarder CHECK...: BIND
forwarder() {
  printf '%s\n' '[splitfwd]' "pidfile = $D/pid" '[server m]' 'address = 127.0.0.1:3306' 'inter = 200ms' 'fall = 5' 'fastinter = 20ms' \
    'downinter = 20ms' 'timeout-check = 1s' "$@" '[listen read]' "bind = ${BIND:-*:3307}" 'servers = m' >"$D/f.ini"
  "$F" -F -c "$D/f.ini" 2>>"$D/log" &
  forwarder=$!
}
end() { kill "$1"; wait "$1" 2>/dev/null; }

ip addr add 10.9.9.9/32 dev lo
ip addr add fd00::9/128 dev lo nodad
chmod 755 "$D"
mariadb-install-db --no-defaults --force --user=root --auth-root-authentication-method=normal \
  --datadir="$D/data" --skip-test-db >"$D/install.log" 2>&1 ||
  bad 'a server is made' "$(tail -n 3 "$D/install.log")"
mysqld
forwarder
waituntil 10 logged 'Server m is UP'
waituntil 10 eval '[ "$(status Aborted_connects)" -gt 0 ]'
check 'a TCP check is an aborted connect' $? 0
end "$mysqld"
waituntil 10 logged 'Server m is DOWN, reason: TCP check: L4CON Connection refused'
check 'one that is gone is down' $? 0
end "$forwarder"

# ---- send-proxy: the server knows the client, not us
mysqld --proxy-protocol-networks=127.0.0.1
sql "create user who@'10.9.9.9'; create user who@'fd00::9'"
who() { mariadb --no-defaults --skip-ssl -h"$1" -P3307 -uwho -BNe "select user(), (select host from information_schema.processlist
  where id = connection_id())" 2>&1 | sed 's/:[0-9]*$//' | tr '\t' ' '; }
: >"$D/log"
forwarder 'send-proxy = v2'
waituntil 10 logged 'Server m is UP'
check 'select user() is the client' "$(who 10.9.9.9)" 'who@10.9.9.9 10.9.9.9'
end "$forwarder"
: >"$D/log"
BIND='[::]:3307' forwarder 'send-proxy = v2'
waituntil 10 logged 'Server m is UP'
check 'from IPv6 to a server on IPv4' "$(who fd00::9)" 'who@fd00::9 fd00::9'
end "$forwarder"
: >"$D/log"
forwarder
waituntil 10 logged 'Server m is UP'
check 'without it the server takes us for the client' "$(who 10.9.9.9 | grep -o "denied for user 'who'@'[a-z0-9.]*'")" \
  "denied for user 'who'@'localhost'"
end "$forwarder"
end "$mysqld"

# ---- a drain: sessions end where their clients lose nothing
mysqld
sql "create database d; create table d.t (id int primary key) engine=innodb; create user app@'127.0.0.1'; grant all on d.* to app@'127.0.0.1'"
: >"$D/log"
cat >"$D/f.ini" <<CONF
[splitfwd]
pidfile = $D/pid
drain = 3s
[server m]
address = 127.0.0.1:3306
[listen read]
bind = *:3307
servers = m
CONF
"$F" -F -c "$D/f.ini" 2>>"$D/log" &
forwarder=$!
waituntil 10 logged 'Server m is UP'
# client N: a mariadb client that takes statements on descriptor N; what it is told is in $D/N. tells N SQL. told N TEXT
client() {
  mkfifo "$D/in$1"
  (exec mariadb --no-defaults --skip-ssl --skip-reconnect -h127.0.0.1 -P3307 -uapp -nBN --force d <"$D/in$1" >"$D/$1" 2>&1) &
  eval "exec $1>'$D/in$1'; client_$1=$!"
  tells "$1" "select 'ready $1'"
  waituntil 5 told "$1" "ready $1"
}
tells() { echo "$2;" >&"$1"; }
told() { grep -q -- "$2" "$D/$1"; }
show() { echo 'show drain' | timeout 5 socat -t 5 - "UNIX-CONNECT:$D/pid.sock" | head -n 1; }
sessions() { sql "select count(*) from information_schema.processlist where user='app'"; }
for n in 61 62 63 64; do client $n; done
check 'four sessions' "$(sessions)" 4
tells 62 'begin; insert into t values (1)'
tells 63 'begin; insert into t values (2)'
tells 64 'begin; insert into t values (3)'
waituntil 5 eval '[ "$(sql "select count(*) from information_schema.innodb_trx")" = 3 ]'
broken=$(status Aborted_clients)
"$F" -c "$D/f.ini" drain >"$D/drained" 2>&1 &
drain=$!
waituntil 2 eval '[ "$(sessions)" = 3 ]'
check 'who idles outside of a transaction is closed, others are not' "$? $(show)" '0 3 sessions are left'
tells 62 'commit'
waituntil 2 eval '[ "$(sessions)" = 2 ]'
check 'who has committed is closed' $? 0
tells 63 "select 'in it' from t where id = 2"
waituntil 2 told 63 'in it'
tells 63 'insert into t values (20)'
check 'who goes on in a transaction is not' "$(sessions)" 2
"$E" ask 127.0.0.1:3307 1 >/dev/null 2>&1
check 'who comes is served' "$(mariadb --no-defaults --skip-ssl -h127.0.0.1 -P3307 -uapp -BNe 'select 7')" 7
tells 63 'rollback'
waituntil 2 eval '[ "$(sessions)" = 1 ]'
check 'nor is a rollback waited for in vain' $? 0
check 'a connect is answered so far' "$(timeout 1 bash -c '</dev/tcp/127.0.0.1/3307' && echo yes)" yes
wait "$drain"
check 'the last one is cut in the end, and counted' "$? $(sed 's/.*: //' "$D/drained")" '0 drained, 3 sessions ended at rest, 1 were cut'
T0=${EPOCHREALTIME/./}
mariadb --no-defaults --skip-ssl -h127.0.0.1 -P3307 -uapp -BNe 'select 8' >"$D/late"
between 'a connect then is not answered, and not refused: it comes again after a second' "$(((${EPOCHREALTIME/./} - T0) / 1000))" 300 1400
check 'and is served' "$(cat "$D/late")" 8
check 'who was cut is not in the data, who had committed is' "$(sql 'select group_concat(id) from d.t')" 1
check 'the server has lost the one that was cut, no other' "$(($(status Aborted_clients) - broken))" 1
check 'the log says how each ended' "$(grep -c ' read/m .* K- ' "$D/log") $(grep -c ' read/m .* KD ' "$D/log")" '3 1'
check 'and the drain is over' "$(show)" off
for n in 61 62 63 64; do eval "exec $n>&-"; done

# ---- the ports of this host: who quits in order leaves no TIME_WAIT here
waits() { ss -Htan state time-wait 'dst 127.0.0.1:3306' | wc -l; }
before=$(waits)
for i in 1 2 3 4 5; do mariadb --no-defaults --skip-ssl -h127.0.0.1 -P3307 -uapp -BNe 'select 9' >/dev/null; done
waituntil 5 eval '[ "$(sessions)" = 0 ]'
check 'five sessions leave no port of ours in TIME_WAIT' "$(($(waits) - before))" 0

# ---- a reload in the middle of it: connects are answered again
client 65
tells 65 'begin; insert into t values (5)'
"$F" -c "$D/f.ini" drain >"$D/drained" 2>&1 &
drain=$!
waituntil 2 logged 'draining, 1 sessions'
waituntil 6 eval '[ "$(show)" != off ] && ! timeout 0.2 bash -c "</dev/tcp/127.0.0.1/3307"'
kill -HUP "$(<"$D/pid")"
waituntil 5 logged 'took over'
check 'the next worker answers' "$(timeout 0.5 bash -c '</dev/tcp/127.0.0.1/3307' && echo yes)" yes
tells 65 "commit; select 'lives on'"
waituntil 2 told 65 'lives on'
check 'and the session lives on' $? 0
wait "$drain"
exec 65>&-
end "$forwarder"

# ---- drain = 0s: none
sed -i 's/^drain.*/drain = 0s/' "$D/f.ini"
n=$(grep -c draining "$D/log")
"$F" -F -c "$D/f.ini" 2>>"$D/log" &
forwarder=$!
waituntil 10 eval '[ -s "$D/pid" ] && [ -n "$(show)" ]'
"$F" -c "$D/f.ini" drain
check 'drain = 0s: none is made' "$? $(($(grep -c draining "$D/log") - n)) $(show)" '0 0 off'
end "$forwarder"

# ---- a check whose session is killed while logins are slow: no death of the server
sql "create user chk@'127.0.0.1' identified by 'pw'; grant all on *.* to chk@'127.0.0.1'"
echo pw >"$D/pw" && chmod 600 "$D/pw"
printf '%s\n' '[login]' 'user = chk' "password_file = $D/pw" '[server slow]' 'address = 127.0.0.1:3399' >"$D/chk.ini"
socat TCP-LISTEN:3399,fork,reuseaddr SYSTEM:"sleep 0.4; exec socat - TCP\:127.0.0.1\:3306" &
slow=$!
waituntil 5 eval 'ss -Hltn "sport = 3399" | grep -q .'
"$root/promote/mysqlchk" -c "$D/chk.ini" slow >"$D/lines" 2>"$D/chk.err" &
chk=$!
waituntil 10 grep -q '^slow up .*role=primary' "$D/lines"
ours() { sql "select min(id) from information_schema.processlist where user='chk'"; }
before=$(ours)
sql "kill $before"
waituntil 5 eval '[ "$(ours)" != NULL ] && [ "$(ours)" != "$before" ]'
check 'a check whose session is killed logs in again' $? 0
check 'and the server was not down meanwhile' "$(grep -c ' down ' "$D/lines")" 0
kill "$chk" "$slow"
end "$mysqld"

fwd_done
