# tandem on the hosts of env.sh: the installed tree with the files of etc/ as they are shipped. Source it after env.sh.
#
#   pair_install; pair_up                   # hbd on the witness gw and on both nodes, hdp3 owns, paired with hdp4
#   ctl hdp3 status; owner; paired
#
# TANDEM_TOOLS: a directory whose programs replace the installed ones (a broken build, to see a test go red).

PAIR_TOP=$(cd "$E2E_SRC/../.." && pwd)
STATS_PASS=stats-e2e

# on HOST CMD...: CMD on the host with its own /etc/tandem, /var/lib/tandem, /run and the installed tools.
on() {
  local host=$1
  shift
  at "$host" unshare -mu "$E2E_SRC/in-host" "$E2E_DIR/root" "$E2E_DIR/$host" "$host" "$@"
}

# pair_install: `make install` into the work directory, once; the shipped configuration for each host in E2E_HOSTS.
pair_install() {
  local host
  make -s -C "$PAIR_TOP" install DESTDIR="$E2E_DIR/root" >"$E2E_DIR/install.log" 2>&1 ||
    { tail "$E2E_DIR/install.log" >&2; return 1; }
  [ -z "${TANDEM_TOOLS:-}" ] || cp "$TANDEM_TOOLS"/* "$E2E_DIR/root/usr/local/sbin/" || return 1
  for host in hdp3 hdp4 gw; do
    pair_conf "$host" || return 1
  done
}

# pair_conf HOST: what an operator does after the installation: keys, passwords, the server's socket.
pair_conf() {
  local etc=$E2E_DIR/$1/etc
  rm -rf "$etc" && cp -a "$E2E_DIR/root/etc/tandem" "$etc" || return 1
  (
    umask 077
    printf 'auth 1\n1 sha256 e2e-%s\n' "$E2E_NS" >"$etc/authkeys"
    echo "$TANDEM_PASS" >"$etc/mysql.secret"
    echo "$REPL_PASS" >"$etc/repl.secret"
    sed -i "s/REPLACE-ME/$STATS_PASS/" "$etc/splitfwd.auth"
  )
  sed -i "s|/var/lib/mysql/|$E2E_DIR/$1/|" "$etc"/*.ini
  # Nothing there can tell that a replica has it.
  [ "$DB_FLAVOUR" != mysql56 ] || sed -i '/^\[hbd\]/a track_sync = no' "$etc/hbd.ini"
}

# hbd_start HOST [ARG...]; hbd_pid HOST; hbd_stop HOST (in order, until it is gone); hbd_kill HOST (-9).
hbd_start() {
  local host=$1 conf=hbd.ini
  shift
  [ "$host" != gw ] || conf=witness.ini
  spawn "$host" hbd unshare -mu "$E2E_SRC/in-host" "$E2E_DIR/root" "$E2E_DIR/$host" "$host" \
    /usr/local/sbin/hbd -F -c "/etc/tandem/$conf" "$@"
}
hbd_pid() { local pid; read -r pid <"$E2E_DIR/$1/hbd.spawned" && ! gone "$pid" && echo "$pid"; }
hbd_stop() { local pid; pid=$(hbd_pid "$1") || return 0; kill -TERM "$pid" && waituntil 20 gone "$pid"; }
hbd_kill() { local pid; pid=$(hbd_pid "$1") && kill -KILL "$pid"; }

# ctl HOST ARG...: hbctl there. json HOST FIELD: a field of its first group, the server's, in status -j, by name.
ctl() { local host=$1; shift; on "$host" /usr/local/sbin/hbctl "$@"; }
json() {
  ctl "$1" -j status | sed 's/\("groups":\[{.*}}\),{"name":.*\(],"links"\)/\1\2/' | tr ',{}' '\n\n\n' |
    sed -n "s/^\"$2\":\"\{0,1\}\([^\"]*\)\"\{0,1\}$/\1/p" | tail -n 1
}

# phase HOST: what the server's group does there; phases HOST: what any does. sync_of HOST: alone or paired. owns HOST: the server
# and the door. is_paired HOST: it owns, paired.
phase() { json "$1" phase; }
phases() { ctl "$1" -j status | grep -o '"phase":"[a-z]*"' | sort -u; }
sync_of() { json "$1" sync; }
owns() { is '"phase":"owning"' phases "$1"; }
is_paired() { owns "$1" && is paired sync_of "$1"; }

# pair_up: everything from servers to a group owned by hdp3, paired where there is semi-sync.
pair_up() {
  local there=is_paired
  [ "$DB_FLAVOUR" != mysql56 ] || there=owns
  hbd_start gw && hbd_start hdp4 && hbd_start hdp3 || return 1
  waituntil 20 $there hdp3 && waituntil 5 is hdp3 vip_holders
}

# writer NAME [ARG...]: a writer through the VIP in the background, log $(dir client)/NAME.acks; ids are unique a run.
WRITER_NEXT=1
writer() { writer_to "$1" "$VIP" 3308 "${@:2}"; }
# writer_to NAME ADDRESS PORT [ARG...]: the same, to somewhere else.
writer_to() {
  local name=$1 address=$2 port=$3
  shift 3
  WRITER_NEXT=$((WRITER_NEXT + 10000000))
  spawn client "$name" "$E2E_CLIENT" write "$address" "$port" "$APP_USER" "$APP_PASS" test 0 \
    "$E2E_DIR/client/$name.acks" -i 2 -c 100 -s "$WRITER_NEXT" "$@"
  WRITER_PID=$SPAWN_PID
}
writer_stop() { kill -TERM "$WRITER_PID" 2>/dev/null; waituntil 5 gone "$WRITER_PID"; }
# writers NAME [ARG...]: ten of them, NAME-0 to NAME-9, until all write. writers_stop: those. none_lost NAME HOST: by any of them.
writers() {
  local i
  WRITER_PIDS=()
  for i in {0..9}; do writer "$1-$i" "${@:2}"; WRITER_PIDS+=("$WRITER_PID"); done
  waituntil 10 acked_over "$1-9" 20
}
writers_stop() { local pid; for pid in "${WRITER_PIDS[@]}"; do kill -TERM "$pid"; waituntil 5 gone "$pid"; done; }
none_lost() { local i; for i in {0..9}; do [ "$(lost "$1-$i" "$2")" = 0 ] || return 1; done; }
# acked NAME: how many writes were acknowledged so far.
acked() { awk '$4 == "ok"' "$E2E_DIR/client/$1.acks" | wc -l; }
acked_over() { [ "$(acked "$1")" -gt "$2" ]; }
# outage NAME T0: ms from T0 to the end of the longest wait of the writer after it; nothing when it did not end.
outage() { "$E2E_CLIENT" gap "$E2E_DIR/client/$1.acks" "$2" | kv recovered_ms; }
# lost NAME HOST: acknowledged ids that the server there lacks.
lost() {
  at client "$E2E_CLIENT" lost "$E2E_DIR/client/$1.acks" "${ADDR[$2]}" 3306 "$APP_USER" "$APP_PASS" test |
    sed -n 's/.*missing \([0-9]*\).*/\1/p'
}
# acked_after NAME T0: true when a write sent after T0 (client now) was acknowledged.
acked_after() { awk -v t="$2" '$4 == "ok" && $2 > t {found = 1} END {exit !found}' "$E2E_DIR/client/$1.acks"; }

