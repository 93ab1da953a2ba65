#!/bin/bash
# The main job, shown: what a writer behind the virtual address notices when hosts, servers and cables fail. Six scenes, each a
# line of the writer with the decisions under it, then one table. Times and losses are taken by the writer, decisions from the
# logs. Ends non-zero when something is not as promised. KEEP=1 leaves the pair up and says how to look around; SVG=FILE
# writes the same as a picture.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=../e2e/env.sh
. tests/e2e/env.sh
# shellcheck source=../e2e/pair.sh
. tests/e2e/pair.sh
TIMELINE=$PWD/build/demo/timeline
E2E_HOSTS=(hdp3 hdp4 client gw behind)
ADDR[behind]=172.16.1.51
env_trap

say() { printf '%s\n' "$@"; }
# A check that is silent when it is good.
must() {
  local what=$1
  shift
  if "$@"; then E2E_PASSED=$((E2E_PASSED + 1)); else fail "$what" "$*"; e2e_done; fi
}
alternates() { [ "$1" = '126 127 126 127 ' ] || [ "$1" = '127 126 127 126 ' ]; }
plus() { awk -v a="$1" -v b="$2" 'BEGIN {printf "%.3f", a + b}'; }
whole() { printf '%.0f' "$1"; }

# day_ms: the time of day in the logs, in ms, into REPLY.
day_ms() {
  local us=${EPOCHREALTIME/[.,]/} h m s
  printf -v REPLY '%(%H %M %S)T' "${us:0:10}"
  read -r h m s <<<"$REPLY"
  REPLY=$((((10#$h * 60 + 10#$m) * 60 + 10#$s) * 1000 + 10#${us:10:3}))
}

# ---- a scene ---------------------------------------------------------------------------------------------------------

SCENE=0 SCENES=() WRITERS=() EVENTS=()

# scene TITLE OTHERS: what is shown, and what Heartbeat 3 with HAProxy does there; a writer begins.
scene() {
  SCENE=$((SCENE + 1)) TITLE=$1 OTHERS=$2
  say "" "$SCENE. $TITLE"
  writer "w$SCENE"
  WRITERS=("writer|$(dir client)/w$SCENE.acks") EVENTS=()
  must 'writes are acknowledged' waituntil 10 acked_over "w$SCENE" 100
}
# zero TEXT: the fault comes now.
zero() {
  local before
  day_ms; before=$REPLY
  ZERO=$(now_ms)
  day_ms; ZERO_DAY=$(((before + REPLY) / 2))
  EVENTS+=("event 0 you $1")
}
# writes_again [SECONDS]: until the first write that was sent well after the fault is acknowledged.
writes_again() { must 'writes go on' waituntil "${1:-10}" acked_after "w$SCENE" "$(plus "$ZERO" 50)"; }
longest() { "$E2E_CLIENT" gap "$(dir client)/w$SCENE.acks" | kv longest_ms; }

# decisions OLD NEW UNTIL_MS: what the logs say since the fault, the witness's first.
decisions() {
  local host
  for host in gw "$1" "$2"; do
    sed -n "s/^\([0-9][0-9]:[0-9][0-9]:[0-9][0-9]\.[0-9]*\) /\1 $host /p" "$(dir "$host")/hbd.log"
  done | awk -v zero="$ZERO_DAY" -v until="$3" -f tests/demo/words.awk | sort -s -n -k 1,1 | cut -f 2-
}

# scene_end OLD NEW END: 300 ms more of the writer; the count; the drawing. NEW is who has the address now.
scene_end() {
  local now file=$E2E_DIR/scene$SCENE lost acked ms
  now=$(now_ms)
  must 'writes go on' waituntil 10 acked_after "w$SCENE" "$(plus "$now" 300)"
  writer_stop
  now=$(awk '$4 == "ok" {last = $3} END {print last}' "$(dir client)/w$SCENE.acks")
  acked=$(acked "w$SCENE") lost=$(lost "w$SCENE" "$2") ms=$(longest)
  {
    echo "title $SCENE. $TITLE"
    printf 'writer %s\n' "${WRITERS[@]}"
    printf 'from_ms %s\nto_ms %s\nzero_ms %s\n' "$(plus "$ZERO" -200)" "$now" "$ZERO"
    printf '%s\n' "${EVENTS[@]}"
    decisions "$1" "$2" "$(whole "$(plus "$now" "-$ZERO")")"
    printf 'outage %s ms\nlost %s of %s\nend %s\nothers %s\n' "$(whole "$ms")" "$lost" "$acked" "$3" "$OTHERS"
  } >"$file"
  SCENES+=("$file")
  "$TIMELINE" text "$file"
  must 'nothing that was acknowledged is lost' [ "$lost" = 0 ]
  must "the address is on $2 only" is "$2" vip_holders
}

# ---- the story -------------------------------------------------------------------------------------------------------

cat <<'TEXT'
Two hosts, hdp3 and hdp4, one MariaDB on each, one address: 172.16.1.100. A writer on a third host inserts a row every 2 ms
through that address. You will see six things happen to the pair. Watch one number: the ms without a write, in which the
writer got no row acknowledged. Then count: is every row that was acknowledged still there?

What Heartbeat 3 with HAProxy and its scripts did in the same laboratory: 14.5 s when mysqld dies on the primary, 11.7 s when
the host dies, 10 s when only the replica dies; and hundreds of acknowledged rows gone when the replica lagged.

In the lines below one character is 20 ms: # a write was acknowledged, . none was. Letters show when a decision was made.
TEXT
say '' 'Bringing the pair up: two servers with semi-synchronous replication, a witness, tandem from its own samples.'
from=$EPOCHSECONDS
env_up && db_setup_pair || exit 1
pair_install || exit 1
must 'the pair comes up' pair_up
reading=$(reads 4)
must 'reads alternate' alternates "$reading"
say "Up after $((EPOCHSECONDS - from)) s: hdp3 has the address, hdp4 is its replica; four reads are answered by ${reading% }."

scene 'mysqld is killed on the primary' '14.5 s'
zero 'kill -9 of mysqld on hdp3'
db_kill hdp3
writes_again
must 'hdp4 owns' waituntil 5 owns hdp4
scene_end hdp3 hdp4 'hdp4 has the address'
must 'reads go on' is '127 127 127 127 ' reads 4
from=$(now_ms)
db_start hdp3
must 'hdp3 is a replica of hdp4, paired' waituntil 20 is_paired hdp4
must 'hdp3 is read-only' is 1 sql hdp3 'SELECT @@read_only'
say "   (mysqld is started again on hdp3: a replica, read-only, paired after $(whole "$(plus "$(now_ms)" "-$from")") ms)"

scene 'a planned switch' '0.75 s'
zero 'hbctl standby on hdp4'
must 'hdp4 gives way' ctl hdp4 standby >"$E2E_DIR/standby.log" 2>&1
writes_again
must 'hdp3 owns, paired' waituntil 20 is_paired hdp3
scene_end hdp4 hdp3 'hdp3 has the address, hdp4 is its replica'

scene 'the replica is killed under the writer' '10.1 s'
zero 'kill -9 of mysqld on hdp4'
db_kill hdp4
writes_again
scene_end hdp4 hdp3 'hdp3 goes on alone'
db_start hdp4
must 'paired again' waituntil 20 is_paired hdp3

scene "the primary's host dies" '11.7 s'
zero 'hdp3 loses its power'
host_kill hdp3
writes_again
must 'hdp4 owns' waituntil 5 owns hdp4
scene_end hdp3 hdp4 'hdp4 has the address'
from=$(now_ms)
host_boot hdp3
hbd_start hdp3
# mysqld drops what it had written and nobody had acknowledged, if hbd knows the new owner when it starts: rejoin(8).
must 'hbd on hdp3 knows who owns' waituntil 10 eval 'ctl hdp3 status | grep -q "owner hdp4"'
db_start hdp3
must 'hdp3 is a replica of hdp4, paired' waituntil 20 is_paired hdp4
say "   (hdp3 is switched on, hbd before mysqld: it follows hdp4, paired after $(whole "$(plus "$(now_ms)" "-$from")") ms)"

# A second writer stays on the primary's side of the cut, where it can reach nobody else.
scene "the primary's cable is cut" 'both write'
spawn behind behind "$E2E_CLIENT" write "$VIP" 3308 "$APP_USER" "$APP_PASS" test 0 "$(dir behind)/behind.acks" -i 2 -c 100 -s 900000000
BEHIND_PID=$SPAWN_PID
acked_behind() { grep -c ' ok 0$' "$(dir behind)/behind.acks"; }
must 'writes are acknowledged there too' waituntil 10 eval '[ "$(acked_behind)" -gt 100 ]'
WRITERS+=("writer beside hdp4|$(dir behind)/behind.acks")
unit_start hdp4
zero 'hdp4 and a writer beside it are cut off from hdp3, the witness and the other writer'
for host in hdp3 gw client; do link_cut hdp4 "$host"; link_cut behind "$host"; done
writes_again
must 'hdp3 owns' waituntil 5 owns hdp3
last_behind=$(awk -v zero="$ZERO" '$4 == "ok" {last = $3} END {printf "%.0f", last - zero}' "$(dir behind)/behind.acks")
first_new=$(awk -v zero="$ZERO" -v last="$last_behind" '$4 == "ok" && $3 > zero + last + 100 {printf "%.0f", $3 - zero; exit}' \
  "$(dir client)/w$SCENE.acks")
must 'nobody writes twice: no write on hdp4 after the first on hdp3' [ "$last_behind" -lt "$first_new" ]
scene_end hdp4 hdp3 "never two primaries: the last write on hdp4 at $last_behind ms, the first on hdp3 at $first_new ms"

scene 'the old primary comes back' 'it is writable; 47 % of reads are stale'
zero 'the cable is plugged in again'
link_heal
must 'hdp4 follows, without a hand' waituntil 30 is_paired hdp3
must 'hdp4 is read-only' is 1 sql hdp4 'SELECT @@read_only'
kill -TERM "$BEHIND_PID"
kill -TERM "$UNIT_PID"
scene_end hdp4 hdp3 'hdp4 is a replica of hdp3, read-only: what nobody had acknowledged is dropped'

waituntil 10 db_synced hdp3 hdp4
must 'both servers have everything' eval 'for n in 1 2 3 4 5 6; do [ "$(lost w$n hdp4)" = 0 ] || exit 1; done'
must 'nothing of the other writer is lost' is 0 eval 'at client "$E2E_CLIENT" lost "$(dir behind)/behind.acks" "${ADDR[hdp3]}" 3306 \
  "$APP_USER" "$APP_PASS" test | sed -n "s/.*missing \([0-9]*\).*/\1/p"'

say ''
"$TIMELINE" table "${SCENES[@]}"
if [ -n "${SVG:-}" ]; then
  must "the picture is written" eval '"$TIMELINE" svg "${SCENES[@]}" >"$SVG"'
  say "" "the same as a picture: $SVG"
fi

E2E_FINISHED=1
if [ -n "${KEEP:-}" ]; then
  mkdir -p build/demo
  printf '%s\n' "E2E_DIR=$E2E_DIR E2E_NS=$E2E_NS E2E_UP=(${E2E_UP[*]})" >build/demo/kept
  say '' 'The pair is left up. Look around from here, for example:' \
    '  tests/demo/on hdp3 hbctl status               what hdp3 knows' \
    '  tests/demo/on hdp3 vipctl 172.16.1.100 status the address, and who keeps it' \
    '  tests/demo/on hdp3 mysqlchk -1 hdp3 hdp4      both servers' \
    "  tail -f $E2E_DIR/*/hbd.log" \
    'and take it down with:' \
    '  tests/demo/on down'
  trap - EXIT
fi
