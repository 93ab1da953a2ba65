# SQLAlchemy over PyMySQL, with pool_pre_ping.
import os, random, sys, threading, time
from sqlalchemy import create_engine, text

def now(): return int(time.monotonic() * 1000)
lock = threading.Lock()
def say(*words):
    with lock: print(*words, flush=True)

engine = create_engine("mysql+pymysql://%s:%s@%s:3308/test?connect_timeout=10" % (
    os.environ["POOL_USER"], os.environ["POOL_PASS"], os.environ["POOL_HOST"]), pool_size=8, pool_pre_ping=True)

def work(first):
    n = first
    while True:
        begun = now()
        n += 1
        try:
            with engine.begin() as c:
                c.execute(text("INSERT INTO pools VALUES (:n)"), {"n": n})
                c.execute(text("SELECT COUNT(*) FROM pools WHERE id=:n"), {"n": n}).fetchall()
            say("a", n, begun, now())
        except Exception as e:
            say("e", now(), repr(e).replace("\n", " ")[:120])
        time.sleep(0.02 + random.random() * 0.03)

for i in range(8):
    threading.Thread(target=work, args=(int(os.environ["POOL_FIRST"]) + i * 1000000,), daemon=True).start()
sys.stdin.read()
