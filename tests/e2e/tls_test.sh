#!/bin/bash
# Servers that let nobody in without TLS, us and replicas neither: the pair is made, switches to and fro, and comes back after a death.
# Who is not whom the certificate names gets no password.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/env.sh
. tests/e2e/pair.sh
env_trap
env_up || exit 1

# ---- who signs, and what each server shows: its address ---------------------------------------------------------------
CA=$E2E_DIR/ca
new_ca() { openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj "/CN=${1##*/}" -keyout "$1.key" -out "$1.pem" 2>/dev/null; }
# certificate NAME ADDRESS: NAME.pem and NAME.key, signed by $CA.
certificate() {
  openssl req -newkey rsa:2048 -nodes -subj "/CN=$2" -keyout "$1.key" -out "$1.csr" 2>/dev/null &&
    openssl x509 -req -in "$1.csr" -CA "$CA.pem" -CAkey "$CA.key" -CAcreateserial -days 30 -out "$1.pem" \
      -extfile <(echo "subjectAltName=IP:$2") 2>/dev/null
}
new_ca "$CA" && new_ca "$E2E_DIR/other" && certificate "$E2E_DIR/tandem" 172.16.1.99 || exit 1
for node in hdp3 hdp4; do
  db_make "$node" && certificate "$(dir "$node")/server" "${ADDR[$node]}" || exit 1
  cat >>"$(dir "$node")/my.cnf" <<-CONF
	ssl_ca=$CA.pem
	ssl_cert=$(dir "$node")/server.pem
	ssl_key=$(dir "$node")/server.key
	CONF
  db_start "$node" || exit 1
done
db_wait hdp3 && db_wait hdp4 && db_accounts hdp3 || exit 1
db_follow hdp4 hdp3 && waituntil 10 db_synced hdp3 hdp4 || exit 1
sql hdp3 "ALTER USER $TANDEM_USER@'%' REQUIRE X509; ALTER USER $TANDEM_USER@localhost REQUIRE X509;
  ALTER USER $REPL_USER@'%' REQUIRE SSL" || exit 1
waituntil 10 db_synced hdp3 hdp4 && sql hdp4 'STOP SLAVE; RESET SLAVE ALL' || exit 1
pair_install || exit 1

# keys NODE HOW CA: our files there ask for TLS.
keys() {
  sed -i '/^ssl/d' "$(dir "$1")"/etc/{promote,mysqlchk}.ini
  sed -i "/^user = /a ssl = $2\nssl_ca = $3" "$(dir "$1")"/etc/{promote,mysqlchk}.ini
  sed -i "/^\[login\]/a ssl_cert = $E2E_DIR/tandem.pem\nssl_key = $E2E_DIR/tandem.key" "$(dir "$1")"/etc/{promote,mysqlchk}.ini
}
chk() { on hdp3 /usr/local/sbin/mysqlchk -1 "$1" 2>&1; }
check 'without the keys nobody is let in' eval '[[ $(chk hdp4) == *login-refused* ]]'
for node in hdp3 hdp4; do keys "$node" verify "$E2E_DIR/other.pem"; done
check 'a certificate that somebody else signed is refused' eval '[[ $(chk hdp4) == *login-refused* ]]'
check 'and it says why' eval '[[ $(chk hdp4) == *ertificate* ]]'
check 'the socket needs none' eval '[[ $(chk local) == *" up "*" role="* ]]'
for node in hdp3 hdp4; do keys "$node" verify "$CA.pem"; done
check 'who is signed for is let in' eval '[[ $(chk hdp4) == *" up "*" role="* ]]'
on hdp3 timeout 20 strace -f -e trace=openat,open -o "$E2E_DIR/opened" /usr/local/sbin/mysqlchk -1 hdp4 >/dev/null 2>&1
check 'the files are read' grep -q 'ca\.pem' "$E2E_DIR/opened"
check 'and no shared object, nor a file of the host but those' eval \
  '! grep -E "open(at)?\(" "$E2E_DIR/opened" | grep -vE "/etc/tandem/|\.pem|\.key|/proc/|/dev/(null|urandom)|/etc/localtime|ENOENT" | grep -q .'

