#!/usr/bin/env python3
"""precision.py PACKETSCOPE ROOT WORK fig3b|fig3c: the numbers of the paper's figures 3b or 3c. Other files go to WORK.

A queue of 40 packets that sends 1,000 a second gets about 1,700 a second for 60 s, from many sources of which few send
most. Losses by source are counted in three ways, on the same packets:

  ours      one table: ingress finds the row, the packet carries its number, egress counts into the same row
  mirror    ours, with overflow=mirror
  paper     the scheme of the paper's section 3.3, modelled here: a table of its own on each side of the queue

`precision` is the paper's (section 4.2): losses that have a key over all losses of an epoch, averaged over epochs. For each
way there is also what share of its rows is wrong (`wrong`) and how many losses it tells that nobody had, per true loss
(`invented`). The queue is simulated here; that the switch lost the same packets is checked on the way.
"""
import collections
import csv
import json
import os
import struct
import subprocess
import sys
import zlib

DEPTH, SERVICE_NS, STAGES = 40, 1_000_000, 4
ROWS = [32, 64, 128, 256, 512, 1024, 2048]
EPOCHS_MS = [125, 250, 500, 1000, 2000, 4000]
TRAFFIC = ["--duration", "60s", "--rate", "1700", "--keys", "20000", "--alpha", "1.05", "--seed", "5"]
QUERY = "lost = ingress().lost([ipv4.srcIP_in], %dms, stages=%d, rows=%d, overflow=%s)\n"


