#!/usr/bin/env python3
"""A woven program on a real simple_switch. Usage: bmv2.py PACKETSCOPE SOURCE_ROOT. Prints TAP.

Skips itself where simple_switch (PACKETSCOPE_BMV2, else by PATH) or p4c-bm2-ss (PACKETSCOPE_P4C, else by PATH) is absent. Packets come from
capture files as fast as the switch takes them; a slow queue loses most of them. What came out is counted by key: what went in, less that, is
what must be reported as lost, whatever the switch's timing was. On a machine so busy that an epoch was read too late, the epoch says so and has no
rows: such a run is tried again, and at last judged by what it does tell."""
import collections
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

import thrift as t

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import tap  # noqa: E402
from tap import result  # noqa: E402

PROGRAM, ROOT = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
BASIC = os.path.join(ROOT, "examples", "basic", "basic.p4")
COPIES = os.path.join(ROOT, "tests", "device", "copies.p4")
SENT = "sent = egress().map((ipv4.dstIP_in) => 1).reduce(keys=(ipv4.dstIP_in), func=sum).window(2s)\n"
LOST = "lost = ingress().lost([ipv4.dstIP_in], 2s%s)%s\n"
QUERIES = LOST % ("", "") + SENT
CLONES = "clones = egress().filter(instance == clone_%s).map((ipv4.dstIP_in) => 1).reduce(keys=(ipv4.dstIP_in), func=sum).window(2s)\n"
AGAIN = LOST % ("", "") + SENT.replace("egress()", "egress().filter(port_out != 3)") + CLONES % "ingress" + CLONES.replace("clones", "after", 1) % "egress"
ROUTES = [(0x0a000101, 1), (0x0a000202, 2), (0x0a000303, 3)]
NO_ROUTE, GROUP, MEMBERS = 0x0a000404, 0x0a000505, (1, 2, 3)
UDP, RESUBMITTED, RECIRCULATED, COPIED_IN, COPIED_OUT = 17, 200, 201, 202, 203
PORTS, PACKETS, WAIT, TRIES, SESSION = 4, 300, 4, 3, 9
QUIET = 6  # seconds in which an epoch (2 s) ends and is read: the longest delay for which the programs are woven and a quarter of one later
PATIENCE = 60  # seconds until an epoch is told
CONTEXT = (t.I32, 1, t.number(t.I32, 0))


def tool(variable, name):
    return os.environ.get(variable) or shutil.which(name)


def checksum(data):
    s = sum(struct.unpack(f">{len(data) // 2}H", data))
    return ~(s + (s >> 16)) & 0xffff if s < 0x10000 else ~((s & 0xffff) + (s >> 16)) & 0xffff


def packet(number, dst, protocol=UDP):
    head = struct.pack(">BBHHHBBHII", 0x45, 0, 40, number, 0, 64, protocol, 0, 0x0a000909, dst)
    head = head[:10] + struct.pack(">H", checksum(head)) + head[12:]
    return bytes.fromhex("020000000001") + bytes(6) + b"\x08\0" + head + bytes(20)


def write_capture(path, packets):
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for i, p in enumerate(packets):
            f.write(struct.pack("<IIII", 1700000000, i, len(p), len(p)) + p)


def read_capture(path):
    with open(path, "rb") as f:
        data = f.read()
    at, ret = 24, []
    while at + 16 <= len(data):
        n = struct.unpack_from("<I", data, at + 8)[0]
        ret.append(data[at + 16:at + 16 + n])
        at += 16 + n
    return ret


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def add_entry(client, table, address, action, *data):
    lpm = t.fields((t.STRING, 1, t.text(struct.pack(">I", address))), (t.I32, 2, t.number(t.I32, 32)))
    key = t.fields((t.I32, 1, t.number(t.I32, 1)), (t.STRUCT, 3, lpm))
    client.call("standard", "bm_mt_add_entry", CONTEXT, (t.STRING, 2, t.text(table)), (t.LIST, 3, t.items(t.STRUCT, [key])),
                (t.STRING, 4, t.text(action)), (t.LIST, 5, t.items(t.STRING, [t.text(d) for d in data])), (t.STRUCT, 6, t.fields()))


