# A worker of splitfwd that was taken over, as root of the test (x86-64, Linux 5.6): taken.py PID MODE.
#   calls     lets its main thread try what makes a process, and prints what the kernel answers: a negative errno, or a number
#   flood     asks the parent on its link, as often as it can, for 5 s; prints how many messages went
#   kill      has the watcher of every number killed, with a line of its own as the reason, for 5 s
#   attach    1,000 messages of no known kind, each with two descriptors attached
#   short     a message of one byte with two descriptors attached
#   shut      shuts its listening sockets down, which are its parent's too
#   lock      has connects held, and locks that filter
import ctypes
import os
import socket
import struct
import sys
import time

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
libc.ptrace.restype = ctypes.c_long
ATTACH, GETREGS, SETREGS, STEP, DETACH = 16, 12, 13, 9, 17
RAX, RDX, RSI, RDI, RIP, R10, R8, R9, ORIG_RAX = 10, 12, 13, 14, 16, 7, 9, 8, 15


def ptrace(what, pid, data):
    if libc.ptrace(what, pid, None, data) < 0:
        raise OSError(ctypes.get_errno(), "ptrace")


# It waits in a system call: the instruction before its next one makes another.
def call(pid, number, *args):
    ptrace(ATTACH, pid, None)
    os.waitpid(pid, 0)
    saved = (ctypes.c_ulonglong * 27)()
    ptrace(GETREGS, pid, ctypes.addressof(saved))
    regs = (ctypes.c_ulonglong * 27)(*saved)
    regs[RIP] = saved[RIP] - 2
    regs[RAX] = number
    regs[ORIG_RAX] = 2**64 - 1
    for at, value in zip((RDI, RSI, RDX, R10, R8, R9), args + (0,) * 6):
        regs[at] = value
    ptrace(SETREGS, pid, ctypes.addressof(regs))
    ptrace(STEP, pid, None)
    os.waitpid(pid, 0)
    ptrace(GETREGS, pid, ctypes.addressof(regs))
    ptrace(SETREGS, pid, ctypes.addressof(saved))
    ptrace(DETACH, pid, None)
    return ctypes.c_longlong(regs[RAX]).value


# Those of its sockets, in copies: what is done to one is done to its.
def sockets(pid):
    pidfd = libc.syscall(434, pid, 0)
    for name in os.listdir("/proc/%d/fd" % pid):
        if not os.readlink("/proc/%d/fd/%s" % (pid, name)).startswith("socket:"):
            continue
        fd = libc.syscall(438, pidfd, int(name), 0)
        if fd >= 0:
            yield socket.socket(fileno=fd)


def link(pid):
    for s in sockets(pid):
        if s.family == socket.AF_UNIX and s.type == socket.SOCK_SEQPACKET:
            s.setblocking(False)
            return s
    sys.exit("no link")


def listeners(pid):
    return [s for s in sockets(pid) if s.type == socket.SOCK_STREAM and s.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)]


def send_for(s, seconds, messages):
    sent, end = 0, time.time() + seconds
    while time.time() < end:
        for m in messages:
            try:
                s.send(m)
                sent += 1
            except BlockingIOError:
                time.sleep(0.001)
            except ConnectionError:
                return sent
    return sent


def main(pid, mode):
    if mode == "calls":
        thread, child = 0x10000, 17
        for name, number, args in (("fork", 57, ()), ("vfork", 58, ()), ("clone", 56, (child,)), ("clone3", 435, (0, 88)),
                                   ("execve", 59, ()), ("execveat", 322, ()), ("x32 fork", 0x40000039, ()), ("setpgid", 109, ()), ("setsid", 112, ()),
                                   ("getppid", 110, ()), ("clone of a thread, badly", 56, (thread,))):
            print("%s: %d" % (name, call(pid, number, *args)))
        return
    if mode == "shut":
        for s in listeners(pid):
            s.shutdown(socket.SHUT_RDWR)
        return
    s = link(pid)
    if mode == "lock":
        s.send(b"L\1")
        time.sleep(0.3)
        for s in listeners(pid):
            if s.family == socket.AF_INET:
                s.setsockopt(socket.SOL_SOCKET, 44, 1)  # SO_LOCK_FILTER
        return
    if mode == "flood":
        print(send_for(s, 5, [b"N\0", b"A\0", b"L\0", b"K\0"]))
    elif mode == "kill":
        send_for(s, 5, [b"K" + bytes([n]) + b"\n12:00:00 splitfwd: forged" for n in range(1, 20)])
    elif mode in ("attach", "short"):
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, struct.pack("2i", 0, 1))]
        for _ in range(1000 if mode == "attach" else 1):
            while True:
                try:
                    s.sendmsg([b"?\0" if mode == "attach" else b"?"], rights)
                    break
                except BlockingIOError:
                    time.sleep(0.01)


main(int(sys.argv[1]), sys.argv[2])
