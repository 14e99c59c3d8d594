#!/usr/bin/env python3
"""Each of examples/linux on traffic whose numbers are known. Usage: examples.py PACKETSCOPE SOURCE_ROOT. Prints TAP.

    examples.py PACKETSCOPE SOURCE_ROOT NAME     one run in this namespace, which should be a new one; prints JSON

Host a sends through a router to host b: UDP from 64 addresses, of which half are masqueraded, and to a port that is filtered; TCP, also to that
port; the router itself sends a few. The router's queue is slow; for ecn.scope it sets the mark of congestion on all that it takes."""
import collections
import glob
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import declared  # noqa: E402
import tap  # noqa: E402
from tap import result  # noqa: E402

PROGRAM, ROOT = (os.path.abspath(path) for path in sys.argv[1:3])
PATIENCE = 900
NUMBER, FILTERED, OWN, KNOCKS = 2560, 640, 20, 3  # UDP packets that may pass, and that may not; the router's own; tries to connect
BYTES = 400000  # over TCP
PACKET = 114  # bytes of a UDP packet on the wire
# What a queue that marks packets does: a kernel without such a queue has it as a filter, which qdiscs ask after a packet has come to them.
MARKING = """
struct __sk_buff;
static long (*const set_ce)(void *skb) = (void *)97;
__attribute__((section("classifier"), used)) int ce(struct __sk_buff *skb) { set_ce(skb); return 0; }
char words[] __attribute__((section("license"), used)) = "Dual BSD/GPL";
"""
ROUTER = """table ip t {
 chain nat {
  type nat hook postrouting priority srcnat
  oif r1 ip saddr 10.0.0.42-10.0.0.73 masquerade
 }
 chain filter {
  type filter hook forward priority 0
  meta l4proto { tcp, udp } th dport 5001 counter drop
 }
}
"""
HOST = """table netdev t {
 counter forwarded { }
 counter marked { }
 counter masqueraded { }
 chain c {
  type filter hook ingress device end priority 0
  udp dport 5000 ip ecn ce counter name marked
  udp dport 5000 ip saddr 10.1.255.254 counter name masqueraded
  udp dport 5000 counter name forwarded drop
 }
}
"""


def run(*words, at=None, text=None):
    prefix = ["nsenter", f"--net=/proc/{at}/ns/net"] if at else []
    return subprocess.run([*prefix, *words], check=True, capture_output=True, text=True, input=text).stdout


def link(i, host):
    run("ip", "link", "add", f"r{i}", "address", f"02:00:00:00:00:1{i}", "type", "veth", "peer", "name", "end", "address",
        f"02:00:00:00:00:0{i}", "netns", str(host.pid))
    for name, at in ((f"r{i}", None), ("end", host.pid)):
        run("ethtool", "-K", name, "tso", "off", "gso", "off", "gro", "off", at=at)
        run("ip", "link", "set", name, "addrgenmode", "none", "multicast", "off", "up", at=at)
    run("ip", "addr", "add", f"10.{i}.255.254/16", "dev", f"r{i}")
    run("ip", "addr", "add", f"10.{i}.0.1/16", "dev", "end", at=host.pid)
    run("ip", "route", "add", "default", "via", f"10.{i}.255.254", at=host.pid)
    run("ip", "neigh", "add", f"10.{i}.0.1", "lladdr", f"02:00:00:00:00:0{i}", "dev", f"r{i}")
    run("ip", "neigh", "add", f"10.{i}.255.254", "lladdr", f"02:00:00:00:00:1{i}", "dev", "end", at=host.pid)


