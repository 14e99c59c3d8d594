#!/usr/bin/env python3
"""Queries on the running kernel. Usage: linux.py PACKETSCOPE SOURCE_ROOT CYCLES. Prints TAP.

All packets are sent in network namespaces that end with their processes."""
import collections
import glob
import json
import os
import random
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

PROGRAM, ROOT, CYCLES = (os.path.abspath(path) for path in sys.argv[1:4])
HERE = os.path.dirname(os.path.abspath(__file__))
PATIENCE = 900  # seconds until something that should come won't: no machine is so busy


def packetscope(*args, **options):
    return subprocess.run([PROGRAM, *args], capture_output=True, text=True, timeout=PATIENCE, check=False, **options)


def why_not():
    """A reason to skip everything; None when nothing speaks against it."""
    if os.geteuid() != 0:
        return "not root"
    for tool in "ip", "tc", "nft", "bridge", "ethtool", "clang", "unshare":
        if not shutil.which(tool):
            return f"no {tool}"
    if subprocess.run(["unshare", "-n", "true"], capture_output=True, check=False).returncode:
        return "no network namespaces"
    with tempfile.NamedTemporaryFile("w", suffix=".scope") as f:
        f.write("a = ingress().reduce(keys=(port_in), func=count)\n")
        f.flush()
        probe = packetscope("live", "-q", f.name, "-i", "lo", "--duration", "1ms")
    return None if probe.returncode == 0 else "programs can't be loaded: " + probe.stderr.strip().splitlines()[0]


def lab(*words, expected=(), **options):
    """A lab's run. What a busy kernel made inexact is tried again, if the tool says so."""
    for _ in range(declared.TRIES):
        run = packetscope("lab", *words, **options)
        if not declared.in_run(run, expected):
            break
    return run


def check_lab():
    """The identity, per key and epoch, and all witnesses."""
    for words in ("", "--path bridge --kind vlan --queue htb --epoch 1ms", "--kind ipv6 --epoch 5ms --rate 10",
                  "--kind vxlan --queue htb --epoch 100ms", "--queue htb --limit 800 --rate 40 --bursts 2 --gap 300ms"):
        run = lab("--check", *words.split())
        result(f"lab --check {words}".strip(), run.returncode == 0 and " collisions 0," in run.stdout, run.stdout, run.stderr)


def check_examples():
    """The verifier takes them."""
    for path in sorted(glob.glob(os.path.join(ROOT, "examples/linux/*.scope"))):
        run = packetscope("live", "-q", path, "-i", "lo", "--duration", "10ms")
        result("the kernel takes " + os.path.basename(path), run.returncode == 0, run.stderr)


def check_csv():
    """Witnesses and misses come with the rows."""
    run = packetscope("live", "-q", os.path.join(ROOT, "examples/linux/matrix.scope"), "-i", "lo", "--duration", "10ms", "--csv")
    tables = [table.split("\n") for table in run.stdout.strip().split("\n\n")]
    last = dict(zip(tables[-1][0].split(","), tables[-1][1].split(",")))
    result("CSV has the witnesses", run.returncode == 0 and last["agree"] in ("true", "false") and
           {"freed", "not_started", "qdisc", "untagged", "collisions", "late", "recursion", "softnet", "interface"} < set(last), run.stdout, run.stderr)


def check_refusals():
    scope = os.path.join(ROOT, "examples/linux/matrix.scope")
    run = packetscope("live", "-q", scope, "-i", "nosuch0")
    result("an unknown interface is named", run.returncode == 1 and "no interface 'nosuch0'" in run.stderr, run.stderr)
    run = packetscope("live", "-q", scope, "-i", "lo", preexec_fn=lambda: (os.setgid(65534), os.setuid(65534)))
    result("missing capabilities are named", run.returncode == 1 and "CAP_BPF" in run.stderr and "CAP_NET_ADMIN" in run.stderr,
           run.stderr)
    run = packetscope("live", "-q", scope, "--tag", "sometimes")
    result("a wrong --tag is refused", run.returncode == 2, run.stderr)
    run = packetscope("lab", "--kind", "vlan")
    result("a lab that can't be is refused", run.returncode == 2 and "bridge" in run.stderr, run.stderr)


