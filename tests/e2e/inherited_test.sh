#!/bin/bash
# What the caller of a tool left closed or open. Each daemon is started with 0, 1 and 2 closed in every combination:
# nothing of its log ends in a pid file, a state or a socket, and its pid file stays locked. Then with files open that are
# none of its business, one of them beyond the limit of open files, and once more without /proc. And with a standard error
# that nobody reads. See splitfwd.sh.
set -u
. "$(dirname "$0")/splitfwd.sh"
HBD=$root/hbd/hbd VIPCTL=$root/vipctl/vipctl MYSQLCHK=$root/promote/mysqlchk

mkdir -p "$D/run" "$D/resource.d" "$D/a" "$D/b"
printf '#!/bin/sh\n{ echo "$@"; ls -l /proc/self/fd; } >>"%s/hook.fds"\nexit 0\n' "$D" >"$D/resource.d/service"
chmod 755 "$D/resource.d/service"
echo 'a service' >"$D/haresources"
(umask 077; printf 'auth 1\n1 sha256 a-key-for-tests\n' >"$D/authkeys"; echo secret >"$D/secret")
printf '%s\n' '[hbd]' 'pair = t' 'nodes = a b' 'keepalive = 100ms' 'warntime = 300ms' 'initdead = 2s' \
  "authkeys = $D/authkeys" "haresources = $D/haresources" "resource_d = $D/resource.d" "state_dir = $D/a" \
  "run_dir = $D/run" 'track_sync = no' "log = $D/log.sock" '[node a]' 'ucast = 127.0.1.1' '[node b]' 'ucast = 127.0.1.2' \
  >"$D/node.ini"
printf '%s\n' '[hbd]' 'role = witness' "state_dir = $D/b" "run_dir = $D/run" "log = $D/log.sock" '[witness w]' \
  'ucast = 127.0.1.3' '[pair t]' "authkeys = $D/authkeys" 'ucast = a 127.0.1.1, b 127.0.1.2' >"$D/witness.ini"
printf '%s\n' '[server local]' 'address = 127.0.0.140:3306' '[login]' 'user = x' "password_file = $D/secret" >"$D/chk.ini"
{ sed '/^\[listen/,$d' "$D/f.ini"; printf '[listen read]\nbind = *:3307\nservers = 126 127\n'; } >"$D/g.ini"
ip link add d0 type veth peer name d1 && ip addr add 10.77.0.1/24 dev d0 && ip link set d0 up && ip link set d1 up
export TANDEM_RUN=$D/run TANDEM_LOG=$D/log.sock HB_GRANT=peer

# One line a tool: its name, its pid file (vipctl's is its keeper's; mysqlchk has none) and how it is started, in front (F:
# it is in the background of this script then) or so that it detaches.
daemons() {
  cat <<-LIST
	hbd|hbd.pid||$HBD -c $D/node.ini -N a
	hbd -F|hbd.pid|F|$HBD -F -c $D/node.ini -N a
	witness|hbd.pid||$HBD -c $D/witness.ini
	witness -F|hbd.pid|F|$HBD -F -c $D/witness.ini
	splitfwd|f.pid||$F -c $D/g.ini start
	splitfwd -F|f.pid|F|$F -F -c $D/g.ini
	vipctl|vipctl-10.77.0.100.pid||$VIPCTL 10.77.0.100/24/d0 start
	mysqlchk||F|$MYSQLCHK -c $D/chk.ini local
	LIST
}

