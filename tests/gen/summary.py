#!/usr/bin/env python3
"""Reads a capture from standard input, checks all of it, and tells what is in it.

The capture must be nanosecond pcap of Ethernet with rising times, and every length and checksum
must be right. What is printed is the same for the same capture; its last line is a CRC of the bytes.
"""
import collections
import ipaddress
import struct
import sys
import zlib

NAMES = {1: "icmp", 58: "icmp6", 6: "tcp", 17: "udp"}


def ones_sum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def packets(data):
    magic, major, minor, _, _, _, link = struct.unpack_from("<IHHiIII", data)
    assert (magic, major, minor, link) == (0xA1B23C4D, 2, 4, 1), "header"
    at, last = 24, 0
    while at < len(data):
        seconds, ns, captured, length = struct.unpack_from("<IIII", data, at)
        assert captured == length and ns < 10**9, "record"
        now = seconds * 10**9 + ns
        assert now >= last, "times rise"
        last = now
        yield now, data[at + 16:at + 16 + captured]
        at += 16 + captured


def dissect(frame):
    """(labels, addresses) of a frame; fails where something is wrong."""
    assert len(frame) >= 60, "runt"
    labels, at = [], 12
    if frame[at:at + 2] == b"\x81\x00":
        labels.append("vlan")
        at += 4
    kind, ip = struct.unpack_from("!H", frame, at)[0], frame[at + 2:]
    if kind == 0x0800:
        assert ip[0] == 0x45 and ones_sum(ip[:20]) == 0xFFFF, "IPv4 header"
        length = struct.unpack_from("!H", ip, 2)[0]
        protocol, ttl, tos, ends, upper = ip[9], ip[8], ip[1], ip[12:20], ip[20:length]
    else:
        assert kind == 0x86DD and ip[0] >> 4 == 6, "IPv6 header"
        length = struct.unpack_from("!H", ip, 4)[0]
        protocol, ttl, tos = ip[6], ip[7], (ip[0] << 4 | ip[1] >> 4) & 0xFF
        ends, upper = ip[8:40], ip[40:40 + length]
        assert len(upper) == length, "IPv6 length"
        labels.append("ipv6")
    pseudo = ends + struct.pack("!II", len(upper), protocol) if protocol != 1 else b""
    assert ones_sum(pseudo + upper) == 0xFFFF, "checksum"
    if protocol == 17:
        assert struct.unpack_from("!H", upper, 4)[0] == len(upper), "UDP length"
    labels += [NAMES[protocol]] + ["ttl 1"] * (ttl == 1) + ["ecn"] * (tos & 3 != 0)
    if protocol in (6, 17):
        labels.append(f"{NAMES[protocol]} {min(struct.unpack_from('!HH', upper))}")
    half = len(ends) // 2
    return labels, ipaddress.ip_address(ends[:half]), ipaddress.ip_address(ends[half:])


def main():
    data = sys.stdin.buffer.read()
    labels, sources = collections.Counter(), collections.Counter()
    seconds, targets = collections.Counter(), collections.Counter()
    for now, frame in packets(data):
        found, source, target = dissect(frame)
        labels.update(found)
        sources[source] += 1
        targets[target] += 1
        seconds[now // 10**9] += 1
        labels["to " + frame[:6].hex(":")] += 1
    for name, n in sorted(labels.items()):
        print(f"{name}: {n}")
    print("per second:", *(seconds[s] for s in range(max(seconds, default=-1) + 1)))
    print("sources:", len(sources), "largest:", *(n for _, n in sources.most_common(8)))
    print("targets:", len(targets))
    print(f"packets: {sum(seconds.values())} crc: {zlib.crc32(data):08x}")


main()
