# A server that logs everybody in and answers what nobody should believe. hostile.py PORT MODE: every statement is answered by
#   rows      rows without an end
#   columns   sixteen million columns, and their names without an end
#   row       one row of many packets without an end
#   nulls     rows of a thousand NULLs without an end
#   text      an error with control characters in it
#   onecol    as a primary, but each list of what has four columns has one
# or sends, in place of a greeting,
#   progress  a report of progress
# or wants the password first, by a method that gives it away, and prints how many bytes it gets:
#   clear     mysql_clear_password
#   old       the hash of MySQL 3.23
import socket
import struct
import sys
import threading


def packet(number, body):
    return struct.pack("<I", len(body))[:3] + bytes([number & 255]) + body


def text(s):
    return bytes([len(s)]) + s


COLUMN = (text(b"def") + text(b"") + text(b"") + text(b"") + text(b"a") + text(b"a") +
          b"\x0c" + struct.pack("<HIBHBH", 33, 1000, 253, 0, 0, 0))
EOF = b"\xfe\x00\x00\x02\x00"


def result(c, names, rows):
    out = [bytes([len(names)])] + [text(b"def") + text(b"") * 3 + text(n) * 2 +
                                   b"\x0c" + struct.pack("<HIBHBH", 33, 1000, 253, 0, 0, 0) for n in names] + [EOF]
    out += [b"".join(text(v) for v in row) for row in rows] + [EOF]
    c.sendall(b"".join(packet(i + 1, body) for i, body in enumerate(out)))


def one_column(c, statement, seen):
    seen.append(statement)
    told = len([s for s in seen if s == statement]) > 1
    writes = not any(s.startswith(b"SET GLOBAL read_only") for s in seen)
    if statement.split(b" ")[0] in (b"SET", b"KILL", b"ALTER"):
        c.sendall(packet(1, b"\0\0\0\x02\0\0\0"))
    elif b"binlog_state" in statement:
        result(c, [b"read_only", b"server_id", b"port", b"semi_primary", b"semi_replica", b"binlog_pos", b"slave_pos", b"binlog_state"],
               [[b"%d" % (not writes), b"127", b"3306", b"0", b"0", b"0-1-1", b"", b"0-1-1"]])
    elif b"global_status" in statement:
        result(c, [b"n", b"v", b"now"], [[b"uptime", b"100", b"1000000"]])
    elif b"CONNECTION_ID()" in statement or b"information_schema.events" in statement:
        result(c, [b"id"], [] if told else [[b"5"]] * 3)
    else:
        result(c, [b"a"], [])


def answer(c, mode):
    if mode == "text":
        c.sendall(packet(1, b"\xff\x51\x04#HY000" + b"gone\n\x1b]0;owned\x07\r12:00:00 hbd: a line of its own"))
        return
    if mode == "nulls":
        c.sendall(packet(1, b"\xfc" + struct.pack("<H", 1000)) + b"".join(packet(2 + i, COLUMN) for i in range(1000)) + packet(234, EOF))
        number = 235
        while True:
            c.sendall(b"".join(packet(number + i, b"\xfb" * 1000) for i in range(64)))
            number += 64
    count = b"\xfd\xff\xff\xff" if mode == "columns" else b"\x01"
    c.sendall(packet(1, count))
    number = 2
    if mode == "columns":
        while True:
            c.sendall(b"".join(packet(number + i, COLUMN) for i in range(256)))
    c.sendall(packet(2, COLUMN) + packet(3, EOF))
    number = 4
    if mode == "row":
        big = b"\xff\xff\xff"
        while True:
            c.sendall(big + bytes([number & 255]))
            c.sendall(b"\xfe" + struct.pack("<Q", 1 << 40) + b"x" * (0xffffff - 9) if number == 4 else b"x" * 0xffffff)
            number += 1
    row = packet(0, b"\xfc\xe8\x03" + b"x" * 1000)
    while True:
        c.sendall(b"".join(row[:3] + bytes([(number + i) & 255]) + row[4:] for i in range(64)))
        number += 64


def serve(c, mode):
    try:
        if mode == "progress":
            c.sendall(packet(0, b"\xff\xff\xff\x01\x01\x01\0\0\0\x01x"))
            c.recv(1)
            return
        caps = 0x1 | 0x200 | 0x8000 | 0x80000
        c.sendall(packet(0, b"\x0a5.5.5-10.11.0-MariaDB\0" + struct.pack("<I", 1) + b"12345678\0" +
                         struct.pack("<HBHHB", caps & 0xffff, 33, 2, caps >> 16, 21) + b"\0" * 10 + b"123456789012\0" +
                         b"mysql_native_password\0"))
        c.recv(4096)
        if mode in ("clear", "old"):
            c.sendall(packet(2, b"\xfemysql_clear_password\0" if mode == "clear" else b"\xfe"))
            print(mode, len(c.recv(4096)), flush=True)
            return
        c.sendall(packet(2, b"\0\0\0\x02\0\0\0"))
        seen = []
        while True:
            statement = c.recv(65536)
            if not statement:
                return
            if mode == "onecol":
                one_column(c, statement[5:], seen)
            else:
                answer(c, mode)
    except OSError:
        pass
    c.close()


listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("", int(sys.argv[1])))
listener.listen(16)
print("listens", flush=True)
while True:
    client, _ = listener.accept()
    threading.Thread(target=serve, args=(client, sys.argv[2]), daemon=True).start()
