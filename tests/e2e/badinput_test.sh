#!/bin/bash
# Bad input: a table of mistakes in the files of every tool. Each tool must name FILE:LINE and what, end with 6 (vipctl,
# whose input is its argument: 2), and touch nothing: not with -t, and not when started in earnest. Then what is no
# mistake of a file: an instance that runs, a port that is taken, two nodes whose haresources differ.
# Run as root, the tree built.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/env.sh
. tests/e2e/pair.sh
env_trap
E2E_HOSTS=(hdp3 hdp4)
SBIN=/usr/local/sbin
PATH=$SBIN:$PATH   # in the hosts it is the installed tree

# lines FILE LINE...: a file of the good configuration, numbered as the table below counts.
lines() { printf '%s\n' "${@:2}" >"$GOOD/$1"; }

good_files() {
  GOOD=$E2E_DIR/good
  cp -a "$E2E_DIR/hdp3/etc" "$GOOD" || return 1
  lines hbd.ini '[hbd]' 'pair = hdp' 'nodes = hdp3 hdp4' 'keepalive = 200ms' 'warntime = 600ms' 'deadtime = 2s' \
    'lease = 1s' 'haresources = /etc/tandem/haresources' 'authkeys = /etc/tandem/authkeys' \
    '[node hdp3]' 'ucast = 172.16.1.126' '[node hdp4]' 'ucast = 172.16.1.127' \
    '[witness gw]' 'ucast = 172.16.1.254' '[watch]' "exec = $SBIN/mysqlchk local" \
    '[events]' "alone = $SBIN/promote alone"
  lines haresources '# one group' 'hdp3 splitfwd 172.16.1.100/24 promote'
  lines authkeys 'auth 1' '1 sha256 a-key-for-tests'
  lines witness.ini '[hbd]' 'role = witness' '[witness gw]' 'ucast = 172.16.1.254' \
    '[pair hdp]' 'ucast = hdp3 172.16.1.126, hdp4 172.16.1.127' 'authkeys = /etc/tandem/authkeys' 'deadtime = 2s'
  lines splitfwd.ini '[splitfwd]' 'pidfile = /run/tandem/splitfwd.pid' 'maxconn = 100' \
    "check-exec = $SBIN/mysqlchk hdp3 hdp4" 'user = nobody' '[server hdp3]' 'address = 172.16.1.126:3306' \
    '[server hdp4]' 'address = 172.16.1.127:3306' '[listen read]' 'bind = *:3307' 'servers = hdp3 hdp4' \
    'send-to = any' 'timeout-connect = 10s' '[listen write]' 'bind = *:3308' 'servers = hdp3 hdp4' \
    'send-to = primary' '[stats]' 'bind = *:8888' 'auth = /etc/tandem/splitfwd.auth'
  (umask 077; lines splitfwd.auth '# accounts' 'admin:password')
  lines promote.ini '[server local]' 'socket = /var/lib/mysql/mysql.sock' 'pid_file = /var/lib/mysql/mysqld.pid' \
    '[server hdp3]' 'address = 172.16.1.126:3306' '[server hdp4]' 'address = 172.16.1.127:3306' \
    '[login]' 'user = tandem' 'password_file = /etc/tandem/mysql.secret' \
    '[replication]' 'user = repl' 'password_file = /etc/tandem/repl.secret' \
    '[promote]' 'answer_timeout = 1s' 'kill_hung = yes'
  lines mysqlchk.ini '[server local]' 'socket = /var/lib/mysql/mysql.sock' '[server hdp3]' \
    'address = 172.16.1.126:3306' '[server hdp4]' 'address = 172.16.1.127:3306' \
    '[login]' 'user = tandem' 'password_file = /etc/tandem/mysql.secret' '[mysqlchk]' 'interval = 100ms'
}

# reset HOST: the good files again.
reset() { find "$E2E_DIR/$1/etc" -mindepth 1 -delete; cp -a "$GOOD/." "$E2E_DIR/$1/etc/"; }

# touched: what a start could change on hdp3: addresses, routes, processes, what it keeps and what it announces.
touched() {
  ip -n "$E2E_NS-hdp3" addr
  ip -n "$E2E_NS-hdp3" route
  ip netns pids "$E2E_NS-hdp3"
  find "$E2E_DIR/hdp3/run" "$E2E_DIR/hdp3/lib" -printf '%P %s %T@\n' | sort
}

