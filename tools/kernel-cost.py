#!/usr/bin/env python3
"""What queries cost the kernel. Usage: kernel-cost.py PACKETSCOPE [ROUNDS [NAME...]]. Needs root; prints tables.

A sender with a CPU of its own pushes packets through a router into a sink, all in the kernel, as fast as the CPU allows. Each round
measures every set of queries once (or those whose names begin with a NAME), programs that do nothing at the same hooks beside it, and
nothing at all right before and after; ratios are the medians of the rounds'. So what the hooks cost by themselves is told from what our
programs add. Then the kernel's own statistics tell what each program takes. bpftrace, where it is there, answers what it can."""
import ctypes
import json
import os
import shutil
import signal
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time

PROGRAM = os.path.abspath(sys.argv[1])
EMPTY = os.path.join(os.path.dirname(PROGRAM), "../tests/linux/empty")
ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 5
NAMES = tuple(sys.argv[3:]) or ("",)
PACKETS, BATCH = 100000, 500
STATS = "/proc/sys/kernel/bpf_stats_enabled"
TABLE1 = """
mods = egress().filter(ipv4.srcIP_in != ipv4.srcIP_out).reduce(keys=(ipv4.srcIP_in), func=count).window(20ms)
acl_drop = ingress().filter(port_intent == -1).reduce(keys=(ipv4.srcIP_in), func=count).window(20ms)
delay = egress().filter(queue.len_out > 20).reduce(keys=(ipv4.srcIP_in), func=count).window(20ms)
lost = ingress().filter(udp.dstPort_in == 5000).lost([ipv4.srcIP_in], 20ms)
"""
TEN = TABLE1 + """
b1 = ingress().reduce(keys=(ipv4.dstIP_in), func=count).window(20ms)
b2 = ingress().reduce(keys=(udp.dstPort_in), func=sum(packet.len_in)).window(20ms)
b3 = egress().reduce(keys=(port_in, port_out), func=count).window(20ms)
b4 = egress().reduce(keys=(port_out), func=max(queuing.delay)).window(20ms)
b5 = ingress().filter(drop.reason == "NETFILTER_DROP").reduce(keys=(drop.reason), func=count).window(20ms)
b6 = egress().filter(ipv4.ttl_out < 5).reduce(keys=(ipv4.dstIP_in), func=count).window(20ms)
"""
INGRESS = "a = ingress().reduce(keys=(ipv4.srcIP_in), func=count).window(20ms)\n"
EGRESS = "a = egress().reduce(keys=(ipv4.srcIP_out), func=count).window(20ms)\n"
LOSSES = "a = ingress().lost([ipv4.srcIP_in], 20ms)\n"
SKB = "$skb = (struct sk_buff *)args->skbaddr; $ip = (struct iphdr *)($skb->head + $skb->network_header); "
XMIT, QUEUE, ENQUEUE, DEQUEUE, FREE = (f"tracepoint:{name} " for name in ("net:net_dev_start_xmit", "net:net_dev_queue",
                                       "qdisc:qdisc_enqueue", "qdisc:qdisc_dequeue", "skb:kfree_skb"))


def live(queries, *options):
    return [PROGRAM, "live", "-i", "r0", "-i", "r1", "--csv", *options, "-q", queries]


def empty(*hooks):
    return [EMPTY, *hooks, "--", "r0", "r1"]


def trace(*probes):
    """bpftrace finds tracepoints in files, which are shown to it alone."""
    return ["unshare", "-m", "sh", "-c", 'mount -t debugfs none /sys/kernel/debug; exec bpftrace -e "$0"', " ".join(probes)]