CLANG = """#!/bin/sh
# What this adds to the second query's part of a program is what no kernel takes: memory that is nobody's.
sed 's|^\\t/\\* second \\*/$|&\\n\\t*(volatile u64 *)(time_in) = 0;|' | exec {clang} "$@"
"""


def check_blame():
    """What the verifier refuses is told at the query."""
    with tempfile.TemporaryDirectory() as folder:
        scope, clang = os.path.join(folder, "q.scope"), os.path.join(folder, "clang")
        with open(scope, "w", encoding="ascii") as f:
            f.write("first = ingress().reduce(keys=(port_in), func=count)\n"
                    "second = ingress().reduce(keys=(ipv4.srcIP_in), func=count)\n")
        with open(clang, "w", encoding="ascii") as f:
            f.write(CLANG.format(clang=shutil.which("clang")))
        os.chmod(clang, 0o755)
        run = packetscope("live", "-q", scope, "-i", "lo", env=dict(os.environ, PATH=folder + ":" + os.environ["PATH"]))
    result("what the verifier refuses is an error at the query", run.returncode == 1 and "q.scope:2:1: error: query second: " in run.stderr and
           "invalid mem access" in run.stderr, run.stderr)


# --- what stays behind -------------------------------------------------------------------------------


def programs():
    """Numbers of the eBPF programs of ours that are in the kernel."""
    answer = subprocess.run(["bpftool", "prog", "show", "-j"], capture_output=True, text=True, check=False)
    return {p["id"] for p in json.loads(answer.stdout or "[]") if p.get("name", "").startswith("ps_")}


def wait_for(condition):
    end = time.monotonic() + PATIENCE
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)
    return condition()


def check_kill():
    if not shutil.which("bpftool"):
        result("nothing stays after kill -9 # SKIP no bpftool", True)
        return
    before = programs()
    run = subprocess.Popen([PROGRAM, "live", "-i", "lo"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    run.stderr.readline()  # watching
    made = programs() - before  # by this one, and by whoever else is at it
    run.send_signal(signal.SIGKILL)
    run.wait()
    run.stderr.close()
    result("nothing stays after kill -9", made and wait_for(lambda: not programs() & made), before, made, programs())
    before = programs()
    run = subprocess.run([CYCLES, "load", "10"], capture_output=True, text=True, check=False)
    made = programs() - before
    result("programs come and go", run.returncode == 0 and wait_for(lambda: not programs() & made), run.stdout, run.stderr)
    runs = [subprocess.run(["unshare", "-n", CYCLES, "read", "1000", "10", mode], capture_output=True, text=True, check=False)
            for mode in ("all", "filter", "top")]
    result("rows in mapped memory are read, each once", all(run.returncode == 0 and " 10100 packets came, " in run.stdout for run in runs), runs)
    before = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=False).stdout
    run = lab("--duration", "1s")
    after = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=False).stdout
    result("a lab leaves nothing and shows something", run.returncode == 0 and before == after and "agree" in run.stdout,
           run.stdout, run.stderr)


# --- two routers, one query file ----------------------------------------------------------------------

BOTH = """
lost = ingress().filter(udp.dstPort_in in {5000, 5001}).lost([ipv4.srcIP_in], 10s)
filtered = ingress().filter(port_intent == -1).reduce(keys=(ipv4.srcIP_in, udp.dstPort_in), func=count).window(10s)
sent = egress().filter(udp.dstPort_in in {5000, 5001})
         .reduce(keys=(ipv4.srcIP_in, ipv4.srcIP_out, ipv4.ttl_out, udp.dstPort_out), func=count).window(10s)
"""
ENTRIES = """
table_add RouterIngress.acl RouterIngress.deny 0.0.0.0&&&0.0.0.0 0.0.0.0&&&0.0.0.0 17&&&0xff 5001->5001 => 10
table_add RouterIngress.ipv4_lpm RouterIngress.set_nhop 10.1.0.0/16 => 2 02:00:00:00:00:04
table_add RouterIngress.nat RouterIngress.snat 2 10.0.0.32/27 => 10.1.255.254 0.0.0.0
table_add RouterIngress.nat RouterIngress.snat 2 10.0.0.64/26 => 10.1.255.254 0.0.0.0
"""


