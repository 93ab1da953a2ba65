#!/bin/bash
# Faults drawn from a seed, one or two at once, under a writer, a reader and ten clients with transactions. After each: nothing that
# was acknowledged is lost; the pair is whole within 60 s, without a hand but the one that takes the fault away; and what hbctl said of
# a takeover, "would lose nothing" or why it may not be made, is put to the test by the death of the owner. In the end the history
# of the transactions is judged. STORM_ROUNDS (6), STORM_SEED (30): the first round's; the next one has the next.
# STORM_KINDS: of these alone.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/env.sh
. tests/e2e/pair.sh
ROUNDS=${STORM_ROUNDS:-6}
SEED=${STORM_SEED:-30}
HISTORY=$PWD/build/e2e/history
env_trap
disks_gone() {
  local node
  for node in hdp3 hdp4; do
    ! mountpoint -q "${E2E_DIR:-/none}/$node/disk" || umount -l "$E2E_DIR/$node/disk"
  done
}
trap 'status=$?; disks_gone; (exit $status); env_exit' EXIT
loop_devices

# ---- the pair: binary logs on small disks of their own -----------------------------------------------------------------
env_up && db_make hdp3 && db_make hdp4 || exit 1
for node in hdp3 hdp4; do
  small_disk "$node" 256M && sed -i "s|^log_bin=.*|log_bin=$(dir "$node")/disk/binlog|" "$(dir "$node")/my.cnf" || exit 1
done
for node in hdp3 hdp4; do echo +0s >"$(dir "$node")/clock"; done
DB_CLOCK=$(compgen -G '/usr/lib*/*faketime/libfaketimeMT.so.1' || compgen -G '/usr/lib/*/faketime/libfaketimeMT.so.1') || exit 1
export DB_CLOCK
db_start hdp3 && db_start hdp4 && db_wait hdp3 && db_wait hdp4 && db_accounts hdp3 || exit 1
sql hdp3 'CREATE TABLE test.lists (k INT PRIMARY KEY, v MEDIUMTEXT)' || exit 1
db_follow hdp4 hdp3 && waituntil 10 db_synced hdp3 hdp4 && pair_install && pair_up || exit 1
unit_start hdp3; unit_start hdp4
spawn client history "$HISTORY" run "$VIP" 3308 "$APP_USER" "$APP_PASS" test 0 "$(dir client)/history.txns" "$SEED"
HISTORY_PID=$SPAWN_PID
spawn client read "$E2E_CLIENT" read "$VIP" 3307 "$APP_USER" "$APP_PASS" test 0 "$(dir client)/reads" -i 20
holders_watch "$E2E_DIR/holders"

# ---- faults: make_KIND NODE; what takes one away is in heal ------------------------------------------------------------
# On NODE as it is now: owner, other.
KINDS_OWNER='server_killed server_frozen disk_full host_killed cut_all cut_peer cut_witness cut_oneway hbd_killed keeper_killed
  mysqlchk_killed splitfwd_killed promote_killed lock_held password standby clock'
KINDS_OTHER='server_killed server_frozen disk_full host_killed cut_all cut_witness cut_oneway hbd_killed mysqlchk_killed applier_stopped
  applier_delayed slave_restarted filter writable receiver_stopped lock_held clock'
