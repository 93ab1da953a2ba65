#!/bin/bash
# Settings that a server has from its start: each is told on both nodes, and no pair is made with it.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/env.sh
. tests/e2e/pair.sh
env_trap
env_up && db_setup_pair && pair_install && pair_up || exit 1
told() { ctl "$1" status | grep -q "^fault on hdp4 for .*: $2: "; }

# boots NAME ARG...: the replica's server is started with ARGs. What that kept away, an operator says, is none of the pair's.
boots() {
  local name=$1
  shift
  db_stop hdp4 && db_start hdp4 "$@" && db_wait hdp4 || { fail "$name" 'no server'; return; }
  check "$name: told on both nodes" waituntil 5 eval 'told hdp3 "$name" && told hdp4 "$name"'
  check "$name: no pair" waituntil 5 is alone sync_of hdp3
  check "$name: nobody says ready" eval '[ "$(json hdp3 ready)" = false ]'
  sleep 1.5 & wait $!   # in this time no pair must be made
  check "$name: none is made" is alone sync_of hdp3
  db_stop hdp4 && db_start hdp4 && db_wait hdp4
  case $name in replica-filter|errors-skipped)
    check "$name: what it kept away is still told" eval 'waituntil 5 not told hdp3 "$name" && told hdp3 data-missing'
    on hdp4 /usr/local/sbin/mysqlchk same local >/dev/null ;;
  esac
  check "$name: whole again" waituntil 40 is_paired hdp3
}
writer boot
boots updates-not-logged --skip-log-slave-updates
boots binlog-filter --binlog-ignore-db=other
boots binlog-filter --binlog-do-db=test
boots same-server-id --server-id=126
boots statement-format --binlog-format=STATEMENT
boots replica-filter --replicate-wild-ignore-table=other.%
boots errors-skipped --slave-skip-errors=1062
boots no-binlog --skip-log-bin
writer_stop
check_eq 'nothing is lost' 0 "$(lost boot hdp3)"
check 'and all is on the other one' waituntil 10 is 0 lost boot hdp4
e2e_done