def frame(i):
    """As the lab's host a sends them."""
    key, turn = i % 64, i // 64
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 100, 0, 0, 64, 17, 0, bytes([10, 0, 0, 10 + key]), bytes([10, 1, 0, 1]))
    total = sum(struct.unpack("!10H", ip))
    total = (total & 0xffff) + (total >> 16)
    ip = ip[:10] + struct.pack("!H", ~(total + (total >> 16)) & 0xffff) + ip[12:]
    udp = struct.pack("!HHHH", 1000 + key, 5001 if (turn + key) % 4 == 0 else 5000, 80, 0)
    return bytes.fromhex("0200000000020200000000010800") + ip + udp + bytes(72)


def rows(text):
    found = collections.Counter()
    for line in text.splitlines():
        row = json.loads(line)
        if row["type"] == "row":
            found[row["query"], tuple(row["key"].items())] += row["value"]["count"]
    return found


# A queue that has room for all packets that a lab sends: a machine that stood still lets them come at once.
ROOMY = ["--rate", "500", "--limit", "4000"]


def compare_routers(what, packets, p4_queue, lab_queue, queries, expected=()):
    with tempfile.TemporaryDirectory() as folder:
        scope, entries, capture = (os.path.join(folder, name) for name in ("q.scope", "entries.txt", "in.pcap"))
        for path, text in (scope, BOTH), (entries, ENTRIES):
            with open(path, "w", encoding="ascii") as f:
                f.write(text)
        with open(capture, "wb") as f:
            f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
            for i in range(packets):
                data = frame(i)
                f.write(struct.pack("<IIII", 1, 2 * i, len(data), len(data)) + data)
        p4 = packetscope("run", os.path.join(ROOT, "examples/router/router.p4"), "-e", entries, "-i", f"0@{capture}", "-q", scope,
                         "--json", "--max-delay", "100s", *p4_queue)
        kernel = lab("-q", scope, "--once", "--packets", str(packets), "--json", *lab_queue, expected=expected)
    one, other = ({k: n for k, n in rows(run.stdout).items() if k[0] in queries} for run in (p4, kernel))
    result(what, p4.returncode == 0 and kernel.returncode == 0 and one == other and len(one) >= 64,
           p4.returncode, p4.stderr, kernel.returncode, kernel.stderr, kernel.stdout[-1000:], sorted(set(one.items()) ^ set(other.items()))[:20])


def check_routers():
    compare_routers("the P4 router and the kernel give the same rows when nothing is lost", 6400, [],
                    ["--bursts", "100", *ROOMY], ("lost", "filtered", "sent"))
    compare_routers("and the same losses per key when the queue stands still", 640,
                    ["--queue-rate", "2@8bps", "--queue-depth", "2@100"], ["--bursts", "1", "--queue", "htb", "--rate", "0"],
                    ("lost", "filtered"), ["queued"])


# --- what carries tags, and what older kernels lack --------------------------------------------------

STAMPS = """
mine = egress().filter(udp.dstPort_out == 5000)
short = mine.reduce(keys=(port_out), func=count).window(1s)
out = mine.reduce(keys=(IP.srcIP_out, udp.dstPort_out), func=count).window(10s)
matrix = mine.reduce(keys=(port_in, port_out), func=count).window(10s)
"""


def stamps(tag, *words, expected=()):
    """What the kernel told, and rows, with one kind of tags."""
    with tempfile.NamedTemporaryFile("w", suffix=".scope") as f:
        f.write(STAMPS.replace("IP", "ipv6" if "ipv6" in words else "ipv4", 1))
        f.flush()
        if not words:
            return packetscope("live", "-q", f.name, "-i", "lo", "-d", "plan", "--tag", tag).stdout.splitlines()[-1]
        run = lab("-q", f.name, "--once", "--json", "--tag", tag, *words, expected=expected)
    return json.loads(run.stdout.splitlines()[-1]), rows(run.stdout)


