#!/usr/bin/env python3
"""Rows are the same however the planner places queries: each of its placements, forced one by one, on the mixed capture and on
made traffic through queues that overflow. The evaluator has the last word.
"""
import os

import e2e
from agree import QUEUES
from e2e import FULL, Setting

# Those for which packets carry something, or that sit in different places.
SOME = ("acl_drop black_hole delay drops ecn_marked ecn_set incast lost_join lost_web matrix mods nat queue_composition "
        "ssh_past_acl ttl_expired").split()


def queries():
    here = os.path.dirname(os.path.abspath(__file__))
    files = [q for q in e2e.STANDARD if FULL or os.path.basename(q)[:-len(".scope")] in SOME]
    return files + [os.path.join(here, "found.scope"), os.path.join(here, "placed.scope")]


def traffic(d):
    mixed = os.path.join(e2e.CAPTURES, "mix-60s.pcap")
    if os.path.exists(mixed):
        yield "mixed capture", Setting([mixed], QUEUES["pps"])
    if FULL or not os.path.exists(mixed):
        e2e.tool("gen", "router", "--duration", "2s", "--rate", "500", "--burst-at", "500ms", "--burst-rate", "4000",
                 "--burst-duration", "300ms", "-o", d("office"))
        yield "office", Setting([d("office")], QUEUES["mixed"])


def compare(tap, name, setting, d):
    files, first = queries(), None
    e2e.run(setting, trace=d("trace"))
    truth = e2e.evaluate(d("trace"), files)
    for placement in e2e.PLACEMENTS:
        try:
            answers = e2e.run(setting, "--placement", placement, queries=files)
            first = first or answers
            notes = e2e.differences(answers, truth)
            if dict(answers.queries) != dict(first.queries):
                notes.append("other lines than those of " + e2e.PLACEMENTS[0])
        except e2e.Failure as e:
            notes = [e]
        tap.ok(not notes, f"{name}: {placement}", notes)


def main():
    tap = e2e.Tap()
    with e2e.Folder() as d:
        for name, setting in traffic(d):
            compare(tap, name, setting, d)
    tap.done()


main()
