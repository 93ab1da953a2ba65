#!/bin/bash
# vipctl and its keeper on real kernels: one check a clause of the lifeline, grant and verb contracts. As root, about 40 s.
set -u
. "$(dirname "$0")/env.sh"
fail() { E2E_FAILED=$((E2E_FAILED + 1)); echo "not ok $1: ${*:2}"; return 1; }
ok() { E2E_PASSED=$((E2E_PASSED + 1)); echo "ok $1"; }

env_trap
env_up || exit 1
VIPCTL=$E2E_DIR/vipctl
cp "${VIPCTL_BIN:-$E2E_SRC/../../vipctl/vipctl}" "$VIPCTL" || exit 1
MAC3=$(printf '02:00:00:00:01:%02x' "${ADDR[hdp3]##*.}") MAC4=$(printf '02:00:00:00:01:%02x' "${ADDR[hdp4]##*.}")
at sw nft -f - <<RULES || exit 1
table bridge count {
  counter hdp3 { }
  chain seen { type filter hook forward priority -10; policy accept
    oifname client arp saddr ip $VIP arp operation request ether saddr $MAC3 counter name hdp3
  }
}
RULES
for host in hdp3 hdp4; do
  spawn "$host" syslog perl -MSocket -e '$| = 1; socket(S, AF_UNIX, SOCK_DGRAM, 0); bind(S, sockaddr_un($ARGV[0]));
    while (defined recv(S, $_, 4096, 0)) { print "$_\n" }' "$(dir "$host")/log"
  waituntil 5 test -S "$(dir "$host")/log" || exit 1
done

# ---- words -----------------------------------------------------------------------------------------------------------

