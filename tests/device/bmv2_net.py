#!/usr/bin/env python3
"""Queries over network() on two real simple_switches in a row. Usage: bmv2_net.py PACKETSCOPE SOURCE_ROOT. Prints TAP.

Skips itself where simple_switch (PACKETSCOPE_BMV2, else by PATH), p4c-bm2-ss (PACKETSCOPE_P4C, else by PATH) or network namespaces are absent.
Everything happens in a namespace that this script makes and that is gone with it. Port 2 of the first switch and port 1 of the second are one
cable; hosts, which are sockets of this script, are at all others. What hosts get with and without queries, and what is on the cable, is held
against the embedded switch. A packet may be lost where the machine is too busy for libpcap: then it is all done again."""
import collections
import ctypes
import json
import os
import random
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

import thrift as t
from bmv2 import Bench, CONTEXT, PROGRAM, QUIET, ROOT, checksum, free_port, read_capture, result, tap, tool, write_capture

CHAIN = os.path.join(ROOT, "tests", "weave", "network")
HOSTS = [(1, 0), (1, 1), (1, 3), (2, 0), (2, 2), (2, 3)]  # switch and port
CABLE = (2, 1)  # the end at which packets are looked at
PACKETS, TRIES, PATIENCE = 300, 3, 120
GAP = 0.02  # seconds between packets: BMv2 loses them when many come at once
GROUP, COPIES_TO, SESSION, MIRROR = 1, (2, 3), 5, 3  # what chain.p4 needs
FROM = (1, 0)


# --- what is sent ---------------------------------------------------------------------------------

def chain_packet(r):
    """Mostly TCP and UDP of a few flows; the type of service says what chain.p4 does: multicast, clones, resubmission, recirculation, a header
    more or less, drops. Some are of other types, or look as if they had a shim."""
    what, size = r.randrange(12), r.randrange(60, 220)
    frame = bytearray(r.randbytes(size))
    frame[12:14] = b"\x08\0" if what else b"\x08\x06"
    if what == 1:
        frame[12:17] = b"\x88\xb6\x08\0\x1e"
        return bytes(frame)
    frame[14:16] = bytes([0x45, r.choice((0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8))])
    frame[16:18] = struct.pack(">H", size - 14)
    frame[22:24] = bytes([r.randrange(1, 5), 6 if what < 6 else 17])
    frame[26:34] = bytes([10, 0, 0, r.randrange(2), 10, 0, 1, 2 * r.randrange(2)])
    frame[24:26] = b"\0\0"
    frame[24:26] = struct.pack(">H", checksum(bytes(frame[14:34])))
    return bytes(frame)


# --- namespaces and cables ------------------------------------------------------------------------

def has_namespaces():
    libc = ctypes.CDLL(None, use_errno=True)
    return not libc.unshare(0x20000 | 0x40000000) and not subprocess.run(["ip", "link", "set", "lo", "up"], check=False).returncode


def cable(a, b):
    subprocess.run(["ip", "link", "add", a, "type", "veth", "peer", "name", b], check=True)
    for end in a, b:
        with open(f"/proc/sys/net/ipv6/conf/{end}/disable_ipv6", "w", encoding="ascii") as f:
            f.write("1")
        subprocess.run(["ip", "link", "set", end, "up"], check=True)


def wire(interface):
    """Frames that come to this end, and a way to send some."""
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    s.setsockopt(263, 23, 1)  # not what leaves by it
    s.setsockopt(socket.SOL_SOCKET, 33, 16 << 20)  # receive buffer, by force
    s.bind((interface, 3))  # every protocol
    return s


def lay_cables():
    cable("s1p2", "s2p1")
    for s, p in HOSTS:
        cable(f"s{s}p{p}", f"h{s}p{p}")
    wires = {(s, p): wire(f"h{s}p{p}") for s, p in HOSTS}
    wires[CABLE] = wire("s2p1")
    return wires


# --- switches -------------------------------------------------------------------------------------

def add_to_port(client, words):
    """table_add TABLE ACTION PORT => DATA..."""
    data = [int(w).to_bytes(8, "big").lstrip(b"\0") or b"\0" for w in words[5:]]
    key = t.fields((t.I32, 1, t.number(t.I32, 0)), (t.STRUCT, 2, t.fields((t.STRING, 1, t.text(int(words[3]).to_bytes(2, "big"))))))
    client.call("standard", "bm_mt_add_entry", CONTEXT, (t.STRING, 2, t.text(words[1])), (t.LIST, 3, t.items(t.STRUCT, [key])),
                (t.STRING, 4, t.text(words[2])), (t.LIST, 5, t.items(t.STRING, [t.text(d) for d in data])), (t.STRUCT, 6, t.fields()))


