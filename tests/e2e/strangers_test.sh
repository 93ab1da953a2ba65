#!/bin/bash
# What a local user of a host can do to the tools that root runs there: nothing. A lock that he holds on their files, links and
# FIFOs that he plants, a core that he reads.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/env.sh
env_trap
E2E_HOSTS=(hdp3 hdp4)
env_up || exit 1
D=$(dir hdp3)
chmod 755 "$E2E_DIR" "$D"
export TANDEM_RUN=$D/run
mkdir -p "$TANDEM_RUN" && chmod 755 "$TANDEM_RUN"
VIPCTL="at hdp3 env TANDEM_RUN=$TANDEM_RUN vipctl/vipctl"
cat >"$D/splitfwd.ini" <<EOF
[splitfwd]
pidfile = $D/splitfwd.pid
socket = $D/splitfwd.sock
user = nobody
[server a]
address = 172.16.1.126:3306
check = tcp
[listen l]
bind = *:3999
servers = a
EOF
SPLITFWD="at hdp3 timeout 5 splitfwd/splitfwd -c $D/splitfwd.ini"

NOBODY=(setpriv --reuid=nobody --regid=nogroup --clear-groups)
# lock FILE: nobody holds a read lock on it, from an open that was right then; until unlock.
lock() {
  chmod 644 "$1"
  "${NOBODY[@]}" /usr/bin/python3 -c '
import fcntl, sys, time
f = open(sys.argv[1])
fcntl.lockf(f, fcntl.LOCK_SH)
print("locked", flush=True)
time.sleep(600)' "$1" >"$E2E_DIR/locked" 2>&1 &
  LOCKER=$!
  E2E_SPAWNED+=("$LOCKER")
  waituntil 5 grep -q locked "$E2E_DIR/locked"
}
unlock() { kill "$LOCKER"; wait "$LOCKER" 2>/dev/null; }
mode() { stat -c %a "$1"; }

# ---- a lock on a file that an older version made for all to read --------------------------------------------------------
: >"$D/splitfwd.pid"
lock "$D/splitfwd.pid"
check_eq 'splitfwd: a stranger with the lock is not it' 'splitfwd: stopped' "$($SPLITFWD status)"
check 'splitfwd: stop signals no stranger' eval '$SPLITFWD stop && kill -0 $LOCKER'
check 'splitfwd: it starts in spite of him' $SPLITFWD start
check 'splitfwd: and listens' eval '$SPLITFWD status | grep -q "running, pid"'
check_eq 'splitfwd: its file is its own now' 600 "$(mode "$D/splitfwd.pid")"
check 'splitfwd: a second start says that it runs' eval '! $SPLITFWD -F >"$E2E_DIR/said" 2>&1 && grep -q "already running, pid [1-9]" "$E2E_DIR/said"'
check 'splitfwd: nobody can open it any more' eval '! "${NOBODY[@]}" cat "$D/splitfwd.pid" 2>/dev/null'
check 'splitfwd: it stops' eval '$SPLITFWD stop && kill -0 $LOCKER && [ "$($SPLITFWD status)" = "splitfwd: stopped" ]'
unlock

for file in lock pid; do
  : >"$TANDEM_RUN/vipctl-172.16.1.100.$file"
  lock "$TANDEM_RUN/vipctl-172.16.1.100.$file"
  check "vipctl: start beside a stranger's lock on its .$file" $VIPCTL 172.16.1.100/24 start
  check "vipctl .$file: the address is there" eval '[ -n "$(ip -n "$E2E_NS-hdp3" -o addr show to 172.16.1.100)" ]'
  check "vipctl .$file: and it stops" $VIPCTL 172.16.1.100/24 stop
  check "vipctl .$file: the address is gone" eval '[ -z "$(ip -n "$E2E_NS-hdp3" -o addr show to 172.16.1.100)" ]'
  check "vipctl .$file: who was there lives" kill -0 "$LOCKER"
  unlock
done