# edit FILE HOW: `=TEXT` is the whole file, `!CMD` is run in the directory, all else is for sed.
edit() {
  local etc=$E2E_DIR/hdp3/etc
  case $2 in
    '') ;;
    =*) printf '%b' "${2#=}" >"$etc/$1" ;;
    !*) (cd "$etc" && eval "${2#!}") ;;
    *) sed -i "$2" "$etc/$1" && ! cmp -s "$etc/$1" "$GOOD/$1" ;;
  esac
}

# says CODE TEXT CMD...: on hdp3 each CMD (one word each, split at blanks) ends with CODE and says one line on stderr:
# the tool's name (after the time, when it runs in the foreground), and TEXT (an extended regular expression).
says() {
  local want=$1 text=$2 cmd said
  shift 2
  # shellcheck disable=SC2016
  on hdp3 bash -c 'for c; do timeout 5 $c 2>&1 >/dev/null; echo "exit $?"; done' "$0" "$@" >"$E2E_DIR/said"
  {
    for cmd; do
      said=
      while read -r line && [ "$line" != "exit $want" ]; do said+=${said:+$'\n'}$line; done
      if ! [[ $said =~ ^([0-9:.]+\ )?${cmd%% *}:\ $text ]] || [ "$line" != "exit $want" ] || [[ $said == *$'\n'* ]]; then
        echo "$cmd: $said$line" >&2
        return 1
      fi
    done
  } <"$E2E_DIR/said"
}

# refused COMMAND FILE CODE TEXT: as -t, and in earnest.
refused() {
  local tool=${1%% *} rest=${1#"${1%% *}"}
  case $tool in
    hbd) set -- "$3" "$4" "hbd -t$rest" "hbd -F$rest" "hbd$rest" ;;
    splitfwd) set -- "$3" "$4" 'splitfwd -t' 'splitfwd start' 'splitfwd -F' ;;
    promote) set -- "$3" "$4" "promote -t$rest" "promote$rest start" "promote$rest stop" ;;
    rejoin) set -- "$3" "$4" "rejoin -t$rest" "rejoin -n$rest" "rejoin$rest" ;;
    mysqlchk) set -- "$3" "$4" "mysqlchk -t$rest" "mysqlchk -1$rest" ;;
    vipctl) set -- "$3" "$4" "vipctl -n $2 start" "vipctl $2 start" "vipctl $2 stop" ;;
  esac
  says "$@"
}

trim() { local s=${1#"${1%%[! ]*}"}; REPLY=${s%"${s##*[! ]}"}; }

# One row: COMMAND | FILE | HOW it is edited | the message after /etc/tandem/ | exit code, 6 if none.
row() {
  local command file how text code before
  IFS='|' read -r command file how text code <<<"$1"
  trim "$command"; command=$REPLY
  trim "$file"; file=$REPLY
  trim "$how"; how=$REPLY
  trim "$text"; text=$REPLY
  trim "$code"; code=${REPLY:-6}
  [ "$code" = 2 ] || text=/etc/tandem/$text
  reset hdp3
  edit "$file" "$how" || { fail "$command $file $how" 'the edit changes nothing'; return; }
  before=$(touched)
  check "$command: $text" refused "$command" "$file" "$code" "$text"
  [ "$before" = "$(touched)" ] || fail "$command: $text" "something was touched:"$'\n'"$(diff <(echo "$before") <(touched))"
}

table() {
  local line
  while IFS= read -r line; do
    case $line in ''|'#'*) ;; *) row "$line" ;; esac
  done
}

env_up && mkdir "$E2E_DIR/gw" && pair_install && good_files && reset hdp3 || exit 1
# What must stay: an address as a group's, and somebody who lives.
ip -n "$E2E_NS-hdp3" addr add "$VIP/24" dev eth0
spawn hdp3 bystander sleep 600
waituntil 2 not host_empty hdp3
mkdir -p "$E2E_DIR/hdp3/run" "$E2E_DIR/hdp3/lib"
settled() { ! ip -n "$E2E_NS-hdp3" addr | grep -q tentative; }
waituntil 5 settled

for tool in 'hbd -t' 'hbd -t -c /etc/tandem/witness.ini' 'splitfwd -t' 'promote -t' 'rejoin -t hdp4' 'mysqlchk -t local hdp3 hdp4'; do
  # shellcheck disable=SC2086
  check "the good files are good: $tool" eval "on hdp3 $SBIN/$tool >/dev/null"
done