def carry_out(client, commands):
    """What `weave --switch-output` writes."""
    for words in (line.split() for line in commands.splitlines()):
        if words[0] == "pvs_add":
            client.call("standard", "bm_parse_vset_add", CONTEXT, (t.STRING, 2, t.text(words[1])),
                        (t.STRING, 3, t.text(int(words[2]).to_bytes(2, "big"))))
        elif words[0] == "table_set_default":
            data = int(words[3]).to_bytes(2, "big")
            client.call("standard", "bm_mt_set_default_action", CONTEXT, (t.STRING, 2, t.text(words[1])), (t.STRING, 3, t.text(words[2])),
                        (t.LIST, 4, t.items(t.STRING, [t.text(data)])))
        else:
            add_to_port(client, words)


def prepare(client, commands):
    ports = "".join("01"[n in COPIES_TO] for n in reversed(range(4)))
    carry_out(client, commands)
    group = client.call("simple_pre_lag", "bm_mc_mgrp_create", CONTEXT, (t.I32, 2, t.number(t.I32, GROUP)))
    node = client.call("simple_pre_lag", "bm_mc_node_create", CONTEXT, (t.I32, 2, t.number(t.I32, 1)), (t.STRING, 3, t.text(ports)),
                       (t.STRING, 4, t.text("")))
    client.call("simple_pre_lag", "bm_mc_node_associate", CONTEXT, (t.I32, 2, t.number(t.I32, group)), (t.I32, 3, t.number(t.I32, node)))
    client.call("simple_switch", "mirroring_session_add", (t.I32, 1, t.number(t.I32, SESSION)),
                (t.STRUCT, 2, t.fields((t.I32, 1, t.number(t.I32, MIRROR)))))
    client.call("simple_switch", "set_all_egress_queue_depths", (t.I32, 1, t.number(t.I32, 10000)))


class Switch:
    """A simple_switch with its ports on the cables."""

    def __init__(self, bench, number, config, commands):
        self.port, log = free_port(), open(bench.at(f"log{number}"), "wb")
        ports = [w for n in range(4) for w in ("-i", f"{n}@s{number}p{n}") if (number, n) in HOSTS or (number, n) in ((1, 2), (2, 1))]
        with log:
            options = [w.replace("signals", f"signals{number}") for w in bench.options]
            self.process = subprocess.Popen([bench.switch, "--thrift-port", str(self.port), "--device-id", str(number), *options, *ports, config],
                                            stdout=log, stderr=log)
        end = time.monotonic() + PATIENCE
        while True:
            try:
                client = t.Client(self.port)
                break
            except OSError:
                if self.process.poll() is not None or time.monotonic() > end:
                    raise
                time.sleep(0.05)
        prepare(client, commands)
        client.socket.close()

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


# --- runs -----------------------------------------------------------------------------------------

def send(wires, packets, expected):
    """Sends packets one by one; what came to each wire until as many are there as are expected, or none comes any more."""
    came, left, due = {at: [] for at in wires}, list(reversed(packets)), 0
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and (left or sum(map(len, came.values())) < expected):
        if left and time.monotonic() > due:
            wires[FROM].send(left.pop())
            due = time.monotonic() + GAP
        ready = select.select(list(wires.values()), [], [], GAP)[0]
        for at in (at for at, s in wires.items() if s in ready):
            came[at].append(wires[at].recv(65536))
            end = time.monotonic() + PATIENCE / 4
    return came


def on_bmv2(bench, wires, config, commands, packets, expected, manifest=None):
    """(what came to each wire, results of the second switch's reports, messages)"""
    switches, results, err = [Switch(bench, n + 1, config, commands[n]) for n in range(2)], [], ""
    if manifest:
        with open(bench.at("told"), "wb") as out:
            attach = subprocess.Popen([PROGRAM, "attach", f"bmv2://127.0.0.1:{switches[1].port}", "--manifest", manifest, "--topology",
                                       bench.at("t.json"), "--switch", "s2", "--json"], stdout=out, stderr=subprocess.PIPE)
    came = send(wires, packets, expected)
    if manifest:
        end, told, since = time.monotonic() + PATIENCE, b"", time.monotonic()  # its epochs end by the clock
        while time.monotonic() < end and (b'"query":"paths"' not in told or time.monotonic() < since + QUIET):
            since = since if len(told) == os.path.getsize(bench.at("told")) else time.monotonic()
            told = read(bench.at("told"))
            time.sleep(0.1)
        attach.send_signal(signal.SIGTERM)
        err = attach.communicate()[1].decode()
        results = [json.loads(line) for line in read(bench.at("told")).splitlines()]
    for s in switches:
        s.stop()
    return came, results, err


def read(path):
    with open(path, "rb") as f:
        return f.read()


