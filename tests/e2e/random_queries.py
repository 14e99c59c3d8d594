#!/usr/bin/env python3
"""Random queries: what the woven switch says equals what the evaluator says, and forwarding is untouched.

Usage: random_queries.py [FIRST [N]]: seeds. A failing file of queries is printed; its number is the seed.
"""
import os
import random
import sys

import e2e
import generate
from agree import PORTS, QUEUES
from e2e import FULL, Setting

GIVEN = [int(a) for a in sys.argv[1:]]
FIRST = GIVEN[0] if GIVEN else 1
COUNT = GIVEN[1] if len(GIVEN) > 1 else 1 if GIVEN else 400 if FULL else 20
EACH = 8


def one(tap, seed, settings, d):
    rnd = random.Random(seed)
    name, setting, trace, plain = rnd.choice(settings)
    path = d(f"{seed}.scope")
    text = generate.Queries(rnd).together(EACH) if seed % 4 == 3 else generate.Queries(rnd).text(EACH)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    placement = e2e.PLACEMENTS[seed // 2 % len(e2e.PLACEMENTS)] if seed % 2 else "cut"
    what = f"seed {seed}, {name}, {placement}"
    try:
        answers = e2e.run(setting, "--placement", placement, queries=[path], ports=PORTS, out=d("woven"))
        notes = e2e.different_files(plain, d("woven"), PORTS)
        notes += e2e.differences(answers, e2e.evaluate(trace, [path]))
    except e2e.Failure as e:
        notes = [e]
    broken = {n.split('"query":"')[1].split('"')[0] for n in map(str, notes) if '"query":"' in n}
    shown = [line for line in text.splitlines() if line.split(" = ")[0] in broken]
    tap.ok(not notes, what, notes + shown)
    if notes and os.environ.get("SAVE"):
        with open(os.path.join(os.environ["SAVE"], f"{seed}.scope"), "w", encoding="utf-8") as f:
            f.write(text)


def main():
    tap = e2e.Tap()
    with e2e.Folder() as d:
        e2e.tool("gen", "router", "--duration", "3s", "--rate", "400", "--burst-at", "1s", "--burst-rate", "3000",
                 "--burst-duration", "300ms", "-o", d("office"))
        settings = []
        for queues in ("pps", "bytes", "mixed"):
            setting = Setting([d("office")], QUEUES[queues])
            trace, plain = d("trace-" + queues), d("plain-" + queues)
            e2e.run(setting, ports=PORTS, out=plain, trace=trace)
            settings.append((queues, setting, trace, plain))
        for seed in range(FIRST, FIRST + COUNT):
            one(tap, seed, settings, d)
    tap.done()


main()