def check_stamps():
    """A packet's own time stamp tells as much as a tag beside it, with two hooks instead of four."""
    plans = [stamps(tag) for tag in ("map", "stamp")]
    result("--tag stamp needs two hooks", plans == ["hooks tcx, net_dev_queue, net_dev_start_xmit, kfree_skb", "hooks tcx, net_dev_start_xmit"], plans)
    for words in [], ["--path", "bridge", "--kind", "ipv6", "--queue", "htb"], ["--path", "bridge", "--kind", "vlan"]:
        one, other = (stamps(tag, *ROOMY, *words) for tag in ("map", "stamp"))
        result(" ".join(["the same rows, with a tag and with a stamp:", *words]), one[1] == other[1] and sum(one[1].values()) == 3 * 15000 and
               not other[0]["missed"]["untagged"], one, other)
    told, found = stamps("stamp", "--rate", "20")
    left = told["started"]
    result("with a stamp, what left and what the qdisc dropped is what was not filtered", sum(found.values()) == 3 * left and
           left + told["witnesses"]["qdisc"] == 15000 and left < 15000, found, told)
    told, found = stamps("stamp", *ROOMY, "--kind", "vxlan", expected=["untagged"])
    result("a packet that a tunnel wrapped has forgotten its port, and that is told", told["missed"]["untagged"] == 15000, told, found)


def check_older():
    """What older kernels lack, taken away from this one."""
    losses, delay = (os.path.join(ROOT, "examples/linux", name) for name in ("drops.scope", "bufferbloat.scope"))
    without = dict(os.environ, PACKETSCOPE_WITHOUT="tcx,reason,dequeue")
    run = lab("--check", env=without)
    result("without tcx, reasons and the end of queues", run.returncode == 0, run.stdout, run.stderr)
    run = packetscope("live", "-q", losses, "-i", "lo", "--duration", "1ms", env=without)
    result("drop.reason is refused where the kernel has none", run.returncode == 1 and "doesn't say why it drops" in run.stderr, run.stderr)
    run = packetscope("live", "-q", delay, "-i", "lo", "--duration", "1ms", env=without)
    result("queuing.delay is refused where queues don't tell", run.returncode == 1 and "qdisc_dequeue" in run.stderr, run.stderr)
    for tag in "mark:0xff00", "stamp":
        run = packetscope("live", "-q", losses, "-i", "lo", "--duration", "1ms", "--tag", tag, env=without)
        result(f"--tag {tag} is refused without tcx", run.returncode == 1 and "since 6.6" in run.stderr, run.stderr)


# --- anything may come --------------------------------------------------------------------------------


def hostile(rng):
    """Frames of every kind, cut off and bent anywhere."""
    inner = frame(rng.randrange(256))
    vxlan = bytes([8, 0, 0, 0, 0, 0, 42, 0]) + inner
    udp = struct.pack("!HHHH", 1, 4789, 8 + len(vxlan), 0) + vxlan
    bodies = [inner[14:], struct.pack("!BBHHHBBH8s", 0x45 + rng.randrange(16), 0, 20, 0, rng.randrange(65536), 64, 17, 0, bytes(8)) + udp,
              struct.pack("!IHBB", 0x60000000, 40, rng.choice([0, 6, 17, 41, 43, 44, 47, 50, 51, 58, 60]), 1) + bytes(32) +
              bytes(rng.randrange(256) for _ in range(60)),
              struct.pack("!BBHHHBBH8sHH", 0x45, 0, 40, 0, 0, 64, 47, 0, bytes(8), rng.randrange(65536), 0x6558) + inner, bytes(28)]
    types = [0x0800, 0x86dd, 0x0806, 0x8100, 0x88a8, rng.randrange(65536)]
    data = bytearray(bytes(6) + inner[6:12] + struct.pack("!H", rng.choice(types)))
    for _ in range(rng.randrange(4)):
        data += struct.pack("!HH", rng.randrange(65536), rng.choice(types))
    data += rng.choice(bodies)
    for _ in range(rng.randrange(4)):
        data[rng.randrange(12, len(data))] = rng.randrange(256)
    return bytes(data[:max(14, rng.randrange(len(data) + 1))]) if rng.random() < 0.5 else bytes(data)


