# The flavour mysql56 of env.sh's servers, sourced by it when DB_FLAVOUR=mysql56: MySQL 5.6.24 of an npm package, which
# tests/deps.sh puts into build/mysql56. It has no plug-ins, so no semi-sync. The client is MariaDB's.

DB_HOME=${DB_HOME:-$E2E_SRC/../../build/mysql56}
DB_HOME=$(cd "$DB_HOME" 2>/dev/null && pwd) || warn 'no MySQL 5.6: run tests/deps.sh mysql56'
export DB_MYSQLD=$DB_HOME/mysqld
DB_GRANTS='SUPER, PROCESS, RELOAD, REPLICATION CLIENT, REPLICATION SLAVE, EVENT'
DB_AUTO_POSITION=MASTER_AUTO_POSITION=1
DB_POSITION=@@global.gtid_executed

# The data that the package has is not usable; in a bootstrap each statement is one line.
db_template() {
  mkdir -p "$1/mysql" || return 1
  {
    echo 'use mysql;'
    cat "$DB_HOME/share/mysql_system_tables.sql" "$DB_HOME/share/mysql_system_tables_data.sql"
    echo "DELETE FROM user WHERE user = '' OR host <> 'localhost';"
    echo 'DELETE FROM db;'
  } | LD_LIBRARY_PATH=$DB_HOME "$DB_MYSQLD" --no-defaults --bootstrap --user=root --basedir="$DB_HOME" \
    --lc-messages-dir="$DB_HOME/share/english" --datadir="$1" --innodb-log-file-size=8M --innodb-buffer-pool-size=32M \
    --skip-log-bin --gtid-mode=OFF --performance-schema=OFF && rm -f "$1/auto.cnf"
}

# The shipped sample, and the place of things here. No test cuts the machine's power, so nothing waits for its disk.
db_conf() {
  cat <<-CONF
	!include ${E2E_SRC%/tests/e2e}/etc/my.cnf.d/mysql-5.6.cnf
	[mysqld]
	basedir=$DB_HOME
	lc_messages_dir=$DB_HOME/share/english
	innodb_log_file_size=8M
	innodb_flush_log_at_trx_commit=2
	sync_binlog=0
	CONF
}
