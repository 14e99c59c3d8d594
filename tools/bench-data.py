#!/usr/bin/env python3
"""Writes what tools/bench.sh measures with into a folder: captures of packets of 64 bytes, and large tables whose entries they hit.

usage: bench-data.py FOLDER
"""
import os
import random
import struct
import sys

PACKETS = 65536
RATE = 3000000  # packets per second of the captures' clock: about as fast as they are processed, so that epochs are as long as they would be


def checksum(header):
    total = sum(struct.unpack("!10H", header))
    total = (total & 0xFFFF) + (total >> 16)
    total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def packet(src, dst, protocol, sport, dport):
    """64 bytes: Ethernet, IPv4, UDP or TCP, zeros."""
    header = struct.pack("!BBHHHBBHII", 0x45, 0, 50, 0, 0, 64, protocol, 0, src, dst)
    header = header[:10] + struct.pack("!H", checksum(header)) + header[12:]
    if protocol == 6:
        l4 = struct.pack("!HHIIBBHHH", sport, dport, 1, 1, 0x50, 0x10, 8192, 0x1234, 0)
    else:
        l4 = struct.pack("!HHHH", sport, dport, 30, 0x4321)
    frame = bytes.fromhex("020000000001") + bytes.fromhex("020000000a01") + b"\x08\x00" + header + l4
    return frame.ljust(64, b"\0")


