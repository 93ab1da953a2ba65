# What the tests of promote, rejoin and mysqlchk share, for hosts hdp3 and hdp4 of env.sh that are up: a promote.ini for
# each, the tools run there, and what servers and mysqlchk say. Source it after db_setup_pair.

TOOLS=$PWD/promote
us() { REPLY=${EPOCHREALTIME/[.,]/}; }

for host in hdp3 hdp4; do
  (umask 077; echo "$TANDEM_PASS" >"$(dir $host)/t.secret"; echo "$REPL_PASS" >"$(dir $host)/r.secret")
  cat >"$(dir $host)/promote.ini" <<-INI
	[server local]
	socket = $(dir $host)/mysql.sock
	pid_file = $(dir $host)/mysqld.pid
	[server hdp3]
	address = ${ADDR[hdp3]}
	[server hdp4]
	address = ${ADDR[hdp4]}
	[login]
	user = $TANDEM_USER
	password_file = $(dir $host)/t.secret
	[replication]
	user = $REPL_USER
	password_file = $(dir $host)/r.secret
	[promote]
	apply_timeout = 5s
	paired_timeout = 1s
	state = $(dir $host)/hbd.state
	control = $(dir $host)/hbd.sock
	INI
done

# tool HOST PROGRAM ARG...: runs it there; output in $out and $err, exit code in $rc, milliseconds in $ms. Variables for
# hbd's environment, and INI for another file than promote.ini, stand before: `HB_GRANT=peer tool ...`.
tool() {
  local host=$1 program=$2 t0
  shift 2
  us; t0=$REPLY
  at "$host" timeout -k 1 15 "${BIN:-$TOOLS}/$program" -c "$(dir "$host")/${INI:-promote.ini}" "$@" >"$E2E_DIR/out" 2>"$E2E_DIR/err"
  rc=$?
  us; ms=$(((REPLY - t0) / 1000))
  out=$(<"$E2E_DIR/out") err=$(<"$E2E_DIR/err")
  echo "     $ms ms, exit $rc: $host $program $*: ${err//$'\n'/; }"
}
promote() { tool "$1" promote "${@:2}"; }
rejoin() { tool "$1" rejoin "${@:2}"; }
below() { [ "$2" -lt "$1" ]; }
has() { [[ $1 == *"$2"* ]]; }
log_has() { grep -q -- "$2" "$1"; }

rows() { sql "$1" 'SELECT COUNT(*) FROM test.t'; }
read_only() { sql "$1" 'SELECT @@read_only'; }
each() { local i s=; for ((i = $2; i <= $3; i++)); do s+="INSERT INTO test.t VALUES ($i, 0, 'x');"; done; sql "$1" "$s"; }
sessions_like() { [ "$(sql "$1" "SELECT COUNT(*) FROM information_schema.processlist WHERE state LIKE '$2'")" -ge "${3:-1}" ]; }

# line NAME: mysqlchk's line about it; field KEY: a value of it.
line() { grep "^$1 " "$E2E_DIR/out"; }
field() { tr ' ' '\n' | sed -n "s/^$1=//p"; }
# watch_start HOST NAME...: mysqlchk there, its lines stamped with microseconds in $E2E_DIR/watch.
watch_start() {
  local host=$1
  shift
  : >"$E2E_DIR/watch"
  (
    exec 3< <(exec ip netns exec "$E2E_NS-$host" "$TOOLS/mysqlchk" -c "${WATCH_INI:-$(dir "$host")/promote.ini}" "$@")
    echo $! >"$E2E_DIR/watch.pid"
    while read -r text <&3; do echo "${EPOCHREALTIME/[.,]/} $text"; done >>"$E2E_DIR/watch"
  ) &
  waituntil 3 test -s "$E2E_DIR/watch"
}
watch_stop() { kill -TERM "$(<"$E2E_DIR/watch.pid")"; waituntil 3 gone "$(<"$E2E_DIR/watch.pid")"; }
said() { awk -v t="$1" '$1 >= t' "$E2E_DIR/watch" | grep -q "$2"; }
# after T0 PATTERN: ms from T0 to the first such line after it.
after() { awk -v t="$1" '$1 >= t' "$E2E_DIR/watch" | grep -m 1 "$2" | awk -v t="$1" '{print int(($1 - t) / 1000)}'; }
