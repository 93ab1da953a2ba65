<?php
// mysqli: a session for each transaction, as a web page has it.
mysqli_report(MYSQLI_REPORT_ERROR | MYSQLI_REPORT_STRICT);
function now() { return intdiv(hrtime(true), 1000000); }
for ($n = (int)getenv('POOL_FIRST');;) {
  $begun = now();
  try {
    $c = new mysqli(getenv('POOL_HOST'), getenv('POOL_USER'), getenv('POOL_PASS'), 'test', 3308);
    $n++;
    $c->begin_transaction();
    $c->query("INSERT INTO pools VALUES ($n)");
    $c->query("SELECT COUNT(*) FROM pools WHERE id=$n")->fetch_all();
    $c->commit();
    $c->close();
    echo "a $n $begun ", now(), "\n";
  } catch (Throwable $e) {
    echo 'e ', now(), ' ', substr($e->getMessage(), 0, 120), "\n";
  }
  usleep(20000 + rand(0, 30000));
}
