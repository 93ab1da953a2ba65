#!/bin/bash
# hbd itself, with hooks that are a few lines of shell: beats, claims, hooks and their world, lifelines, restarts,
# forged and replayed packets, a full disk, a frozen process, arbiters, what is refused at start. No server.
# Run as root, hbd and hbctl built.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/env.sh
env_trap

HBD=$PWD/hbd/hbd
HBCTL=$PWD/hbd/hbctl

# conf HOST [KEY=VALUE...]: a host's files under its directory; more [hbd] keys as arguments.
conf() {
  local host=$1 d
  d=$(dir "$host")
  shift
  mkdir -p "$d/resource.d" "$d/state" "$d/run"
  {
    printf '%s\n' '[hbd]' 'pair = t' 'nodes = hdp3 hdp4' 'keepalive = 100ms' 'warntime = 300ms' 'initdead = 2s' \
      'hook_timeout = 5s' "authkeys = $d/authkeys" "haresources = $d/haresources" "resource_d = $d/resource.d" \
      "state_dir = $d/state" "run_dir = $d/run" "track_sync = no" "$@"
    printf '[node %s]\nucast = %s\n' hdp3 "${ADDR[hdp3]}, 10.9.0.126" hdp4 "${ADDR[hdp4]}, 10.9.0.127"
    case ${ARBITER-witness} in
      witness) printf '[witness gw]\nucast = %s\n' "${ADDR[gw]}" ;;
      ping) printf '[ping]\nnodes = %s\n' "${ADDR[gw]}" ;;
    esac
  } >"$d/hbd.ini"
  echo 'hdp3 keep::x service' >"$d/haresources"
  (umask 077; printf 'auth 1\n1 sha256 a-key-for-tests\n' >"$d/authkeys")
  hook "$host" keep '
    case $verb in
      start) read -r until <&"$HB_LIFELINE"; echo "$until" >"$log.until"; echo $$ >"$log.hook"
        (trap "" TERM; while read -r until <&"$HB_LIFELINE"; do echo "$until" >"$log.until"; done
         rm -f "$log.kept") </dev/null >/dev/null 2>&1 &
        echo $! >"$log.keeper"; : >"$log.kept" ;;
      stop) rm -f "$log.kept"; ! [ -f "$log.keeper" ] || kill -KILL "$(cat "$log.keeper")" 2>/dev/null; true ;;
    esac'
  hook "$host" service 'echo "attr pos 0-1-5"; echo "said by service"; echo "and on stderr" >&2
    grep CapEff /proc/self/status >"$log.caps"'
}

# hook HOST NAME BODY: $verb is the last word, $log a prefix for what it leaves behind.
hook() {
  local d
  d=$(dir "$1")
  printf '#!/bin/bash\nlog=%s/%s\nverb=${!#}\necho "$(date +%%s.%%N) $*" >>"$log.calls"\nenv | sort >"$log.env.$verb"\n%s\n' \
    "$d" "$2" "$3" >"$d/resource.d/$2.new"
  chmod 755 "$d/resource.d/$2.new"
  mv "$d/resource.d/$2.new" "$d/resource.d/$2"
}

conf_witness() {
  local d
  d=$(dir gw)
  printf '%s\n' '[hbd]' 'role = witness' 'keepalive = 100ms' "state_dir = $d/state" "run_dir = $d/run" \
    '[witness gw]' "ucast = ${ADDR[gw]}" '[pair t]' "authkeys = $d/authkeys" \
    "ucast = hdp3 ${ADDR[hdp3]}, hdp4 ${ADDR[hdp4]}" >"$d/hbd.ini"
  (umask 077; printf 'auth 1\n1 sha256 a-key-for-tests\n' >"$d/authkeys")
}

