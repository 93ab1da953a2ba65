// Node's mysql2: its pool tries nothing, but sees when an idle session ends.
const mysql = require('mysql2/promise');
const now = () => Number(process.hrtime.bigint() / 1000000n);
const pool = mysql.createPool({host: process.env.POOL_HOST, port: 3308, user: process.env.POOL_USER,
  password: process.env.POOL_PASS, database: 'test', connectionLimit: 8, connectTimeout: 10000});
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
      console.log('e', now(), String(e.message).slice(0, 120));
      if (c) c.destroy();
    }
    await new Promise((r) => setTimeout(r, 20 + Math.random() * 30));
  }
}
for (let i = 0; i < 8; i++) work(Number(process.env.POOL_FIRST) + i * 1000000);
