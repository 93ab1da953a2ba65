# Forged beats: flood.py ADDRESS PORT PER-SECOND SECONDS PAIR...: each names one of the pairs, in turn, and is signed by nobody.
import os
import socket
import sys
import time

to, rate, seconds, pairs = (sys.argv[1], int(sys.argv[2])), int(sys.argv[3]), float(sys.argv[4]), sys.argv[5:]
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
packets = [os.urandom(32) + ("tandem-beat 2\nbeat pair=%s from=a to=gw " % p).encode() + b"x" * 1000 for p in pairs]
begin = time.monotonic()
sent = 0
while time.monotonic() < begin + seconds:
    while sent < (time.monotonic() - begin) * rate:
        s.sendto(packets[sent % len(packets)], to)
        sent += 1
    time.sleep(0.002)
print(sent)