# begin FRONT CLOSED CMD...: runs CMD with those closed; in front of itself in the background, its pid in P.
begin() {
  local front=$1 closed=$2
  shift 2
  if [ -n "$front" ]; then
    eval '"$@" </dev/null >"$D/out" 2>&1 '"$closed"' & P=$!'
  else
    eval 'timeout 10 "$@" </dev/null >"$D/out" 2>&1 '"$closed"
  fi
}
# pid_in FILE: the file is one number and nothing else.
pid_in() { [[ "$(cat "$1" 2>/dev/null; echo x)" =~ ^([0-9]+)$'\n'x$ ]] && REPLY=${BASH_REMATCH[1]}; }
finish_off() {
  local p
  for p in "$@"; do [ -z "$p" ] || kill -TERM "$p" 2>/dev/null; done
  for p in "$@"; do waituntil 3 dead "$p" || kill -KILL "$p"; done
}
dead() { [ -z "$1" ] || ! kill -0 "$1" 2>/dev/null || grep -q '^State:.Z' "/proc/$1/status"; }
end_keeper() { "$VIPCTL" 10.77.0.100/24/d0 stop 2>/dev/null; }
# words_of_log: what stands in its files that only a log has.
words_of_log() { grep -raE '(hbd|splitfwd|vipctl|mysqlchk)(\[[0-9]+\])?: ' "$D/run" "$D/a" "$D/b" | head -n 3; }
standard() { echo $(readlink "/proc/$1/fd/0" "/proc/$1/fd/1" "/proc/$1/fd/2"); }
# as_closed CLOSED: what they are in front: /dev/null where closed.
as_closed() {
  local fd out=
  for fd in '<&-' '>&-' '2>&-'; do
    case " $1 " in *" $fd "*) out+=' /dev/null' ;; *) if [ "$fd" = '<&-' ]; then out+=' /dev/null'; else out+=" $D/out"; fi ;; esac
  done
  echo $out
}

