#!/bin/bash
# hbd under SIGHUP: keys are rolled, limits and events changed, while a pair serves; what needs a restart is refused by name.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/env.sh
. tests/e2e/pair.sh
env_trap
env_up && db_setup_pair && pair_install && pair_up || exit 1
etc() { echo "$E2E_DIR/$1/etc"; }
log() { echo "$(dir "$1")/hbd.log"; }
said() { grep -c -- "$2" "$(log "$1")"; }
# reloads HOST TEXT: HUP there, and its log says TEXT once more.
reloads() {
  local before
  before=$(said "$1" "$2")
  kill -HUP "$(hbd_pid "$1")"
  check "$1: $2" waituntil 5 eval '[ "$(said '"$1"' "'"$2"'")" -gt '"$before"' ]'
}
all_reload() { for host in gw hdp4 hdp3; do reloads "$host" 'hbd: reloaded'; done; }
keys() { for host in hdp3 hdp4 gw; do (umask 077; printf '%s\n' "$@" >"$(etc "$host")/authkeys"); done; }
conf_of() { if [ "$1" = gw ]; then echo witness.ini; else echo hbd.ini; fi; }
# set_key HOST 'KEY = VALUE': in [hbd], in place of what it was.
set_key() { sed -i "/^${2%% *} = /d; /^\[hbd\]/a $2" "$(etc "$1")/$(conf_of "$1")"; }
waituntil 20 is_paired hdp3 || e2e_done
pids="$(hbd_pid hdp3) $(hbd_pid hdp4) $(hbd_pid gw)"
epoch=$(ctl hdp3 -j status | sed -n 's/.*"record":{"epoch":\([0-9]*\).*/\1/p')

# ---- a roll of the key, node by node
old=$(sed -n 's/^1 //p' "$(etc hdp3)/authkeys") new='sha256 the-next-key-of-this-pair'
keys 'auth 1' "1 $old" "2 $new"
all_reload
keys 'auth 2' "1 $old" "2 $new"
all_reload
keys 'auth 2' "2 $new"
all_reload
check 'after the roll: a pair' is_paired hdp3
check_eq 'and the same epoch' "$epoch" "$(ctl hdp3 -j status | sed -n 's/.*"record":{"epoch":\([0-9]*\).*/\1/p')"
keys 'auth 2' "1 $old" '2 sha256 short'
reloads hdp3 'reload refused, all stays as it was: .*authkeys:3: '
keys 'auth 2' "2 $new"
chmod 644 "$(etc hdp3)/authkeys"
reloads hdp3 'reload refused, all stays as it was: .*authkeys: .*chmod 600 it'
chmod 600 "$(etc hdp3)/authkeys"
all_reload

# ---- limits, events
cp "$(etc hdp3)/hbd.ini" "$E2E_DIR/hdp3.ini"
for host in hdp3 hdp4; do
  set_key "$host" 'warntime = 500ms'
  set_key "$host" 'hook_timeout = 30s'
  cat >"$E2E_DIR/root/usr/local/sbin/tell" <<EOF
#!/bin/bash
echo "\$HB_NODE \$HB_WHAT" >>"$E2E_DIR/told"
EOF
  chmod 755 "$E2E_DIR/root/usr/local/sbin/tell"
  sed -i '/^\[events\]/a notify = /usr/local/sbin/tell' "$(etc "$host")/hbd.ini"
done
all_reload
ctl hdp3 standby 2>/dev/null
check 'the pair moves' waituntil 20 is_paired hdp4
check 'and the new event has been told of it' waituntil 5 grep -q 'hdp4 owned' "$E2E_DIR/told"
ctl hdp4 standby 2>/dev/null
check 'and back' waituntil 20 is_paired hdp3

# ---- what needs a restart, and what is wrong
cp "$(etc hdp3)/hbd.ini" "$E2E_DIR/hdp3.ini"
for line in 'deadtime = 5s' 'silent_peer = wait' 'colocate = no'; do
  set_key hdp3 "$line"
  reloads hdp3 "reload refused, all stays as it was: .*'$line' needs a restart"
  cp "$E2E_DIR/hdp3.ini" "$(etc hdp3)/hbd.ini"
done
echo 'hdp3 promote' >"$(etc hdp3)/haresources.new"
cp "$(etc hdp3)/haresources" "$E2E_DIR/haresources"
cp "$(etc hdp3)/haresources.new" "$(etc hdp3)/haresources"
reloads hdp3 'reload refused, all stays as it was: .*haresources needs a restart'
cp "$E2E_DIR/haresources" "$(etc hdp3)/haresources"
echo nonsense >>"$(etc hdp3)/hbd.ini"
reloads hdp3 'reload refused, all stays as it was: .*hbd.ini:[0-9]*: '
cp "$E2E_DIR/hdp3.ini" "$(etc hdp3)/hbd.ini"
sed -i 's|^drain = .*|drain = /nowhere/splitfwd drain|' "$(etc hdp3)/hbd.ini"
reloads hdp3 'reload refused, all stays as it was: .*event drain: /nowhere: No such file'
cp "$E2E_DIR/hdp3.ini" "$(etc hdp3)/hbd.ini"
all_reload
check_eq 'all with the processes of the begin' "$pids" "$(hbd_pid hdp3) $(hbd_pid hdp4) $(hbd_pid gw)"
check 'and a pair still' is_paired hdp3
check_eq 'nobody was silent, and no key was a stranger' '0 0 0 0' \
  "$(said hdp3 'is silent') $(said hdp4 'is silent') $(said gw stranger) $(json hdp3 strangers)"
e2e_done
