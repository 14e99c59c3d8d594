#!/usr/bin/env python3
"""What queries cost the kernel. Usage: cost.py PACKETSCOPE [ROUNDS]. Needs root; prints a table.

A sender with a CPU of its own pushes packets through a router into a sink, all in the kernel, as fast as the CPU allows. Each round
measures every set of queries once, and nothing at all right before and after; the ratio is the median of the rounds'."""
import ctypes
import os
import signal
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time

PROGRAM = os.path.abspath(sys.argv[1])
ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 5
PACKETS, BATCH = 100000, 500
TABLE1 = """
mods = egress().filter(ipv4.srcIP_in != ipv4.srcIP_out).reduce(keys=(ipv4.srcIP_in), func=count).window(20ms)
acl_drop = ingress().filter(port_intent == -1).reduce(keys=(ipv4.srcIP_in), func=count).window(20ms)
delay = egress().filter(queue.len_out > 20).reduce(keys=(ipv4.srcIP_in), func=count).window(20ms)
lost = ingress().filter(udp.dstPort_in == 5000).lost([ipv4.srcIP_in], 20ms)
"""
SETS = {
    "one count at ingress (1 hook)": "a = ingress().reduce(keys=(ipv4.srcIP_in), func=count).window(20ms)\n",
    "drops by source (arrival, queue, start, free)": "a = ingress().filter(port_intent == -1)"
                                                     ".reduce(keys=(ipv4.srcIP_in), func=count).window(20ms)\n",
    "one count at egress": "a = egress().reduce(keys=(ipv4.srcIP_in), func=count).window(20ms)\n",
    "losses": "a = ingress().lost([ipv4.srcIP_in], 20ms)\n",
    "Table 1's four": TABLE1,
    "ten": TABLE1 + """
b1 = ingress().reduce(keys=(ipv4.dstIP_in), func=count).window(20ms)
b2 = ingress().reduce(keys=(udp.dstPort_in), func=sum(packet.len_in)).window(20ms)
b3 = egress().reduce(keys=(port_in, port_out), func=count).window(20ms)
b4 = egress().reduce(keys=(port_out), func=max(queuing.delay)).window(20ms)
b5 = ingress().filter(drop.reason == "NETFILTER_DROP").reduce(keys=(drop.reason), func=count).window(20ms)
b6 = egress().filter(ipv4.ttl_out < 5).reduce(keys=(ipv4.dstIP_in), func=count).window(20ms)
""",
    "nothing": None,
}


class MessageHeader(ctypes.Structure):
    _fields_ = [("name", ctypes.c_void_p), ("namelen", ctypes.c_uint32), ("iov", ctypes.c_void_p), ("iovlen", ctypes.c_size_t),
                ("control", ctypes.c_void_p), ("controllen", ctypes.c_size_t), ("flags", ctypes.c_int), ("unused", ctypes.c_int),
                ("sent", ctypes.c_uint), ("unused_too", ctypes.c_uint)]


class Part(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("len", ctypes.c_size_t)]


def frame(key):
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 60, 0, 0, 64, 17, 0, bytes([10, 0, 0, 10 + key]), bytes([10, 1, 0, 1]))
    total = sum(struct.unpack("!10H", ip))
    total = (total & 0xffff) + (total >> 16)
    ip = ip[:10] + struct.pack("!H", ~(total + (total >> 16)) & 0xffff) + ip[12:]
    return bytes.fromhex("0200000000020200000000010800") + ip + struct.pack("!HHHH", 1000 + key, 5000, 40, 0) + bytes(32)