def make():
    """This namespace is the router between hosts a and b; returns their processes."""
    hosts = [subprocess.Popen(["unshare", "-n", "sh", "-c", "echo; exec cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(2)]
    for i, host in enumerate(hosts):
        host.stdout.readline()
        link(i, host)
    with open("/proc/sys/net/ipv4/ip_forward", "w", encoding="ascii") as f:
        f.write("1")
    run("nft", "-f", "-", text=ROUTER)
    run("nft", "-f", "-", text=HOST, at=hosts[1].pid)
    run("tc", "qdisc", "add", "dev", "r1", "root", "handle", "1:", "htb", "default", "1")
    run("tc", "class", "add", "dev", "r1", "parent", "1:", "classid", "1:1", "htb", "rate", "20mbit")
    run("tc", "qdisc", "add", "dev", "r1", "parent", "1:1", "pfifo", "limit", "100")
    return hosts


def mark():
    """False where qdiscs can't ask programs."""
    with tempfile.TemporaryDirectory() as folder:
        source, marking = os.path.join(folder, "m.c"), os.path.join(folder, "m.o")
        with open(source, "w", encoding="ascii") as f:
            f.write(MARKING)
        run("clang", "-O2", "-target", "bpf", "-c", source, "-o", marking)
        words = ["tc", "filter", "add", "dev", "r1", "parent", "1:", "protocol", "all", "bpf", "obj", marking, "sec", "classifier"]
        return subprocess.run(words, capture_output=True, check=False).returncode == 0


# --- traffic, each part in a process of its own --------------------------------------------------------------


def frame(key, port):
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 2, 100, 0, 0, 64, 17, 0, bytes([10, 0, 0, 10 + key]), bytes([10, 1, 0, 1]))
    total = sum(struct.unpack("!10H", ip))
    total = (total & 0xffff) + (total >> 16)
    ip = ip[:10] + struct.pack("!H", ~(total + (total >> 16)) & 0xffff) + ip[12:]
    return bytes.fromhex("0200000000100200000000000800") + ip + struct.pack("!HHHH", 1000 + key, port, 80, 0) + bytes(72)


def send_udp():
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    sock.bind(("end", 0))
    for burst in range(10):
        for i in range(NUMBER // 10):
            sock.send(frame(i % 64, 5000))
        for i in range(FILTERED // 10):
            sock.send(frame(i % 64, 5001))
        time.sleep(0.03)


def send_tcp():
    with socket.create_connection(("10.1.0.1", 80)) as sock:
        sock.sendall(bytes(BYTES))
        sock.shutdown(socket.SHUT_WR)
        sock.recv(1)
    for i in range(KNOCKS):
        with socket.socket() as sock:
            sock.setblocking(False)
            sock.bind(("10.0.0.1", 2000 + i))
            sock.connect_ex(("10.1.0.1", 5001))
            time.sleep(0.05)


def take_tcp():
    with socket.create_server(("10.1.0.1", 80)) as server:
        print("ready", flush=True)
        with server.accept()[0] as sock:
            while sock.recv(65536):
                pass


def part(name, host):
    return subprocess.Popen(["nsenter", f"--net=/proc/{host.pid}/ns/net", sys.executable, __file__, PROGRAM, ROOT, name],
                            stdout=subprocess.PIPE, text=True)


def counter(host, name):
    told = json.loads(run("nft", "-j", "list", "counter", "netdev", "t", name, at=host.pid))
    return told["nftables"][1]["counter"]["packets"]


def qdisc():
    told = json.loads(run("tc", "-s", "-j", "qdisc", "show", "dev", "r1"))[0]
    return {"drops": told["drops"], "backlog": told.get("qlen", 0)}


def wait_for(condition):
    end = time.monotonic() + PATIENCE
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)


def run_here(path):
    a, b = make()
    marks = mark() if path.endswith("ecn.scope") else False
    taker = part("take_tcp", b)
    taker.stdout.readline()
    watch = subprocess.Popen([PROGRAM, "live", "-q", path, "-i", "r0", "-i", "r1", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    watch.stderr.readline()
    senders = [part("send_udp", a), part("send_tcp", a)]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
        for _ in range(OWN):
            own.sendto(b"own", ("10.1.0.1", 7))
    for each in (*senders, taker):
        each.wait()
    wait_for(lambda: not qdisc()["backlog"])
    watch.send_signal(signal.SIGINT)
    out, err = watch.communicate(timeout=PATIENCE)
    lines = [json.loads(line) for line in out.splitlines()]
    print(json.dumps({"status": watch.returncode, "error": err, "marks": marks, "drops": qdisc()["drops"], "rows": [x for x in lines if x["type"] == "row"],
                      "kernel": lines[-1], **{name: counter(b, name) for name in ("forwarded", "marked", "masqueraded")}}))
    for host in (a, b):
        host.kill()


# --- what each should tell ----------------------------------------------------------------------------------


def sums(told, query):
    """By key, over epochs."""
    found = collections.Counter()
    for row in told["rows"]:
        if row["query"] == query:
            found[tuple(row["key"].values())] += next(iter(row["value"].values()))
    return found


def udp_sources(found):
    return {key: n for key, n in found.items() if key[0] != "10.0.0.1"}


def is_as_told(name, told):
    def of(query):
        return sums(told, query)

    def total(query):
        return sum(of(query).values())

    if name == "losses":
        return total("by_queue") == told["drops"] > 0 and set(of("by_queue")) == {("r1", "1:")} and 0 < total("by_source") <= told["drops"]
    if name == "nat":
        return sum(udp_sources(of("sources")).values()) == told["masqueraded"] > 0 and all(key[1] == "10.1.255.254" for key in of("sources"))
    if name == "drops":
        return of("reasons")[("NETFILTER_DROP", 17)] == FILTERED and of("reasons")[("NETFILTER_DROP", 6)] >= KNOCKS and \
            total("rules") == of("reasons")[("NETFILTER_DROP", 17)] + of("reasons")[("NETFILTER_DROP", 6)] and \
            set(of("rules")) == {("r0", "10.1.0.1")}
    if name == "bufferbloat":
        slow = ("r1", "1:")
        most = {query: max(next(iter(row["value"].values())) for row in told["rows"] if row["query"] == query and tuple(row["key"].values()) == slow)
                for query in ("median", "tail", "worst")}
        return most["median"] <= most["tail"] <= most["worst"] and most["worst"] > 5000000
    if name == "fill":
        return max(of("deepest").values()) > 10000 and total("behind") > 0 and all(key[0] == "r1" for key in of("behind"))
    if name == "filtered":
        return sum(of("attempts").values()) >= KNOCKS and set(of("attempts")) == {("10.0.0.1", "10.1.0.1", 5001)} and \
            sum(of("datagrams").values()) == FILTERED and len(of("datagrams")) == 64
    if name == "ecn":
        return total("marks") - told["kernel"]["own"]["started"] <= told["marked"] <= total("marks") and told["marked"] == told["forwarded"]
    if name == "matrix":
        return of("packets")[("r0", "r1")] >= told["forwarded"] and of("packets")[("r1", "r0")] > 0 and \
            of("bytes")[("r0", "r1")] > PACKET * told["forwarded"]
    if name == "processless":
        return sum(n for key, n in of("forwarded").items() if key[2] == 17) == told["forwarded"] and \
            of("own")[("10.1.255.254", "10.1.0.1", 17)] == OWN
    if name == "retransmissions":
        flow = next(key for key in of("segments") if key[3] == 80)
        again = of("segments")[flow] - of("numbers")[flow]
        return of("lost")[flow] > 0 and again >= of("lost")[flow]
    return False


def is_right(name, told):
    """A run that has nothing to look at tells nothing."""
    try:
        return told["status"] == 0 and told["forwarded"] > 0 and is_as_told(name, told)
    except (StopIteration, ValueError, KeyError):
        return False


def check(path):
    """What is dropped, marked or sent again is up to chance, too: a run is tried again whatever was wrong, and says so."""
    name = os.path.basename(path).removesuffix(".scope")
    told = {}
    for n in range(declared.TRIES):
        if n:
            print(f"# {name}.scope once more:", json.dumps(told.get("kernel", told)), flush=True)
        tried = subprocess.run(["unshare", "-n", sys.executable, __file__, PROGRAM, ROOT, path], capture_output=True, text=True, timeout=PATIENCE,
                               check=False)
        told = json.loads(tried.stdout) if tried.returncode == 0 else {"status": tried.stderr}
        if is_right(name, told):
            break
    if name == "ecn" and told.get("marks") is False:
        result("ecn.scope tells what happened # SKIP no programs as filters of qdiscs", True)
        return
    result(f"{name}.scope tells what happened", is_right(name, told),
           *(sorted(sums(told, query).items())[:20] for query in sorted({row["query"] for row in told.get("rows", [])})),
           {key: value for key, value in told.items() if key != "rows"})


def main():
    if len(sys.argv) > 3:
        parts = {"send_udp": send_udp, "send_tcp": send_tcp, "take_tcp": take_tcp}
        parts.get(sys.argv[3], lambda: run_here(sys.argv[3]))()
        return 0
    probe = subprocess.run([PROGRAM, "lab", "--check", "--packets", "64", "--bursts", "1"], capture_output=True, text=True, timeout=PATIENCE, check=False)
    if os.geteuid() or not shutil.which("clang") or "lab: " not in probe.stdout:
        print("1..0 # SKIP no lab here")
        return 0
    for path in sorted(glob.glob(os.path.join(ROOT, "examples/linux/*.scope"))):
        check(path)
    return tap.done()


sys.exit(main())
