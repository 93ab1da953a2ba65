#!/bin/bash
# hbd itself, with hooks that are a few lines of shell: beats, claims, hooks and their world, lifelines, restarts,
# what goes wrong at start. No server. Run as root, hbd and hbctl built.
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
    printf '[node %s]\nucast = %s\n' hdp3 "${ADDR[hdp3]}" hdp4 "${ADDR[hdp4]}"
    [ -n "${NO_WITNESS:-}" ] || printf '[witness gw]\nucast = %s\n' "${ADDR[gw]}"
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
  hook "$host" service 'echo "attr pos 0-1-5"; echo "said by service"; echo "and on stderr" >&2'
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

e2e_done