def sender():
    """Reads a line for each order, answers with packets per second."""
    libc = ctypes.CDLL(None, use_errno=True)
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    sock.bind(("a0", 0))
    frames = [ctypes.create_string_buffer(frame(i % 64), 14 + 60) for i in range(BATCH)]
    parts, messages = (Part * BATCH)(), (MessageHeader * BATCH)()
    for i in range(BATCH):
        parts[i] = Part(ctypes.addressof(frames[i]), 74)
        messages[i].iov, messages[i].iovlen = ctypes.addressof(parts[i]), 1
    for _ in sys.stdin:
        os.sched_setaffinity(0, {os.cpu_count() - 1})
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(10))
        start = time.monotonic()
        for _ in range(PACKETS // BATCH):
            if libc.sendmmsg(sock.fileno(), messages, BATCH, 0) <= 0:
                raise OSError(ctypes.get_errno(), "sendmmsg")
        took = time.monotonic() - start
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
        print(PACKETS / took, flush=True)


def run(*words):
    subprocess.run(words, check=True)


def make():
    """This process's namespace is the router; returns the sender."""
    hosts = [subprocess.Popen(["unshare", "-n", "sh", "-c", "echo; exec cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(2)]
    for host in hosts:
        host.stdout.readline()
    a, b = (str(host.pid) for host in hosts)
    run("ip", "link", "add", "r0", "address", "02:00:00:00:00:02", "type", "veth", "peer", "name", "a0", "netns", a)
    run("ip", "link", "add", "r1", "address", "02:00:00:00:00:03", "type", "veth", "peer", "name", "b0", "address", "02:00:00:00:00:04",
        "netns", b)
    for where, name in ((None, "r0"), (None, "r1"), (a, "a0"), (b, "b0")):
        prefix = ["nsenter", f"--net=/proc/{where}/ns/net"] if where else []
        run(*prefix, "ip", "link", "set", name, "addrgenmode", "none", "up")
    run("ip", "addr", "add", "10.0.255.254/16", "dev", "r0")
    run("ip", "addr", "add", "10.1.255.254/16", "dev", "r1")
    run("ip", "neigh", "add", "10.1.0.1", "lladdr", "02:00:00:00:00:04", "dev", "r1")
    with open("/proc/sys/net/ipv4/ip_forward", "w", encoding="ascii") as f:
        f.write("1")
    run("tc", "qdisc", "add", "dev", "r1", "root", "pfifo", "limit", "1000")
    subprocess.run(["nsenter", f"--net=/proc/{b}/ns/net", "nft", "-f", "-"], text=True, check=True,
                   input="table netdev t {\n chain c {\n  type filter hook ingress device b0 priority 0\n  drop\n }\n}\n")
    return hosts, subprocess.Popen(["nsenter", f"--net=/proc/{a}/ns/net", sys.executable, __file__, "sender"], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, text=True)


def measure(queries, send):
    live = None
    with tempfile.NamedTemporaryFile("w", suffix=".scope") as f:
        if queries:
            f.write(queries)
            f.flush()
            live = subprocess.Popen([PROGRAM, "live", "-q", f.name, "-i", "r0", "-i", "r1", "--csv"], stdout=subprocess.DEVNULL,
                                    stderr=subprocess.PIPE, text=True)
            while "watching" not in live.stderr.readline():
                if live.poll() is not None:
                    sys.exit("live ended")
        best = 0
        for _ in range(3):
            send.stdin.write("go\n")
            send.stdin.flush()
            best = max(best, float(send.stdout.readline()))
            time.sleep(0.05)
        if live:
            live.send_signal(signal.SIGINT)
            live.communicate()
    return best


def main():
    if ctypes.CDLL(None).unshare(0x40000000):
        sys.exit("root is needed")
    hosts, send = make()
    pairs = {name: [] for name in SETS}
    for _ in range(ROUNDS):
        for name, queries in SETS.items():
            before = measure(None, send)
            rate = measure(queries, send)
            pairs[name].append((rate, (before + measure(None, send)) / 2))
    for name, found in pairs.items():
        ratios = sorted(rate / base for rate, base in found)
        added = sorted(1e9 / rate - 1e9 / base for rate, base in found)
        print(f"{name:48} ratio {statistics.median(ratios):.3f} ({ratios[0]:.3f} to {ratios[-1]:.3f})"
              f"  {statistics.median(added):+6.0f} ns a packet")
    send.kill()
    for host in hosts:
        host.kill()


if sys.argv[1] == "sender":
    sender()
else:
    main()