FUZZ = """
all = ingress().reduce(keys=(port_in), func=count).window(1h)
a = ingress().filter(tcp.dstPort_in > 0 || udp.dstPort_in > 0 || icmp.type_in > 0 || icmpv6.type_in > 0 || sctp.dstPort_in > 0)
      .reduce(keys=(port_in), func=count)
b = ingress().filter(inner.tcp.dstPort_in > 0 || inner.udp.dstPort_in > 0 || inner.icmp.type_in > 0 || inner.ipv6.ttl_in > 0 ||
                     vxlan.vni_in > 0 || gre.flags_in > 0 || arp.opcode_in > 0 || vlan2.vid_in > 0 || fragment.more_in == 1)
      .reduce(keys=(inner.ipv4.srcIP_in), func=count)
c = ingress().filter(port_intent == -1 && inner.ethernet.srcMac_mid != inner.ethernet.srcMac_in).reduce(keys=(drop.reason), func=count)
d = egress().filter(inner.udp.dstPort_out > 0 || tcp.seq_out > 0).reduce(keys=(ipv6.srcIP_in), func=count)
"""


def fuzz_here():
    """In a namespace of its own: frames into one end of a pair, programs on the other."""
    rng = random.Random(int(os.environ.get("SEED", "1")))
    number = int(os.environ.get("FRAMES", "20000"))
    for words in ("link add f0 type veth peer name f1", "link set f0 addrgenmode none up", "link set f1 addrgenmode none up"):
        subprocess.run(["ip", *words.split()], check=True)
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # frames of one CPU stay in order
    # what is too short for the tag that it announces ends before any hook: nft counts right behind ours
    subprocess.run(["nft", "-f", "-"], text=True, check=True, input="table netdev t {\n counter seen { }\n chain c {\n"
                   "  type filter hook ingress device f1 priority 0\n  counter name seen\n }\n}\n")
    with tempfile.NamedTemporaryFile("w", suffix=".scope") as f:
        f.write(FUZZ)
        f.flush()
        run = subprocess.Popen([PROGRAM, "live", "-q", f.name, "-i", "f1", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               text=True)
        run.stderr.readline()
    sender = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    sender.bind(("f0", 0))
    last = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    last.bind(("f1", 0x88b6))
    last.settimeout(10)
    for _ in range(number):
        sender.send(hostile(rng))

    def arrives():
        try:
            sender.send(bytes(12) + b"\x88\xb6" + b"the last one".ljust(46))
            while b"the last one" not in last.recv(65536):
                pass
            return True
        except TimeoutError:
            return False

    wait_for(arrives)
    run.send_signal(signal.SIGINT)
    out, err = run.communicate(timeout=PATIENCE)
    seen = json.loads(out.splitlines()[-1])["arrived"]
    total = sum(n for (query, _), n in rows(out).items() if query == "all")
    nft = subprocess.run(["nft", "-j", "list", "counter", "netdev", "t", "seen"], capture_output=True, text=True, check=True).stdout
    nft = json.loads(nft)["nftables"][1]["counter"]["packets"]
    print(json.dumps({"status": run.returncode, "sent": number, "seen": seen, "nft": nft, "rows": total, "error": err}))


def check_fuzz():
    run = subprocess.run(["unshare", "-n", sys.executable, __file__, PROGRAM, ROOT, CYCLES, "fuzz"], capture_output=True, text=True,
                         timeout=PATIENCE, check=False)
    try:
        told = json.loads(run.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        told = {"status": None}
    good = told["status"] == 0 and told["seen"] == told["nft"] == told["rows"] and told["seen"] > 0.9 * told["sent"]
    result("malformed frames of every kind are counted, and hurt nobody", good, told, run.stderr)


def main():
    if sys.argv[4:] == ["fuzz"]:
        fuzz_here()
        return 0
    reason = why_not()
    if reason:
        print("1..0 # SKIP", reason)
        return 0
    check_lab()
    check_examples()
    check_csv()
    check_refusals()
    check_blame()
    check_kill()
    check_routers()
    check_stamps()
    check_older()
    check_fuzz()
    return tap.done()


sys.exit(main())
