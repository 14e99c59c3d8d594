"""A small network around the edge router of the examples, for tests that count for themselves: packets with what
they are known to be, and a model of what the router and its queues do with each. The model knows router.p4 and its
entries, and nothing of queries.
"""
import ipaddress
import os
import struct

import e2e

US = 1_000
MS = 1_000_000
SECOND = 1_000_000_000
START = 1_700_000_000  # of captures, s
TCP, UDP = 6, 17
SYN, ACK, SYNACK, FINACK, PSHACK = 0x02, 0x10, 0x12, 0x11, 0x18
MULTICAST = "multicast"


def ip(text):
    return int(ipaddress.IPv4Address(text))


def dotted(number):
    return str(ipaddress.IPv4Address(number))


class Packet:
    """What is sent is known from the start; what becomes of it is filled in by the Router."""

    def __init__(self, time, src, dst, proto=TCP, sport=40000, dport=80, flags=PSHACK, size=0, ttl=64, ecn=0, qr=None):
        self.time, self.src, self.dst, self.proto = time, src, dst, proto
        self.sport, self.dport, self.flags = sport, dport, flags
        self.ttl, self.ecn, self.qr = ttl, ecn, qr
        payload = bytes(size)
        if qr is not None:
            payload = struct.pack(">6H", 7, 0x8180 if qr else 0x0100, 1, qr, 0, 0) + payload
        self.data = self.frame(payload)
        self.length = len(self.data)
        self.port_in = 0 if src >> 24 == 10 else 1 if src >> 20 == ip("172.16.0.0") >> 20 else 3
        self.intent = self.port = None  # -1: dropped
        self.reason = None
        self.src_mid, self.dst_mid = src, dst
        self.lost = False
        self.enq_len = self.deq_len = self.delay = 0
        self.ecn_out = ecn

    def frame(self, payload):
        if self.proto == TCP:
            inner = struct.pack(">HHIIBBHHH", self.sport, self.dport, 1, 1, 0x50, self.flags, 8192, 0, 0)
        else:
            inner = struct.pack(">HHHH", self.sport, self.dport, 8 + len(payload), 0)
        head = struct.pack(">BBHHHBBHII", 0x45, self.ecn, 20 + len(inner) + len(payload), 0, 0, self.ttl, self.proto,
                           0, self.src, self.dst)
        total = sum(struct.unpack(">10H", head))
        while total >> 16:
            total = (total & 0xFFFF) + (total >> 16)
        head = head[:10] + struct.pack(">H", 0xFFFF - total) + head[12:]
        return bytes.fromhex("020000000001" "020000000099" "0800") + head + inner + payload


class Arp:
    """Flooded to four ports; the copy towards its own is thrown away behind the queue."""

    def __init__(self, time):
        self.time, self.port_in = time, 0
        self.data = bytes.fromhex("ffffffffffff" "020000000099" "0806") + bytes(28)


class Router:
    """router.p4 with its entries, packet by packet in order of time; queues of `pps` and `depth`, by port."""

    ROUTES = [("10.0.0.0/8", 0), ("172.16.0.0/12", 1), ("198.51.100.0/24", 2), ("203.0.113.128/25", None),
              ("203.0.113.0/24", 3)]

    def __init__(self, pps=None, depth=None, ssh_rule=True, faulty=False):
        self.pps, self.depth = pps or {}, depth or {}
        self.ssh_rule, self.faulty = ssh_rule, faulty
        self.leaving = {}  # port: departures of those that wait
        with open(os.path.join(e2e.ROUTER, "router.p4"), encoding="utf-8") as f:
            lines = f.read().splitlines()
        self.ttl_line = 2 + next(i for i, line in enumerate(lines) if "hdr.ipv4.ttl <= 1" in line)

    def deny(self, p):
        ssh = p.proto == TCP and p.dport == 22
        if p.proto == TCP and p.dport == 23:
            return 0
        if ssh and p.src >> 24 == 10:
            return None
        if ssh and self.ssh_rule:
            return 2
        return 3 if p.src == ip("10.0.0.66") else None

    def drop(self, p, reason):
        p.intent, p.reason = -1, "RouterIngress" + reason

    def ingress(self, p):
        handle = self.deny(p)
        if handle is not None:
            return self.drop(p, f".acl/deny#{handle}")
        if p.ttl <= 1:
            return self.drop(p, f"/mark_to_drop@{self.ttl_line}")
        for prefix, port in self.ROUTES:
            if ipaddress.IPv4Address(p.dst) not in ipaddress.IPv4Network(prefix):
                continue
            if port is None:
                return self.drop(p, ".ipv4_lpm/no_route#4")
            p.intent = port
            if port >= 2 and p.src >> 24 == 10:
                public = ip("192.0.2.0") | p.src & 255
                if self.faulty:
                    p.dst_mid = public
                else:
                    p.src_mid = public
            return None
        raise ValueError("no such route in this model: " + dotted(p.dst))

    def queue(self, p):
        port = p.intent
        waiting = [t for t in self.leaving.get(port, []) if t > p.time]
        p.enq_len = len(waiting)
        if p.enq_len >= self.depth.get(port, 64):
            p.lost = True
            return None
        pps = self.pps.get(port)
        last = self.leaving.get(port, [None])[-1]
        leaves = max(p.time, last + SECOND // pps) if pps and last is not None else p.time
        self.leaving[port] = (waiting or []) + [leaves]
        return leaves

    def run(self, packets):
        """Fills in the fates. deq_len needs all arrivals before the departure, so it comes last."""
        sent = []
        for p in packets:
            if isinstance(p, Arp):
                continue
            self.ingress(p)
            leaves = None if p.intent == -1 else self.queue(p)
            if leaves is None:
                p.port = None
                continue
            p.port, p.delay = p.intent, leaves // US * US - p.time // US * US
            sent.append((p, leaves))
        for p, leaves in sent:
            if not self.pps.get(p.port):
                continue
            behind = [q for q, t in sent if q.port == p.port and q.time < leaves and (t, q.time) > (leaves, p.time)]
            p.deq_len = len(behind)
            if p.deq_len > 20 and p.ecn:
                p.ecn_out = 2 if self.faulty else 3


def write(path, packets):
    """A capture with times in nanoseconds. The switch's clock starts at the whole second before the first."""
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHIIII", 0xA1B23C4D, 2, 4, 0, 0, 65535, 1))
        for p in packets:
            f.write(struct.pack("<IIII", START + p.time // SECOND, p.time % SECOND, len(p.data), len(p.data)) + p.data)


def captures(folder, packets):
    """A capture for each port; [(port, path)]."""
    ports = sorted({p.port_in for p in packets})
    for port in ports:
        write(folder(f"in{port}.pcap"), [p for p in packets if p.port_in == port])
    return [(port, folder(f"in{port}.pcap")) for port in ports]