# ---- one that dies in the middle of a login is down, and has refused nothing -------------------------------------------
# breaks-off HOW: greets with what the server there says, and is gone when it is asked for TLS.
cat >"$E2E_DIR/breaks-off" <<'PY'
import socket, struct, sys
listener = socket.create_server(('0.0.0.0', 3307))
print('ready', flush=True)
while True:
    client, _ = listener.accept()
    with socket.create_connection(('127.0.0.1', 3306)) as server:
        client.sendall(server.recv(4096))
    client.recv(4096)
    if sys.argv[1] == 'reset':
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
    client.close()
PY
sed 's/127:3306/127:3307/' "$(dir hdp3)/etc/mysqlchk.ini" >"$(dir hdp3)/etc/dying.ini"
for how in reset close; do
  spawn hdp4 "$how" python3 "$E2E_DIR/breaks-off" "$how"
  waituntil 5 grep -q ready "$(dir hdp4)/$how.log"
  check_eq "a $how in the middle of it" 'hdp4 down fault=gone' "$(on hdp3 /usr/local/sbin/mysqlchk -c /etc/tandem/dying.ini -1 hdp4 2>&1 | tail -n 1)"
  kill -KILL "$SPAWN_PID" && waituntil 5 gone "$SPAWN_PID"
done
sed "s|^ssl_ca = .*|ssl_ca = /nowhere.pem|" "$(dir hdp3)/etc/mysqlchk.ini" >"$(dir hdp3)/etc/nowhere.ini"
check 'a file that is not there is named, with the line' eval \
  '[[ $(on hdp3 /usr/local/sbin/mysqlchk -c /etc/tandem/nowhere.ini -t 2>&1) == *"/nowhere.ini:"*": ssl: /nowhere.pem: No such file"* ]]'

# ---- the pair ----------------------------------------------------------------------------------------------------------
pair_up || exit 1
check 'a pair' is_paired hdp3
check_eq 'its replica uses TLS' Yes "$(db_slave hdp4 Master_SSL_Allowed)"
check_eq 'and checks who the source is' Yes "$(db_slave hdp4 Master_SSL_Verify_Server_Cert)"
writer tls
check 'a switch' ctl hdp3 standby
check 'paired after it' waituntil 20 is_paired hdp4
check 'and back' ctl hdp4 standby
check 'paired again' waituntil 20 is_paired hdp3
t0=$(now_ms)
db_kill hdp3
check 'a death is no different' waituntil 10 acked_after tls "$t0"
# shellcheck disable=SC2046
db_start hdp3 $(on hdp3 /usr/local/sbin/rejoin -p 2>/dev/null) && db_wait hdp3
check 'the other one follows' waituntil 20 is_paired hdp4
writer_stop
check 'both have the same' waituntil 10 db_synced hdp3 hdp4
check_eq 'nothing is lost' 0 "$(lost tls hdp4)"
check 'no password in a log' eval '! grep -rq "$TANDEM_PASS\|$REPL_PASS" "$E2E_DIR"/*/*.log'

# ---- another one at its address ----------------------------------------------------------------------------------------
certificate "$(dir hdp3)/server" 172.16.1.66
db_stop hdp3 && db_start hdp3 && db_wait hdp3
seen=$(on hdp4 /usr/local/sbin/mysqlchk -1 hdp3 2>&1)
check "who shows another address is not talked to" eval '[[ $seen == *login-refused* ]]'
for node in hdp3 hdp4; do sed -i '/^ssl_ca/d; s/^ssl = .*/ssl = yes/' "$(dir "$node")"/etc/{promote,mysqlchk}.ini; done
check 'ssl = yes does not ask who it is' eval '[[ $(on hdp4 /usr/local/sbin/mysqlchk -1 hdp3 2>&1) == *" up "*" role="* ]]'
db_stop hdp3 && db_start hdp3 --skip-ssl && db_wait hdp3
sql hdp3 "SET sql_log_bin=0; ALTER USER $TANDEM_USER@'%' REQUIRE NONE"
check 'a server without TLS is not talked to' eval '[[ $(on hdp4 /usr/local/sbin/mysqlchk -1 hdp3 2>&1) == *"does not do TLS"*login-refused* ]]'
for node in hdp3 hdp4; do keys "$node" verify "$CA.pem"; done
check 'nor told a password' eval '[[ $(on hdp4 /usr/local/sbin/mysqlchk -1 hdp3 2>&1) == *"TLS/SSL error"*login-refused* ]]'
e2e_done