def packets(path):
    """(time in ns, source) of the packets of a capture as `gen` writes it."""
    with open(path, "rb") as f:
        data = f.read()
    order = "<" if data[0] in (0xD4, 0x4D) else ">"
    nano = data[:4] in (b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d")
    at = 24
    while at < len(data):
        seconds, part, size, _ = struct.unpack_from(order + "4I", data, at)
        at += 16
        yield seconds * 10**9 + part * (1 if nano else 1000), data[at + 26:at + 30]
        at += size


def events(arrivals):
    """What happens in order: (time, source, number of the packet, what), `what` being sent, lost or left."""
    waiting, last, happened = collections.deque(), -SERVICE_NS, []
    for n, (now, source) in enumerate(arrivals):
        while waiting and waiting[0][0] <= now:
            due, other, number = waiting.popleft()
            happened.append((due, other, number, "left"))
        happened.append((now, source, n, "sent"))
        if len(waiting) >= DEPTH:
            happened.append((now, source, n, "lost"))
            continue
        last = max(now, last + SERVICE_NS)
        waiting.append((last, source, n))
    return happened + [(due, source, n, "left") for due, source, n in waiting]


class Table:
    """A d-stage table of (epoch, key, count); a row of an epoch before the previous one may be taken."""

    def __init__(self, rows):
        self.rows = rows
        self.cells = [[(None, None, 0)] * rows for _ in range(STAGES)]
        self.overflow = collections.Counter()

    def count(self, epoch, key):
        for stage in range(STAGES):
            at = zlib.crc32(bytes([stage]) + key) % self.rows
            old_epoch, old_key, count = self.cells[stage][at]
            if old_epoch == epoch and old_key == key:
                self.cells[stage][at] = (epoch, key, count + 1)
                return
            if old_epoch is None or old_epoch < epoch - 1:
                self.cells[stage][at] = (epoch, key, 1)
                return
        self.overflow[epoch] += 1

    def read(self, epoch):
        return {key: count for stage in self.cells for e, key, count in stage if e == epoch}


def two_tables(happened, arrivals, epoch_ns, rows):
    """{epoch: {source: losses}} as the paper's controller joins them, when egress sees a packet of a later epoch."""
    ingress, egress, reported, seen = Table(rows), Table(rows), {}, 0

    def read(epoch):
        there, gone = ingress.read(epoch), egress.read(epoch)
        keys = set(there) | set(gone)
        reported[epoch] = {k: there.get(k, 0) - gone.get(k, 0) for k in keys if there.get(k, 0) != gone.get(k, 0)}

    for _, source, n, what in happened:
        epoch = arrivals[n][0] // epoch_ns
        if what == "sent":
            ingress.count(epoch, source)
        elif what == "left":
            while seen < epoch:
                read(seen)
                seen += 1
            egress.count(epoch, source)
    read(seen)
    return reported


def ours(tool, root, work, epoch_ms, rows, overflow):
    """({epoch: {source: losses}}, packets that the switch's queue lost)."""
    query = os.path.join(work, "precision.scope")
    with open(query, "w", encoding="utf-8") as f:
        f.write(QUERY % (epoch_ms, STAGES, rows, overflow))
    router = os.path.join(root, "examples/router")
    done = subprocess.run([tool, "run", os.path.join(router, "router.p4"), "-e", os.path.join(router, "entries.txt"), "-i",
                           "0@" + os.path.join(work, "zipf.pcap"), "--queue-rate", "1000pps", "--queue-depth", str(DEPTH),
                           "-q", query, "--json"], stdout=subprocess.PIPE, check=True)
    reported, lost = collections.defaultdict(dict), 0
    for line in done.stdout.splitlines():
        item = json.loads(line)
        if item["type"] == "row":
            source = bytes(map(int, item["key"]["ipv4.srcIP_in"].split(".")))
            reported[item["epoch"]][source] = item["value"]["count"]
        elif item["type"] == "epoch" and not item["complete"]:
            sys.exit(f"precision.py: epoch {item['epoch']} is incomplete: {item['reason']}")
        elif item["type"] == "switch":
            lost = item["lost_queue"]
    return reported, lost


def judge(reported, truth):
    """precision, share of wrong rows, invented losses per true loss."""
    precisions, rows, wrong, invented, total = [], 0, 0, 0, 0
    for epoch, losses in truth.items():
        mine = reported.get(epoch, {})
        known = sum(min(n, losses.get(k, 0)) for k, n in mine.items() if n > 0)
        precisions.append(known / sum(losses.values()))
        rows += len(mine)
        wrong += sum(losses.get(k, 0) != n for k, n in mine.items())
        invented += sum(max(0, n - losses.get(k, 0)) for k, n in mine.items())
        total += sum(losses.values())
    return sum(precisions) / len(precisions), wrong / max(rows, 1), invented / total


def point(tool, root, work, arrivals, happened, epoch_ms, rows):
    epoch_ns = epoch_ms * 1_000_000
    truth = collections.defaultdict(collections.Counter)
    for _, source, n, what in happened:
        if what == "lost":
            truth[arrivals[n][0] // epoch_ns][source] += 1
    true = sum(sum(losses.values()) for losses in truth.values())
    found = []
    for overflow in ("total", "mirror"):
        reported, lost = ours(tool, root, work, epoch_ms, rows, overflow)
        if lost != true:
            sys.exit(f"precision.py: the switch lost {lost} packets, the simulated queue {true}")
        found += judge(reported, truth)
    found += judge(two_tables(happened, arrivals, epoch_ns, rows), truth)
    keys = collections.defaultdict(set)
    for t, source in arrivals:
        keys[t // epoch_ns].add(source)
    return [f"{x:.6f}" for x in found] + [sum(map(len, keys.values())) // len(keys), true]


def write(name, points):
    w = csv.writer(sys.stdout, lineterminator="\n")
    w.writerow([name] + [f"{way}_{what}" for way in ("ours", "mirror", "paper")
                         for what in ("precision", "wrong", "invented")] + ["keys_per_epoch", "lost"])
    for x, values in points:
        print(f"  {name} {x}", file=sys.stderr)
        w.writerow([x] + values)


def main():
    tool, root, work, figure = sys.argv[1:]
    subprocess.run([tool, "gen", "zipf", "-o", os.path.join(work, "zipf.pcap"), *TRAFFIC], check=True,
                   stderr=subprocess.DEVNULL)
    arrivals = list(packets(os.path.join(work, "zipf.pcap")))
    happened = events(arrivals)
    if figure == "fig3b":
        write("rows", ((rows, point(tool, root, work, arrivals, happened, 1000, rows)) for rows in ROWS))
    else:
        write("epoch_ms", ((ms, point(tool, root, work, arrivals, happened, ms, 128)) for ms in EPOCHS_MS))


main()