KINDS_OWNER=${STORM_KINDS:-$KINDS_OWNER} KINDS_OTHER=${STORM_KINDS:-$KINDS_OTHER}
pass=$TANDEM_PASS
inside() { ip netns pids "$E2E_NS-$1"; }
# kill_named SIGNAL NODE NAME: processes of that name there; false: there is none.
kill_named() {
  local pid found=1
  for pid in $(inside "$2"); do
    [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = "$3" ] && kill "-$1" "$pid" && found=0
  done
  return "$found"
}
make_server_killed() { db_kill "$1"; }
make_server_frozen() { kill -STOP "$(db_pid "$1")"; }
make_disk_full() { dd if=/dev/zero of="$(dir "$1")/disk/fill" bs=1k 2>/dev/null; [ -s "$(dir "$1")/disk/fill" ]; }
make_host_killed() { touch "$(dir "$1")/unit.off"; host_kill "$1"; }
make_cut_all() { link_cut "$1" all; }
make_cut_peer() { link_cut hdp3 hdp4; }
make_cut_witness() { link_cut "$1" gw; }
make_cut_oneway() { if ((RANDOM % 2)); then link_cut -1 "$1" "$(peer_of "$1")"; else link_cut -1 "$(peer_of "$1")" "$1"; fi; }
make_hbd_killed() { hbd_kill "$1"; }
make_keeper_killed() { kill -KILL "$(cat "$(dir "$1")/run/tandem/vipctl-$VIP.pid")"; }
make_mysqlchk_killed() { kill_named KILL "$1" mysqlchk; }
make_splitfwd_killed() { kill_named KILL "$1" splitfwd; }
# At some step of a switch: for a second or two each run of it, on either node, lives for 1 to 25 ms.
SBIN=$E2E_DIR/root/usr/local/sbin
cat >"$E2E_DIR/short-lived" <<'SH'
#!/bin/bash
timeout --foreground -s KILL "$(printf 0.%03d $((RANDOM % 25 + 1)))" /usr/local/sbin/promote.real "$@"
status=$?
[ "$status" -ne 137 ] || echo killed >>/run/tandem/promote.killed
exit "$status"
SH
chmod 755 "$E2E_DIR/short-lived"
killed() { cat "$(dir hdp3)/run/tandem/promote.killed" "$(dir hdp4)/run/tandem/promote.killed" 2>/dev/null | wc -l; }
make_promote_killed() {
  local before
  before=$(killed)
  cp "$SBIN/promote" "$SBIN/promote.real" && cp "$E2E_DIR/short-lived" "$SBIN/promote.new" && mv "$SBIN/promote.new" "$SBIN/promote"
  make_standby "$(owner_now)"
  sleep "1.$((RANDOM % 10))"
  mv "$SBIN/promote.real" "$SBIN/promote"
  kinds+="($(($(killed) - before)))"
}
make_lock_held() {
  spawn "$1" "lock" mariadb --no-defaults --socket="$(dir "$1")/mysql.sock" --user=root --execute='FLUSH TABLES WITH READ LOCK; DO SLEEP(600)'
}
make_password() {
  [ "$pass" != "$TANDEM_PASS" ] && pass=$TANDEM_PASS || pass=$TANDEM_PASS-2
  sql "$1" "ALTER USER $TANDEM_USER@'%' IDENTIFIED BY '$pass', $TANDEM_USER@localhost IDENTIFIED BY '$pass'"
}
# By up to an hour to and fro; it stays.
make_clock() { echo "$((RANDOM % 7200 - 3600))s" | sed 's/^[0-9]/+&/' >"$(dir "$1")/clock.new" && mv "$(dir "$1")/clock.new" "$(dir "$1")/clock"; }
# For 30 s after the last one the other node keeps off, but for an order of its own.
make_standby() { ordered "$1" standby || ordered "$(peer_of "$1")" takeover; }
ordered() { [[ $(ctl "$1" -w 1ms "$2" 2>&1) == *"done"* ]]; }   # or not done yet; else it is refused
make_applier_stopped() { sql "$1" 'STOP SLAVE SQL_THREAD'; }
make_receiver_stopped() { sql "$1" 'STOP SLAVE IO_THREAD'; }
make_applier_delayed() { sql "$1" 'STOP SLAVE; CHANGE MASTER TO MASTER_DELAY=5; START SLAVE'; }
make_slave_restarted() { sql "$1" 'STOP SLAVE; START SLAVE'; }
make_filter() { sql "$1" "STOP SLAVE; SET GLOBAL replicate_ignore_table='test.other'; START SLAVE"; }
make_writable() { sql "$1" 'SET GLOBAL read_only=0'; }

# hbd may start replication in between. Of test.other nothing was kept away.
unfiltered() {
  sql "$1" "STOP SLAVE; SET GLOBAL replicate_ignore_table=''" 2>/dev/null && on "$1" /usr/local/sbin/mysqlchk same local >/dev/null
}

# What an operator has to do, and does: everything but to tell the pair how to go on.
heal() {
  local node
  link_heal
  for node in hdp3 hdp4; do
    rm -f "$(dir "$node")/disk/fill"
    host_boot "$node"
    host_pids_kill CONT "$node"
    kill_named KILL "$node" mariadb
    printf '%s\n' "$pass" >"$(dir "$node")/etc/mysql.secret"
    rm -f "$(dir "$node")/unit.off"
  done
  for node in hdp3 hdp4; do
    waituntil "$((20 + slow))" db_answers "$node" || return 1
    hbd_pid "$node" >/dev/null || hbd_start "$node"
    case $kinds in
      *applier_delayed*|*filter*) waituntil 10 unfiltered "$node" || return 1
        ! db_slave "$node" SQL_Delay | grep -q . || sql "$node" 'CHANGE MASTER TO MASTER_DELAY=0' 2>/dev/null
        sql "$node" 'START SLAVE' 2>/dev/null ;;
      *stopped*) sql "$node" 'START SLAVE' 2>/dev/null ;;
    esac
  done
  return 0
}