# vip HOST [NAME=VALUE...] ARG...: vipctl there; what it says in $E2E_DIR/HOST/said.
vip() {
  local host=$1
  shift
  local env=()
  while [[ $1 == *=* ]]; do env+=("$1"); shift; done
  at "$host" env TANDEM_RUN="$E2E_DIR/$host/run" TANDEM_LOG="$E2E_DIR/$host/log" "${env[@]}" "$VIPCTL" "$@" \
    </dev/null >"$E2E_DIR/$host/said" 2>&1
}
exits() { local want=$1 code; shift; "$@"; code=$?; [ "$code" -eq "$want" ] || { warn "exit $code: $*"; return 1; }; }
says() { grep -q -- "$2" "$E2E_DIR/$1/said"; }
logs() { grep -q -- "$2" "$E2E_DIR/$1/syslog.log"; }
shows() { ip -n "$E2E_NS-$1" -o -4 addr show to "$VIP"; }
holds() { [ -n "$(ip -n "$E2E_NS-$1" -o -4 addr show to "$2")" ]; }
has() { [ -n "$(shows "$1")" ]; }
is_like() { local text; text=$(shows "$1"); [[ $text == *$2* ]] || { warn "shows: $text"; return 1; }; }
host_address_is_fine() { ip -n "$E2E_NS-$1" -o -4 addr show to "${ADDR[$1]}" | grep -q '/24 .* global eth0\\'; }
keeper() { vip "$1" "$VIP" status; sed -n 's/.* pid //p' "$E2E_DIR/$1/said"; }
has_keeper() { [ -n "$(keeper "$1")" ]; }
arp_count() { at sw nft list counter bridge count hdp3 | sed -n 's/.*packets \([0-9]*\).*/\1/p'; }
arp_is() { [ "$(arp_count)" -ge "$1" ]; }
client_goes_to() { at client ip -4 neigh show "$VIP" | grep -q "$1"; }
session_of() { local stat; read -r stat <"/proc/$1/stat"; set -- ${stat##*) }; echo "$4"; }
files_of() {
  # In a chroot within a chroot the link tells the path from outside.
  readlink "/proc/$1/fd/"* | sed "s#^$PIPE\$#PIPE#; s#.*\.pid\$#pid#; s#^socket:.*#socket#; s#.*/dev/null\$#/dev/null#" | LC_ALL=C sort | paste -sd ' '
}
# stays MS CMD...: true if CMD is true all the time.
stays() {
  local end
  uptime_ms; end=$((REPLY + $1))
  while [ "$REPLY" -lt "$end" ]; do "${@:2}" || return 1; sleep 0.02; uptime_ms; done
}
# until_gone HOST: waits without a pause; gives up after 5 s.
until_gone() {
  local end
  uptime_ms; end=$((REPLY + 5000))
  while has "$1"; do uptime_ms; [ "$REPLY" -lt "$end" ] || return 1; done
}
# took NAME MIN MAX: the time since T0 (EPOCHREALTIME) is between them, in ms.
us() { REPLY=${EPOCHREALTIME/./}; }
took() {
  us
  local ms=$(((REPLY - T0 + 500) / 1000))
  if [ "$ms" -ge "$2" ] && [ "$ms" -le "$3" ]; then ok "$1 ($ms ms)"; else fail "$1" "took $ms ms, not $2 to $3"; fi
}
mark() { us; T0=$REPLY; }

# lifeline [FIRST-LINE]: a pipe as hbd makes it. LIFE is its reading end, FEEDER the process that says every TICK seconds
# 'another LEASE_MS' and alone holds the writing end; PIPE its name. Without builtins a child of it would hold the pipe too.
LEASE_MS=1000 TICK=0.1
lifeline() {
  local rw
  PIPE=$E2E_DIR/lifeline.$((++pipes))
  mkfifo "$PIPE" "$PIPE.tick"
  exec {rw}<>"$PIPE" {LIFE}<"$PIPE"
  uptime_ms
  echo "${1:-$((REPLY + LEASE_MS))}" >&$rw
  (
    trap - EXIT INT TERM HUP
    exec {tick}<>"$PIPE.tick" 1>&$rw {rw}>&- {LIFE}<&-
    while :; do
      read -rt "$TICK" -u "$tick"
      uptime_ms
      echo $((REPLY + LEASE_MS))
    done
  ) &
  FEEDER=$!
  disown "$FEEDER"
  E2E_SPAWNED+=("$FEEDER")
  exec {rw}>&-
}
pipes=0
# leased HOST GRANT [ARG...]: start with a new lifeline. leased_on: with the present one.
leased() { lifeline; leased_on "$@"; }
leased_on() {
  local code
  vip "$1" "HB_GRANT=$2" "HB_LEASE=$LEASE_MS" "HB_LIFELINE=$LIFE" "${@:3}" "$VIP/24/eth0" start
  code=$?
  exec {LIFE}<&-
  return $code
}
# dead_lifeline LINE: a pipe that says LINE and is not fed.
dead_lifeline() { lifeline "$1"; kill -STOP "$FEEDER"; }
let_go() { kill -KILL "$FEEDER" 2>/dev/null; }

# ---- by hand ---------------------------------------------------------------------------------------------------------

check usage_is_exit_2 exits 2 vip hdp3 "$VIP"
check unknown_verb_is_exit_2 exits 2 vip hdp3 "$VIP" restart
check wrong_spec_is_exit_2 exits 2 vip hdp3 "$VIP/33" start
check ipv6_has_no_label exits 2 vip hdp3 fd00::1/64/eth0:1 start
check ipv6_has_no_label_clearly says hdp3 'an IPv6 address has no label'
check without_root_is_exit_4 exits 4 at hdp3 setpriv --reuid=65534 --clear-groups "$VIPCTL" "$VIP" start
check status_stopped_is_exit_3 exits 3 vip hdp3 "$VIP" status
check dry_run exits 0 vip hdp3 -n "$VIP" start
check dry_run_says_what says hdp3 "would set $VIP/24 on eth0 as eth0:0, permanent"
check dry_run_changes_nothing not has hdp3
check start_by_route exits 0 vip hdp3 "$VIP" start
check it_is_secondary_with_prefix_and_label is_like hdp3 "$VIP/24 scope global secondary eth0:0"
check without_a_lifeline_it_is_permanent is_like hdp3 'valid_lft forever'
check status_running_is_exit_0 exits 0 vip hdp3 "$VIP" status
check start_again exits 0 vip hdp3 "$VIP" start
check stop exits 0 vip hdp3 "$VIP" stop
check stopped_is_gone not has hdp3
check stop_again exits 0 vip hdp3 "$VIP" stop
check host_address_was_left_alone host_address_is_fine hdp3
ip -n "$E2E_NS-hdp3" addr add 172.16.1.99/24 dev eth0 label eth0:0
vip hdp3 "$VIP/24/eth0" start
check lowest_free_label is_like hdp3 'secondary eth0:1'
vip hdp3 "$VIP" stop
ln -s vipctl "$E2E_DIR/IPaddr"
at hdp3 env TANDEM_RUN="$E2E_DIR/hdp3/run" "$E2E_DIR/IPaddr" "$VIP/24/eth0:7" start 2>/dev/null
check label_as_told_under_the_name_IPaddr is_like hdp3 'secondary eth0:7'
check stop_takes_only_what_was_told exits 0 vip hdp3 "$VIP/32/eth0" stop
check another_prefix_stays has hdp3
check start_refuses_what_is_there_otherwise exits 1 vip hdp3 "$VIP/32/eth0" start
vip hdp3 "$VIP" stop
check own_address_is_not_started exits 1 vip hdp3 "${ADDR[hdp3]}" start
check own_address_is_not_stopped exits 1 vip hdp3 "${ADDR[hdp3]}" stop
check own_address_is_there host_address_is_fine hdp3

# The first address of its subnet: the host's later ones hang on it.
vip hdp3 10.7.0.1/24/eth0 start
ip -n "$E2E_NS-hdp3" addr add 10.7.0.2/24 dev eth0
vip hdp3 10.7.0.1/24/eth0 stop
check addresses_that_came_later_stay holds hdp3 10.7.0.2
ip -n "$E2E_NS-hdp3" addr del 10.7.0.2/24 dev eth0

# ---- announcements and rivals ----------------------------------------------------------------------------------------

vip hdp4 "$VIP" start
at client bash -c "echo >/dev/udp/$VIP/9"
check client_has_learned_hdp4 waituntil 1 client_goes_to "$MAC4"
vip hdp4 "$VIP" stop
before=$(arp_count)
mark
check start_for_peer exits 0 vip hdp3 HB_GRANT=peer "$VIP" start
took start_for_peer_is_quick 0 60
check client_is_told_without_asking waituntil 3 client_goes_to "$MAC3"
check burst_of_five waituntil 3 arp_is $((before + 5))
took burst_takes_its_time 1300 2500
check announcer_ends waituntil 1 not has_keeper hdp3
mark
check stop_for_speed exits 0 vip hdp3 "$VIP" stop
took stop_is_quick 0 60

ip -n "$E2E_NS-hdp4" addr add "$VIP/24" dev eth0    # a rival that answers and never announces
for grant in ping none; do
  check "rival_refuses_$grant" exits 1 vip hdp3 "HB_GRANT=$grant" "$VIP" start
  check "rival_is_named_$grant" says hdp3 "$MAC4"
  check "refused_is_not_set_$grant" not has hdp3
done
check rival_refuses_by_hand exits 1 vip hdp3 "$VIP" start
check force_by_hand exits 0 vip hdp3 -f "$VIP" start
check forced_is_there has hdp3
vip hdp3 "$VIP" stop
for grant in witness fence force; do
  mark
  check "rival_does_not_stop_$grant" exits 0 vip hdp3 "HB_GRANT=$grant" "$VIP" start
  took "no_probe_before_$grant" 0 60
  vip hdp3 "$VIP" stop
done
: >"$E2E_DIR/hdp3/syslog.log"
leased hdp3 peer
check rival_is_logged waituntil 2 logs hdp3 "rival $MAC4 claims the address"
before=$(arp_count)
check rival_is_out_announced_again_and_again waituntil 4 arp_is $((before + 12))
check rival_is_not_quiet_yet not logs hdp3 'is quiet'
ip -n "$E2E_NS-hdp4" addr del "$VIP/24" dev eth0
check rival_is_quiet_at_last waituntil 3 logs hdp3 "rival $MAC4 is quiet"
check and_the_address_is_still_here has hdp3

# ---- the lifeline (same keeper) --------------------------------------------------------------------------------------

check leased_for_a_second is_like hdp3 'valid_lft [01]sec'
pid=$(keeper hdp3)
check keeper_has_its_own_session is "$pid" session_of "$pid"
check keeper_holds_only_what_it_needs is '/dev/null /dev/null /dev/null PIPE pid socket socket socket' files_of "$pid"
check start_by_hand_leaves_a_kept_address exits 0 vip hdp3 "$VIP" start
check same_keeper is "$pid" keeper hdp3
kill -TERM "$pid"
check renewed_through_term_and_beyond_a_lifetime stays 1300 has hdp3
mark
let_go
until_gone hdp3
took end_of_file_takes_it_off 0 60
check keeper_has_ended waituntil 1 gone "$pid"

leased hdp3 peer
kill -STOP "$FEEDER"
mark
until_gone hdp3
took a_passed_lease_takes_it_off 700 1150
let_go

leased hdp3 peer
pid=$(keeper hdp3)
kill -STOP "$pid"
mark
until_gone hdp3
took kernel_expires_a_frozen_keepers_address 700 1300
kill -CONT "$pid"
check thawed_keeper_ends waituntil 1 gone "$pid"
check thawed_keeper_brings_nothing_back not has hdp3
check thawed_keeper_said_why logs hdp3 'the address is gone'
let_go

leased hdp3 peer
old=$(keeper hdp3) old_feeder=$FEEDER
kill -STOP "$old"
leased hdp3 peer
check start_ends_a_frozen_keeper waituntil 1 gone "$old"
kill -CONT "$old" 2>/dev/null
kill -KILL "$old_feeder"
check thawed_keeper_leaves_the_new_address stays 1200 has hdp3
pid=$(keeper hdp3)
kill -STOP "$pid"
check stop_over_a_frozen_keeper exits 0 vip hdp3 "$VIP" stop
check stop_ends_a_frozen_keeper waituntil 1 gone "$pid"
check stopped_is_gone_for_sure not has hdp3
let_go

# renewed_not_revived NAME: a leased address outlives its first lifetime, and once deleted no renewal brings it back.
renewed_not_revived() {
  local pid
  leased hdp3 peer
  check "$1_is_renewed" stays 1300 has hdp3
  pid=$(keeper hdp3)
  ip -n "$E2E_NS-hdp3" addr del "$VIP/24" dev eth0
  check "$1_removed_ends_the_keeper" waituntil 1 gone "$pid"
  check "$1_removed_stays_removed" not has hdp3
  let_go
}
renewed_not_revived secondary
VIP=10.7.0.1
renewed_not_revived first_of_its_subnet
leased hdp3 peer
ip -n "$E2E_NS-hdp3" addr add 10.7.0.2/24 dev eth0
kill -STOP "$(keeper hdp3)"
check expiry_of_the_first_address waituntil 2 not has hdp3
check leaves_later_ones_too waituntil 1 holds hdp3 10.7.0.2
ip -n "$E2E_NS-hdp3" addr del 10.7.0.2/24 dev eth0
let_go
VIP=172.16.1.100

leased hdp3 peer
hold() { uptime_ms; echo "hold $((REPLY + $1 * 1000))" >"$PIPE"; }
# The feeder's next time ends the hold again, so it is silenced first.
kill -STOP "$FEEDER"
hold 60
check hold_keeps_it_until_then waituntil 1 is_like hdp3 'valid_lft [56][0-9]sec' 2>/dev/null
kill -CONT "$FEEDER"
check a_time_after_hold_leases_again waituntil 1 is_like hdp3 'valid_lft [01]sec' 2>/dev/null
kill -STOP "$FEEDER"
hold 3
waituntil 1 is_like hdp3 'valid_lft [23]sec' 2>/dev/null
pid=$(keeper hdp3)
let_go
check end_of_file_in_a_hold_ends_the_keeper waituntil 1 gone "$pid"
check and_leaves_the_address has hdp3
check until_the_kernel_ends_it waituntil 5 not has hdp3
leased hdp3 peer
kill -STOP "$FEEDER"
hold 60
waituntil 1 is_like hdp3 'valid_lft [56][0-9]sec' 2>/dev/null
let_go
leased hdp3 peer
check a_new_start_adopts_it is_like hdp3 'valid_lft [01]sec'
let_go
waituntil 1 not has hdp3

leased hdp3 none
pid=$(keeper hdp3) old_feeder=$FEEDER
check start_again_under_none leased hdp3 none
check start_again_has_a_new_keeper waituntil 1 gone "$pid"
kill -KILL "$old_feeder"
check the_old_lifeline_means_nothing_now stays 1200 has hdp3
check stop_with_a_lifeline_open exits 0 vip hdp3 "$VIP" stop
let_go

# A start that freezes while it works must not set the address when it thaws.
frozen_start() {
  local i lock=$E2E_DIR/hdp3/run/vipctl-$VIP.lock
  for i in 1 2 3 4 5; do
    : >"$lock"
    spawn hdp3 start env TANDEM_RUN="$E2E_DIR/hdp3/run" "$VIPCTL" "$VIP" start    # probes for 80 ms
    until is "$SPAWN_PID" cat "$lock"; do gone "$SPAWN_PID" && continue 2; done
    kill -STOP "$SPAWN_PID"
    ! has hdp3 && return 0
    kill -CONT "$SPAWN_PID"
    waituntil 2 gone "$SPAWN_PID"
    vip hdp3 "$VIP" stop
  done
  return 1
}
check a_start_can_be_frozen frozen_start
check stop_over_a_frozen_start exits 0 vip hdp3 "$VIP" stop
kill -CONT "$SPAWN_PID" 2>/dev/null
check frozen_start_is_ended waituntil 1 gone "$SPAWN_PID"
check frozen_start_sets_nothing not has hdp3

# ---- a lease over a second -------------------------------------------------------------------------------------------

# The kernel's lifetime is the lease's, so that lines far apart and a late one cost nothing; gone by the end all the same.
LEASE_MS=4000 TICK=1.5
leased hdp3 peer
check a_long_lease_is_the_lifetime is_like hdp3 'valid_lft [34]sec'
check lines_far_apart_keep_it stays 4500 has hdp3
let_go
waituntil 1 not has hdp3

LEASE_MS=3000 TICK=1
mark
uptime_ms; dead_lifeline $((REPLY + LEASE_MS))
leased_on hdp3 peer
until_gone hdp3
took a_long_lease_lasts_to_its_end 2900 3150
let_go

# Half a lease is left when the line is read, and the keeper stands still: the kernel's lifetime from then on.
uptime_ms; dead_lifeline $((REPLY + LEASE_MS / 2 + 200))
mark
leased_on hdp3 peer
pid=$(keeper hdp3)
kill -STOP "$pid"
until_gone hdp3
took kernel_expires_a_frozen_keepers_long_lease 2950 3400
kill -CONT "$pid"
check thawed_after_a_long_lease_it_ends waituntil 1 gone "$pid"
let_go

# The first line has less than half a lease left; the next one comes in a second.
uptime_ms; lifeline $((REPLY + LEASE_MS / 3))
check start_waits_half_a_lease_for_a_line leased_on hdp3 peer
let_go
waituntil 1 not has hdp3
LEASE_MS=1000 TICK=0.1

# ---- the host's own address goes and comes back ----------------------------------------------------------------------

# source_of HOST: what its connections to the client come from.
source_of() { ip -n "$E2E_NS-$1" -4 route get "${ADDR[client]}" | sed -n 's/.* src \([^ ]*\).*/\1/p'; }
own_addr() { ip -n "$E2E_NS-$1" addr "$2" "${ADDR[$1]}/24" brd + dev eth0; }
# flap HOST: as its network scripts do when they are run again, where the kernel lets a secondary address stay on.
flap() { own_addr "$1" del; own_addr "$1" add; }
ip -n "$E2E_NS-hdp3" addr del 172.16.1.99/24 dev eth0
at hdp3 sysctl -qw net.ipv4.conf.all.promote_secondaries=1
spawn hdp3 echo perl -MIO::Socket::INET -e 'my $l = IO::Socket::INET->new(LocalPort => 7777, Listen => 1) or die $!;
  my $c = $l->accept; $c->autoflush; while (<$c>) { print $c $_ }'
waituntil 10 eval 'at hdp3 ss -Hltn "sport = 7777" | grep -q .'

leased hdp3 peer
pid=$(keeper hdp3)
spawn client talk perl -MIO::Socket::INET -MTime::HiRes=time,sleep -e '
  my $s = IO::Socket::INET->new("$ARGV[0]:7777") or die $!;
  my ($n, $most) = (0, 0);
  until (-e $ARGV[1]) {
    my $t = time; print $s "x\n"; defined(<$s>) or die "cut"; $t = time - $t;
    $most = $t if $t > $most; ++$n; print STDERR "talks\n" if $n == 5; sleep 0.002;
  }
  printf "%d rounds, the longest %d ms\n", $n, $most * 1000' "$VIP" "$E2E_DIR/talked"
check a_session_through_the_address waituntil 5 grep -q talks "$E2E_DIR/client/talk.log"
check the_hosts_own_is_the_source is "${ADDR[hdp3]}" source_of hdp3
mark
for i in 1 2 3 4 5; do
  flap hdp3
  check "flap_${i}_the_hosts_own_is_the_source_again" waituntil 2 is "${ADDR[hdp3]}" source_of hdp3
done
took five_times_soon_enough 0 6500
check it_is_secondary_again is_like hdp3 "$VIP/24 scope global secondary dynamic eth0:"
check host_address_is_first_again host_address_is_fine hdp3
check with_the_same_keeper is "$pid" keeper hdp3
check it_said_why logs hdp3 "came to stand before the host's own address"
: >"$E2E_DIR/talked"
check the_session_ended_well waituntil 5 grep -q rounds "$E2E_DIR/client/talk.log"
echo "a session through the address, meanwhile: $(tail -n 1 "$E2E_DIR/client/talk.log")"
feeder1=$FEEDER VIP1=$VIP VIP=172.16.1.101
leased hdp3 peer
check two_addresses has hdp3
flap hdp3
check two_addresses_the_hosts_own_is_the_source waituntil 4 is "${ADDR[hdp3]}" source_of hdp3
check two_addresses_are_both_there holds hdp3 "$VIP1"
check two_addresses_the_second_too is_like hdp3 'scope global secondary'
let_go
waituntil 1 not has hdp3
VIP=$VIP1
kill -KILL "$feeder1"
waituntil 1 not has hdp3

# Started while the host's own is not there yet, as after a slow boot; and the kernel would delete secondary ones.
at hdp3 sysctl -qw net.ipv4.conf.all.promote_secondaries=0 net.ipv4.conf.eth0.promote_secondaries=0
own_addr hdp3 del
leased hdp3 peer
check alone_in_its_subnet is_like hdp3 "$VIP/24 scope global dynamic eth0:"
at hdp3 sysctl -qw net.ipv4.conf.eth0.promote_secondaries=0    # start has set it
own_addr hdp3 add
check late_the_hosts_own_is_the_source waituntil 2 is "${ADDR[hdp3]}" source_of hdp3
check late_it_is_secondary is_like hdp3 'scope global secondary'
let_go
waituntil 1 not has hdp3
check late_host_address_is_fine host_address_is_fine hdp3

# By hand there is no keeper to see it; start again does.
at hdp3 sysctl -qw net.ipv4.conf.all.promote_secondaries=1
vip hdp3 "$VIP/24/eth0" start
waituntil 3 not has_keeper hdp3
flap hdp3
check by_hand_it_is_the_source is "$VIP" source_of hdp3
check by_hand_start_again exits 0 vip hdp3 "$VIP/24/eth0" start
check by_hand_the_hosts_own_is_the_source waituntil 2 is "${ADDR[hdp3]}" source_of hdp3
check by_hand_it_stays is_like hdp3 'valid_lft forever'
vip hdp3 "$VIP" stop
at hdp3 sysctl -qw net.ipv4.conf.all.promote_secondaries=0 net.ipv4.conf.eth0.promote_secondaries=0

# ---- starts that must not be -----------------------------------------------------------------------------------------

# refused NAME WHY: start with the present lifeline fails and sets nothing.
refused() {
  if vip hdp3 HB_GRANT=peer "HB_LIFELINE=$LIFE" "$VIP" start; then fail "$1" started
  elif has hdp3; then fail "$1" 'is there'
  elif ! says hdp3 "$2"; then fail "$1" "$(cat "$E2E_DIR/hdp3/said")"
  else ok "$1"; fi
  exec {LIFE}<&-
  let_go
}
uptime_ms; dead_lifeline $((REPLY - 50)); refused start_on_a_passed_lease 'lease has passed'
uptime_ms; dead_lifeline $((REPLY + 400)); refused start_on_less_than_half_a_lease 'lease has passed'
dead_lifeline nonsense; refused start_on_silence 'nothing came'
lifeline; let_go; refused start_on_a_closed_lifeline 'lifeline has ended'
lifeline; exec {LIFE}<&-; LIFE=77; refused start_on_no_descriptor 'HB_LIFELINE'

# Every clause is worth nothing if the host's own address suffered on the way.
check host_address_is_still_fine host_address_is_fine hdp3
e2e_done