table <<'ROWS'
# ---- hbd.ini
hbd | hbd.ini | !rm hbd.ini | hbd.ini: No such file or directory
hbd | hbd.ini | !rm hbd.ini; mkdir hbd.ini | hbd.ini: is a directory
hbd | hbd.ini | = | hbd.ini:1: no section \[hbd\]
hbd | hbd.ini | 4s/keepalive/keepalife/ | hbd.ini:4: unknown key 'keepalife' in \[hbd\]
hbd | hbd.ini | 7a deadtime = 3s | hbd.ini:8: 'deadtime' is here twice, first in line 6
hbd | hbd.ini | $a [node hdp3]\nucast = 172.16.1.9 | hbd.ini:20: \[node hdp3\] is here twice, first in line 10
hbd | hbd.ini | 6s/2s/2/ | hbd.ini:6: deadtime: '2' is not a duration such as 250ms, 2s or 1m
hbd | hbd.ini | 6s/2s/500ms/ | hbd.ini:7: lease 1s is not below the deadtime of 500ms
hbd | hbd.ini | 11s/=.*/= 172.16.1.300/ | hbd.ini:11: ucast: '172.16.1.300' is not a numeric address
hbd | hbd.ini | 11s/=.*/= 172.16.1.126:70000/ | hbd.ini:11: ucast: .*70000
hbd | hbd.ini | 11s/ucast.*/bcast = eth1:0/ | hbd.ini:11: bcast: 'eth1:0' is not an interface name
hbd | hbd.ini | 11s/ucast.*/bcast =/ | hbd.ini:11: 'bcast' has no value
hbd | hbd.ini | 11a bcast = eth1, eth1 | hbd.ini:12: bcast: eth1 is here twice
hbd | hbd.ini | 11a bcast = eth1 | hbd.ini:1: hdp3 and hdp4 have not the same number of bcast interfaces
hbd | hbd.ini | 11a mcast = eth1 239.192.6.94 | hbd.ini:12: unknown key 'mcast' in \[node\]
hbd | hbd.ini | 11s/ucast/cast/ | hbd.ini:10: neither 'ucast' nor 'bcast'
hbd | hbd.ini | 15s/ucast.*/bcast = eth0/ | hbd.ini:1: witness gw has more bcast interfaces than the nodes
hbd | hbd.ini | 12s/hdp4/hdp9/ | hbd.ini:12: \[node hdp9\]: 'nodes' does not name it
hbd | hbd.ini | 12,13d | hbd.ini:1: no \[node hdp4\]
hbd -N hdp9 | hbd.ini | | hbd.ini:3: nodes: 'hdp9' \(uname -n, or -N\) is not one of them
hbd | hbd.ini | 2d | hbd.ini:1: \[hbd\] lacks 'pair'
hbd | hbd.ini | 19d | hbd.ini:18: section \[events\] is empty
hbd | hbd.ini | 18s/events/event/ | hbd.ini:18: unknown section \[event\] for role = node
hbd | hbd.ini | 5s/=// | hbd.ini:5: not 'key = value' nor '\[section\]'
hbd | hbd.ini | 10s/]// | hbd.ini:10: ']' is missing
hbd | hbd.ini | 1i pair = hdp | hbd.ini:1: 'pair' stands before the first \[section\]
hbd | hbd.ini | 17s/=.*/= \/usr\/local\/sbin\/mysqlchek local/ | hbd.ini:17: watcher: /usr/local/sbin/mysqlchek: No such file
hbd | hbd.ini | 19s/=.*/= promote alone/ | hbd.ini:19: alone: 'promote alone' is not /PATH/PROGRAM \[ARG...\]
hbd | hbd.ini | 19s/promote/promotee/ | hbd.ini:19: event alone: /usr/local/sbin/promotee: No such file
# ---- haresources, and the hooks it names
hbd | haresources | !rm haresources | hbd.ini:8: haresources: /etc/tandem/haresources: No such file or directory
hbd | haresources | =# nothing\n | haresources:2: no group
hbd | haresources | s/hdp3/hdp9/ | haresources:2: 'hdp9' is neither hdp3 nor hdp4
hbd | haresources | 2s/ splitfwd.*// | haresources:2: no resource after 'hdp3'
hbd | haresources | $a hdp4 172.16.1.100/24 promote | haresources:3: group '172.16.1.100' is already in line 2
hbd | haresources | s/promote/promotee/ | haresources:2: hook promotee start: promotee: no such hook in /etc/tandem/resource.d
hbd | haresources | s/promote/a b a/ | haresources:2: 'a' is here twice
hbd | haresources | s/promote/..\/promote/ | haresources:2: '../promote' is not the name of a resource script
hbd | haresources | !cd resource.d; rm promote; cp /bin/true promote; chmod 757 promote | haresources:2: hook promote start: /etc/tandem/resource.d/promote: can be written by others than root, refused
hbd | haresources | !chmod 777 resource.d | haresources:2: hook splitfwd start: /etc/tandem/resource.d: can be written by others than root, refused
hbd | haresources | !cd resource.d; rm promote; cp /bin/true promote; chown 99 promote | haresources:2: hook promote start: /etc/tandem/resource.d/promote: belongs to somebody else than root
hbd | haresources | !cd resource.d; rm promote; >promote; chmod 644 promote | haresources:2: hook promote start: /etc/tandem/resource.d/promote: not executable
hbd | haresources | !cd resource.d; ln -sf ../nowhere promote | haresources:2: hook promote start: /etc/tandem/resource.d/promote: No such file
# ---- authkeys
hbd | authkeys | !rm authkeys | hbd.ini:9: authkeys: /etc/tandem/authkeys: No such file or directory
hbd | authkeys | !chmod 640 authkeys | hbd.ini:9: authkeys: /etc/tandem/authkeys: group or others can use this file \(mode 0640\); chmod 600 it
hbd | authkeys | !chown 99 authkeys | hbd.ini:9: authkeys: /etc/tandem/authkeys: belongs to uid 99, not to root
hbd | authkeys | 2s/1/2/ | authkeys:1: the key that 'auth' names is not here
hbd | authkeys | 2s/sha256/crc/ | authkeys:2: method crc is not safe; use sha256 KEY
hbd | authkeys | 2s/a-key.*/short/ | authkeys:2: the key is shorter than 12 bytes
hbd | authkeys | 2s/a-key.*/REPLACE-ME/ | authkeys:2: this is the sample's key
hbd | authkeys | $a auth 2 | authkeys:3: 'auth' is here twice, first in line 1
# ---- witness.ini
hbd -c /etc/tandem/witness.ini | witness.ini | 8s/deadtime/warntime/ | witness.ini:8: unknown key 'warntime' in \[pair\]
hbd -c /etc/tandem/witness.ini | witness.ini | 6s/,.*// | witness.ini:6: ucast: expected the addresses of two nodes
hbd -c /etc/tandem/witness.ini | witness.ini | 6s/ucast.*/nodes = hdp3 hdp4/ | witness.ini:1: no link to pair hdp: 'ucast' there, or 'bcast' in \[witness gw\]
hbd -c /etc/tandem/witness.ini | witness.ini | 6a nodes = hdp3 hdp4 | witness.ini:7: nodes: 'ucast' has named them already
hbd -c /etc/tandem/witness.ini | witness.ini | 4s/254/256/ | witness.ini:4: ucast: '172.16.1.256' is not a numeric address
hbd -c /etc/tandem/witness.ini | witness.ini | 3,4d | witness.ini:1: role = witness needs \[witness NAME\] and \[pair NAME\]
hbd -c /etc/tandem/witness.ini | witness.ini | 8s/s$// | witness.ini:8: deadtime: '2' is not a duration
hbd -c /etc/tandem/witness.ini | authkeys | !chmod 644 authkeys | witness.ini:7: authkeys: /etc/tandem/authkeys: group or others
# ---- splitfwd.ini
splitfwd | splitfwd.ini | !rm splitfwd.ini | splitfwd.ini: No such file or directory
splitfwd | splitfwd.ini | 3s/maxconn/maxcon/ | splitfwd.ini:3: unknown key 'maxcon' in \[splitfwd\]
splitfwd | splitfwd.ini | 13a send-to = any | splitfwd.ini:14: 'send-to' is here twice, first in line 13
splitfwd | splitfwd.ini | 7s/126/1266/ | splitfwd.ini:7: address: '172.16.1.1266' is not a numeric address
splitfwd | splitfwd.ini | 7s/:3306// | splitfwd.ini:7: address: .*no port
splitfwd | splitfwd.ini | 3a drain = 5 | splitfwd.ini:4: drain: '5' is not a duration
splitfwd | splitfwd.ini | 12s/hdp4/hdp9/ | splitfwd.ini:12: servers: there is no \[server hdp9\]
splitfwd | splitfwd.ini | 14s/10s/10/ | splitfwd.ini:14: timeout-connect: '10' is not a duration
splitfwd | splitfwd.ini | 16s/3308/3307/ | splitfwd.ini:16: bind: 0.0.0.0:3307 is taken by \[listen read\]
splitfwd | splitfwd.ini | 5s/nobody/nobodie/ | splitfwd.ini:5: .*nobodie
splitfwd | splitfwd.ini | !chmod 644 splitfwd.auth | splitfwd.ini:21: auth: /etc/tandem/splitfwd.auth: group or others
splitfwd | splitfwd.auth | 2s/:// | splitfwd.auth:2: not USER:PASSWORD
splitfwd | splitfwd.auth | 2s/:.*/:REPLACE-ME/ | splitfwd.auth:2: not USER:PASSWORD, or the sample's REPLACE-ME
splitfwd | splitfwd.ini | 20,21d | splitfwd.ini:19: section \[stats\] is empty
splitfwd | splitfwd.ini | 7a send-proxy = yes | splitfwd.ini:8: send-proxy: 'yes' is not no or v2
splitfwd | splitfwd.ini | 13a allow = 172.16.1.9/24 | splitfwd.ini:14: allow: '172.16.1.9/24' is not a network: it begins at 172.16.1.0
splitfwd | splitfwd.ini | 13a deny = hdp3 | splitfwd.ini:14: deny: 'hdp3' is not a numeric address
splitfwd | splitfwd.ini | 13a maxconn-source = many | splitfwd.ini:14: maxconn-source: 'many' is not a number from 1
splitfwd | splitfwd.ini | 13a maxqueue = 0 | splitfwd.ini:14: maxqueue: '0' is not a number from 1
splitfwd | splitfwd.ini | 20a allow = 10.0.0.0/33 | splitfwd.ini:21: allow: '10.0.0.0/33': the prefix is not 0 to 32
# ---- promote.ini
promote | promote.ini | !rm promote.ini | promote.ini: No such file or directory
promote | promote.ini | 16s/kill_hung/kil_hung/ | promote.ini:16: unknown key 'kil_hung' in \[promote\]
promote | promote.ini | 16s/yes/maybe/ | promote.ini:16: kill_hung: 'maybe' is not yes or no
promote | promote.ini | 15s/1s/1/ | promote.ini:15: answer_timeout: '1' is not a duration
promote | promote.ini | 1,3d | promote.ini:1: no \[server local\]
promote | promote.ini | 5s/=.*/= hdp3:3306/ | promote.ini:5: address: 'hdp3' is not a numeric address
promote | promote.ini | 4s/ hdp3// | promote.ini:4: \[server\] needs a name: \[server local\]
promote -p hdp9 | promote.ini | | promote.ini:1: no \[server hdp9\], and that is the peer
promote | promote.ini | 8,10d | promote.ini:1: no \[login\] section
promote | promote.ini | 15,16d | promote.ini:14: section \[promote\] is empty
promote | promote.ini | !rm mysql.secret | promote.ini:10: password_file: /etc/tandem/mysql.secret: No such file or directory
promote | promote.ini | !rm repl.secret | promote.ini:13: password_file: /etc/tandem/repl.secret: No such file or directory
rejoin hdp4 | promote.ini | !rm repl.secret | promote.ini:13: password_file: /etc/tandem/repl.secret: No such file or directory
promote | promote.ini | !chmod 644 repl.secret | promote.ini:13: password_file: /etc/tandem/repl.secret: group or others can use this file
rejoin hdp4 | promote.ini | 13s/pass/pas/ | promote.ini:13: unknown key 'pasword_file' in \[replication\]
rejoin hdp4 | promote.ini | 11,13d | promote.ini:1: no \[replication\] section
rejoin hdp9 | promote.ini | | promote.ini:1: no \[server hdp9\], and that is the peer
# ---- mysqlchk.ini
mysqlchk local | mysqlchk.ini | !rm mysqlchk.ini | mysqlchk.ini: No such file or directory
mysqlchk local | mysqlchk.ini | 11s/interval/inter/ | mysqlchk.ini:11: unknown key 'inter' in \[mysqlchk\]
mysqlchk local | mysqlchk.ini | 11s/100ms/100/ | mysqlchk.ini:11: interval: '100' is not a duration
mysqlchk local | mysqlchk.ini | 2s/=.*/= mysql.sock/ | mysqlchk.ini:2: socket: 'mysql.sock' is not an absolute path
mysqlchk local | mysqlchk.ini | 4s/3306/port/ | mysqlchk.ini:4: address: .*port
mysqlchk local | mysqlchk.ini | !rm mysql.secret | mysqlchk.ini:9: password_file: /etc/tandem/mysql.secret: No such file or directory
mysqlchk local | mysqlchk.ini | !chmod 604 mysql.secret | mysqlchk.ini:9: password_file: /etc/tandem/mysql.secret: group or others
mysqlchk hdp9 | mysqlchk.ini | | mysqlchk.ini:1: no \[server hdp9\]
# ---- vipctl's argument
vipctl | 172.16.1.300 | | '172.16.1.300': does not begin with a numeric address | 2
vipctl | 172.16.1.101/33 | | '172.16.1.101/33': the prefix is not 1 to 32 | 2
vipctl | 172.16.1.255/24 | | '172.16.1.255/24': is the broadcast address of its /24 | 2
vipctl | 172.16.1.101/255.255.255.0 | | '172.16.1.101/255.255.255.0': write the mask as a length, like /24 | 2
vipctl | 172.16.1.101/24/eth0:alabeltoolong | | '172.16.1.101/24/eth0:alabeltoolong': the label is over 15 characters | 2
vipctl | 127.0.0.1 | | '127.0.0.1': is a loopback address | 2
ROWS
reset hdp3

