#!/bin/bash
# What an operator asks at three in the morning: hbctl status, check, metrics, on a real pair in each state that has a name.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/env.sh
. tests/e2e/pair.sh
env_trap
env_up && db_setup_pair && pair_install && pair_up || exit 1

# says HOST CODE TEXT: hbctl check there exits so, in one line that begins so.
says() {
  local text code
  text=$(ctl "$1" check); code=$?
  [ "$code" = "$2" ] && [ "$(wc -l <<<"$text")" = 1 ] && [ "${text#"$3"}" != "$text" ]
}
ask() {
  check "$1: $3 is said on $2" waituntil "${5:-10}" says "$2" "$3" "$4" || { ctl "$2" check; ctl "$2" status; }
}
first() { ctl "$1" status | head -n 1; }

# ---- well
waituntil 20 is_paired hdp3 || e2e_done
for host in hdp3 hdp4; do ask well "$host" 0 'OK: hdp3 serves, hdp4 is ready: a takeover now loses nothing'; done
ask well gw 0 'OK: pair hdp: hdp3 and hdp4 are heard'
check_eq 'status begins with it' 'OK: hdp3 serves, hdp4 is ready: a takeover now loses nothing' "$(first hdp4)"
check 'and says since when, and what runs' eval 'ctl hdp3 status | grep -q "^  runs here: splitfwd, IPaddr$" && ctl hdp3 status | grep -q "^  fit on hdp4 for [0-9]"'
check 'from the other one too' eval 'ctl hdp4 status | grep -q "^  runs on hdp3, it says: splitfwd, IPaddr$"'
check 'and how regularly beats come' waituntil 5 eval 'ctl hdp3 status | grep -Eq "^  [0-9.]+ % lost, pauses of [0-9]+ ms, one of a hundred over [0-9]+, none over [0-9]+$"'
check 'and what that allows' eval 'ctl hdp3 status | grep -Eq "^beats of hdp4 would allow a deadtime of [0-9]+(ms|s)$" && ctl hdp3 status | grep -q "^this hbd ran late by [0-9]* ms at most"'
check 'its own lateness is less than a second' eval 'n=$(ctl hdp3 status | sed -n "s/^this hbd ran late by \([0-9]*\) ms at most.*/\1/p"); [ "$n" -lt 1000 ]'
check 'in JSON too' eval 'ctl hdp3 -j status | /usr/bin/python3 -c "import json, sys; s = json.load(sys.stdin); sys.exit(s[\"level\"] != \"OK\" or s[\"findings\"] != [])"'

# ---- metrics: as Prometheus reads them
for host in hdp3 hdp4 gw; do
  ctl "$host" metrics >"$E2E_DIR/metrics.$host"
  check "metrics of $host are well-formed" /usr/bin/python3 -c '
import re, sys
seen, family = set(), None
for line in open(sys.argv[1]):
    m = re.fullmatch(r"# (HELP|TYPE) (tandem_[a-z_]+) (.+)\n", line)
    if m:
        if m[1] == "HELP":
            assert m[2] not in seen, line
            seen.add(m[2])
            family = m[2]
        assert m[2] == family and (m[1] == "HELP" or m[3] in ("gauge", "counter")), line
        continue
    m = re.fullmatch(r"(tandem_[a-z_]+)(\{([a-z]+=\"[^\"\n]*\",?)+\})? -?[0-9.]+\n", line)
    assert m and m[1] == family, line
assert len(seen) >= 4' "$E2E_DIR/metrics.$host"
done
value() { ctl "$1" metrics | sed -n "s/^tandem_$2 //p"; }
check_eq 'metrics: who owns' 1 "$(value hdp4 'owner{pair="hdp",group="promote",node="hdp3"}')"
check_eq 'metrics: paired' 1 "$(value hdp4 'paired{pair="hdp",group="promote"}')"

