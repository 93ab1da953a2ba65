#!/bin/bash
# The main job, shown: a pair on two hosts, its primary killed, the pair goes on. Ends non-zero when a counter is not as
# promised. KEEP=1 leaves the pair up and says how to look around.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=env.sh
. tests/e2e/env.sh
# shellcheck source=pair.sh
. tests/e2e/pair.sh
env_trap

say() { printf '%s\n' "$*"; }
title() { printf '\n-- %s\n' "$*"; }
# A check that is silent when it is good.
must() {
  local what=$1
  shift
  if "$@"; then E2E_PASSED=$((E2E_PASSED + 1)); else fail "$what" "$*"; e2e_done; fi
}

# decisions MS: what the tools logged from that time of day on, in order, with ms since then. Shown, not counted.
decisions() {
  local host
  for host in hdp3 hdp4 gw; do
    sed -n "s/^\([0-9][0-9]:[0-9][0-9]:[0-9][0-9]\.[0-9]*\) \([a-z]*\): /\1 $host \2 /p" "$(dir "$host")/hbd.log"
  done | sort | awk -v t0="$1" '
    { split($1, c, "[:.]"); ms = ((c[1] * 60 + c[2]) * 60 + c[3]) * 1000 + c[4] - t0
      if (ms < -80000000) ms += 86400000
      if (ms < 0) next
      $1 = ""; host = $2; $2 = ""; tool = $3; $3 = ""
      sub(/^ +/, "")
      if ($0 ~ /server is|->|is ours|granted|alone:|follows|paired \(/) printf "  +%5d ms  %-4s  %s\n", ms, host, $0 }'
}
day_ms() { date +%H:%M:%S.%3N | awk -F'[:.]' '{print (($1 * 60 + $2) * 60 + $3) * 1000 + $4}'; }

alternates() { [ "$1" = '126 127 126 127 ' ] || [ "$1" = '127 126 127 126 ' ]; }


title 'two hosts, hdp3 (.126) and hdp4 (.127), a client, a gateway with the witness; MariaDB with semi-sync'
env_up && db_setup_pair || exit 1
pair_install || exit 1
must 'the pair comes up' pair_up
say "the VIP $VIP is on: $(vip_holders)"
reading=$(reads 4)
say "four reads through $VIP:3307 answer: $reading"
must 'reads alternate' alternates "$reading"

title 'a writer and a reader through the VIP'
writer demo
# Its own reads take turns with ours, so ours only alternate while it is silent.
spawn client reader "$E2E_CLIENT" read "$VIP" 3307 "$APP_USER" "$APP_PASS" test 0 "$(dir client)/reader.log" -i 20 -c 100
READER_PID=$SPAWN_PID
must 'writes are acknowledged' waituntil 10 acked_over demo 200
say "acknowledged so far: $(acked demo)"

title 'kill -9 of mysqld on hdp3, the primary'
killed_day=$(day_ms)
killed=$(now_ms)
db_kill hdp3
must 'a write is acknowledged on the new primary' waituntil 10 acked_after demo "$(awk -v t="$killed" 'BEGIN {print t + 50}')"
must 'hdp4 owns' waituntil 5 owns hdp4
decisions "$killed_day"
ms=$(outage demo "$killed")
say "first write acknowledged on the new primary: ${ms%.*} ms after the kill"
say "the VIP $VIP is on: $(vip_holders)"
must 'the VIP is on hdp4 only' [ "$(vip_holders)" = hdp4 ]
reading=$(reads 4)
say "four reads answer: $reading"
must 'reads go on' [ "$reading" = '127 127 127 127 ' ]

title 'mysqld on hdp3 comes back'
back_day=$(day_ms)
db_start hdp3
must 'hdp3 answers' db_wait hdp3
must 'hdp3 is a replica of hdp4, paired' waituntil 20 is_paired hdp4
decisions "$back_day"
say "hdp3: read_only=$(sql hdp3 'SELECT @@read_only'), replicates from $(db_slave hdp3 Master_Host)"
must 'hdp3 is read-only' [ "$(sql hdp3 'SELECT @@read_only')" = 1 ]
kill -TERM "$READER_PID"
waituntil 5 gone "$READER_PID"
reading=$(reads 4)
say "four reads answer: $reading"
must 'reads alternate again' alternates "$reading"

title 'the count, taken by the client'
writer_stop
waituntil 10 db_synced hdp4 hdp3
lost=$(lost demo hdp4)
lost_old=$(lost demo hdp3)
say "acknowledged writes: $(acked demo)   lost on hdp4: $lost   lost on hdp3: $lost_old"
must 'nothing is lost' [ "$lost" = 0 ]
must 'the rejoined server has everything too' [ "$lost_old" = 0 ]
must 'writes were interrupted for less than 2 s' [ "${ms%.*}" -lt 2000 ]

if [ -n "${KEEP:-}" ]; then
  title 'left up; look around with'
  say "  . tests/e2e/env.sh; . tests/e2e/pair.sh; E2E_DIR=$E2E_DIR E2E_NS=$E2E_NS"
  say '  ctl hdp4 status;  ctl hdp4 standby;  vip_holders;  sql hdp3 "SHOW SLAVE STATUS\G"'
  say "  tail $E2E_DIR/*/hbd.log"
  say "and take it down with:  E2E_UP=(sw ${E2E_HOSTS[*]}); env_down"
  E2E_FINISHED=1
  trap - EXIT
  exit 0
fi
E2E_FINISHED=1
title "as promised: ${ms%.*} ms without a write, $lost acknowledged writes lost"
