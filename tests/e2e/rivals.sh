# The same pair as operators run it without tandem, for the wishes: keepalived with an advertisement each 100 ms and a check of
# the server, HAProxy on both hosts that asks each server whether it is writable, and the scripts behind them. Source it after
# env.sh and pair.sh. Its programs run in the hosts of env.sh alone.
#
#   rival_up; rival_down         # fresh servers, hdp3 the primary
#   rival_master; rival_switch   # who has the address; its keepalived is ended, as an operator does

# rival_write HOST FILE MODE: keepalived reads no file that could be run.
rival_write() { cat >"$(dir "$1")/$2"; chmod "$3" "$(dir "$1")/$2"; }

# rival_conf HOST PRIORITY: what its keepalived and HAProxy read, and their scripts.
rival_conf() {
  local host=$1 dir peer mysql
  dir=$(dir "$host") peer=$(peer_of "$host")
  mysql="timeout 2 mariadb --no-defaults --socket=$dir/mysql.sock --user=root -N"
  rival_write "$host" alive 755 <<-EOF
	#!/bin/sh
	exec $mysql -e 'DO 1'
	EOF
  # The script of the pair that tandem replaces: see the seed system's remove_slave.sh.
  rival_write "$host" master 755 <<-EOF
	#!/bin/sh
	$mysql -e "STOP SLAVE; RESET SLAVE ALL; SET GLOBAL rpl_semi_sync_master_enabled=ON; SET GLOBAL read_only=OFF"
	EOF
  rival_write "$host" backup 755 <<-EOF
	#!/bin/sh
	$mysql -e "SET GLOBAL read_only=ON"
	$mysql -e "STOP SLAVE; CHANGE MASTER TO MASTER_HOST='${ADDR[$peer]}', MASTER_PORT=3306, MASTER_USER='$REPL_USER',
	  MASTER_PASSWORD='$REPL_PASS', MASTER_USE_GTID=slave_pos, MASTER_CONNECT_RETRY=1; START SLAVE"
	EOF
  rival_write "$host" writable 755 <<-EOF
	#!/bin/sh
	if [ "\$($mysql -e 'SELECT @@read_only')" = 0 ]; then printf 'HTTP/1.0 200 OK\r\n\r\n'; else printf 'HTTP/1.0 503 No\r\n\r\n'; fi
	EOF
  rival_write "$host" keepalived.conf 644 <<-EOF
	global_defs {
	  enable_script_security
	  vrrp_version 3
	  script_user root
	}
	vrrp_script server {
	  script "$dir/alive"
	  interval 1
	  timeout 1
	  fall 1
	  rise 1
	}
	vrrp_instance pair {
	  state BACKUP
	  interface eth0
	  virtual_router_id 51
	  priority $2
	  nopreempt
	  advert_int ${RIVAL_ADVERT:-0.1}
	  virtual_ipaddress {
	    $VIP/24
	  }
	  track_script {
	    server
	  }
	  notify_master "$dir/master"
	  notify_backup "$dir/backup"
	  notify_fault "$dir/backup"
	  notify_stop "$dir/backup"
	}
	EOF
  rival_write "$host" haproxy.cfg 644 <<-EOF
	defaults
	  mode tcp
	  timeout connect 10s
	  timeout client 1m
	  timeout server 1m
	  retries 3
	  option redispatch
	listen write
	  bind *:3308
	  option httpchk
	  default-server check port 9200 inter 500 fall 1 rise 1 on-marked-down shutdown-sessions
	  server hdp3 ${ADDR[hdp3]}:3306
	  server hdp4 ${ADDR[hdp4]}:3306
	EOF
}

rival_start() {
  local host=$1 dir
  dir=$(dir "$host")
  rm -f "$dir"/keepalived.pid "$dir"/vrrp.pid "$dir"/checkers.pid
  spawn "$host" keepalived keepalived -n -l -D -f "$dir/keepalived.conf" -p "$dir/keepalived.pid" -r "$dir/vrrp.pid" -c "$dir/checkers.pid"
  echo "$SPAWN_PID" >"$dir/rival"
}
rival_pid() { local pid; read -r pid 2>/dev/null <"$(dir "$1")/rival" && ! gone "$pid" && echo "$pid"; }
rival_stop() { local pid; pid=$(rival_pid "$1") || return 0; kill -TERM "$pid"; waituntil 10 gone "$pid"; }
# Started whenever it does not run, as an init script's supervisor does.
rival_unit() {
  while sleep 0.2 && [ -d "$(dir "$1")" ] && [ -e "$E2E_DIR/rival.on" ]; do
    [ -e "$(dir "$1")/unit.off" ] || db_pid "$1" >/dev/null || { db_start "$1"; db_wait "$1"; } >/dev/null 2>&1
  done
}
# rival_host HOST: all of it but the server.
rival_host() {
  spawn "$1" checks socat TCP-LISTEN:9200,reuseaddr,fork "SYSTEM:$(dir "$1")/writable"
  spawn "$1" haproxy haproxy -db -f "$(dir "$1")/haproxy.cfg"
  rival_start "$1"
}

rival_down() {
  local host
  rm -f "$E2E_DIR/rival.on"
  for host in hdp3 hdp4; do host_heal "$host"; done
  waituntil 20 host_pids_kill KILL hdp3 hdp4 client
  for host in hdp3 hdp4; do
    ip -n "$E2E_NS-$host" addr del "$VIP/24" dev eth0 2>/dev/null
    rm -rf "$(dir "$host")/data" "$(dir "$host")/unit.off"
  done
}
rival_up() {
  local host
  rival_down
  db_setup_pair || return 1
  sql hdp3 'CREATE TABLE test.pools (id BIGINT UNSIGNED PRIMARY KEY) ENGINE=InnoDB'
  for host in hdp3 hdp4; do sql "$host" 'SET GLOBAL rpl_semi_sync_master_timeout=10000'; done
  sql hdp3 'SET GLOBAL rpl_semi_sync_master_enabled=ON'
  : >"$E2E_DIR/rival.on"
  for host in hdp3 hdp4; do
    rival_conf "$host" "$([ "$host" = hdp3 ] && echo 150 || echo 100)"
    rival_unit "$host" </dev/null >/dev/null 2>&1 & E2E_SPAWNED+=("$!")
  done
  # The one that shall have it first, so that it is not taken from it.
  rival_host hdp3
  waituntil 15 eval '[ "$(rival_master)" = hdp3 ]' && waituntil 5 sql_vip 3308 'SELECT 1' || return 1
  rival_host hdp4
  waituntil 15 rival_whole
}
rival_master() { vip_holders; }
rival_switch() { rival_stop "$(rival_master)"; }
# One has the address and is writable, the other replicates from it and is read-only.
rival_whole() {
  local owner other
  owner=$(rival_master)
  [ "$owner" = hdp3 ] || [ "$owner" = hdp4 ] || return 1
  other=$(peer_of "$owner")
  [ "$(sql "$owner" 'SELECT @@read_only')" = 0 ] && [ "$(sql "$other" 'SELECT @@read_only')" = 1 ] &&
    [ "$(db_slave "$other" Slave_IO_Running)$(db_slave "$other" Slave_SQL_Running)" = YesYes ] &&
    [ "$(sql_vip 3308 'SELECT @@server_id' 2>/dev/null)" = "${ADDR[$owner]##*.}" ]
}