# ---- the verdict -------------------------------------------------------------------------------------------------------
owner_now() { local node; for node in hdp3 hdp4; do ! owns "$node" || { echo "$node"; return; }; done; }
# says NODE: yes, or why a takeover may not be made.
says() { local ready; ready=$(json "$1" ready); if [ "$ready" = true ]; then echo yes; else json "$1" not_ready; fi; }
whole() {
  local node
  for node in hdp3 hdp4; do
    is_paired "$node" && is yes says "$node" && is "$node" vip_holders && return
  done
  return 1
}
longest() { "$E2E_CLIENT" gap "$E2E_DIR/client/$1.acks" | kv longest_ms; }
read_after() { awk -v t="$1" '$2 != "err" && $1 > t {found = 1} END {exit !found}' "$(dir client)/reads"; }
# A replica that stood still applies what it has received meanwhile.
none_missing() { [ "$(lost "$1" "$2")" = 0 ]; }
# Of faults that last, a "no" lasts too.
lasts() { case $kinds in *filter*|*receiver_stopped*|*other=server_frozen*) ;; *) return 1 ;; esac; }

put_to_the_test() {
  local owner=$1 other answer t0
  other=$(peer_of "$owner")
  answer=$(says "$owner")
  make_host_killed "$owner"
  t0=$(now_ms)
  kinds+=" tested=$owner:${answer// /_}"
  if [ "$answer" = yes ]; then
    waituntil 20 acked_after "$name" "$t0" || { fail "$name" "$other was to take over"; return 1; }
  elif lasts; then
    ! waituntil 4 is "$other" vip_holders 2>/dev/null || { fail "$name" "$other took over, and was not to: $answer"; return 1; }
  fi
}

round() {
  local owner other k kind node count list t0
  RANDOM=$1
  name=s$1
  kinds=
  owner=$(owner_now)
  other=$(peer_of "$owner")
  writer "$name" -i 5
  waituntil 10 acked_over "$name" 20 || { fail "$name" 'nobody can write'; return 1; }
  count=$((1 + (RANDOM % 3 == 0)))
  for ((k = 0; k < count; k++)); do
    if ((RANDOM % 2)); then node=$owner list=$KINDS_OWNER; else node=$other list=$KINDS_OTHER; fi
    # shellcheck disable=SC2086
    set -- $list
    shift $((RANDOM % $#))
    kind=$1
    if [ "$node" = "$owner" ]; then kinds+=" owner=$kind"; else kinds+=" other=$kind"; fi
    # After another one it may be impossible.
    "make_$kind" "$node" 2>/dev/null || { [ "$k" -gt 0 ] && kinds+='(not-made)'; } || { fail "$name" "$kind is not made"; return 1; }
    sleep "0.$((RANDOM % 10))"   # whatever it meets
  done
  sleep "$((RANDOM % 4)).$((RANDOM % 10))"
  if ((RANDOM % 3 == 0)); then
    sleep 1.5   # a fault is known after a second
    owner=$(owner_now)
    [ -z "$owner" ] || put_to_the_test "$owner" || return 1
  fi
  # A server that met a full disk looks again after 60 s, and starts no sooner; status says so.
  [[ $kinds = *disk_full* ]] && slow=70 || slow=0
  healing_s=$SECONDS
  heal || { fail "$name" 'a server does not come back'; return 1; }
  waituntil $((60 + slow)) whole || { fail "$name" 'the pair is not whole'; return 1; }
  healed_s=$SECONDS
  t0=$(now_ms)
  waituntil 5 acked_after "$name" "$t0" || { fail "$name" 'nobody can write'; return 1; }
  waituntil 5 read_after "$t0" || { fail "$name" 'nobody can read'; return 1; }
  kill -TERM "$WRITER_PID"
  waituntil 5 gone "$WRITER_PID"
  waituntil 60 none_missing "$name" hdp3 || { fail "$name" 'hdp3 lacks acknowledged writes'; return 1; }
  waituntil 60 none_missing "$name" hdp4 || { fail "$name" 'hdp4 lacks acknowledged writes'; return 1; }
  ok "$name:$kinds: $(longest "$name") ms without a write, whole after $((healed_s - healing_s)) s, nothing lost, $SECONDS s"
  for node in hdp3 hdp4; do sql "$node" 'FLUSH BINARY LOGS; PURGE BINARY LOGS BEFORE NOW()'; done
}

for ((r = 0; r < ROUNDS; r++)); do
  round $((SEED + r)) || {
    echo "$name:$kinds"
    for node in hdp3 hdp4; do ctl "$node" status; done
    break
  }
done
holders_end "$E2E_DIR/holders"
check 'never two had the address' never_two "$E2E_DIR/holders"
kill -TERM "$HISTORY_PID"
waituntil 10 gone "$HISTORY_PID"
owner=$(owner_now)
check 'what is left of the lists is read' at client "$HISTORY" final "${ADDR[${owner:-hdp3}]}" 3306 "$APP_USER" "$APP_PASS" test "$(dir client)/history.txns"
"$HISTORY" check "$(dir client)/history.txns" >"$E2E_DIR/verdict"
judged=$?
cat "$E2E_DIR/verdict"
check_eq 'the history of all transactions is serialisable, and nothing of it is lost' 0 "$judged"
e2e_done
