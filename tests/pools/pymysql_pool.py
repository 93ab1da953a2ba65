# PyMySQL: sessions that are kept, and tried before each use (ping, which connects again).
import os, pymysql, random, sys, threading, time

def now(): return int(time.monotonic() * 1000)
lock = threading.Lock()
def say(*words):
    with lock: print(*words, flush=True)

def work(first):
    n, c = first, None
    while True:
        begun = now()
        try:
            if c is None:
                c = pymysql.connect(host=os.environ["POOL_HOST"], port=3308, user=os.environ["POOL_USER"],
                                    password=os.environ["POOL_PASS"], database="test", connect_timeout=10)
            else:
                c.ping(reconnect=True)
            n += 1
            with c.cursor() as q:
                q.execute("INSERT INTO pools VALUES (%s)", (n,))
                q.execute("SELECT COUNT(*) FROM pools WHERE id=%s", (n,))
                q.fetchall()
            c.commit()
            say("a", n, begun, now())
        except Exception as e:
            say("e", now(), repr(e)[:120])
            try: c.close()
            except Exception: pass
            c = None
        time.sleep(0.02 + random.random() * 0.03)

for i in range(8):
    threading.Thread(target=work, args=(int(os.environ["POOL_FIRST"]) + i * 1000000,), daemon=True).start()
sys.stdin.read()