# ---- no mistake of a file: who is there already ----------------------------------------------------------------------

# logged HOST TEXT: hbd there has said it. up HOST: it answers.
logged() { grep -q -- "$2" "$E2E_DIR/$1/hbd.log"; }
up() { ctl "$1" status >/dev/null 2>&1; }

reset hdp4
echo 'hdp3 splitfwd 172.16.1.101/24 promote' >"$E2E_DIR/hdp4/etc/haresources"
hbd_start hdp3
hbd_start hdp4
check 'hbd runs on both' waituntil 5 eval 'up hdp3 && up hdp4'
check 'haresources that differ: hdp3 says so' waituntil 5 logged hdp3 "haresources differs from node hdp4's"
check 'haresources that differ: hdp4 says so' waituntil 5 logged hdp4 "haresources differs from node hdp3's"
check_eq 'haresources that differ: nothing is started, nothing taken' "hdp3" "$(vip_holders)$(vip_holders 172.16.1.101)"

pid=$(hbd_pid hdp3)
sed 's,^pair = hdp,&\nrun_dir = /run/second,' "$GOOD/hbd.ini" >"$E2E_DIR/hdp3/etc/second.ini"
before=$(touched)
check 'a second hbd: 1, and the pid of the first' says 1 "already running, pid $pid " 'hbd -F' hbd
[ "$before" = "$(touched)" ] || fail 'a second hbd touches nothing' "$(diff <(echo "$before") <(touched))"
check 'port 694 is taken: 1, and by whom' \
  says 1 "bind 172.16.1.126:694: Address already in use by pid $pid" 'hbd -F -c /etc/tandem/second.ini'
