#!/usr/bin/env python3
"""What tags make of copies: fragments, segments and flooded packets. Usage: copies.py PACKETSCOPE. Prints TAP.

    copies.py PACKETSCOPE PART TAG     one run in this namespace, which should be a new one; prints JSON

Beside packets (--tag map) a copy has no tag, and the tool says how many there were; by their mark (--tag mark:MASK) each is counted by the key of
the packet that it was made of."""
import ctypes
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

import declared

PROGRAM = os.path.abspath(sys.argv[1])
PATIENCE = 900
ARRIVES = 60  # seconds until all have arrived, but those that were dropped where only softnet_stat tells
NUMBER, KEYS, SIZE = 120, 4, 500  # packets, their sources, bytes of a segment
MASK = "mark:0xffff0000"
QUERIES = """
sent = egress().filter(udp.dstPort_in == 5000).reduce(keys=(ipv4.srcIP_in), func=count).window(20ms)
lost = ingress().filter(udp.dstPort_in == 5000).lost([ipv4.srcIP_in], 20ms)
"""
# How many leave for each that comes. The queue holds them for many epochs, and longer than the reader waits in any case.
PARTS = {"fragments": 3, "segments": 6, "queue": 6, "flood": 2}


def packet(i, payload, router=True):
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 28 + len(payload), i, 0, 64, 17, 0, bytes([10, 0, 0, 10 + i % KEYS]), bytes([10, 1, 0, 1]))
    total = sum(struct.unpack("!10H", ip))
    total = (total & 0xffff) + (total >> 16)
    ip = ip[:10] + struct.pack("!H", ~(total + (total >> 16)) & 0xffff) + ip[12:]
    udp = struct.pack("!HHHH", 1000, 5000, 8 + len(payload), 0)
    return bytes.fromhex("020000000002" if router else "020000000099") + bytes.fromhex("0200000000010800") + ip + udp + payload


def frames(part):
    """With the header that says what is to be cut: struct virtio_net_hdr."""
    for i in range(NUMBER):
        if part == "fragments":
            yield bytes(10) + packet(i, bytes(1400))
        elif part == "flood":
            yield bytes(10) + packet(i, bytes(100), router=False)
        else:  # UDP, cut behind 42 bytes
            yield struct.pack("=BBHHHH", 1, 5, 42, SIZE, 34, 6) + packet(i, bytes(PARTS[part] * SIZE))


def run(*words, at=None):
    prefix = ["nsenter", f"--net=/proc/{at}/ns/net"] if at else []
    return subprocess.run([*prefix, *words], check=True, capture_output=True, text=True).stdout


def write(path, text):
    with open(path, "w", encoding="ascii") as f:
        f.write(text)


