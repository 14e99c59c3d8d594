#!/usr/bin/env python3
"""The standard set of queries: each finds the attack or fault that it is for, says nothing about calm traffic, and gives
exactly the rows that are counted here from what was sent. So does the evaluator over the traces.
"""
import collections
import os
import sys

import e2e
import office
from office import ACK, FINACK, MS, PSHACK, SECOND, SYN, SYNACK, TCP, UDP, US, Arp, Packet, dotted, ip

SERVER, RESOLVER = ip("172.16.0.80"), ip("172.16.0.53")
OUTSIDE = ip("198.51.100.0")


# --- traffic -------------------------------------------------------------------------------------------------------

def calm(begin, end):
    """Clients ask for a name, open a connection, get a page, close it. One every 10 ms."""
    ret = []
    for i, t in enumerate(range(begin, end, 10 * MS)):
        client, port = ip("10.0.1.1") + i % 40, 20000 + i
        ret.append(Packet(t, client, RESOLVER, UDP, port, 53, size=20, qr=0))
        ret.append(Packet(t + MS, RESOLVER, client, UDP, 53, port, size=36, qr=1))
        for k, (flags, size) in enumerate(((SYN, 0), (ACK, 0), (PSHACK, 300), (FINACK, 0))):
            dport = 22 if i % 50 == 0 else 80
            ret.append(Packet(t + (2 + 2 * k) * MS, client, SERVER, TCP, port, dport, flags, size + 400 * (k == 2)))
            back = {SYN: SYNACK, FINACK: FINACK}.get(flags, PSHACK)
            ret.append(Packet(t + (3 + 2 * k) * MS, SERVER, client, TCP, dport, port, back, 900 * (k == 2)))
    return ret


def spread(begin, n, make, step=US * 400):
    return [make(i, begin + i * step) for i in range(n)]


def nat(t):
    return spread(t, 40, lambda i, t: Packet(t, ip("10.0.7.1") + i % 5, OUTSIDE + i % 3, dport=443))


def drops(t):
    telnet = spread(t, 12, lambda i, t: Packet(t, ip("10.0.2.2"), SERVER, dport=23, flags=SYN))
    banned = spread(t + 50 * MS, 7, lambda i, t: Packet(t, ip("10.0.0.66"), SERVER))
    lost = spread(t + 90 * MS, 9, lambda i, t: Packet(t, ip("10.0.2.3"), ip("203.0.113.200")))
    return telnet + banned + lost + spread(t + 99 * MS, 5, lambda i, t: Arp(t))