check 'the first has not noticed' eval 'up hdp3 && [ "$(hbd_pid hdp3)" = "$pid" ]'
check_eq 'and its address is where it was' hdp3 "$(vip_holders)"
hbd_stop hdp3; hbd_stop hdp4

in_the_way() {
  spawn hdp3 taker perl -e 'use IO::Socket::INET;
    my $s = IO::Socket::INET->new(LocalPort => 3308, Listen => 1, ReuseAddr => 1) or die; sleep 600'
  waituntil 5 eval 'at hdp3 ss -ltn | grep -q :3308'
}
in_the_way
check 'port 3308 is taken: splitfwd ends with 1' \
  says 1 "listen write: bind 0.0.0.0:3308: Address already in use by pid $SPAWN_PID" 'splitfwd -F' 'splitfwd start'
check 'and left no pid file' not test -e "$E2E_DIR/hdp3/run/tandem/splitfwd.pid"
kill "$SPAWN_PID"
waituntil 2 gone "$SPAWN_PID"
check 'the port is free: it starts' on hdp3 splitfwd start
pid=$(cat "$E2E_DIR/hdp3/run/tandem/splitfwd.pid")
check 'a second splitfwd: 1, and the pid of the first' says 1 "already running, pid $pid " 'splitfwd -F'
check 'as a hook, start is idempotent' says 0 "already running, pid $pid" 'splitfwd start'
check 'it stops' on hdp3 splitfwd stop

e2e_done