def embedded(bench, program, commands, packets):
    """What comes to each wire where both are embedded switches."""
    came = {}
    for number, into in (1, 0), (2, 1):
        with open(bench.at("all.txt"), "w", encoding="ascii") as f:
            f.write(f"{commands[number - 1]}mc_mgrp_create {GROUP}\nmc_node_create 1 {' '.join(map(str, COPIES_TO))}\n"
                    f"mc_node_associate {GROUP} 0\nmirroring_add {SESSION} {MIRROR}\n")
        write_capture(bench.at("in.pcap"), packets)
        ports = [w for n in range(4) for w in ("-o", f"{n}@{bench.at(f'e{n}.pcap')}")]
        subprocess.run([PROGRAM, "run", program, "-e", bench.at("all.txt"), "-i", f"{into}@{bench.at('in.pcap')}", *ports], check=True,
                       stdout=subprocess.DEVNULL)
        out = {(number, n): read_capture(bench.at(f"e{n}.pcap")) for n in range(4)}
        came.update((at, out[at]) for at in out if at in HOSTS)
        if number == 1:
            packets = came[CABLE] = out[1, 2]
    return came


def timeless(packets):
    """Without the half of the digests that depends on time, in any order."""
    return collections.Counter(p[:18] + b"\0" + p[19:] if p[12:14] == b"\x88\xb6" and p[16] >> 4 == 1 else p for p in packets)


def same(came, expected):
    return {at for at in expected if timeless(came[at]) != timeless(expected[at])}


def compare(bench, what, wires, config, commands, packets, expected, manifest=None):
    n = sum(map(len, expected.values()))
    for _ in range(TRIES):
        came, results, err = on_bmv2(bench, wires, config, commands, packets, n, manifest)
        if not same(came, expected):
            break
    for at in sorted(expected):
        where = "the cable carries" if at == CABLE else f"the host at s{at[0]}-p{at[1]} gets"
        a, b = timeless(came[at]), timeless(expected[at])
        result(f"{what}: {where} {len(expected[at])} packets, as from the embedded switch", a == b, a - b, b - a)
    return came, results, err


def judge(results, err, came):
    rows = [r for r in results if r["type"] == "row" and r["query"] == "paths"]
    known = [r["value"]["path"] for r in rows if r["value"]["known"] == r["value"]["hops"]]
    packets = collections.Counter()
    for r in rows:
        key = tuple(r["key"].values())
        packets[key] = max(packets[key], r["value"]["packets"])
    result(f"{len(known)} of {len(rows)} rows of the last switch tell a path: both switches", len(known) >= 4 and all(p == [1, 2] for p in known), rows[:5], err)
    at_hosts = sum(len(came[at]) for at in came if at[0] == 2 and at != CABLE)
    result(f"they are of {sum(packets.values())} of {at_hosts} packets: those since the first epoch that `attach` saw begin",
           20 < sum(packets.values()) <= at_hosts, packets)
    result("there are latencies of both hops", {r["key"]["hop"] for r in results if r["type"] == "row" and r["query"] == "latency"} == {1, 2}, results[:5])
    slow = [r for r in results if r["type"] == "row" and r["query"] == "latency" and r["value"]["p99"] > 0.9e9]
    result("none is that of a packet without a time of arrival, which would be the scale's end", not slow, slow[:5])
    result("and busy links", any(r["type"] == "row" and r["query"] == "hot" for r in results), results[:5])


def main():
    switch, p4c = tool("PACKETSCOPE_BMV2", "simple_switch"), tool("PACKETSCOPE_P4C", "p4c-bm2-ss")
    if not switch or not p4c or not has_namespaces():
        why = "network namespaces can't be made" if switch and p4c else f"{'p4c-bm2-ss' if switch else 'simple_switch'} is not installed"
        print(f"1..0 # SKIP {why}")
        return 0
    r = random.Random(1)
    packets, program = [chain_packet(r) for _ in range(PACKETS)], os.path.join(CHAIN, "chain.p4")
    with tempfile.TemporaryDirectory() as folder:
        bench, wires, commands = Bench(switch, p4c, folder), lay_cables(), []
        with open(bench.at("t.json"), "w", encoding="ascii") as f:
            json.dump({"hosts": {"h1": {"ip": "10.0.0.1/24"}, "h2": {"ip": "10.0.1.1/24"}}, "switches": {"s1": {}, "s2": {}},
                       "links": [["h1", "s1-p3"], ["h2", "s2-p3"], ["s1-p2", "s2-p1"]]}, f)
        for name in "s1", "s2":
            subprocess.run([PROGRAM, "weave", program, "-q", os.path.join(CHAIN, "three.scope"), "--max-delay", "1s", "-o", bench.at("woven.p4"),
                            "--manifest", bench.at("m.json"), "--topology", bench.at("t.json"), "--switch", name, "--switch-output",
                            bench.at("entries.txt")], check=True)
            commands.append(read(bench.at("entries.txt")).decode())
        plain, config = bench.compile(program, "plain.json"), bench.compile(bench.at("woven.p4"), "woven.json")
        expected = embedded(bench, program, ["", ""], packets)
        compare(bench, "without queries", wires, plain, ["", ""], packets, expected)
        expected[CABLE] = embedded(bench, bench.at("woven.p4"), commands, packets)[CABLE]
        came, results, err = compare(bench, "with three queries", wires, config, commands, packets, expected, bench.at("m.json"))
        judge(results, err, came)
    return tap.done()


sys.exit(main())
