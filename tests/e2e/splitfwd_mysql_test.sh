#!/bin/bash
# splitfwd beside a real MariaDB. See alone.sh.
set -u
. "$(dirname "$0")/alone.sh"
sql() { mariadb --no-defaults -uroot -S "$D/data/s" -BNe "$1"; }
status() { sql "show global status like '$1'" | cut -f2; }
# made N: so many checks have logged in.
made() { [ "$(sql "select total_connections from information_schema.user_statistics where user = 'chk'")" -ge "$1" ]; }
# mysqld OPTION...
mysqld() {
  mariadbd --no-defaults --user=root --datadir="$D/data" --socket="$D/data/s" --port=3306 --bind-address=127.0.0.1 \
    "$@" --innodb-buffer-pool-size=16M --performance-schema=off --max-connect-errors=5 --userstat=1 >>"$D/mysqld.log" 2>&1 &
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
sql "create user chk@'127.0.0.1'"

forwarder 'check = mysql' 'check-user = chk'
waituntil 10 logged 'Server m is UP'
waituntil 20 made 15
check 'fifteen checks are no aborted connect' "$(status Aborted_connects)" 0
check 'nor an aborted client' "$(status Aborted_clients)" 0
check 'nor does one stay' "$(sql "select count(*) from information_schema.processlist where user = 'chk'" | grep -cx '[01]')" 1
end "$forwarder"

: >"$D/log"
forwarder 'check = mysql' 'check-user = nobody-of-that-name'
waituntil 10 logged 'Server m is UP'
check 'a server that refuses the login is up' "$(grep -c 'is DOWN' "$D/log")" 0
kill -STOP "$mysqld"
waituntil 20 logged 'Server m is DOWN, reason: MySQL check: L7TOUT after [2-9][0-9][0-9] ms'
check 'one that hangs is down, after inter' $? 0
kill -CONT "$mysqld"
waituntil 10 eval '[ "$(grep -c "Server m is UP" "$D/log")" -eq 2 ]'
end "$mysqld"
waituntil 10 logged 'Server m is DOWN, reason: MySQL check: L4CON Connection refused'
check 'one that is gone is down' $? 0
end "$forwarder"

# What the check spares: a connect alone is counted, and ends in a blocked host.
mysqld
: >"$D/log"
forwarder 'check = tcp'
waituntil 10 logged 'Server m is UP'
waituntil 10 eval '[ "$(status Aborted_connects)" -gt 0 ]'
check 'a TCP check is an aborted connect' $? 0
end "$forwarder"
end "$mysqld"

# ---- send-proxy: the server knows the client, not us
mysqld --proxy-protocol-networks=127.0.0.1
sql "create user who@'10.9.9.9'; create user who@'fd00::9'; set global max_connect_errors = 1"
who() { mariadb --no-defaults --skip-ssl -h"$1" -P3307 -uwho -BNe "select user(), (select host from information_schema.processlist
  where id = connection_id())" 2>&1 | sed 's/:[0-9]*$//' | tr '\t' ' '; }
for v in v1 v2; do
  : >"$D/log"
  forwarder 'check = mysql' 'check-user = chk' "send-proxy = $v"
  waituntil 10 logged 'Server m is UP'
  check "$v: select user() is the client" "$(who 10.9.9.9)" 'who@10.9.9.9 10.9.9.9'
  n=$(sql "select total_connections from information_schema.user_statistics where user = 'chk'")
  waituntil 10 made $((n + 3))
  check "$v: checks log in, and nobody is blocked" "$(status Aborted_connects) $(grep -c 'is DOWN' "$D/log")" '0 0'
  end "$forwarder"
done
: >"$D/log"
BIND='[::]:3307' forwarder 'check = mysql' 'check-user = chk' 'send-proxy = v2'
waituntil 10 logged 'Server m is UP'
check 'v2 from IPv6 to a server on IPv4' "$(who fd00::9)" 'who@fd00::9 fd00::9'
end "$forwarder"
: >"$D/log"
forwarder 'check = mysql' 'check-user = chk'
waituntil 10 logged 'Server m is UP'
check 'without it the server takes us for the client' "$(who 10.9.9.9 | grep -o "denied for user 'who'@'[a-z0-9.]*'")" \
  "denied for user 'who'@'localhost'"
end "$forwarder"
end "$mysqld"

fwd_done
