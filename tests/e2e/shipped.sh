# A pair from the shipped files alone: my.cnf.d, grants.sql and the init scripts too. Source it after pair.sh.

# shipped_places: where pair_install has put things. witness_default: which file hbd's init script takes on gw.
shipped_places() { ROOT=$E2E_DIR/root ETC=$E2E_DIR/root/etc/tandem SBIN=$E2E_DIR/root/usr/local/sbin; }
witness_default() { mkdir -p "$(dir gw)/skel/default" && echo 'CONFIG=/etc/tandem/witness.ini' >"$(dir gw)/skel/default/hbd"; }
case $DB_FLAVOUR in mysql56) SAMPLE_CNF=mysql-5.6.cnf ;; *) SAMPLE_CNF=mariadb-10.cnf ;; esac

# conf_shipped HOST: what depends on the machine stays as db_make has it; the rest is a copy of the sample.
conf_shipped() {
  cp "$ETC/my.cnf.d/$SAMPLE_CNF" "$(dir "$1")/" && sed -i -e '/^skip_name_resolve/,/^rpl_semi_sync_slave_kill/d' -e '/^!include/d' -e '/^slave_net_timeout/d' \
    "$(dir "$1")/my.cnf" && echo "!include $(dir "$1")/$SAMPLE_CNF" >>"$(dir "$1")/my.cnf"
}
servers_shipped() {
  local host
  for host in hdp3 hdp4; do db_make "$host" && conf_shipped "$host" && db_start "$host" || return 1; done
}

# load_grants: the shipped accounts, their passwords filled in. app_grants: an application's account and its table.
load_grants() {
  sed -e "s/TANDEM-PASSWORD/$TANDEM_PASS/; s/REPL-PASSWORD/$REPL_PASS/" "$ETC/grants.sql" >"$E2E_DIR/grants.sql"
  timeout 5 mariadb --no-defaults --socket="$(dir hdp3)/mysql.sock" --user=root <"$E2E_DIR/grants.sql"
}
app_grants() {
  sql hdp3 "CREATE USER $APP_USER@'%' IDENTIFIED BY '$APP_PASS'; CREATE DATABASE test;
    GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP ON test.* TO $APP_USER@'%';
    CREATE TABLE test.t (id BIGINT PRIMARY KEY, ms BIGINT, note VARCHAR(64)) ENGINE=InnoDB; SET GLOBAL read_only=0"
}

# status_of CMD...: its exit status; what it said is in $E2E_DIR/out.
status_of() { "$@" >"$E2E_DIR/out" 2>&1; echo $?; }
# rc HOST NAME VERB: the exit status of the init script, called from elsewhere with little environment.
rc() { status_of on "$1" env -i sh -c "cd / && exec timeout 60 /etc/init.d/$2 $3"; }
pid_in() { cat "$(dir "$1")/run/tandem/$2.pid"; }