def trace_route(t):
    return spread(t, 30, lambda i, t: Packet(t, ip("10.0.2.9"), SERVER, UDP, dport=33434 + i, ttl=1 + i // 3))


def ssh(t):
    return spread(t, 20, lambda i, t: Packet(t, ip("203.0.113.7") + i % 2, ip("10.0.0.9"), dport=22, flags=SYN))


def flood_of_packets(t):
    return spread(t, 1500, lambda i, t: Packet(t, ip("10.0.2.4"), SERVER, size=64))


def new_tcp(t):
    ret = []
    for i in range(150):
        ret += spread(t + i * MS, 3, lambda k, t, i=i: Packet(t, ip("10.0.3.1") + i % 9, SERVER, sport=1000 + i,
                                                             flags=(SYN, ACK, FINACK)[k], size=300 * (k == 1)))
    return ret


def ssh_guesses(t):
    return spread(t, 120, lambda i, t: Packet(t, ip("10.9.0.1") + i % 60, ip("172.16.0.22"), dport=22, size=44))


def spreads(t):
    return spread(t, 300, lambda i, t: Packet(t, ip("10.0.2.5"), ip("172.16.9.0") + i % 150, UDP, dport=1434))


def scan(t):
    return spread(t, 400, lambda i, t: Packet(t, ip("10.0.2.6"), ip("172.16.0.9"), dport=1024 + i % 200, flags=SYN))


def ddos(t):
    return spread(t, 500, lambda i, t: Packet(t, ip("10.8.0.0") + i % 250, ip("172.16.0.10"), UDP, dport=80, size=100))


def syn_flood(t):
    return spread(t, 600, lambda i, t: Packet(t, ip("10.7.0.0") + i, ip("172.16.0.11"), sport=5000 + i, flags=SYN))


def open_only(t):
    """Connections that answer, and stay: no flood of SYNs in any second, and never closed."""
    ret = []
    for i in range(160):
        at = t + i * 20 * MS
        ret += [Packet(at, ip("10.0.4.1") + i, ip("172.16.0.12"), sport=7000, flags=SYN),
                Packet(at + MS, ip("10.0.4.1") + i, ip("172.16.0.12"), sport=7000, flags=PSHACK, size=3000 % 1400)]
    return ret


def slow(t):
    ret = []
    for i in range(140):
        for k, flags in enumerate((SYN, ACK, PSHACK)):
            ret.append(Packet(t + i * 10 * MS + k * MS, ip("10.0.5.1") + i % 3, ip("172.16.0.13"), sport=8000 + i,
                              flags=flags, size=12 * (k == 2)))
    return ret


def tunnel(t):
    ret = []
    for i in range(90):
        ret += [Packet(t + i * MS, ip("10.0.2.7"), RESOLVER, UDP, 9000, 53, size=120, qr=0),
                Packet(t + i * MS + 500 * US, RESOLVER, ip("10.0.2.7"), UDP, 53, 9000, size=180, qr=1)]
    return ret


def telnet_bots(t):
    return spread(t, 110, lambda i, t: Packet(t, ip("10.6.0.1") + i % 11, ip("172.16.0.14"), dport=23, size=30 + i % 4))


def reflection(t):
    return spread(t, 180, lambda i, t: Packet(t, OUTSIDE + 1 + i % 60, ip("10.0.2.8"), UDP, 53, 7777, size=900, qr=1))


def crowd(t):
    """30 servers answer at once, and one client more than the queue can hold."""
    many = spread(t, 60, lambda i, t: Packet(t, ip("10.5.0.1") + i % 30, ip("172.16.0.15"), sport=80, dport=6000,
                                            size=500, ecn=i % 3), 100 * US)
    web = spread(t + 7 * MS, 30, lambda i, t: Packet(t, ip("10.5.1.1") + i % 4, SERVER, size=200, ecn=1), 100 * US)
    return many + web


ATTACKS = [nat, drops, trace_route, ssh, flood_of_packets, new_tcp, ssh_guesses, spreads, scan, ddos, syn_flood,
           open_only, slow, tunnel, telnet_bots, reflection]
TARGETS = {  # what must be among the keys of the rows
    "mods": "10.0.7.1", "nat": "192.0.2.1", "acl_drop": "10.0.0.66", "drops": "RouterIngress.acl/deny#3",
    "ttl_expired": "10.0.2.9", "matrix": 0, "new_tcp": dotted(SERVER), "ssh_brute_force": "172.16.0.22",
    "superspreader": "10.0.2.5", "port_scan": "10.0.2.6", "ddos": "172.16.0.10", "syn_flood": "172.16.0.11",
    "incomplete_flows": "172.16.0.12", "slowloris": "172.16.0.13", "dns_tunnel": "10.0.2.7", "zorro": "172.16.0.14",
    "dns_reflection": "10.0.2.8",
}
CROWDED = {"delay": "10.5.0.1", "lost_web": "10.5.1.1", "lost_join": "10.5.1.1", "ecn_marked": "10.5.0.2",
           "queue_delay": 1, "microburst": 1, "queue_composition": "10.5.0.7", "incast": "172.16.0.15"}


# --- counting ------------------------------------------------------------------------------------------------------

class Counts:
    """{query: rows} of packets whose fates are known. A row: (epoch, keys, value)."""

    def __init__(self, packets):
        self.all = packets
        self.ip = [p for p in packets if isinstance(p, Packet)]
        self.tcp = [p for p in self.ip if p.proto == TCP]
        self.out = [p for p in self.ip if p.port is not None]

    def group(self, packets, key, window=SECOND, value=None):
        ret = collections.defaultdict(list)
        for p in packets:
            ret[(p.time // window, *key(p))].append(value(p) if value else 1)
        return ret

    def rows(self, groups, merge=sum, holds=lambda v: True):
        return {k: merge(v) for k, v in groups.items() if holds(merge(v))}

    def many(self, packets, key, what, limit, window=SECOND):
        return self.rows(self.group(packets, key, window, what), lambda v: len(set(v)), lambda v: v > limit)

    def above(self, packets, key, limit, window=SECOND):
        return self.rows(self.group(packets, key, window), sum, lambda v: v > limit)

    def less(self, a, b, limit):
        """Two countings, one less the other, above a limit."""
        both = {k: a.get(k, 0) - b.get(k, 0) for k in {*a, *b}}
        return {k: v for k, v in both.items() if v > limit}

    @staticmethod
    def src(p):
        return (dotted(p.src),)

    @staticmethod
    def dst(p):
        return (dotted(p.dst),)

    def opened(self):
        return [p for p in self.tcp if p.flags & 0x12 == SYN]

    def mods(self):
        return self.above([p for p in self.out if p.src != p.src_mid], self.src, 0)

    def nat(self):
        changed = [p for p in self.ip if p.src != p.src_mid and p.intent != -1]
        return self.above(changed, lambda p: (dotted(p.src), dotted(p.src_mid)), 0)

    def acl_drop(self):
        return self.above([p for p in self.ip if p.intent == -1], self.src, 0)

    def drops(self):
        ret = self.above([p for p in self.ip if p.intent == -1], lambda p: (p.reason,), 0)
        ret.update(self.above([p for p in self.all if isinstance(p, Arp)], lambda p: ("RouterEgress/prune",), 0))
        return ret

    def ttl_expired(self):
        return self.above([p for p in self.ip if p.ttl <= 1 and p.intent == -1], self.src, 0)

    def ssh_past_acl(self):
        past = [p for p in self.tcp if p.dport == 22 and p.src >> 24 != 10 and p.intent != -1]
        return self.above(past, lambda p: (dotted(p.src), dotted(p.dst), p.intent), 0)

    def matrix(self):
        return self.above(self.out, lambda p: (p.port_in, p.port), 1000)

    def black_hole(self):
        meant = self.group([p for p in self.ip if p.intent != -1], lambda p: (p.intent,))
        came = self.group(self.out, lambda p: (p.intent,))
        share = {k: len(came.get(k, ())) / len(v) for k, v in meant.items()}
        return {k: v for k, v in share.items() if v < 0.1}

    def delay(self):
        return self.above([p for p in self.out if p.deq_len > 20], self.src, 0)

    def lost_web(self):
        return self.above([p for p in self.tcp if p.lost and p.dport == 80], self.src, 0, 20 * MS)

    def lost_join(self):
        return self.above([p for p in self.ip if p.lost], self.src, 0, 5 * MS)

    def ecn_marked(self):
        return self.above([p for p in self.out if p.ecn != 3 and p.ecn_out == 3], self.src, 0)

    def ecn_set(self):
        marked = [p for p in self.out if p.ecn != 2 and p.ecn_out == 2]
        return self.above(marked, lambda p: (dotted(p.dst_mid),), 10)

    def dst_changed(self):
        return self.above([p for p in self.ip if p.dst != p.dst_mid], self.dst, 10)

    def queue_delay(self):
        groups = self.group(self.out, lambda p: (p.port,), SECOND, lambda p: p.delay)
        return self.rows(groups, lambda v: sum(v) / len(v), lambda v: v > 5 * MS)

    def microburst(self):
        groups = self.group(self.out, lambda p: (p.port,), MS, lambda p: p.enq_len)
        return self.rows(groups, max, lambda v: v > 30)

    def queue_composition(self):
        rows = self.rows(self.group([p for p in self.out if p.enq_len > 30], lambda p: (p.port, dotted(p.src)),
                                    10 * MS, lambda p: p.length))
        ret = {}
        for epoch in {k[0] for k in rows}:
            most = sorted((k for k in rows if k[0] == epoch), key=lambda k: (-rows[k], k[1], ip(k[2])))
            ret.update({k: rows[k] for k in most[:10]})
        return ret

    def incast(self):
        crowded = [p for p in self.out if p.enq_len > 10]
        return self.many(crowded, lambda p: (dotted(p.dst), p.port), lambda p: p.src, 10, 10 * MS)

    def new_tcp(self):
        return self.above(self.opened(), self.dst, 100)

    def ssh_brute_force(self):
        return self.many([p for p in self.tcp if p.dport == 22], lambda p: (dotted(p.dst), p.length), lambda p: p.src, 40)

    def superspreader(self):
        return self.many(self.ip, self.src, lambda p: p.dst, 100)

    def port_scan(self):
        return self.many(self.tcp, self.src, lambda p: p.dport, 100)

    def ddos(self):
        return self.many(self.ip, self.dst, lambda p: p.src, 200)

    def syn_flood(self):
        acked = [p for p in self.tcp if p.flags & 0x12 == ACK]
        return self.less(self.above(self.opened(), self.dst, 0),
                         self.many(acked, self.dst, lambda p: (p.src, p.sport), 0), 100)

    def incomplete_flows(self):
        return self.less(self.above(self.opened(), self.dst, 0, 10 * SECOND),
                         self.above([p for p in self.tcp if p.flags & 1], self.dst, 0, 10 * SECOND), 100)

    def slowloris(self):
        held = self.many(self.tcp, self.dst, lambda p: (p.src, p.sport), 100, 10 * SECOND)
        brought = self.rows(self.group(self.tcp, self.dst, 10 * SECOND, lambda p: p.length))
        slowness = {k: n * 500 // brought[k] for k, n in held.items()}
        return {k: v for k, v in slowness.items() if v >= 1}

    def dns_tunnel(self):
        return self.less(self.above([p for p in self.ip if p.qr == 1], self.dst, 0),
                         self.above(self.opened(), self.src, 0), 50)

    def zorro(self):
        telnet = [p for p in self.tcp if p.dport == 23]
        return self.above(telnet, lambda p: (dotted(p.dst), p.length // 16), 40)

    def dns_reflection(self):
        large = [p for p in self.ip if p.qr == 1 and p.length > 512]
        return self.many(large, self.dst, lambda p: p.src, 40)


def rows_of(answers, query):
    ret = {}
    for r in answers.rows(query):
        (value,) = r["value"].values()
        ret[(r["epoch"], *r["key"].values())] = value
    return ret


class AnyOthers(dict):
    """Rows of queries that are not in here are no surprise."""


# --- tests ---------------------------------------------------------------------------------------------------------

NAMES = [os.path.basename(f)[:-len(".scope")] for f in e2e.STANDARD]


def one_file_one_query(tap):
    """A file's name is its query's, and it compiles alone."""
    for path, name in zip(e2e.STANDARD, NAMES):
        try:
            plan = e2e.tool("weave", os.path.join(e2e.ROUTER, "router.p4"), "-q", path, "-d", "graph")
            named = [line.split()[1].strip('"') for line in plan.splitlines() if line.startswith("query ")]
            tap.ok(name in named and all(n in (name, "") for n in named), f"{name}: a file of its own", [named])
        except e2e.Failure as e:
            tap.ok(False, f"{name}: a file of its own", [e])


def ask(tap, what, packets, router, found, queries=None, **setting):
    """Runs the packets; rows must be as counted, those of `found` ({query: key}) must be there, all others must be none."""
    names = queries or NAMES
    files = [os.path.join(e2e.ROOT, "examples/queries", n + ".scope") for n in names]
    packets = sorted(packets, key=lambda p: (p.time, p.port_in))
    router.run(packets)
    counts = Counts(packets)
    with e2e.Folder() as d:
        s = e2e.Setting(office.captures(d, packets), **setting)
        try:
            answers = e2e.run(s, queries=files)
            e2e.run(s, trace=d("trace"))
            truth = e2e.evaluate(d("trace"), files)
        except e2e.Failure as e:
            tap.ok(False, what, [e])
            return
    fates = collections.Counter("lost" if p.lost else "dropped" if p.intent == -1 else "sent" for p in counts.ip)
    tap.ok((fates["lost"], fates["dropped"]) == (answers.switch["lost_queue"], answers.switch["dropped_ingress"]),
           f"{what}: fates", [fates, answers.switch])
    tap.ok(not e2e.differences(answers, truth), f"{what}: the same as the evaluator", e2e.differences(answers, truth))
    for name in names:
        mine, expected = rows_of(answers, name), getattr(counts, name)()
        notes = [f"{k}: {mine.get(k)} reported, {expected.get(k)} counted"
                 for k in sorted({*mine, *expected}, key=str) if mine.get(k) != expected.get(k)]
        if name not in found and not isinstance(found, AnyOthers) and mine:
            notes.append(f"{len(mine)} rows of nothing")
        if name in found and not any(found[name] in k[1:] for k in mine):
            notes.append(f"{found[name]} isn't found")
        notes += [f"{e} is incomplete" for e in answers.epochs(name) if not e["complete"]]
        tap.ok(not notes, f"{what}: {name}{' finds it' if name in found else ''}", notes)


def faulty_router(d):
    """NAT writes the destination, and congestion is marked with the wrong code."""
    with open(os.path.join(e2e.ROUTER, "router.p4"), encoding="utf-8") as f:
        text = f.read()
    for right, wrong in (("hdr.ipv4.srcAddr = prefix", "hdr.ipv4.dstAddr = prefix"),
                         ("ECN_CE = 3", "ECN_CE = 2")):
        assert right in text
        text = text.replace(right, wrong)
    with open(d("faulty.p4"), "w", encoding="utf-8") as f:
        f.write(text)
    return d("faulty.p4")


def open_acl(d):
    """The rule that keeps SSH out was forgotten."""
    with open(os.path.join(e2e.ROUTER, "entries.txt"), encoding="utf-8") as f:
        lines = [line for line in f if not (".deny" in line and "22->22" in line)]
    with open(d("entries.txt"), "w", encoding="utf-8") as f:
        f.writelines(lines)
    return d("entries.txt")


def main():
    tap = e2e.Tap()
    one_file_one_query(tap)
    ask(tap, "calm", calm(0, 3 * SECOND), office.Router(), {})
    slow_queues = ["--queue-rate", "1000pps", "--queue-depth", "40"]
    ask(tap, "calm, slow queues", calm(0, 2 * SECOND), office.Router(dict.fromkeys(range(4), 1000)), {},
        queues=slow_queues)
    attacks = calm(0, SECOND)
    for i, attack in enumerate(ATTACKS):
        attacks += attack((i * 10 if attack in (open_only, slow) else i) * SECOND)
    found = AnyOthers(TARGETS)
    ask(tap, "attacks", attacks, office.Router(), found)
    crowded = AnyOthers(CROWDED)
    busy = [p for k in range(8) for p in crowd((1 + k) * 100 * MS)]
    ask(tap, "crowd", calm(0, SECOND) + busy,
        office.Router(dict.fromkeys(range(4), 1000), dict.fromkeys(range(4), 40)), crowded, queues=slow_queues)
    with e2e.Folder() as d:
        ask(tap, "no rule for SSH", calm(0, SECOND) + ssh(500 * MS), office.Router(ssh_rule=False),
            {"ssh_past_acl": "203.0.113.7"}, entries=[open_acl(d)])
        dead = calm(0, 2 * SECOND) + spread(SECOND, 50, lambda i, t: Packet(t, SERVER, OUTSIDE + 7))
        ask(tap, "a port that is stuck", dead, office.Router({2: 1}, {2: 1}), {"black_hole": 2}, ["black_hole"],
            queues=["--queue-rate", "2@1pps", "--queue-depth", "2@1"])
        wrong = calm(0, SECOND) + spread(0, 60, lambda i, t: Packet(t, ip("10.0.7.7"), OUTSIDE + 5, ecn=1), 100 * US)
        ask(tap, "a faulty program", wrong, office.Router(dict.fromkeys(range(4), 1000), faulty=True),
            {"dst_changed": "198.51.100.5", "ecn_set": "192.0.2.7"}, ["dst_changed", "ecn_set"],
            program=faulty_router(d), entries=[os.path.join(e2e.ROUTER, "entries.txt")], queues=slow_queues[:2])
    tap.done()


if __name__ == "__main__":
    main()
