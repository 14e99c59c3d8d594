#!/usr/bin/env python3
"""Value sets of parsers, filled by an entries file: what packets become, as it is and with queries woven in."""
import os
import struct

import e2e

PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "value_sets.p4")
FILLED = """pvs_add P.pairs 0x0800000005
pvs_add pairs 9 9
pvs_remove pairs 0x0009000009
pvs_add longest 0x0003000004
pvs_add some 0x1200&&&0xff00 100->200
pvs_add first 9
pvs_add prefixes 0x0a0000/8
pvs_add P.one.numbers 7
pvs_add two.numbers 8
"""
EMPTIED = "".join(f"pvs_clear {name}\n" for name in ("pairs", "longest", "some", "first", "prefixes", "one.numbers",
                                                     "two.numbers"))
# kind, a, b, and what the parser finds: 0 nothing
PACKETS = [(1, 0x800, 5, 1), (1, 0x800, 6, 0), (1, 9, 9, 0), (1, 3, 4, 2), (2, 0x1234, 100, 1), (2, 0x12ff, 200, 1),
           (2, 0x1234, 201, 0), (2, 0x1334, 150, 0), (2, 9, 7, 2), (2, 8, 7, 0), (3, 0, 0x0A0B0C, 1), (3, 0, 0x0B0B0C, 0),
           (4, 7, 0, 1), (4, 8, 0, 0x10), (4, 9, 0, 0)]
WRONG = [("numbers 1", "several value sets end in 'numbers'"), ("pair 1", "did you mean 'pairs'"),
         ("first 65536", "does not fit"), ("some 1->2 1->2", "wrong form"), ("pairs 1 2 3", "has 2 fields, here are 3")]


def packet(kind, a, b, said=0):
    return bytes([kind]) + a.to_bytes(2, "big") + b.to_bytes(3, "big") + bytes([said]) + bytes(30)


def write(path, text):
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return path


def read(path):
    with open(path, "rb") as f:
        data = f.read()
    at, found = 24, []
    while at < len(data):
        size = struct.unpack_from("<I", data, at + 8)[0]
        found.append(data[at + 16:at + 16 + size])
        at += 16 + size
    return found


def check(tap, tmp, what, entries, expected, args=()):
    ports = {said: tmp(f"{said}.pcap") for said in (0, 1, 2, 16)}
    out = [word for port, path in ports.items() for word in ("-o", f"{port}@{path}")]
    e2e.tool("run", PROGRAM, "-e", write(tmp("entries.txt"), entries), "-i", "0@" + tmp("in.pcap"), *out, *args)
    for port, path in ports.items():
        wanted = [packet(*p) for p in expected if p[3] == port]
        tap.ok(read(path) == wanted, f"{what}: packets that the parser told {port}", [p.hex() for p in read(path)])


def complaint(entries, capture_path):
    try:
        e2e.tool("run", PROGRAM, "-e", entries, "-i", "0@" + capture_path)
    except e2e.Failure as e:
        return str(e)
    return "no error"


def main():
    tap = e2e.Tap()
    nothing = [(*p[:3], 0) for p in PACKETS]
    with e2e.Folder() as tmp:
        e2e.capture(tmp("in.pcap"), [(10**9 + i * 10**6, packet(*p[:3])) for i, p in enumerate(PACKETS)])
        query = write(tmp("q.scope"), "all = egress().reduce(keys=(port_out), func=count)\n")
        check(tap, tmp, "filled", FILLED, PACKETS)
        check(tap, tmp, "woven", FILLED, PACKETS, ("-q", query))
        check(tap, tmp, "emptied", FILLED + EMPTIED, nothing)
        for words, wanted in WRONG:
            said = complaint(write(tmp("wrong.txt"), f"\npvs_add {words}\n"), tmp("in.pcap"))
            tap.ok(wanted in said and "wrong.txt:2:" in said, f"wrong: {words}", [said])
    tap.done()


main()
