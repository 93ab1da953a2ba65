<?php
// PDO: a session that is kept, and tried by a query before each use.
function now() { return intdiv(hrtime(true), 1000000); }
function fresh() {
  return new PDO('mysql:host=' . getenv('POOL_HOST') . ';port=3308;dbname=test', getenv('POOL_USER'), getenv('POOL_PASS'),
                 [PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION, PDO::ATTR_TIMEOUT => 10]);
}
set_error_handler(function () { return true; });  // "server has gone away" is also a warning
$c = null;
for ($n = (int)getenv('POOL_FIRST');;) {
  $begun = now();
  try {
    if ($c) {
      try { $c->query('SELECT 1')->fetchAll(); } catch (Throwable $e) { $c = null; }
    }
    if (!$c) $c = fresh();
    $n++;
    $c->beginTransaction();
    $s = $c->prepare('INSERT INTO pools VALUES (?)');
    $s->execute([$n]);
    $s = $c->prepare('SELECT COUNT(*) FROM pools WHERE id=?');
    $s->execute([$n]);
    $s->fetchAll();
    $c->commit();
    echo "a $n $begun ", now(), "\n";
  } catch (Throwable $e) {
    echo 'e ', now(), ' ', substr($e->getMessage(), 0, 120), "\n";
    $c = null;
  }
  usleep(20000 + rand(0, 30000));
}
