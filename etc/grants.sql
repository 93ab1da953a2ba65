-- The accounts of a pair. Put your passwords and your network in, then, once,
-- on the server that is to be the primary (the other gets them from it):
--     mariadb -u root -p <grants.sql          or          mysql -u root -p <...
-- The same passwords go into mysql.secret and repl.secret beside this file,
-- mode 0600. Each server takes the comments with its version, skips the others.

-- Ours: promote, rejoin, mysqlchk.
CREATE USER 'tandem'@'172.16.1.%' IDENTIFIED BY 'TANDEM-PASSWORD';
CREATE USER 'tandem'@'localhost' IDENTIFIED BY 'TANDEM-PASSWORD';
-- What a replica logs in to its source with.
CREATE USER 'repl'@'172.16.1.%' IDENTIFIED BY 'REPL-PASSWORD';

-- MySQL 8: what a static program can log in with.
/*!80000 ALTER USER
  'tandem'@'172.16.1.%' IDENTIFIED WITH mysql_native_password
    BY 'TANDEM-PASSWORD',
  'tandem'@'localhost' IDENTIFIED WITH mysql_native_password
    BY 'TANDEM-PASSWORD',
  'repl'@'172.16.1.%' IDENTIFIED WITH mysql_native_password
    BY 'REPL-PASSWORD' */;

-- Every flavour.
GRANT SUPER, PROCESS, RELOAD, REPLICATION CLIENT, REPLICATION SLAVE, EVENT
  ON *.* TO 'tandem'@'172.16.1.%';
GRANT SUPER, PROCESS, RELOAD, REPLICATION CLIENT, REPLICATION SLAVE, EVENT
  ON *.* TO 'tandem'@'localhost';
GRANT REPLICATION SLAVE ON *.* TO 'repl'@'172.16.1.%';
-- To name who holds a lock that a promotion waits for.
GRANT SELECT ON performance_schema.* TO 'tandem'@'172.16.1.%';
GRANT SELECT ON performance_schema.* TO 'tandem'@'localhost';

-- MySQL 8: what was split off SUPER.
/*!80000 GRANT CONNECTION_ADMIN, SYSTEM_VARIABLES_ADMIN,
  REPLICATION_SLAVE_ADMIN ON *.* TO 'tandem'@'172.16.1.%',
  'tandem'@'localhost' */;

-- MariaDB 10.5.2 and later: the same. READ_ONLY ADMIN, since 10.11 no longer
-- part of SUPER, is what makes a server read-only and writable.
/*M!100502 GRANT READ_ONLY ADMIN, CONNECTION ADMIN, BINLOG ADMIN,
  BINLOG MONITOR, BINLOG REPLAY, REPLICATION SLAVE ADMIN,
  REPLICATION MASTER ADMIN ON *.* TO 'tandem'@'172.16.1.%',
  'tandem'@'localhost' */;
/*M!100509 GRANT SLAVE MONITOR ON *.* TO 'tandem'@'172.16.1.%',
  'tandem'@'localhost' */;
