#!/usr/bin/env python3
"""Figure 3a: the rows of tools/figures.sh equal those of a queue that is simulated here, to the packet."""
import collections
import csv
import os
import struct
import subprocess

import e2e

DEPTH, SERVICE, EPOCH = 100, 10_000_000, 1_000_000_000  # packets; ns a packet takes; ns


def frames(path):
    """(time in ns, bytes) of the packets of a capture as `gen` writes it."""
    with open(path, "rb") as f:
        data = f.read()
    order = "<" if data[0] in (0xD4, 0x4D) else ">"
    nano = data[:4] in (b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d")
    at = 24
    while at < len(data):
        seconds, part, size, _ = struct.unpack_from(order + "4I", data, at)
        at += 16
        yield seconds * 10**9 + part * (1 if nano else 1000), data[at:at + size]
        at += size


def simulate(captures):
    """{(epoch, source): packets} that find DEPTH packets waiting in the only queue that there is."""
    arrivals = sorted(((t, i, frame) for i, path in enumerate(captures) for t, frame in frames(path)),
                      key=lambda a: a[:2])
    waiting = collections.deque()  # departures
    last, lost, longest = -SERVICE, collections.Counter(), collections.Counter()
    for now, _, frame in arrivals:
        while waiting and waiting[0] <= now:
            waiting.popleft()
        epoch = now // EPOCH
        if len(waiting) >= DEPTH:
            assert frame[12:14] == b"\x08\x00" and frame[36:38] == b"\x00\x50"
            lost[epoch, ".".join(map(str, frame[26:30]))] += 1
        else:
            last = max(now, last + SERVICE)
            waiting.append(last)
            longest[epoch] = max(longest[epoch], len(waiting))
    return lost, longest


def main():
    tap = e2e.Tap()
    with e2e.Folder() as d:
        done = subprocess.run([os.path.join(e2e.ROOT, "tools/figures.sh"), d.path], capture_output=True, text=True,
                              env=dict(os.environ, PACKETSCOPE=e2e.PACKETSCOPE, FIGURES="fig3a"), check=False)
        if not tap.ok(done.returncode == 0, "figures.sh", [done.stderr]):
            tap.done()
        lost, longest = simulate([d("figures/fill.pcap"), d("figures/burst.pcap")])
        with open(d("figures/fig3a-rows.csv"), encoding="utf-8") as f:
            rows = [r for r in csv.reader(f) if r and r[0] == "lost_web"]
        mine = {(int(r[1]), r[5]): int(r[6]) for r in rows}
        tap.ok(mine == dict(lost), "rows by epoch and source",
               [f"{len(mine)} rows of {sum(mine.values())}, simulated {len(lost)} of {sum(lost.values())}"])
        tap.ok(all(r[4] == "true" for r in rows), "every epoch is complete")
        tap.ok(all(longest[e] == DEPTH for e in range(1, 32)), "the queue is full for 31 s", [dict(longest)])
        tap.ok(lost and min(lost)[0] == 32 and max(lost)[0] <= 38, "losses begin and end with the burst", [lost])
        totals = collections.Counter()
        for (epoch, _), n in lost.items():
            totals[epoch] += n
        with open(d("figures/fig3a.csv"), encoding="utf-8") as f:
            drawn = {int(r["epoch"]): int(r["lost"]) for r in csv.DictReader(f)}
        tap.ok(drawn == {e: totals[e] for e in range(46)}, "what is drawn", [drawn])
    tap.done()


main()