def add_routes(client, control="BasicIngress"):
    for address, port in ROUTES:
        add_entry(client, f"{control}.routes", address, f"{control}.forward", (0x080000000000 + port).to_bytes(6, "big"),
                  port.to_bytes(2, "big"))


def add_group(client):
    add_routes(client, "I")
    add_entry(client, "I.routes", GROUP, "I.replicate", b"\0\7")
    ports = "".join("01"[n in MEMBERS] for n in reversed(range(PORTS)))
    group = client.call("simple_pre_lag", "bm_mc_mgrp_create", CONTEXT, (t.I32, 2, t.number(t.I32, 7)))
    node = client.call("simple_pre_lag", "bm_mc_node_create", CONTEXT, (t.I32, 2, t.number(t.I32, 1)), (t.STRING, 3, t.text(ports)),
                       (t.STRING, 4, t.text("")))
    client.call("simple_pre_lag", "bm_mc_node_associate", CONTEXT, (t.I32, 2, t.number(t.I32, group)), (t.I32, 3, t.number(t.I32, node)))


def add_session(client):
    add_routes(client, "I")
    client.call("simple_switch", "mirroring_session_add", (t.I32, 1, t.number(t.I32, SESSION)),
                (t.STRUCT, 2, t.fields((t.I32, 1, t.number(t.I32, 0)))))


def run(switch, config, folder, packets, attach=None, rate=None, prepare=add_routes, options=()):
    """(packets that came out by port, results, messages)"""
    for port in range(PORTS):
        write_capture(os.path.join(folder, f"p{port}_in.pcap"), packets if port == 0 else [])
    port, results, err, told = free_port(), [], "", os.path.join(folder, "told")
    ports = [w for n in range(PORTS) for w in ("-i", f"{n}@{os.path.join(folder, f'p{n}')}")]
    with open(os.path.join(folder, "log"), "wb") as log:
        p = subprocess.Popen([switch, "--use-files", str(WAIT), "--thrift-port", str(port), *options, *ports, config], stdout=log, stderr=log)
        begin = time.monotonic()
        while True:
            try:
                client = t.Client(port)
                break
            except OSError:
                if p.poll() is not None or time.monotonic() - begin > 30:
                    raise
                time.sleep(0.05)
        prepare(client)
        client.call("simple_switch", "set_all_egress_queue_depths", (t.I32, 1, t.number(t.I32, 10 if rate else 10000)))
        if rate:
            client.call("simple_switch", "set_all_egress_queue_rates", (t.I64, 1, t.number(t.I64, rate)))
        if attach:
            with open(told, "wb") as out:
                a = subprocess.Popen([PROGRAM, "attach", f"bmv2://127.0.0.1:{port}", "--manifest", attach, "--json"], stdout=out,
                                     stderr=subprocess.PIPE)
        sizes, since = None, time.monotonic() + WAIT
        until = since + PATIENCE
        while time.monotonic() - since < (QUIET if attach else 2) or (attach and not os.path.getsize(told) and time.monotonic() < until):
            now = [os.path.getsize(os.path.join(folder, f"p{n}_out.pcap")) for n in range(PORTS)]
            since = max(since, time.monotonic()) if now != sizes else since
            sizes = now
            time.sleep(0.1)
        if attach:
            a.send_signal(signal.SIGTERM)
            err = a.communicate()[1].decode()
            with open(told, "rb") as out:
                results = [json.loads(line) for line in out]
        client.socket.close()
        p.send_signal(signal.SIGINT)
        try:
            p.wait(5)
        except subprocess.TimeoutExpired:  # what it wrote is in the files by now
            p.kill()
            p.wait()
    return [read_capture(os.path.join(folder, f"p{n}_out.pcap")) for n in range(PORTS)], results, err