# ---- whatever the umask was --------------------------------------------------------------------------------------------------
mkdir "$D/made"
sed "s|^pidfile.*|pidfile = $D/made/run/splitfwd.pid|; s|^socket.*|socket = $D/made/sock/splitfwd.sock|" "$D/splitfwd.ini" >"$D/umask.ini"
cat >"$D/witness.ini" <<EOF
[hbd]
role = witness
state_dir = $D/made/state
run_dir = $D/made/hbd
[witness hdp3]
ucast = 172.16.1.126
[pair t]
authkeys = $D/authkeys
ucast = a 172.16.1.127, b 172.16.1.128
EOF
(umask 077; printf 'auth 1\n1 sha256 a-key-for-tests\n' >"$D/authkeys")
check 'splitfwd, hbd and vipctl start with umask 0' eval '(umask 0; at hdp3 splitfwd/splitfwd -c "$D/umask.ini" start &&
  at hdp3 hbd/hbd -N hdp3 -c "$D/witness.ini" && at hdp3 env TANDEM_RUN="$D/made/vip" vipctl/vipctl 172.16.1.100/24 start)'
WITNESS=$(cat "$D/made/hbd/hbd.pid")
check_eq 'and nobody else can write what they made' '' "$(find "$D/made" -perm /022 ! -type l)"
check 'which is all of it' test "$(find "$D/made" -type f -o -type s | wc -l)" -ge 6
# NET_BIND_SERVICE, NET_ADMIN, NET_RAW, KILL, IPC_LOCK, SYS_NICE
check_eq 'hbd has six capabilities' 0000000000807420 \
  "$(awk '/CapPrm/ {print $2}' /proc/"$WITNESS"/status)"
(umask 0; at hdp3 splitfwd/splitfwd -c "$D/umask.ini" stop; at hdp3 env TANDEM_RUN="$D/made/vip" vipctl/vipctl 172.16.1.100/24 stop)
kill "$WITNESS"; waituntil 5 gone "$WITNESS"

# ---- links, FIFOs, directories that others can write ---------------------------------------------------------------------
echo precious >"$D/precious"
ln -s "$D/precious" "$D/splitfwd.pid"
check 'a link for a pid file is not followed' eval '! $SPLITFWD start 2>"$E2E_DIR/said"'
check_eq 'and what it leads to is whole' precious "$(cat "$D/precious")"
rm "$D/splitfwd.pid"
mkfifo "$D/splitfwd.pid"
check 'nor does a FIFO keep it waiting' eval '! $SPLITFWD start 2>"$E2E_DIR/said" && grep -q "is not a file of ours" "$E2E_DIR/said"'
rm "$D/splitfwd.pid"
mkfifo "$D/fifo.ini"
for tool in "hbd/hbd -t" "splitfwd/splitfwd -t" "promote/promote -t" "promote/mysqlchk -t"; do
  check "a FIFO for a file: ${tool%% *} says so" eval "timeout 5 $tool -c $D/fifo.ini >$E2E_DIR/said 2>&1; [ \$? -eq 6 ] && grep -q 'is a FIFO' $E2E_DIR/said"
done

# ---- a hostile server at the peer's address ---------------------------------------------------------------------------------
printf '[server a]\naddress = 172.16.1.126:3306\n[login]\nuser = x\n' >"$D/chk.ini"
for mode in rows columns row nulls progress text; do
  spawn hdp3 "hostile.$mode" /usr/bin/python3 tests/e2e/hostile.py 3306 "$mode"
  waituntil 5 eval 'at hdp3 bash -c "</dev/tcp/172.16.1.126/3306" 2>/dev/null'
  uptime_ms; from=$REPLY
  at hdp3 /usr/bin/python3 -c 'import resource, subprocess, sys