# ---- colour and redrawing, for people alone
esc=$(printf '\033')
check 'no colour in a file' eval '! ctl hdp3 status | grep -q "$esc"'
on hdp3 timeout 2 script -qec '/usr/local/sbin/hbctl -w 200ms status' /dev/null >"$E2E_DIR/drawn" 2>&1 </dev/null
check 'on a terminal: in colour' grep -q "$esc\[1;32mOK:$esc\[0m hdp3 serves" "$E2E_DIR/drawn"
check 'on a terminal: again, in one place' test "$(grep -c "$esc\[H$esc\[J" "$E2E_DIR/drawn")" -ge 4
on hdp3 timeout 2 /usr/local/sbin/hbctl -w 200ms status >"$E2E_DIR/drawn"
check 'in a file: one after the other' eval 'n=$(grep -c "^OK: hdp3 serves" "$E2E_DIR/drawn"); [ "$n" -ge 4 ] && ! grep -q "$esc" "$E2E_DIR/drawn"'
check 'again and again without a pause is refused' eval '! on hdp3 /usr/local/sbin/hbctl -w 0s status 2>/dev/null'
check 'a full disk is said' eval '! on hdp3 bash -c "/usr/local/sbin/hbctl status >/dev/full" 2>/dev/null'

# ---- what is to be looked at in the morning
sql hdp4 'SET GLOBAL sync_binlog = 0'
ask 'a fault' hdp3 1 'WARNING: hdp4 has the fault sync-binlog: '
ask 'a fault' hdp4 1 'WARNING: hdp4 has the fault sync-binlog: '
check 'with its cure' eval 'ctl hdp3 status | sed -n 2p | grep -qx "  do: SET GLOBAL sync_binlog = 1"'
sql hdp4 'SET GLOBAL sync_binlog = 1'
ask 'cured' hdp3 0 OK:
hbd_stop gw
ask 'no witness' hdp3 1 'WARNING: the witness gw is not heard'
check_eq 'no witness: its own hbctl' 3 "$(ctl gw check >"$E2E_DIR/said"; echo $?)"
check 'no witness: UNKNOWN, on standard output' grep -q '^UNKNOWN: hbd does not run here: ' "$E2E_DIR/said"
hbd_start gw
ask 'the witness again' hdp3 0 OK:

forward() { on hdp3 socat -t 1 - UNIX-CONNECT:/run/tandem/splitfwd.sock <<<"$1"; }
forward 'set server read/hdp4 state drain'
ask 'a server that somebody drains' hdp3 1 'WARNING: splitfwd: server read/hdp4 is DRAIN'
check 'status says so first, and how it ends' eval "ctl hdp3 status | head -n 1 | grep -q \"^WARNING: splitfwd: server read/hdp4 is DRAIN.*'set server read/hdp4 state ready' ends it\""
forward 'set server read/hdp4 state ready'
forward 'disable frontend write'
ask 'a listener that is disabled' hdp3 1 'WARNING: splitfwd: listener write is disabled'
forward 'enable frontend write'
ask 'all in service' hdp3 0 OK:

# ---- what wakes
sql hdp4 'STOP SLAVE SQL_THREAD'
ask 'the applier is stopped' hdp3 1 'WARNING: hdp4 has the fault applier-stopped: '
sql hdp4 'START SLAVE'
ask 'it applies' hdp3 0 OK: 20
sql hdp4 'STOP SLAVE'
ask 'no replication' hdp3 1 'WARNING: hdp4 may not take over yet: it may lack acknowledged writes'
sql hdp4 'START SLAVE'
ask 'it replicates' hdp3 0 OK: 20
db_kill hdp4
ask 'the standby has no server' hdp3 2 'CRITICAL: no takeover is possible: hdp4: its server is down'
ask 'the standby has no server' hdp4 2 'CRITICAL: no takeover is possible: hdp4: '
db_start hdp4 && db_wait hdp4
ask 'it is back' hdp3 0 OK: 30
hbd_kill hdp4
ask 'the standby is gone' hdp3 2 'CRITICAL: no takeover is possible: hdp4: it is silent'
ask 'and the witness says so' gw 1 'WARNING: node hdp4 of pair hdp is not heard'
hbd_start hdp4
ask 'it is back' hdp3 0 OK: 30
hbd_kill hdp4; hbd_stop gw
waituntil 10 eval '! owns hdp3'
ask 'nobody agrees' hdp3 2 'CRITICAL: nobody is known to serve promote and 172.16.1.100: '
hbd_start gw
hbd_start hdp4
ask 'all are back' hdp3 0 OK: 30

# ---- what happened
if owns hdp3; then owner=hdp3; else owner=hdp4; fi
other=$(peer_of "$owner")
ctl "$owner" standby 2>/dev/null
ask 'after a switch' "$other" 0 "OK: $other serves" 20
check 'events: the giver tells its drain and its stops' eval \
  'ctl "$owner" events | grep -A9 "$owner gave up promote in [0-9]* ms, epoch [0-9]*: standby by an operator" | grep -q "^ *[0-9]* ms promote stop$"'
check 'events: the taker by whose right' eval 'ctl "$other" events | grep -q "$other took promote in [0-9]* ms, epoch [0-9]*, by peer: "'
hbd_kill "$other"
ask 'after a death' "$owner" 2 "CRITICAL: no takeover is possible: $other: it is silent" 20
ctl "$owner" -j events >"$E2E_DIR/events"
check 'events: a takeover is timed from the last beat, and each hook' /usr/bin/python3 -c '
import json, sys
all = json.load(open(sys.argv[1]))
one = [c for c in all if c["group"] == "promote" and c["what"] == "took"][-1]
steps = {s["step"]: s["ms"] for s in one["steps"]}
assert one["grant"] == "witness" and steps["the peer was heard last"] == 0, one
assert 1500 < steps["claimed"] <= steps["granted, by witness"] <= steps["promote start"] <= steps["owned"] == one["ms"] < 4000, one' "$E2E_DIR/events"
check 'metrics have them' eval 'ctl "$owner" metrics | grep -q "^tandem_taken_step_seconds{pair=\"hdp\",group=\"promote\",number=\"[0-9]*\",step=\"owned\"} "'
hbd_start "$other"
ask 'whole again' "$owner" 0 OK: 30
count() { ctl "$1" -j events | /usr/bin/python3 -c 'import json, sys; print(len(json.load(sys.stdin)))'; }
n=$(count "$owner")
hbd_stop "$owner"; hbd_start "$owner"
check 'events: a restart keeps them' waituntil 20 eval '[ "$(count "$owner")" -ge "$n" ]'
ask 'whole again' "$owner" 0 OK: 30
events=$(dir "$owner")/state/hdp.events
[ -f "$events" ] || events=$(find "$(dir "$owner")" -name hdp.events | head -n 1)
check_eq 'the file is root'"'"'s alone' 600 "$(stat -c %a "$events")"
hbd_stop "$owner"; echo nonsense >"$events"; hbd_start "$owner"
check 'events: a damaged file is said, and begun anew' eval \
  'waituntil 20 says "$owner" 0 OK: && grep -q "events of before are not shown: .*hdp.events:1: damaged" "$(dir "$owner")/hbd.log"'
# As with a full disk: what cannot be written is told, and shown all the same.
hbd_stop "$owner"; rm "$events"; mkdir "$events"; hbd_start "$owner"
check 'events: a file that cannot be read is said' waituntil 20 grep -q "events of before are not shown: .*is a directory" "$(dir "$owner")/hbd.log"
waituntil 30 eval 'is_paired hdp3 || is_paired hdp4'
if owns "$owner"; then ctl "$owner" standby 2>/dev/null; else ctl "$owner" takeover 2>/dev/null; fi
check 'nor written: said too' waituntil 20 grep -q 'events are not written: ' "$(dir "$owner")/hbd.log"
check 'and shown until the next start' eval 'ctl "$owner" events | grep -Eq "$owner (took|gave up) promote"'
e2e_done