node() { if [ "$1" = gw ]; then echo; else echo "-N $1"; fi; }
# shellcheck disable=SC2046
start() { spawn "$1" hbd "$HBD" -F -c "$(dir "$1")/hbd.ini" $(node "$1"); }
pid() { local p; read -r p <"$(dir "$1")/hbd.spawned" && ! gone "$p" && echo "$p"; }
stop() { local p; p=$(pid "$1") || return 0; kill -TERM "$p" && waituntil 10 gone "$p"; }
ctl() { local host=$1; shift; "$HBCTL" -s "$(dir "$host")/run/hbd.sock" "$@"; }
json() { ctl "$1" -j status | tr ',{}' '\n\n\n' | sed -n "s/^\"$2\":\"\{0,1\}\([^\"]*\)\"\{0,1\}$/\1/p" | tail -n 1; }
phase() { json "$1" phase; }
owns() { is owning phase "$1"; }
kept() { [ -f "$(dir "$1")/keep.kept" ]; }
logged() { grep -q -- "$2" "$(dir "$1")/hbd.log"; }
calls() { awk '{print $NF}' "$(dir "$1")/$2.calls" | tr '\n' ' '; }
heard() { ctl "$1" status | grep -q "^peer .*: heard"; }
one_owner() { [ "$(phase hdp3) $(phase hdp4)" = 'owning idle' ] || [ "$(phase hdp3) $(phase hdp4)" = 'idle owning' ]; }
dropped() { ctl "$1" -j status | sed 's/.*"peer":{[^}]*"dropped":\([0-9]*\).*/\1/'; }
strangers() { json "$1" strangers; }
# exits CODE TEXT CMD...: CMD ends with CODE and says TEXT (a basic regular expression) on stderr.
exits() {
  local want=$1 text=$2 said got p
  shift 2
  "$@" >/dev/null 2>"$E2E_DIR/said" &
  p=$!
  waituntil 10 gone "$p" || kill -KILL "$p"
  wait "$p"
  got=$?
  said=$(cat "$E2E_DIR/said")
  [ "$got" = "$want" ] && grep -q -- "$text" <<<"$said" && return
  echo "exit $got: $said" >&2
  return 1
}
fresh() {
  local h
  for h in hdp3 hdp4 gw; do
    stop "$h"
    rm -rf "${E2E_DIR:?}/$h/state" "$E2E_DIR/$h"/*.calls "$E2E_DIR/$h/hbd.log"
    mkdir "$E2E_DIR/$h/state"
  done
}

# capture HOST FROM N DIR: the next N datagrams to port 694 there from that address, each in a file.
capture() {
  mkdir -p "$4"
  at "$1" timeout 10 perl -e 'use Socket; my ($from, $n, $dir) = @ARGV;
    socket(my $s, 17, 2, unpack("S", pack("n", 0x0800))) or die "packet socket: $!";
    while ($n > 0) {
      recv($s, my $p, 2048, 0); my $ihl = (ord($p) & 15) * 4;
      next if ord(substr($p, 9, 1)) != 17 or inet_ntoa(substr($p, 12, 4)) ne $from;
      next if unpack("n", substr($p, $ihl + 2, 2)) != 694;
      open(my $f, ">", "$dir/" . $n--) or die; binmode $f; print $f substr($p, $ihl + 8); close $f
    }' "$2" "$3" "$4"
}
# send_files FROM-HOST TO-ADDRESS TIMES FILE...: each file as a datagram to port 694.
send_files() {
  local from=$1
  shift
  at "$from" timeout 10 perl -e 'use Socket; my ($to, $times, @files) = @ARGV; socket(my $s, PF_INET, SOCK_DGRAM, 0) or die;
    for (1 .. $times) { for my $name (@files) { open(my $f, "<", $name) or die; binmode $f; local $/; my $d = <$f>;
      send($s, $d, 0, sockaddr_in(694, inet_aton($to))) } }' "$@"
}

E2E_NET2=1
env_up || exit 1
for host in hdp3 hdp4; do conf "$host"; done
conf_witness

# ---- a pair --------------------------------------------------------------------------------------------------------

check '-t accepts the files' "$HBD" -t -c "$(dir hdp3)/hbd.ini" -N hdp3 >"$(dir hdp3)/effective.ini"
start gw; start hdp4; start hdp3
check 'both hear each other' waituntil 5 eval 'heard hdp3 && heard hdp4'
check 'no record, no server to ask: the preferred node owns' waituntil 5 owns hdp3
check 'init is for the first record only' not ctl hdp3 init 2>/dev/null
check 'its keeper lives' kept hdp3
check_eq 'hooks were started left to right' 'start |start ' "$(calls hdp3 keep)|$(calls hdp3 service)"
check 'keep came first' test "$(sed 's/ .*//' "$(dir hdp3)/keep.calls")" '<' "$(sed 's/ .*//' "$(dir hdp3)/service.calls")"

env_of() { sed -n "s/^$3=//p" "$(dir "$1")/$2"; }
check_eq 'HB_NODE HB_PEER HB_GROUP HB_EPOCH' 'hdp3 hdp4 keep::x 1' \
  "$(for v in NODE PEER GROUP EPOCH; do env_of hdp3 service.env.start HB_$v; done | tr '\n' ' ' | sed 's/ $//')"
check_eq 'the environment is a list, and cleared' '' \
  "$(grep -v -E '^(HB_[A-Z_]+|PATH|PWD|SHLVL|_)=' "$(dir hdp3)/service.env.start")"
check_eq 'HB_LEASE' 1000 "$(env_of hdp3 keep.env.start HB_LEASE)"
check_eq 'a hook has all of the rights that root has here' "$(awk '/CapEff/ {print $2}' /proc/$$/status)" \
  "$(awk '{print $2}' "$(dir hdp3)/service.caps")"
check_eq 'and hbd has six of them' 0000000000807420 "$(awk '/CapEff/ {print $2}' /proc/"$(pid hdp3)"/status)"
check 'output is in the log under the hook'"'"'s name' logged hdp3 'hook service start: said by service'
check 'stderr too' logged hdp3 'hook service start: and on stderr'
check 'an attr line is an attribute' is 0-1-5 json hdp3 pos
at_least() { [ "$(cat "$(dir "$1")/keep.until")" -ge "$2" ]; }
check 'the lifeline goes on' waituntil 2 at_least hdp3 "$(($(cat "$(dir hdp3)/keep.until") + 300))"
check 'the witness has the record' waituntil 2 is hdp3 json gw owner

check 'standby moves it' ctl hdp3 standby
check 'the peer owns' waituntil 2 owns hdp4
check 'its keeper lives, the old one is gone' eval 'kept hdp4 && ! kept hdp3'
check_eq 'stopped right to left' 'start stop |start stop ' "$(calls hdp3 keep)|$(calls hdp3 service)"
check 'takeover brings it back' ctl hdp3 takeover
check 'it is back' eval 'owns hdp3 && waituntil 2 is idle phase hdp4'
check 'takeover where it is, is done' ctl hdp3 takeover
check 'standby on a node that does not own is refused' not ctl hdp4 standby 2>/dev/null

# ---- deaths --------------------------------------------------------------------------------------------------------

kill -KILL "$(pid hdp3)"
check 'hbd killed: its keeper lets go' waituntil 1 not kept hdp3
check 'hbd killed: the peer takes over' waituntil 5 owns hdp4
start hdp3
check 'killed hbd starts again: it cleans up first' waituntil 2 logged hdp3 'hook keep stop: exit 0'
check 'the peer still owns' owns hdp4
kill -KILL "$(cat "$(dir hdp4)/keep.keeper")"
check 'a dead keeper is noticed' waituntil 2 logged hdp4 'lifeline .*broken'
check 'somebody owns again' waituntil 10 eval 'owns hdp3 || owns hdp4'

# ---- forged and replayed --------------------------------------------------------------------------------------------

waituntil 10 one_owner
mkdir "$E2E_DIR/packets"
head -c 600 /dev/urandom >"$E2E_DIR/packets/noise"
: >"$E2E_DIR/packets/empty"
head -c 1400 /dev/urandom >"$E2E_DIR/packets/long"
before=$(strangers hdp3)
send_files client "${ADDR[hdp3]}" 30 "$E2E_DIR"/packets/{noise,empty,long}
check 'strangers are counted' waituntil 2 is "$((before + 90))" strangers hdp3
check 'their source is logged, but not each' eval \
  '[ "$(grep -c "stranger ${ADDR[client]}:" "$(dir hdp3)/hbd.log")" -ge 1 -a "$(grep -c stranger "$(dir hdp3)/hbd.log")" -le 6 ]'
check 'packets can be captured' capture hdp3 "${ADDR[hdp4]}" 5 "$E2E_DIR/captured"
before=$(dropped hdp3)
owner_before=$(json hdp3 owner) strange=$(strangers hdp3)
send_files client "${ADDR[hdp3]}" 20 "$E2E_DIR"/captured/*
more_dropped() { [ "$(dropped "$1")" -ge "$2" ]; }
check 'replayed beats are dropped and counted' waituntil 2 more_dropped hdp3 "$((before + 100))"
check_eq 'and change nothing' "$owner_before" "$(json hdp3 owner)"
check_eq 'they are no strangers' "$strange" "$(strangers hdp3)"

stop hdp4
stop hdp3
start hdp3
check 'a node that starts alone says that it hears nobody' waituntil 3 logged hdp3 'node hdp3 starts'
waituntil 3 ctl hdp3 status >/dev/null
send_files client "${ADDR[hdp3]}" 20 "$E2E_DIR"/captured/*
check 'an old capture is counted' waituntil 2 more_dropped hdp3 100
check 'an old capture is nobody' not heard hdp3

# ---- links ---------------------------------------------------------------------------------------------------------

start hdp4
waituntil 10 one_owner
check 'both links carry' waituntil 5 eval 'heard hdp3 && heard hdp4'
link_cut hdp3 hdp4
lines=$(wc -l <"$(dir hdp4)/hbd.log")
check 'one link cut: said' waituntil 5 logged hdp4 'link ucast .*: node hdp3 is not heard over it'
check_eq 'one link cut: nothing else comes of it' 1 "$(($(wc -l <"$(dir hdp4)/hbd.log") - lines))"
link_heal

# ---- a log that nobody reads -----------------------------------------------------------------------------------------

# A pipe that takes no more.
fresh
mkfifo "$E2E_DIR/unread"
exec {unread}<>"$E2E_DIR/unread"
dd if=/dev/zero of="$E2E_DIR/unread" bs=4096 oflag=nonblock status=none 2>/dev/null
start gw; start hdp4
# shellcheck disable=SC2016
spawn hdp3 hbd sh -c 'exec "$@" 2>"$0"' "$E2E_DIR/unread" "$HBD" -F -c "$(dir hdp3)/hbd.ini" -N hdp3
check 'unread: it owns' waituntil 8 owns hdp3
stop hdp4
check 'unread: it has a lot to say, and goes on beating' eval 'sleep 3; owns hdp3 && kept hdp3'
check 'unread: it answers' ctl hdp3 status >/dev/null
start hdp4
check 'unread: the peer hears it' waituntil 5 eval 'heard hdp4 && ! owns hdp4'
timeout 1 cat <&"$unread" | tr -d '\0' >"$E2E_DIR/read"
check_eq 'unread: nothing came through' '' "$(cat "$E2E_DIR/read")"
stop hdp4
timeout 3 cat <&"$unread" >"$E2E_DIR/read"
check 'unread: when somebody reads, it says what is missing' grep -qE '^[0-9:.]+ hbd: [0-9]+ lines before this one are lost: ' "$E2E_DIR/read"
check 'unread: and goes on' grep -q 'node hdp4' "$E2E_DIR/read"
exec {unread}>&-

# ---- a full disk -----------------------------------------------------------------------------------------------------

fresh
start gw
d4=$(dir hdp4)
# shellcheck disable=SC2016
start_small() {
  spawn hdp4 hbd unshare -m sh -c 'mount -t tmpfs -o size=16k,mode=700 none "$0/state" && exec "$1" -F -c "$0/hbd.ini" -N hdp4' \
    "$d4" "$HBD"
}
inside() { nsenter -t "$(pid hdp4)" -m -r "$@"; }
start_small
start hdp3
check 'disk: hdp3 owns' waituntil 5 owns hdp3
check 'disk: hdp4 knows' waituntil 5 is 1 json hdp4 epoch
inside dd if=/dev/zero of="$d4/state/fill" bs=4k 2>/dev/null
kill -KILL "$(pid hdp3)"
check 'disk full: said loudly' waituntil 8 logged hdp4 'state is not written, this node is silent'
check 'disk full: status says it' is true json hdp4 held_up
check 'disk full: tried again' waituntil 5 logged hdp4 'attempt 3'
check 'disk full: no hook was run' not test -e "$d4/service.calls"
inside rm "$d4/state/fill"
check 'disk free: the state is written and the group taken' waituntil 5 owns hdp4

# ---- frozen ----------------------------------------------------------------------------------------------------------

stop hdp4
fresh
start gw; start hdp4; start hdp3
check 'frozen: hdp3 owns' waituntil 5 owns hdp3
kill -STOP "$(pid hdp3)"
check 'frozen: the peer takes over' waituntil 8 owns hdp4
kill -CONT "$(pid hdp3)"
check 'thawed: it knows that it was late' waituntil 2 logged hdp3 'late by more than the lease'
check 'thawed: it lets go, the peer goes on' waituntil 2 one_owner
check_eq 'thawed: it is the peer that owns' hdp4 "$(json hdp3 owner)"

# ---- in order --------------------------------------------------------------------------------------------------------

p=$(pid hdp4)
kill -TERM "$p"
check 'stopped: it ends by itself' waituntil 5 gone "$p"
check 'stopped: after its stop hooks' logged hdp4 'hook keep stop: exit 0'
check 'stopped: the peer owns at once' waituntil 1 owns hdp3
check 'stopped: no pid file, no socket' eval '! [ -e "$d4/run/hbd.pid" ] && ! [ -e "$d4/run/hbd.sock" ]'
check 'hbctl without hbd: 3' exits 3 'hbd does not run here' ctl hdp4 status

hook hdp3 service 'test $verb = start || sleep 30'
p=$(pid hdp3)
kill -TERM "$p"
check 'stopped: a slow hook is waited for' waituntil 2 eval 'tail -n 1 "$(dir hdp3)/service.calls" | grep -q stop'
check 'stopped: it goes on beating' not gone "$p"
kill -TERM "$p"
check 'told twice: it ends at once' waituntil 1 gone "$p"
check 'told twice: its keeper lets go' waituntil 1 not kept hdp3

# ---- arbiters, force, watcher ------------------------------------------------------------------------------------------

fresh
watch=$E2E_DIR/watch
printf '#!/bin/bash\necho "local up role=$(cat %s/role)"\necho rubbish\nwhile sleep 0.2; do [ -e %s/mute ] || echo "local up role=$(cat %s/role)"; done\n' \
  "$E2E_DIR" "$E2E_DIR" "$E2E_DIR" >"$watch.new"
chmod 755 "$watch.new"; mv "$watch.new" "$watch"
echo primary >"$E2E_DIR/role"
for host in hdp3 hdp4; do
  ARBITER=ping conf "$host"
  printf '[watch]\nexec = %s local\n' "$watch" >>"$(dir "$host")/hbd.ini"
done
ping_ok() { ctl "$1" status | grep -q 'ping nodes: 1 of 1'; }
start hdp3; start hdp4
check 'ping: the node answers' waituntil 5 ping_ok hdp3
check 'watcher: its attributes are the node'"'"'s' waituntil 5 is primary json hdp3 role
check 'watcher: what is no line is said' logged hdp3 "watcher: not 'NAME up|down"
ctl hdp3 init 2>/dev/null
check 'ping: hdp3 owns' waituntil 5 owns hdp3
watcher_of() { ps -o pid= --ppid "$(pid "$1")" | head -n 1 | tr -d ' '; }
kill -KILL "$(watcher_of hdp4)"
check 'watcher killed: down at once' waituntil 1 logged hdp4 'watcher ended: signal 9'
check 'watcher killed: up again' waituntil 2 is true json hdp4 up
: >"$E2E_DIR/mute"
check 'watcher silent: counts as down, is killed' waituntil 6 eval \
  'logged hdp4 "watcher is silent" && logged hdp4 "watcher says nothing: killed"'
rm "$E2E_DIR/mute"
check 'watcher talks: up' waituntil 12 eval 'is true json hdp4 up && is true json hdp3 up'
# Both watchers were silent, so either may own now.
check 'one owner again' waituntil 10 one_owner
if owns hdp3; then owner=hdp3 other=hdp4; else owner=hdp4 other=hdp3; fi

link_cut "$owner" all; link_cut hdp3.1 hdp4.1
check 'ping: cut off from all, the owner lets go' waituntil 5 logged "$owner" 'nobody confirmed us within the lease'
check 'ping: who hears the ping node takes over' waituntil 8 owns "$other"
check_eq 'ping: by that right' ping "$(env_of "$other" service.env.start HB_GRANT)"
link_heal
check 'ping: healed, the old owner learns of the new one' waituntil 10 is "$other" json "$owner" owner
check 'ping: healed, one owner' waituntil 5 one_owner

fresh
for host in hdp3 hdp4; do conf "$host"; done
start hdp4
check 'alone: nobody to confirm, it waits' waituntil 6 eval 'ctl hdp4 status | grep -q "waits:"'
check 'alone: takeover is refused' not ctl hdp4 takeover 2>/dev/null
check 'alone: force needs a reason' exits 2 'say why' ctl hdp4 -f '' takeover
check 'alone: force takes it' ctl hdp4 takeover -f "the other one  burned"
check_eq 'alone: HB_GRANT' force "$(env_of hdp4 service.env.start HB_GRANT)"
check 'alone: the reason is in the log' logged hdp4 'forced by an operator: the other one burned'

# ---- refused at start ------------------------------------------------------------------------------------------------

d3=$(dir hdp3)
run3() { at hdp3 "$HBD" -F -c "$d3/hbd.ini" -N hdp3 "$@"; }
check3() { run3 -t; }
start hdp3
waituntil 3 ctl hdp3 status >/dev/null
check 'a second hbd: 1, with the pid' exits 1 "already running, pid $(pid hdp3)" run3
sed "s|run_dir = .*|run_dir = $d3/run2|" "$d3/hbd.ini" >"$d3/second.ini"
check 'a port in use: 1, with address and port' exits 1 "bind ${ADDR[hdp3]}:694: Address already in use" \
  at hdp3 "$HBD" -F -c "$d3/second.ini" -N hdp3
check 'the first one has not suffered' ctl hdp3 status >/dev/null
stop hdp3

check '-t prints what -t reads' eval 'check3 >"$d3/one.ini" && at hdp3 "$HBD" -t -c "$d3/one.ini" -N hdp3 | cmp - "$d3/one.ini"'
sed '/witness/,$d' "$d3/hbd.ini" >"$d3/lonely.ini"
check '-t says that there is no arbiter' exits 0 'no arbiter: a cut of the network gives two primaries' \
  "$HBD" -t -c "$d3/lonely.ini" -N hdp3
check 'another name: 6, FILE:LINE' exits 6 "hbd.ini:3: nodes: 'hdp9'" "$HBD" -t -c "$d3/hbd.ini" -N hdp9
check 'no file: 6' exits 6 'nowhere.ini' "$HBD" -c "$d3/nowhere.ini" -F
chmod 644 "$d3/authkeys"
check 'keys that others can read: 6' exits 6 'authkeys: group or others' check3
chmod 600 "$d3/authkeys"
cp "$PWD/etc/authkeys" "$d3/sample"; chmod 600 "$d3/sample"
sed "s|^authkeys.*|authkeys = $d3/sample|" "$d3/hbd.ini" >"$d3/sample.ini"
check 'the sample of keys: 6' exits 6 "sample's key" "$HBD" -t -N hdp3 -c "$d3/sample.ini"
chmod 777 "$d3/resource.d/service"
check 'a hook that others can write: 6' exits 6 'haresources:1: hook service start: .*can be written by others' check3
check 'and hbd does not start' exits 6 'can be written by others' run3
chmod 755 "$d3/resource.d/service"
mv "$d3/resource.d/service" "$d3/elsewhere"
check 'a hook that is missing: 6' exits 6 'haresources:1: hook service start: service: no such hook' check3
mv "$d3/elsewhere" "$d3/resource.d/service"
echo 'hdp5 service' >"$d3/haresources"
check 'a stranger in haresources: 6' exits 6 "haresources:1: 'hdp5' is neither hdp3 nor hdp4" check3
echo 'hdp3 keep::x service' >"$d3/haresources"
printf 'tandem-state 1\nnode name=hdp3 epoch=3 blank=0\n' >"$d3/state/t.state"
check 'a damaged state: 6, never a blank node' exits 6 't.state:3:' run3
cp "$d4/state/t.state" "$d3/state/t.state"
check "another node's state: 6" exits 6 "this is the state of 'hdp4'" run3
rm "$d3/state/t.state"
check 'usage: 2' exits 2 'unknown option' "$HBD" -x
check '-h is 0' "$HBD" -h >/dev/null

# In the background: its caller gets 0 when it answers.
check 'hbd detaches' at hdp3 "$HBD" -c "$d3/hbd.ini" -N hdp3
check 'and answers at once' ctl hdp3 status >/dev/null
daemon=$(cat "$d3/run/hbd.pid")
check 'with a pid file' kill -0 "$daemon"
check 'a second one: its caller gets 1' exits 1 'already running' at hdp3 "$HBD" -c "$d3/hbd.ini" -N hdp3
rss=$(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$daemon/status")
check "resident memory is under 8 MiB ($rss kB)" test "$rss" -lt 8192
kill -TERM "$daemon"
check 'and ends in order' waituntil 5 gone "$daemon"

e2e_done
