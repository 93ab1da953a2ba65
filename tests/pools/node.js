// Node's mysql2 or mariadb, by name. The pool of the first tries nothing, but sees when an idle session ends; that of the
// second tries a session that was idle for half a second.
const name = process.argv[2];
const driver = require(name === 'mysql2' ? 'mysql2/promise' : name);
const now = () => Number(process.hrtime.bigint() / 1000000n);
const pool = driver.createPool({host: process.env.POOL_HOST, port: 3308, user: process.env.POOL_USER,
  password: process.env.POOL_PASS, database: 'test', connectionLimit: 8, connectTimeout: 10000,
  ...(name === 'mariadb' ? {acquireTimeout: 10000} : {})});
async function work(n) {
  for (;;) {
    const begun = now();
    let c;
    try {
      c = await pool.getConnection();
      n++;
      await c.beginTransaction();
      await c.query('INSERT INTO pools VALUES (?)', [n]);
      await c.query('SELECT COUNT(*) FROM pools WHERE id=?', [n]);
      await c.commit();
      c.release();
      console.log('a', n, begun, now());
    } catch (e) {
      console.log('e', now(), String(e.message).replace(/\n/g, ' ').slice(0, 120));
      if (c) c.destroy();
    }
    await new Promise((r) => setTimeout(r, 20 + Math.random() * 30));
  }
}
for (let i = 0; i < 8; i++) work(Number(process.env.POOL_FIRST) + i * 1000000);