# lock NODE: its applier waits behind a session that an operator forgot, for a minute or until unlock NODE.
lock() {
  spawn "$1" lock mariadb --no-defaults --socket="$(dir "$1")/mysql.sock" -u root -e 'LOCK TABLES test.t READ; SELECT 1; SELECT SLEEP(60)' --unbuffered -N
  waituntil 5 grep -q 1 "$(dir "$1")/lock.log"
}
unlock() {
  local id
  for id in $(sql "$1" "SELECT id FROM information_schema.processlist WHERE info LIKE 'SELECT SLEEP(60)'"); do sql "$1" "KILL $id"; done
}
# rough: both processors are busy, and the bridge loses 1 % of all frames, until calm.
rough() {
  local n
  at sw nft -f - <<-'RULES'
	table bridge loss {
	  chain some {
	    type filter hook forward priority 0; policy accept
	    numgen random mod 100 < 1 drop
	  }
	}
	RULES
  ROUGH=()
  for n in 1 2 3 4; do bash -c 'while :; do :; done' & ROUGH+=("$!"); E2E_SPAWNED+=("$!"); done
}
calm() { kill "${ROUGH[@]}"; at sw nft delete table bridge loss; }

# peer_of HOST: the other node. reads N: the server_ids that N reads through the VIP answer.
peer_of() { if [ "$1" = hdp3 ]; then echo hdp4; else echo hdp3; fi; }
reads() { local i; for ((i = 0; i < $1; i++)); do sql_vip 3307 'SELECT @@server_id'; done | tr '\n' ' '; }
writes() { local i; for ((i = 0; i < $1; i++)); do sql_vip 3308 'SELECT @@server_id'; done | tr '\n' ' '; }
# median N...: of whole numbers.
median() { printf '%s\n' "$@" | sort -n | sed -n "$((($# + 1) / 2))p"; }
# under LIMIT MS: true when MS is a number below LIMIT.
under() { [ -n "$2" ] && [ "${2%.*}" -lt "$1" ]; }
# holders_log FILE: writes who has the VIP to FILE, every 20 ms, until it is removed. For: never two at once.
holders_watch() {
  : >"$1"
  while [ -e "$1" ]; do vip_holders >>"$1.seen"; sleep 0.02; done &
  E2E_SPAWNED+=("$!")
}
holders_end() { rm -f "$1"; }
never_two() { grep -q . "$1.seen" && ! grep -q ' ' "$1.seen"; }
# prestart: the init script's question before mysqld starts, see rejoin(8).
export DB_PRESTART='unshare -mu '"$E2E_SRC"'/in-host "${E2E_HOSTDIR%/*}/root" "$E2E_HOSTDIR" "$E2E_HOST" /usr/local/sbin/rejoin -p'

# unit_start HOST: starts mysqld there whenever it does not run, as systemd does with Restart=always and the shipped drop-in; not
# while $(dir HOST)/unit.off is there.
unit_start() {
  unit "$1" </dev/null >>"$(dir "$1")/unit.log" 2>&1 &
  UNIT_PID=$!
  E2E_SPAWNED+=("$UNIT_PID")
  disown
}
unit() {
  local host=$1 options pre
  pre=$(sed -n 's/^ExecStartPre=//p' "$E2E_DIR/root/etc/tandem/mariadb.service.conf" | sed 's/\$\$/$/g')
  while sleep 0.2 && [ -d "$(dir "$host")" ]; do
    [ ! -e "$(dir "$host")/unit.off" ] && ! db_pid "$host" >/dev/null || continue
    on "$host" sh -c "$pre" || continue
    IFS='=' read -r _ options <"$(dir "$host")/run/tandem/mysqld.options"
    # shellcheck disable=SC2086
    DB_PRESTART='' db_start "$host" $options && waituntil 20 db_answers_or_gone "$host"
  done
}
