#!/usr/bin/env python3
"""A queue that starves: its packets leave many epochs after they came, or are lost there, and count in the epochs in which they came."""
import collections
import os

import e2e

HERE = os.path.dirname(os.path.abspath(__file__))
EPOCH = 20_000_000
SCOPE = """lost = ingress().lost([ethernet.src_in], 20ms)
late = egress().filter(queuing.delay > 60ms).map((ethernet.src_in) => 1).reduce(sum).window(20ms)
"""


def frame(source, priority):
    """1 ms at 1 Mbps"""
    return bytes([2, 0, 0, 0, 1, priority, 2, 0, 0, 0, 2, source, 8, 0x88]).ljust(125, b"\0")


def frames():
    """For six epochs the urgent take all that the port sends, and more; the patient fill their queue and wait."""
    urgent = [(i * 500_000, frame(i % 5, 7)) for i in range(240)]
    patient = [(i * 900_000, frame(100 + i % 3, 0)) for i in range(130)]
    return sorted(urgent + patient)


def truth(trace):
    """Per query the packets by epoch and key; epochs between the arrival and the departure of a packet, at most"""
    found, longest = {"lost": collections.Counter(), "late": collections.Counter()}, 0
    for p in e2e.packets(trace):
        key = p["time_in"] // EPOCH, p["in"]["ethernet.src"].to_bytes(6, "big").hex(":")
        if p["fate"] == "lost":
            found["lost"][key] += 1
            continue
        longest = max(longest, p["queuing"]["time_out"] // EPOCH - key[0])
        if p["queuing"]["delay"] > 60_000_000:
            found["late"][key] += 1
    return found, longest


def told(answers, query):
    return {(row["epoch"], *row["key"].values()): row["value"]["count"] for row in answers.rows(query)}


def main():
    tap = e2e.Tap()
    with e2e.Folder() as d:
        e2e.capture(d("in.pcap"), frames())
        with open(d("q.scope"), "w", encoding="utf-8") as f:
            f.write(SCOPE)
        answers = e2e.Answers(e2e.tool("run", os.path.join(HERE, "starved.p4"), "-i", "0@" + d("in.pcap"), "--queue-rate", "1Mbps", "--json",
                                       "-q", d("q.scope"), "--trace", d("trace")))
        found, longest = truth(d("trace"))
    tap.ok(longest > 3, "a packet waits for more than three epochs", [f"{longest} epochs at most"])
    for query, rows in found.items():
        tap.ok(rows and told(answers, query) == rows, query + " counts packets in the epochs of their arrival", answers.text.splitlines())
        tap.ok(all(e["complete"] for e in answers.epochs(query)), query + " is complete")
    tap.ok(sum(found["lost"].values()) == answers.switch["lost_queue"], "all that the queues lost is told")
    tap.done()


main()
