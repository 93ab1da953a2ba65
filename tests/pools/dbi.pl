# Perl's DBI with DBD::MariaDB: connect_cached, which pings what it has.
use strict;
use warnings;
use DBI;
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC usleep);
$| = 1;
sub now { int(clock_gettime(CLOCK_MONOTONIC) * 1000) }
my $n = $ENV{POOL_FIRST};
while (1) {
  my $begun = now();
  eval {
    my $c = DBI->connect_cached("DBI:MariaDB:database=test;host=$ENV{POOL_HOST};port=3308;mariadb_connect_timeout=10",
      $ENV{POOL_USER}, $ENV{POOL_PASS}, {RaiseError => 1, PrintError => 0});
    $n++;
    $c->begin_work;
    eval {
      $c->do("INSERT INTO pools VALUES ($n)");
      $c->selectall_arrayref("SELECT COUNT(*) FROM pools WHERE id=$n");
      $c->commit;
      1;
    } or do { my $e = $@; eval { $c->rollback }; eval { $c->disconnect }; die $e };
    print "a $n $begun ", now(), "\n";
    1;
  } or do { (my $e = $@) =~ s/\n/ /g; print "e ", now(), " ", substr($e, 0, 120), "\n" };
  usleep(20000 + rand(30000));
}