subprocess.run(sys.argv[1:], stderr=subprocess.STDOUT)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)' timeout 10 promote/mysqlchk -c "$D/chk.ini" -1 a >"$E2E_DIR/said" 2>&1
  uptime_ms
  check "hostile $mode: an answer in $((REPLY - from)) ms" test "$((REPLY - from))" -lt 3000
  check "hostile $mode: in $(($(tail -n 1 "$E2E_DIR/said") / 1024)) MB" test "$(tail -n 1 "$E2E_DIR/said")" -lt 140000
  [ "$mode" = text ] || check "hostile $mode: the server is down" grep -q '^a down' "$E2E_DIR/said"
  check "hostile $mode: nothing of it does anything to a terminal, or begins a line" eval \
    '! LC_ALL=C grep -q "[[:cntrl:]]" "$E2E_DIR/said" && ! grep -q "^12:00:00" "$E2E_DIR/said"'
  kill "$SPAWN_PID"; waituntil 5 gone "$SPAWN_PID"
done

# A method that gives the password away: he gets no byte.
(umask 077; echo secret >"$D/secret")
printf 'password_file = %s\n' "$D/secret" >>"$D/chk.ini"
for mode in clear old; do
  spawn hdp3 "hostile.$mode" /usr/bin/python3 tests/e2e/hostile.py 3306 "$mode"
  waituntil 5 grep -q listens "$D/hostile.$mode.log"
  at hdp3 timeout 10 promote/mysqlchk -c "$D/chk.ini" -1 a >"$E2E_DIR/said" 2>&1
  check "hostile $mode: our login is refused, by us" grep -q 'fault=login-refused' "$E2E_DIR/said"
  check "hostile $mode: he got nothing" waituntil 5 grep -qx "$mode 0" "$D/hostile.$mode.log"
  kill "$SPAWN_PID"; waituntil 5 gone "$SPAWN_PID"
done

# Lists of one column, from who says that he is the other primary: a takeover goes on.
db_make hdp3 && db_start hdp3 && db_wait hdp3 && db_accounts hdp3 || exit 1
(umask 077; echo "$TANDEM_PASS" >"$D/secret"; echo "$REPL_PASS" >"$D/rsecret")
mkdir "$D/promote"
printf '[server local]\nsocket = %s\npid_file = %s\n[server hdp4]\naddress = 172.16.1.127:3306\n[login]\nuser = %s\npassword_file = %s
[replication]\nuser = repl\npassword_file = %s\n[promote]\nstate = %s\ncontrol = %s\n' "$D/mysql.sock" "$D/mysqld.pid" "$TANDEM_USER" "$D/secret" \
  "$D/rsecret" "$D/promote" "$D/hbd.sock" >"$D/promote.ini"
sql hdp3 'SET GLOBAL read_only = 1'
spawn hdp4 hostile.onecol /usr/bin/python3 tests/e2e/hostile.py 3306 onecol
waituntil 5 grep -q listens "$(dir hdp4)/hostile.onecol.log"
at hdp3 env HB_GRANT=witness HB_PEER=hdp4 timeout 20 promote/promote -c "$D/promote.ini" start >"$E2E_DIR/said" 2>&1
check_eq 'hostile onecol: promote start ends by itself' 0 "$?"
check_eq 'hostile onecol: and the server takes writes' 0 "$(sql hdp3 'SELECT @@read_only')"

