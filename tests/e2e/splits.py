#!/usr/bin/env python3
"""Where a query's operators run makes no difference: all splits between switch and controller of
all example queries, and the plan for a chip with little room, give the rows that the switch alone
gives. E2E=full: on more traffic."""
import json
import os
import sys

import e2e
from agree import LOUDLY, MADE
from e2e import FULL, Setting

QUEUES = ["--queue-rate", "300pps", "--queue-depth", "40"]
# Losses without a row are counted without a key; where the controller counts, all have one.
ROOM = ["--rows", "2048"]
PLACES = [("--split", "*=0"), ("--split", "*=1"), ("--split", "*=2"),
          ("--target", "tofino1", "--plan-time", "100ms")]


def operators():
    """How many operators a switch can run, at least and at most, over all queries."""
    args = [word for f in e2e.STANDARD for word in ("-q", f)]
    plan = json.loads(e2e.tool("explain", os.path.join(e2e.ROUTER, "router.p4"), *args, "--json"))
    return max(q["operators_possible"] for q in plan["queries"])


def try_traffic(tap, name, setting):
    whole = e2e.run(setting, *LOUDLY, *ROOM, queries=e2e.STANDARD)
    lines = sum(len(lines) for lines in whole.queries.values())
    tap.ok(lines > 100, f"{name}: there is something to compare")
    for place in PLACES:
        try:
            answers = e2e.run(setting, *LOUDLY, *ROOM, *place, queries=e2e.STANDARD)
            text = e2e.MIRRORED.sub('"overflow":0,"precision":1.0', whole.text)
            notes = e2e.differences(answers, e2e.Answers(text))
            if answers.switch != whole.switch:
                notes.append(f"{answers.switch}, not {whole.switch}")
        except e2e.Failure as e:
            notes = [e]
        tap.ok(not notes, f"{name}: {' '.join(place)}", notes)


def main():
    tap = e2e.Tap()
    most = operators()
    tap.ok(any(p[1] == f"*={most - 1}" for p in PLACES), f"{most} operators at most: all splits are tried")
    with e2e.Folder() as d:
        for kind, options in MADE.items() if FULL else (("office", MADE["office"]),):
            e2e.tool("gen", *options, "-o", d(kind))
            try_traffic(tap, kind, Setting([d(kind)], QUEUES))
    mixed = os.path.join(e2e.CAPTURES, "mix-60s.pcap")
    if os.path.exists(mixed):
        try_traffic(tap, "the mixed capture", Setting([mixed], QUEUES))
    else:
        tap.skip("the mixed capture", "no ../shared/captures")
    tap.done()


if __name__ == "__main__":
    sys.exit(main())
