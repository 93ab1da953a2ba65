# splitfwd between echo servers and a scripted watcher. Source it first thing, as root.
. "$(dirname "${BASH_SOURCE[0]}")/alone.sh"

# the pid by the pid file
pid() { cat "$D/run/f.pid" 2>/dev/null; }
worker() { pgrep -P "$(pid)" -f -- "-c $D/f.ini"; }
no_watcher() { ! pgrep -f "$E watch $D/state" >/dev/null; }
watcher() { pgrep -f "$E watch $D/state"; }
at_read() { "$E" ask 127.0.0.1:3307 "$1"; }
at_write() { "$E" ask 127.0.0.1:3308 "$1"; }
# server NAME [MODE] / server_gone NAME
server() {
  "$E" serve "127.0.0.$1:3306" "$1" "${2:-}" >>"$D/$1.log" 2>&1 &
  eval "server_$1=$!"
  waituntil 5 listens "$1"
}
listens() { ss -Hltn "src 127.0.0.$1:3306" | grep -q .; }
server_gone() { eval "kill -9 \$server_$1; wait \$server_$1 2>/dev/null"; waituntil 5 not listens "$1"; }
# csv_at LISTENER SVNAME COLUMN...: those values out of the CSV of 'show stat' on stdin.
csv_at() {
  awk -F, -v px="$1" -v sv="$2" -v want="${*:3}" '
    /^# / { for (i = 1; i <= NF; i++) at[$i] = i; at["pxname"] = 1 }
    $1 == px && $2 == sv { n = split(want, w, " "); for (i = 1; i <= n; i++) printf "%s%s", $at[w[i]], i < n ? " " : "\n" }'
}
BOTH='126 up role=primary;127 up role=replica sql=yes'
SWAP='126 up role=replica sql=yes;127 up role=primary'

config() {
  cat <<-CONF
	[splitfwd]
	pidfile = $D/run/$1.pid
	maxconn = 200
	threads = 2
	check-exec = $E watch $D/state
	log = $D/log.sock
	[server 126]
	address = 127.0.0.126:3306
	maxconn = 30
	[server 127]
	address = 127.0.0.127:3306
	[listen read]
	bind = *:3307
	servers = 126 127
	[listen write]
	bind = *:3308
	servers = 126 127
	send-to = primary
	[listen quick]
	bind = *:3309
	servers = 126 127
	send-to = primary
	timeout-connect = 300ms
	timeout-client = 400ms
	[listen few]
	bind = *:3310
	servers = 126 127
	maxconn = 2
	CONF
}
config f >"$D/f.ini"
config other >"$D/other.ini"
server 126
server 127
state "$BOTH"
