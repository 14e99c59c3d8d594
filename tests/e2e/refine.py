#!/usr/bin/env python3
"""Queries that look closely only where it was heavy: against rows worked out here, for every split and placement; and with tables that are
too small for all keys but not for those that are left."""
import collections
import json
import os
import random
import struct

import e2e

PROGRAM = os.path.join(e2e.ROUTER, "router.p4")
EPOCH, EPOCHS, HEAVY = 100_000_000, 12, 30
# address: the epochs in which it is heavy
VICTIMS = {0x0A010203: range(0, 12), 0x0A020304: range(3, 12), 0x0B000001: range(5, 6), 0x0A010204: (2, 3, 6, 7, 8, 9)}
QUERY = ("heavy = ingress().map((ipv4.srcIP_in) => 1).reduce(keys=(ipv4.srcIP_in), func=sum{table})"
         ".filter(count > %d){refine}.window(100ms)\n" % HEAVY)
LEVELS = (12, 24)
REFINE = ".refine(ipv4.srcIP_in, [%d, %d])" % LEVELS


def frame(source):
    ip = struct.pack(">BBHHHBBH", 0x45, 0, 28, 0, 0, 64, 17, 0) + source.to_bytes(4, "big") + bytes([10, 9, 9, 9])
    return bytes.fromhex("020000000001020000000002") + b"\x08\x00" + ip + struct.pack(">HHHH", 5, 6, 8, 0) + bytes(18)


def traffic(rng):
    """(time, source), by time: few heavy senders, and very many others of one packet each, all over."""
    found = []
    for epoch in range(EPOCHS):
        sources = [rng.getrandbits(32) & 0xEFFFFFFF for _ in range(1500)]
        for victim, when in VICTIMS.items():
            sources += [victim] * (HEAVY + 1 + rng.randrange(20)) if epoch in when else [victim] * 3
        found += [(epoch * EPOCH + rng.randrange(EPOCH), s) for s in sources]
    return sorted(found)


def heavy(counts):
    return {key: n for key, n in counts.items() if n > HEAVY}


def truth(packets):
    """{(epoch, source): packets}; epochs from the capture's first whole second on."""
    by_level = []
    for bits in LEVELS + (32,):
        counts = collections.defaultdict(collections.Counter)
        for time, source in packets:
            counts[time // EPOCH][source >> (32 - bits) << (32 - bits)] += 1
        rows = {epoch: heavy(c) for epoch, c in counts.items()}
        if by_level:
            coarse, cut = by_level[-1][1], 32 - by_level[-1][0]
            rows = {epoch: {key: n for key, n in r.items() if key >> cut << cut in coarse.get(epoch - 2, {})}
                    for epoch, r in rows.items()}
        by_level.append((bits, rows))
    return {(epoch, key): n for epoch, rows in by_level[-1][1].items() for key, n in rows.items()}


def lines_of(data):
    return [json.loads(line) for line in data.splitlines()]


def run(folder, pcap, text, *options):
    with open(folder("q.scope"), "w", encoding="utf-8") as f:
        f.write(text)
    return lines_of(e2e.tool("run", PROGRAM, "-q", folder("q.scope"), "-i", "0@" + pcap, "--json", *options))


def rows_of(lines):
    return {(l["epoch"], int.from_bytes(bytes(map(int, l["key"]["ipv4.srcIP_in"].split("."))), "big")): l["value"]["count"]
            for l in lines if l["type"] == "row"}


def overflow(lines):
    return sum(l["overflow"] for l in lines if l["type"] == "epoch")


def main():
    tap, packets = e2e.Tap(), traffic(random.Random(7))
    wanted = truth(packets)
    with e2e.Folder() as folder:
        pcap = e2e.capture(folder("in.pcap"), [(10**9 + time, frame(source)) for time, source in packets])
        query = QUERY.format(table="", refine=REFINE)
        tap.ok({key for _, key in wanted} >= {0x0A010203, 0x0A020304, 0x0A010204} and 0x0B000001 not in {k for _, k in wanted},
               "what lasts is told, what is heavy once is not", [wanted])
        for options in [[]] + [["--split", f"*={n}"] for n in (0, 1, 2)] + [["--placement", p] for p in e2e.PLACEMENTS]:
            found = rows_of(run(folder, pcap, query, *options))
            tap.ok(found == wanted, "rows " + " ".join(options), [sorted(found.items()), sorted(wanted.items())])
        trace = folder("trace")
        run(folder, pcap, query, "--trace", trace)
        found = rows_of(lines_of(e2e.tool("eval", folder("q.scope"), trace, "--json")))
        tap.ok(found == wanted, "rows of the evaluator", [sorted(found.items())])
        for queue in (["--queue-rate", "14000pps", "--queue-depth", "4000"], ["--queue-rate", "6000pps", "--queue-depth", "4000"]):
            found = rows_of(run(folder, pcap, query, *queue))
            tap.ok(found == wanted, "rows with queues that last for epochs: " + queue[1], [sorted(found.items())])
        small = ", rows=32, stages=2, overflow=total"
        lines = run(folder, pcap, QUERY.format(table=small, refine=""))
        tap.ok(overflow(lines) > 10000, "a small table is too small for all keys", [overflow(lines)])
        lines = run(folder, pcap, QUERY.format(table=small, refine=REFINE))
        tap.ok(rows_of(lines) == wanted and not overflow(lines), "and large enough for those that are left",
               [overflow(lines), sorted(rows_of(lines).items())])
    tap.done()


if __name__ == "__main__":
    main()