def by_key(packets):
    return collections.Counter(".".join(map(str, p[30:34])) for p in packets)


def counted(results, query):
    n = collections.Counter()
    for r in results:
        if r["type"] == "row" and r["query"] == query:
            n[r["key"]["ipv4.dstIP_in"]] += r["value"]["count"]
    return n


def identities(packets):
    return collections.Counter((key, n) for key, n in ((".".join(map(str, p[30:34])), struct.unpack(">H", p[18:20])[0]) for p in packets))


class Bench:
    """Compiles and runs programs with queries, and compares what they report with what came out."""

    def __init__(self, switch, p4c, folder):
        self.switch, self.p4c, self.folder = switch, p4c, folder
        listens = "--notifications-addr" in subprocess.run([switch, "--help"], capture_output=True, text=True, check=False).stdout
        self.options = ("--notifications-addr", f"ipc://{self.at('signals.ipc')}") if listens else ()

    def at(self, name):
        return os.path.join(self.folder, name)

    def compile(self, source, to):
        r = subprocess.run([self.p4c, "--std", "p4-16", source, "-o", self.at(to)], capture_output=True, text=True, check=False)
        result(f"{to}: p4c has no complaints", r.returncode == 0 and "warning" not in r.stderr, r.stderr)
        return self.at(to)

    def weave(self, program, queries, name, *options):
        with open(self.at("q.scope"), "w", encoding="ascii") as f:
            f.write(queries)
        subprocess.run([PROGRAM, "weave", program, "-q", self.at("q.scope"), "--max-delay", "1s", "-o", self.at("woven.p4"),
                        "--manifest", self.at("m.json"), *options], check=True)
        return self.compile(self.at("woven.p4"), name)

    def woven(self, config, packets, **how):
        """run() with queries; until the machine let all epochs be read in time, or TRIES times: (packets, results, messages, were they)."""
        for _ in range(TRIES):
            out, results, err = run(self.switch, config, self.folder, packets, attach=self.at("m.json"), rate=50, options=self.options, **how)
            epochs = [r for r in results if r["type"] == "epoch"]
            whole = epochs and all(r["complete"] for r in epochs) and "packets left after" not in err
            if whole:
                break
        return out, results, err, whole

    def judge(self, what, results, err, whole, truth):
        """By query: is what was told what is true? What was not told is said to be missing."""
        epochs = [r for r in results if r["type"] == "epoch"]
        result(f"{what}: an epoch is complete, or says why and has no rows", epochs and all(r["complete"] or (r["reason"] and not r["rows"]) for r in epochs),
               epochs, err)
        if not whole:
            print(f"# {what}: the machine was too busy for {sum(not r['complete'] for r in epochs)} of {len(epochs)} epochs")
        for query, true in truth.items():
            told = counted(results, query)
            if "packets left after" in err:
                print(f"# {what}: packets waited longer than was said, and are told as lost: {query} is not judged")
                continue
            result(f"{what}: {query}: {sum(told.values())} of {sum(true.values())}", true and (told == true if whole else told <= true), told, true, err)

    def lose(self, what, config, packets, members=1, **how):
        """Sends packets into slow queues; (results, what was lost by address, messages, whether all was told)."""
        out, results, err, whole = self.woven(config, packets, **how)
        sent, came = sum(map(by_key, out), collections.Counter()), by_key(packets)
        for key in came:
            came[key] *= {"10.0.4.4": 0, "10.0.5.5": members}.get(key, 1)
        self.judge(what, results, err, whole, {"lost": came - sent, "sent": sent})
        return results, identities(packets) - sum(map(identities, out), collections.Counter()), err, whole

    def compare(self, what, plain, woven, packets, in_order=True, **how):
        """Both programs send the same packets out of the same ports."""
        order = list if in_order else sorted
        sent = [[order(p) for p in run(self.switch, config, self.folder, packets, options=self.options, **how)[0]] for config in (plain, woven)]
        result(f"{what} forwards as the program without queries", sent[0] == sent[1] and sum(map(len, sent[0])) > 200,
               [[len(p) for p in ports] for ports in sent])


