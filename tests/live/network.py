#!/usr/bin/env python3
"""Queries over network() on two live switches in a row. Usage: network.py PACKETSCOPE SOURCE_ROOT. Prints TAP.

Hosts must get what they get without queries; the second switch tells paths, latencies and bottlenecks, while ordinary queries come and go."""
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import tempfile

import live
from live import PROGRAM, PATIENCE, ROOT, Wire, ip, mac, result, sum16, wait_for

FORWARD = os.path.join(ROOT, "programs", "forward.p4")
PACKETS = 300
QUERIES = """
budget 16 bits
paths   = network().per_flow(switch_id, flow=(ipv4.srcIP, ipv4.dstIP)).bits(8).window(50ms)
latency = network().per_flow(quantile(hop.latency, [0.5]), flow=(ipv4.srcIP, ipv4.dstIP)).bits(8).frequency(1/2).window(50ms)
hot     = network().per_packet(max(link.utilization)).bits(8).frequency(1/16).window(50ms)
"""
TAG = """
budget 32 bits
slow = network().per_packet(max(hop.latency)).csig(max=10ms).window(50ms)
"""
HOSTS = ("10.0.0.1", "10.0.0.2")
NEXT = ((("10.0.0.1", 1), ("10.0.0.2", 2)), (("10.0.0.1", 2), ("10.0.0.2", 1)))


def write(name, text):
    path = os.path.join("/run", name)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return path


class Live:
    """A switch of the chain; port 1 leads to its host, 2 to the other switch."""

    def __init__(self, number, queries):
        name = f"s{number}"
        routes = "".join(f"table_add ForwardIngress.routes ForwardIngress.forward {to}/32 => 02:00:00:00:0{number}:0{port} {port}\n"
                         for to, port in NEXT[number - 1])
        self.control = f"/run/{name}.sock"
        self.out, self.err = tempfile.TemporaryFile("w+"), tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            [PROGRAM, "switch", FORWARD, "-q", queries, "-e", write(f"{name}.txt", routes), "-i", f"1@sw{number - 1}", "-i", f"2@m{number}",
             "--topology", "chain:2", "--switch", name, "--control", self.control, "--json"],
            stdin=subprocess.DEVNULL, stdout=self.out, stderr=self.err)
        wait_for(lambda: self.process.poll() is not None or self.ctl("stats").returncode == 0)

    def ctl(self, *words):
        return subprocess.run([PROGRAM, "ctl", "--control", self.control, *words], capture_output=True, text=True, timeout=PATIENCE,
                              check=False)

    def lines(self):
        """What it has told so far; its own place in the file stays."""
        with open(f"/proc/self/fd/{self.out.fileno()}", encoding="utf-8") as f:
            return [json.loads(line) for line in f.read().splitlines(keepends=True) if line.endswith("\n")]

    def rows(self, query):
        return [line for line in self.lines() if line["type"] == "row" and line["query"] == query]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(PATIENCE)
        with open(f"/proc/self/fd/{self.err.fileno()}", encoding="utf-8") as f:
            return self.process.returncode, f.read()


def frame(number, ttl=64, to="02:00:00:00:00:aa", source="02:00:00:00:00:01"):
    udp = struct.pack("!HHHH", 1000, 2000, 8 + 40, number) + bytes(40)
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), number, 0, ttl, 17, 0, *map(socket.inet_aton, HOSTS))
    return mac(to) + mac(source) + b"\x08\0" + head[:10] + struct.pack("!H", sum16(head)) + head[12:] + udp


def expected(number):
    """As two routers hand it on: the first one names port 2's MAC address, which the second one sends from."""
    return frame(number, 62, "02:00:00:00:02:01", "02:00:00:00:01:02")


def stranger():
    """Looks as if it had a shim."""
    return mac("02:00:00:00:00:aa") + mac("02:00:00:00:00:01") + b"\x88\xb6" + b"\x08\0\x1e\x01" + bytes(60)


def send(wires, first, n):
    """Sends and takes packets one by one, so that none waits for another; True when all came as they must."""
    same = True
    for number in range(first, first + n):
        wires[0].send(frame(number))
        same &= wires[1].receive() == expected(number)
    return same


def test_queries(wires):
    queries = write("network.scope", QUERIES)
    switches = [Live(1, queries), Live(2, queries)]
    wires[1].drain()
    wires[0].send(stranger())
    result("hosts get what they would get without queries", send(wires, 0, PACKETS))
    last = switches[1]
    paths = wait_for(lambda: [r for r in last.rows("paths") if r["value"]["known"] == 2])
    result("the path is told", paths and all(r["value"]["path"] == [1, 2] for r in paths), last.lines()[:5])
    result("and latencies of both hops", wait_for(lambda: {r["key"]["hop"] for r in last.rows("latency")} == {1, 2}))
    result("and how busy links are", wait_for(lambda: last.rows("hot")))
    result("the first switch has nothing to tell", not switches[0].rows("paths"))
    test_change(last, wires)
    ends = [s.stop() for s in switches]
    epochs = [line for line in last.lines() if line["type"] == "epoch"]
    result("no epoch is incomplete", epochs and all(e["complete"] for e in epochs), epochs, ends)
    result("they end well", all(status == 0 for status, _ in ends), ends)


def test_change(last, wires):
    """Ordinary queries come; those over network() can't."""
    come = last.ctl("query", "add", write("come.scope", "come = ingress().window(50ms).reduce(keys=(port_in), func=count)\n"))
    result("an ordinary query comes", come.returncode == 0, come.stdout, come.stderr)
    sent, same = PACKETS, True
    while not last.rows("come") and same:
        same = send(wires, sent, 20)
        sent += 20
    result("it counts, and hosts get the same still", same)
    more = last.ctl("query", "add", write("more.scope", "more = network().per_packet(max(hop.latency)).bits(4).frequency(1/4)\n"))
    result("one over network() can't", more.returncode and "can't come to a switch that runs" in more.stdout + more.stderr, more)
    result("nothing has changed for hosts", send(wires, sent, 20))
    shown = last.ctl("query", "list").stdout
    result("the list has what was asked", [line.split()[0] for line in shown.splitlines()] == ["come"], shown)


def test_tag(wires):
    queries = write("tag.scope", TAG)
    switches = [Live(1, queries), Live(2, queries)]
    wires[1].drain()
    result("with a tag of 4 bytes, too", send(wires, 0, 100))
    result("all packets tell where they were slowest", wait_for(lambda: sum(r["value"]["packets"] for r in switches[1].rows("slow")) == 100),
           switches[1].lines())
    places = {(r["key"]["switch"], r["key"]["port"]) for r in switches[1].rows("slow")}
    result("at one of the two ports", places and places <= {(1, 2), (2, 1)}, places)
    result("they end well", all(s.stop()[0] == 0 for s in switches))


def main():
    ip("link", "add", "m1", "type", "veth", "peer", "name", "m2")
    for name in ("m1", "m2"):
        with open(f"/proc/sys/net/ipv6/conf/{name}/disable_ipv6", "w", encoding="ascii") as f:
            f.write("1")
        ip("link", "set", name, "up")
    wires = Wire(0), Wire(1)
    test_queries(wires)
    test_tag(wires)


if __name__ == "__main__":
    sys.exit(live.run(main))