def write_pcap(path, frames):
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 65535, 1))
        for i, frame in enumerate(frames):
            ns = i * (10**9 // RATE)
            f.write(struct.pack("<IIII", 1700000000 + ns // 10**9, ns % 10**9, len(frame), len(frame)))
            f.write(frame)


def address(n):
    return "%d.%d.%d.%d" % (n >> 24, n >> 16 & 255, n >> 8 & 255, n & 255)


def write_lines(path, lines):
    with open(path, "w") as f:
        for line in lines:
            f.write(line + "\n")


def routes(r, count):
    """Distinct prefixes with lengths as the Internet's: most are /24, then /22 and /23, /16 to /21, few longer."""
    lengths = [8] * 1 + [16] * 8 + [18] * 4 + [19] * 6 + [20] * 10 + [21] * 12 + [22] * 24 + [23] * 20 + [24] * 110 + [28, 32]
    seen = {}
    while len(seen) < count:
        length = r.choice(lengths)
        value = r.randrange(1 << 24, 224 << 24) >> (32 - length) << (32 - length)
        if value >> 24 != 10:
            seen[(value, length)] = True
    return list(seen)


def inside(r, prefix):
    value, length = prefix
    return value | r.getrandbits(32 - length) if length < 32 else value


def sources(r):
    return [10 << 24 | r.getrandbits(24) for _ in range(4000)]


def connection(r, inside_hosts, dst):
    """A packet of an inside host that talks to the outside: three quarters TCP."""
    protocol = 6 if r.random() < 0.75 else 17
    port = r.choice([80, 443, 443, 443, 53, 8080]) if protocol == 6 else r.choice([53, 443, 123])
    return packet(r.choice(inside_hosts), dst, protocol, r.randrange(1024, 65536), port)


def mixed(r, destinations):
    """Each packet is a connection of its own: the worst that tables and queries can meet."""
    inside_hosts = sources(r)
    return [connection(r, inside_hosts, dst) for dst in destinations]


def flows(r, destinations):
    """Connections as on the Internet: their sizes are heavy-tailed (bounded Pareto, 1 to 4096 packets, 15 on average), and the larger, the longer they
    last, so that packets of many of them interleave."""
    inside_hosts, timed = sources(r), []
    while len(timed) < PACKETS:
        size = min(4096, int(r.paretovariate(0.9)))
        frame = connection(r, inside_hosts, r.choice(destinations))
        start, length = r.random(), min(1.0, size / 256)
        timed += [((start + length * r.random()) % 1.0, frame) for _ in range(size)]
    return [frame for _, frame in sorted(timed[:PACKETS])]


def make_basic(folder, r):
    nets = [(10 << 24 | 1 << 8, 24), (10 << 24 | 2 << 8, 24), (10 << 24 | 3 << 8, 24), (10 << 24, 16)]
    write_pcap(folder + "/basic.pcap", mixed(r, [inside(r, r.choice(nets)) for _ in range(PACKETS)]))


def make_routes(folder, r, name, table, action, count, order):
    prefixes = routes(r, count)
    lines = []
    for value, length in prefixes:
        mac, port = "02:00:00:%02x:%02x:%02x" % (value >> 24, value >> 16 & 255, value >> 8 & 255), 2 + r.randrange(2)
        args = "%s %d" % (mac, port) if order == "mac port" else "%d %s" % (port, mac)
        lines.append("table_add %s %s %s/%d => %s" % (table, action, address(value), length, args))
    write_lines("%s/%s.txt" % (folder, name), lines)
    destinations = [inside(r, r.choice(prefixes)) for _ in range(PACKETS)]
    write_pcap("%s/%s.pcap" % (folder, name), mixed(r, destinations))
    write_pcap("%s/%s-flows.pcap" % (folder, name), flows(r, destinations))


def make_exact(folder, r, count):
    hosts = r.sample(range(1 << 24, 224 << 24), count)
    lines = ["table_add hosts forward 0x%x => 0x%x %d" % (h, h & 255, h & 3) for h in hosts]
    write_lines(folder + "/exact1m.txt", lines)
    write_pcap(folder + "/exact1m.pcap", mixed(r, [r.choice(hosts) for _ in range(PACKETS)]))


def make_rules(folder, r, count):
    """Rules of a few shapes, as filters have them: pairs of networks, with and without protocol."""
    shapes = [(24, 24, 255), (24, 24, 0), (16, 24, 255), (24, 16, 0), (8, 24, 255), (0, 24, 0), (24, 32, 255), (0, 32, 255)]
    rules, targets, seen = [], [], set()
    while len(rules) < count:
        s, d, p = r.choice(shapes)
        src = (10 << 24 | r.getrandbits(24)) & (0xFFFFFFFF << (32 - s) & 0xFFFFFFFF)
        dst = r.randrange(1 << 24, 224 << 24) & (0xFFFFFFFF << (32 - d) & 0xFFFFFFFF)
        proto = r.choice([6, 17]) & p
        if (src, s, dst, d, proto, p) in seen:
            continue
        seen.add((src, s, dst, d, proto, p))
        rules.append("table_add RulesIngress.rules forward %s&&&%s %s&&&%s %d&&&%d => 02:00:00:00:00:01 %d %d" % (
            address(src), address(0xFFFFFFFF << (32 - s) & 0xFFFFFFFF), address(dst),
            address(0xFFFFFFFF << (32 - d) & 0xFFFFFFFF), proto, p, r.randrange(4), len(rules) + 1))
        targets.append((src, s, dst, d, proto, p))
    frames = []
    for _ in range(PACKETS):
        src, s, dst, d, proto, p = r.choice(targets)
        frames.append(packet(inside(r, (src, s)), inside(r, (dst, d)), proto if p else 17, 1000, 2000))
    write_lines(folder + "/rules10k.txt", rules)
    write_pcap(folder + "/rules10k.pcap", frames)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = sys.argv[1]
    os.makedirs(folder, exist_ok=True)
    make_basic(folder, random.Random(1))
    make_routes(folder, random.Random(2), "router100k", "RouterIngress.ipv4_lpm", "set_nhop", 100000, "port mac")
    make_routes(folder, random.Random(3), "lpm500k", "BasicIngress.routes", "forward", 500000, "mac port")
    make_exact(folder, random.Random(4), 1000000)
    make_rules(folder, random.Random(5), 10000)


main()