def test_forwarding(bench, packets):
    plain, config = bench.compile(BASIC, "plain.json"), bench.weave(BASIC, QUERIES, "woven.json")
    bench.compare("the woven router", plain, config, packets)
    bench.lose("one table", config, packets)
    bench.compare("the router with signals", plain, bench.weave(BASIC, QUERIES, "signals.json", "--signals", "digest"), packets)


def test_mirror(bench, packets):
    bench.lose("mirror", bench.weave(BASIC, LOST % (", rows=1, stages=1, overflow=mirror", "") + SENT, "mirror.json"), packets)


def test_names(bench, packets):
    config = bench.weave(BASIC, LOST % ("", ".packets((ipv4.id_in), capacity=400)") + SENT, "names.json")
    results, lost, err, whole = bench.lose("names", config, packets)
    named = collections.Counter()
    for r in results:
        if r["type"] == "row" and r["query"] == "lost":
            named[(r["key"]["ipv4.dstIP_in"], r["key"]["ipv4.id_in"])] += r["value"]["count"]
    for key, number in [k for k in lost if k[0] == "10.0.4.4"]:
        del lost[(key, number)]
    result(f"names: {len(named)} of {len(lost)} are right", "packets left after" in err or (named == lost if whole else named <= lost), named, lost, err)


def test_groups(bench, packets):
    config = bench.weave(COPIES, QUERIES, "copies.json", "--signals", "digest")
    packets = [packet(i, GROUP) if i % 3 == 0 else p for i, p in enumerate(packets)]
    err = bench.lose("groups", config, packets, members=len(MEMBERS), prepare=add_group)[2]
    if bench.options:
        result("signals are heard", "signals" not in err, err)
    else:
        print("# this simple_switch publishes nothing: signals are not tried")
        result("a switch without signals is one with a clock", "signals can't be heard" in err, err)


def test_again(bench):
    """Packets that pass more than once, which BMv2 gives no time, and clones."""
    kinds = (UDP, RESUBMITTED, RECIRCULATED, UDP, COPIED_IN, COPIED_OUT, RECIRCULATED)
    packets = [packet(i, ROUTES[i % 3][0], kinds[i % len(kinds)]) for i in range(PACKETS)]
    config = bench.weave(COPIES, AGAIN, "again.json", "--signals", "digest")
    bench.compare("a program whose packets come back", bench.compile(COPIES, "copies_plain.json"), config, packets, in_order=False, prepare=add_session)
    out, results, err, whole = bench.woven(config, packets, prepare=add_session)
    sent, copies = sum(map(by_key, out[1:]), collections.Counter()), collections.defaultdict(list)
    for p in out[0]:
        copies[p[23]].append(p)
    without_last = sum(map(by_key, out[1:3]), collections.Counter())
    bench.judge("again", results, err, whole, {"lost": by_key(packets) - sent, "sent": without_last, "clones": by_key(copies[COPIED_IN]),
                                               "after": by_key(copies[COPIED_OUT])})


def main():
    switch, p4c = tool("PACKETSCOPE_BMV2", "simple_switch"), tool("PACKETSCOPE_P4C", "p4c-bm2-ss")
    if not switch or not p4c:
        print(f"1..0 # SKIP {'p4c-bm2-ss' if switch else 'simple_switch'} is not installed")
        return 0
    packets = [packet(i, ROUTES[i % 3][0] if i % 7 else NO_ROUTE) for i in range(PACKETS)]
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(switch, p4c, folder)
        for test in (test_forwarding, test_mirror, test_names, test_groups):
            test(bench, packets)
        test_again(bench)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