# name: a command, with the text of its queries if they are ours
SETS = {
    "count at ingress": (live, INGRESS),
    "count at egress": (live, EGRESS),
    "count at egress, --tag mark": (live, EGRESS, "--tag", "mark:0xffff0000"),
    "count at egress, --tag stamp": (live, EGRESS, "--tag", "stamp"),
    "drops by source": (live, "a = ingress().filter(port_intent == -1).reduce(keys=(ipv4.srcIP_in), func=count).window(20ms)\n"),
    "losses": (live, LOSSES),
    "losses, --tag mark": (live, LOSSES, "--tag", "mark:0xffff0000"),
    "Table 1's four": (live, TABLE1),
    "ten queries": (live, TEN),
    "bpftrace: one empty hook": (trace, XMIT + "{ }"),
    "bpftrace: two empty hooks": (trace, QUEUE + "{ }", XMIT + "{ }"),
    "bpftrace: count at egress": (trace, XMIT + "{ " + SKB + "@[$ip->saddr] = count(); }"),
    "bpftrace: drops by reason and source": (trace, FREE + "{ " + SKB + "@[args->reason, $ip->saddr] = count(); }"),
    "bpftrace: the queue's delay": (trace, ENQUEUE + "{ @t[args->skbaddr] = nsecs; }",
                                    DEQUEUE + "{ if (@t[args->skbaddr]) { @d = hist(nsecs - @t[args->skbaddr]);"
                                    " delete(@t[args->skbaddr]); } }",
                                    FREE + "{ @r[args->reason] = count(); delete(@t[args->skbaddr]); }"),
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


def hooks_of(chosen):
    """Where the programs of queries are attached."""
    with tempfile.NamedTemporaryFile("w", suffix=".scope") as f:
        f.write(chosen[1])
        f.flush()
        plan = subprocess.run([*live(f.name, *chosen[2:]), "-d", "plan"], capture_output=True, text=True, check=True).stdout
    return next(line for line in plan.splitlines() if line.startswith("hooks "))[6:].split(", ")


class Watch:
    """Queries, or others' programs, at work; nothing at all for None."""

    WORDS = {live: "watching", trace: "Attaching", empty: "attached"}  # when it has begun

    def __init__(self, chosen):
        self.process = None
        if not chosen:
            return
        kind = chosen[0]
        with tempfile.NamedTemporaryFile("w", suffix=".scope") as f:
            if kind is live:
                f.write(chosen[1])
                f.flush()
            command = live(f.name, *chosen[2:]) if kind is live else kind(*chosen[1:])
            before = programs()
            self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            stream = self.process.stderr if kind is live else self.process.stdout
            while self.WORDS[kind] not in stream.readline():
                if self.process.poll() is not None:
                    sys.exit(" ".join(command) + ": " + self.process.stderr.read())
            while kind is trace and len(programs()) < len(before) + len(chosen) - 1:
                time.sleep(0.01)
        threading.Thread(target=self.process.stdout.read, daemon=True).start()  # nobody waits for a reader

    def end(self):
        if self.process:
            self.process.send_signal(signal.SIGINT)
            self.process.wait()
            self.process.stderr.close()


def programs():
    """By number: name, ns that all runs took, runs."""
    told = json.loads(subprocess.run(["bpftool", "prog", "show", "-j"], capture_output=True, text=True, check=True).stdout or "[]")
    return {p["id"]: (p.get("name", ""), p.get("run_time_ns", 0), p.get("run_cnt", 0)) for p in told}


def fastest(send):
    best = 0
    for _ in range(3):
        send.stdin.write("go\n")
        send.stdin.flush()
        best = max(best, float(send.stdout.readline()))
        time.sleep(0.05)
    return best


def rate(chosen, send):
    watch = Watch(chosen)
    best = fastest(send)
    watch.end()
    return best


def by_program(chosen, send):
    """By its name: ns of a run, runs for each packet. Of several bursts the quickest: whatever disturbs, takes time."""
    before = programs()
    watch = Watch(chosen)
    mine = set(programs()) - set(before)
    found = {}
    for _ in range(ROUNDS):
        first = programs()
        with open(STATS, "w", encoding="ascii") as f:
            f.write("1")
        fastest(send)
        with open(STATS, "w", encoding="ascii") as f:
            f.write("0")
        for i, (name, ns, runs) in programs().items():
            if i in mine and runs > first[i][2]:
                runs -= first[i][2]
                found.setdefault(name, []).append(((ns - first[i][1]) / runs, runs / (3 * PACKETS)))
    watch.end()
    return {name: min(each) for name, each in found.items()}


def told_of(pairs):
    """Rates without and with something."""
    ratios = sorted(rate / base for base, rate in pairs)
    added = statistics.median(1e9 / rate - 1e9 / base for base, rate in pairs)
    return f"ratio {statistics.median(ratios):.3f} ({ratios[0]:.3f} to {ratios[-1]:.3f})  {added:+6.0f} ns a packet"


def main():
    if ctypes.CDLL(None).unshare(0x40000000):
        sys.exit("root is needed")
    hosts, send = make()
    chosen = {name: what for name, what in SETS.items() if name.startswith(NAMES) and (not what or (what[0] is live or shutil.which("bpftrace")))}
    beside = {name: (empty, *hooks_of(what)) for name, what in chosen.items() if what and what[0] is live}
    found = {name: [] for name in chosen}
    for _ in range(ROUNDS):
        for name, what in chosen.items():
            rates = [rate(each, send) for each in (None, beside.get(name), what, None)]
            found[name].append(((rates[0] + rates[3]) / 2, rates[1], rates[2]))
    for name, rates in found.items():
        print(f"{name:40} {told_of([(base, ours) for base, _, ours in rates])}")
        if name in beside:
            added = statistics.median(1e9 / ours - 1e9 / nothing for _, nothing, ours in rates)
            print(f"{'  the same hooks (%d), empty' % (len(beside[name]) - 1):40} {told_of([(base, nothing) for base, nothing, _ in rates])};"
                  f" the programs add {added:.0f} ns")
    print()
    for name, what in chosen.items():
        if what:
            told = by_program(what, send)
            print(f"{name:40} " + ", ".join(f"{p} {ns:.0f} ns * {n:.2f}" for p, (ns, n) in sorted(told.items())))
    send.kill()
    for host in hosts:
        host.kill()


if sys.argv[1] == "sender":
    sender()
else:
    main()