def make(part):
    """This namespace is the router between hosts a, b and c; returns their processes."""
    hosts = [subprocess.Popen(["unshare", "-n", "sh", "-c", "echo; exec cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(3)]
    for i, host in enumerate(hosts):
        host.stdout.readline()
        run("ip", "link", "add", f"r{i}", "address", f"02:00:00:00:00:1{i}" if i else "02:00:00:00:00:02", "type", "veth", "peer", "name", "end",
            "netns", str(host.pid))
        run("ip", "link", "set", f"r{i}", "addrgenmode", "none", "multicast", "off", "up")
        run("ip", "link", "set", "end", "addrgenmode", "none", "multicast", "off", "up", at=host.pid)
    if part == "flood":
        run("ip", "link", "add", "br0", "type", "bridge", "mcast_snooping", "0", "forward_delay", "0")
        for i in range(3):
            run("ip", "link", "set", f"r{i}", "master", "br0")
        run("ip", "link", "set", "br0", "addrgenmode", "none", "multicast", "off", "up")
        return hosts
    write("/proc/sys/net/ipv4/ip_forward", "1")
    run("ip", "addr", "add", "10.0.255.254/16", "dev", "r0")
    run("ip", "addr", "add", "10.1.255.254/16", "dev", "r1")
    run("ip", "neigh", "add", "10.1.0.1", "lladdr", "02:00:00:00:00:04", "dev", "r1")
    run("ip", "link", "set", "r1", "mtu", "600" if part == "fragments" else "1500")
    run("ethtool", "-K", "r1", "gso", "off", "tso", "off", "tx-udp-segmentation", "off")
    if part == "queue":
        run("tc", "qdisc", "add", "dev", "r1", "root", "tbf", "rate", "400kbit", "burst", "1600", "limit", "20000")
    return hosts


def send(part, host):
    def inside():
        fd = os.open(f"/proc/{host.pid}/ns/net", os.O_RDONLY)
        ctypes.CDLL(None).setns(fd, 0x40000000)
        os.close(fd)
        s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        s.setsockopt(263, 15, 1)  # SOL_PACKET, PACKET_VNET_HDR
        s.bind(("end", 0))
        for data in frames(part):
            s.send(data)
        s.close()

    thread = threading.Thread(target=inside)
    thread.start()
    thread.join()


def qdisc_drops():
    return json.loads(run("tc", "-s", "-j", "qdisc", "show", "dev", "r1"))[0]["drops"]


def left(hosts):
    """What has reached hosts b and c."""
    return sum(json.loads(run("ip", "-s", "-j", "link", "show", "end", at=host.pid))[0]["stats64"]["rx"]["packets"] for host in hosts[1:])


def one_run(part, tag):
    hosts = make(part)
    with tempfile.NamedTemporaryFile("w", suffix=".scope") as f:
        f.write(QUERIES)
        f.flush()
        live = subprocess.Popen([PROGRAM, "live", "-q", f.name, "-i", "r0", "-i", "r1", "-i", "r2", "--json", "--tag", tag, "--max-delay", "4s"], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)
        said = live.stderr.readline()
    before, end = left(hosts), time.monotonic() + ARRIVES
    send(part, hosts[0])
    while left(hosts) - before + qdisc_drops() < NUMBER * PARTS[part] and time.monotonic() < end:
        time.sleep(0.05)
    live.send_signal(signal.SIGINT)
    out, err = live.communicate(timeout=PATIENCE)
    lines = [json.loads(line) for line in out.splitlines()]
    told = {"status": live.returncode, "error": said + err, "drops": qdisc_drops(), "kernel": lines[-1] if lines else {},
            "again": declared.in_lines(lines, ["untagged"] if tag == "map" else [])}
    for query in "sent", "lost":
        rows = [line for line in lines if line["type"] == "row" and line["query"] == query]
        told[query] = {}
        for row in rows:
            key = row["key"]["ipv4.srcIP_in"]
            told[query][key] = told[query].get(key, 0) + row["value"]["count"]
    print(json.dumps(told))
    for host in hosts:
        host.kill()


# --- what is expected ---------------------------------------------------------------------------------


def try_run(part, tag):
    for _ in range(declared.TRIES):
        done = subprocess.run(["unshare", "-n", sys.executable, __file__, PROGRAM, part, tag], capture_output=True, text=True, timeout=PATIENCE,
                              check=False)
        told = json.loads(done.stdout) if done.returncode == 0 else {"status": None, "error": done.stderr}
        if not told.get("again"):
            break
    return told


def agrees(told):
    """The queue counts the segments of what it has cut, and so it is told."""
    said = told["kernel"]["witnesses"]
    return said["agree"] and told["drops"] == said["freed"] - said["cut"] + said["freed_untagged"]


def check_map(part, told):
    """What has no tag has no key, and is told."""
    kernel, copies = told["kernel"], NUMBER * (PARTS[part] - (part == "flood"))
    if part in ("segments", "queue"):
        whole = sum(told["lost"].values())
        return (kernel["segmented"] + whole == NUMBER and kernel["missed"]["merged"] == NUMBER and not told["sent"] and
                (whole > 0) == (part == "queue"))
    return kernel["missed"]["untagged"] == copies and sum(told["sent"].values()) == NUMBER * PARTS[part] - copies


def check_mark(part, told):
    """Each copy is counted, by the key of what it was made of."""
    kernel, each = told["kernel"], NUMBER * PARTS[part] // KEYS
    sent, lost = sum(told["sent"].values()), sum(told["lost"].values())
    if kernel["missed"]["untagged"] or sent != kernel["started"] or lost != kernel["witnesses"]["freed"]:
        return False
    if part != "queue":
        return told["sent"] == {f"10.0.0.{10 + i}": each for i in range(KEYS)} and not lost and not told["drops"]
    # a packet none of whose segments finds room is lost whole: the qdisc counts its segments
    whole, segments = NUMBER - kernel["segmented"], kernel["copies"] - sent
    return sent > 0 and lost == whole + segments and told["drops"] == PARTS[part] * whole + segments


def main():
    probe = subprocess.run(["unshare", "-n", PROGRAM, "lab", "--check", "--packets", "64", "--bursts", "1"], capture_output=True, text=True, check=False)
    if os.geteuid() or "lab: " not in probe.stdout:
        print("1..0 # SKIP no lab here")
        return 0
    number = failed = 0
    for part in os.environ.get("PARTS", " ".join(PARTS)).split():
        for tag, check in ("map", check_map), (MASK, check_mark):
            number += 1
            told = try_run(part, tag)
            good = told["status"] == 0 and check(part, told) and agrees(told)
            failed += not good
            print(f"{'ok' if good else 'not ok'} {number} - {part}, --tag {tag}", flush=True)
            if not good:
                print("#", json.dumps(told))
    print(f"1..{number}")
    return int(failed > 0)


if len(sys.argv) > 2:
    one_run(*sys.argv[2:4])
else:
    sys.exit(main())
