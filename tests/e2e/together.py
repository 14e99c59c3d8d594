#!/usr/bin/env python3
"""Queries that share a table, whose rows make room for others all the time: the same lines as the evaluator's, with more flows than rows, packets
without the keys, packets that stay inside for epochs, and keys that are read as values because they are wider than a word."""
import os
import random
import struct

import e2e

QUERIES = """
pairs = ingress().map((ipv4.srcIP_in, ipv4.dstIP_in) => 1).reduce(keys=(ipv4.srcIP_in, ipv4.dstIP_in), func=sum).window(WINDOW)
scan = ingress().map((ipv4.srcIP_in) => port = tcp.dstPort_in).reduce(keys=(ipv4.srcIP_in), func=distinct(port)).window(WINDOW)
opened = ingress().filter((tcp.flags_in & 0x12) == 0x02).map((ipv4.dstIP_in) => 1).reduce(keys=(ipv4.dstIP_in), func=sum).window(WINDOW)
web = ingress().filter(tcp.dstPort_in == 80 && port_intent != -1).distinct(keys=(ipv4.srcIP_in, tcp.srcPort_in)).window(WINDOW)
dropped = ingress().filter(port_intent == -1).map((ipv4.srcIP_in) => 1).reduce(keys=(ipv4.srcIP_in), func=sum).window(WINDOW)
ports = ingress().map((port_intent) => 1).reduce(keys=(port_intent), func=sum).window(WINDOW)
nat = ingress().filter(ipv4.srcIP_in != ipv4.srcIP_mid).map((ipv4.srcIP_mid) => 1).reduce(keys=(ipv4.srcIP_mid), func=sum).window(WINDOW)
late = ingress().filter(ipv4.ttl_in <= 1 || !(packet.len_in < 90)).map((ipv4.srcIP_in) => 1).reduce(keys=(ipv4.srcIP_in), func=sum).window(WINDOW)
"""
PORTS = """
matrix = egress().map((port_in, port_out) => 1).reduce(keys=(port_in, port_out), func=sum).window(WINDOW)
delay = egress().filter(port_out != -1).map((port_out) => d = queuing.delay).reduce(keys=(port_out), func=avg).window(WINDOW)
bytes = egress().map((port_intent) => n = packet.len_in).reduce(keys=(port_intent), func=sum).window(WINDOW)
ttl = egress().map((port_in) => t = ipv4.ttl_in).reduce(keys=(port_in), func=sum).window(WINDOW)
"""
WIDE = """
macs = ingress().map((ethernet.srcMac_in) => 1).reduce(keys=(ethernet.srcMac_in), func=sum).window(WINDOW)
six = ingress().map((ipv6.srcIP_in) => 1).reduce(keys=(ipv6.srcIP_in), func=sum).window(WINDOW)
"""
SLOW = ["--queue-rate", "9000pps", "--queue-depth", "4000"]


def ip4(flow, rng):
    ip = struct.pack(">BBHHHBBH", 0x45, 0, 40, 0, 0, rng.choice((64, 64, 64, 1)), flow["proto"], 0)
    ip += bytes([10, flow["host"] >> 8, flow["host"] & 255, 7]) + flow["to"]
    rest = sum(struct.unpack(">10H", ip)) % 0xFFFF
    ip = ip[:10] + struct.pack(">H", 0xFFFF - rest) + ip[12:]
    if flow["proto"] == 17:
        return ip + struct.pack(">HHHH", flow["sport"], flow["dport"], 8, 0)
    return ip + struct.pack(">HHIIBBHHH", flow["sport"], flow["dport"], 1, 1, 0x50, flow["flags"], 1000, 0, 0)


def frame(flow, rng):
    mac = bytes.fromhex("020000000001") + bytes([2, 0, 0, 0, 0, flow["host"] % 5])
    if flow["proto"] == 58:
        body = b"\x86\xdd" + struct.pack(">IHBB", 6 << 28, 0, 59, 64) + bytes(14) + bytes([flow["host"] % 7, 1]) + bytes(15) + b"\x02"
    elif flow["proto"] == 0:
        body = b"\x08\x06" + bytes(28)
    else:
        body = b"\x08\x00" + ip4(flow, rng)
    return (mac + body).ljust(rng.choice((60, 120)), b"\0")


def traffic(rng):
    """Flows that come in bursts and come back, many more than a table has rows; a second of them."""
    flows = [{"proto": rng.choice((6, 6, 6, 17, 17, 58, 0)), "host": rng.randrange(3000), "sport": rng.randrange(1024, 9000),
              "dport": rng.choice((80, 443, 22, 23, 8080)), "flags": rng.choice((2, 16, 18, 24)),
              "to": rng.choice((bytes([203, 0, 113, 80]), bytes([10, 0, 1, rng.randrange(250)]), bytes([198, 51, 100, 7])))} for _ in range(9000)]
    found = []
    while len(found) < 24000:
        flow, at = rng.choice(flows), rng.randrange(10**9)
        found += [(10**9 + at + 20_000 * i, frame(flow, rng)) for i in range(rng.choice((1, 1, 2, 6)))]
    return sorted(found)


def main():
    tap = e2e.Tap()
    with e2e.Folder() as folder:
        pcap, query, trace = e2e.capture(folder("in.pcap"), traffic(random.Random(41))), folder("q.scope"), folder("trace")
        for name, text, window, options in (
                ("numbers", QUERIES, "200ms", []), ("ports", QUERIES + PORTS, "200ms", []), ("ports and packets that stay", QUERIES + PORTS, "50ms", SLOW), ("at the end", QUERIES, "200ms", ["--placement", "end"]),
                ("packets that stay for epochs", QUERIES, "50ms", SLOW), ("short epochs", QUERIES, "1ms", []),
                ("wide keys", QUERIES + WIDE, "200ms", []), ("wide keys that stay", QUERIES + WIDE, "50ms", SLOW)):
            with open(query, "w", encoding="utf-8") as f:
                f.write(text.replace("WINDOW", window))
            setting = e2e.Setting([pcap], options)
            plan = e2e.tool("run", os.path.join(e2e.ROUTER, "router.p4"), "-q", query, "-d", "plan")
            tap.ok(plan.count("part    of state") >= (11 if PORTS in text else 7), name + ": they share", [plan])
            mine = e2e.run(setting, queries=[query], trace=trace)
            found = e2e.differences(mine, e2e.evaluate(trace, [query]))
            empty = [q for q in ("pairs", "scan", "opened", "web", "dropped", "ports", "nat", "late") + (("matrix", "delay", "bytes", "ttl") if PORTS in text else ()) if not mine.rows(q)]
            tap.ok(not found and not empty, name, found + empty)
    tap.done()


if __name__ == "__main__":
    main()