# ---- who says that a server lives, or listens in its place --------------------------------------------------------------------
kill "$SPAWN_PID"; waituntil 5 gone "$SPAWN_PID"
db_stop hdp3
# In /proc/net/unix the name of his socket is a line of its own: of a socket that he has open, at the server's path.
at hdp3 "${NOBODY[@]}" /usr/bin/python3 -c 'import os, socket, sys, time
a, b = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
b.bind(b"\0x\n0: 00000002 00000000 00010000 0001 01 %d %s" % (os.fstat(a.fileno()).st_ino, sys.argv[1].encode()))
b.listen(1)
print("listens", flush=True)
time.sleep(600)' "$D/mysql.sock" >"$E2E_DIR/planted" 2>&1 &
PLANTER=$!
E2E_SPAWNED+=("$PLANTER")
check 'a line is planted' waituntil 5 eval 'at hdp3 grep -q "^0: 00000002 .* $D/mysql.sock" /proc/net/unix'
rm -f "$D/mysqld.pid"
check 'a planted line is no server: promote stop is done' at hdp3 promote/promote -c "$D/promote.ini" stop
kill "$PLANTER"
# The account of the database points socket and pid file at a daemon of root.
mkdir "$D/my" "$D/only" && chown mysql "$D/my" && chmod 700 "$D/only"
at hdp3 /usr/bin/python3 -c 'import os, socket, sys, time
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1] + "/sock")
s.listen(8)
open(sys.argv[1] + "/pid", "w").write("%d\n" % os.getpid())
print("listens", flush=True)
time.sleep(600)' "$D/only" >"$E2E_DIR/daemon" 2>&1 &
E2E_SPAWNED+=("$!")
waituntil 5 grep -q listens "$E2E_DIR/daemon"
DAEMON=$(cat "$D/only/pid")
sed "s|^socket = .*|socket = $D/my/mysql.sock|; s|^pid_file = .*|pid_file = $D/my/mysqld.pid|" "$D/promote.ini" >"$D/my.ini"
for how in link copy; do
  rm -f "$D/my/"*
  setpriv --reuid=mysql --clear-groups ln -s "$D/only/sock" "$D/my/mysql.sock"
  if [ "$how" = link ]; then setpriv --reuid=mysql --clear-groups ln -s "$D/only/pid" "$D/my/mysqld.pid"
  else setpriv --reuid=mysql --clear-groups sh -c 'echo "$1" >"$2"' sh "$DAEMON" "$D/my/mysqld.pid"; fi
  check "a daemon of root in the server's place, by $how: not done" eval '! at hdp3 promote/promote -c "$D/my.ini" stop >"$E2E_DIR/said" 2>&1'
  check "by $how: and why" grep -Eq 'is no plain file|is no server of that directory' "$E2E_DIR/said"
  check "by $how: it lives" kill -0 "$DAEMON"
done

# ---- what he could read of a running one, and what the compiler can do ------------------------------------------------------
cp promote/mysqlchk "$D/mysqlchk" && chmod 755 "$D/mysqlchk"
sed '/^password_file/d' "$D/chk.ini" >"$D/nobody.ini"
"${NOBODY[@]}" "$D/mysqlchk" -c "$D/nobody.ini" a >/dev/null 2>&1 &
E2E_SPAWNED+=("$!")
RUNNING=$!
check 'a running tool' waituntil 5 eval '[ "$(cat /proc/$RUNNING/comm)" = mysqlchk ]'
check 'no core, and nobody of its user reads its memory' waituntil 5 eval '[ "$(stat -c %U /proc/$RUNNING/mem)" = root ]'
kill "$RUNNING"
"${NOBODY[@]}" sleep 60 &
E2E_SPAWNED+=("$!")
RUNNING=$!
check 'as the memory of a program that is not ours is' waituntil 5 eval '[ "$(cat /proc/$RUNNING/comm) $(stat -c %U /proc/$RUNNING/mem)" = "sleep nobody" ]'
kill "$RUNNING"
for tool in hbd/hbd hbd/hbctl vipctl/vipctl splitfwd/splitfwd promote/promote promote/rejoin promote/mysqlchk; do
  check "$tool: at no fixed address" eval "readelf -h $tool | grep -q 'Type: *DYN'"
  check "$tool: what is relocated is read-only, at once" eval "readelf -lW $tool | grep -q GNU_RELRO && readelf -dW $tool | grep -Eq 'BIND_NOW|FLAGS.* NOW'"
  check "$tool: no stack that can be executed" eval "readelf -lW $tool | grep GNU_STACK | grep -q 'RW  '"
  check "$tool: a smashed stack ends it" eval "nm $tool | grep -q ' __stack_chk_fail\$'"
done
# hbd has no call that the compiler would have to check.
for tool in hbd/hbctl vipctl/vipctl splitfwd/splitfwd promote/promote promote/rejoin promote/mysqlchk; do
  check "$tool: buffers have their sizes" eval "nm $tool | grep -q ' __[a-z]*_chk\$'"
done
e2e_done