combinations=('' '<&-' '>&-' '2>&-' '<&- >&-' '<&- 2>&-' '>&- 2>&-' '<&- >&- 2>&-')
while IFS='|' read -r name file front cmd; do
  wrong=
  for closed in "${combinations[@]}"; do
    rm -rf "$D/run"/* "$D"/[ab]/*
    P=
    # shellcheck disable=SC2086
    begin "$front" "$closed" $cmd || wrong+=" [$closed: exit $?]"
    if [ -n "$file" ]; then
      waituntil 5 pid_in "$D/run/$file" && pid_in "$D/run/$file" && P=$REPLY ||
        wrong+=" [$closed: pid file: $(tr '\n' ' ' <"$D/run/$file" | head -c 150)]"
    fi
    sleep 0.2   # what must not happen has so long to happen: a state, a socket and a few lines come at once
    want='/dev/null /dev/null /dev/null'
    [ -z "$front" ] || want=$(as_closed "$closed")
    [ "$(standard "$P")" = "$want" ] || wrong+=" [$closed: it has $(standard "$P")]"
    said=$(words_of_log)
    [ -z "$said" ] || wrong+=" [$closed: log in $said]"
    if [ -n "$file" ]; then
      pid_in "$D/run/$file" && [ "$REPLY" = "$P" ] || wrong+=" [$closed: pid file changed]"
      # Who closes any descriptor of a locked file loses the lock.
      [ "$name" = vipctl ] || ! $cmd </dev/null >"$D/second" 2>&1 || grep -q 'already running' "$D/second" ||
        wrong+=" [$closed: a second one starts: $(head -n 1 "$D/second")]"
    fi
    [ "$name" != vipctl ] || end_keeper || wrong+=" [$closed: stop]"
    finish_off "$P"
  done
  check "$name, its caller's 0, 1 and 2 closed in every combination" "$wrong" ''
done < <(daemons)

# ---- what is open, and none of its business -------------------------------------------------------------------------

ulimit -n 8192
: >"$D/left"
# shellcheck disable=SC2093
with_left() (exec 7>>"$D/left" 300>&7 1500>&7 6000>&7; ulimit -n 1024; "$@")
# holders: who of the whole pid namespace has it open, but this script's own shells.
holders() {
  local p
  for p in $(grep -l . /proc/[0-9]*/cmdline 2>/dev/null | cut -d/ -f3); do
    case $(readlink "/proc/$p/exe") in */bash|*/sh|*/dash|*/sleep|*/timeout|'') continue ;; esac
    ! ls -l "/proc/$p/fd" 2>/dev/null | grep -q "$D/left" || tr '\0' ' ' <"/proc/$p/cmdline"
  done
}
all_up() { waituntil 5 eval '[ -n "$(pid)" ] && [ -s "$D/hook.fds" ] && pgrep -x mysqlchk && [ -e "$D/run/hbd.pid" ] &&
  [ -e "$D/run/vipctl-10.77.0.100.pid" ]'; }
all_of() {
  with_left "$@" "$HBD" -c "$D/node.ini" -N a </dev/null >"$D/out" 2>&1
  "$root/hbd/hbctl" -s "$D/run/hbd.sock" -w 5s takeover -f test >>"$D/out" 2>&1
  with_left "$@" "$F" -c "$D/g.ini" start </dev/null >>"$D/out" 2>&1
  with_left "$@" "$VIPCTL" 10.77.0.100/24/d0 start </dev/null >>"$D/out" 2>&1
  with_left "$@" "$MYSQLCHK" -c "$D/chk.ini" local </dev/null >/dev/null 2>&1 & chk=$!
}
none() {
  finish_off "$(cat "$D/run/hbd.pid" 2>/dev/null)" "$(pid)" "$(pgrep -x mysqlchk)"
  end_keeper
  rm -rf "$D/run"/* "$D"/[ab]/* "$D/hook.fds"
}

none
all_of
check 'all started with files open that are none of theirs' "$(all_up; echo $?)" 0
check 'no daemon, worker, keeper or watcher has one' "$(holders)" ''
check 'nor has a hook' "$(grep -c "$D/left" "$D/hook.fds")" 0
none

# The lifeline is handed over by name, and kept, whatever its number; the rest is not.
life() { (exec 2000< <(while echo "$(awk '{print int($1 * 1000) + 1000}' /proc/uptime)"; do sleep 0.1; done) &&
  HB_LIFELINE=2000 with_left "$VIPCTL" 10.77.0.100/24/d0 start </dev/null >"$D/out" 2>&1); }
life
keeper=$(cat "$D/run/vipctl-10.77.0.100.pid")
check 'a keeper keeps its lifeline' "$(ls -l "/proc/$keeper/fd" | grep -c pipe)" 1
check 'and nothing else' "$(holders)" ''
end_keeper

# Without /proc there is no list: up to the limit.
no_proc() { unshare --mount sh -c 'mount -t tmpfs none /proc && exec "$@"' sh "$@"; }
with_low() (exec 7>>"$D/left" 300>&7 900>&7; ulimit -n 1024; "$@")
with_left() { with_low "$@"; }
none
all_of no_proc
check 'without /proc they start, too' "$(all_up; echo $?)" 0
check 'and have none' "$(holders)" ''
none

# ---- standard error that nobody reads -------------------------------------------------------------------------------

mkfifo "$D/unread"
exec 8<>"$D/unread"
dd if=/dev/zero of="$D/unread" bs=4096 oflag=nonblock status=none 2>/dev/null
"$F" -F -c "$D/g.ini" 2>&8 8>&- & P=$!
waituntil 5 pid_in "$D/run/f.pid"
said=$(for _ in 1 2 3 4 5 6 7 8 9 10; do timeout 2 "$E" ask 127.0.0.1:3307 1 || echo none; done | sort | uniq -c | tr -s ' \n' ' ')
check 'splitfwd serves on when standard error is full' "$said" ' 5 126 5 127 '
cat <&8 >"$D/read" & reader=$!
waituntil 5 eval '"$E" ask 127.0.0.1:3307 1 && grep -qaE " splitfwd: [0-9]+ lines before this one are lost" "$D/read"'
check 'and says what is missing when somebody reads' "$?" 0
kill "$reader"
finish_off "$P"
fwd_done
