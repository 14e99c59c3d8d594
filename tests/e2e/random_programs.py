#!/usr/bin/env python3
"""Random programs with random queries: rows equal the evaluator's, and forwarding is untouched.

Usage: random_programs.py [FIRST [N]]: seeds. A failing program's seed is told; SAVE=DIR keeps its files.
"""
import os
import random
import shutil
import sys

import e2e
import generate
import programs
from agree import PORTS, QUEUES
from e2e import FULL, Setting

GIVEN = [int(a) for a in sys.argv[1:]]
FIRST = GIVEN[0] if GIVEN else 1
COUNT = GIVEN[1] if len(GIVEN) > 1 else 1 if GIVEN else 300 if FULL else 20
EACH = 8
ALWAYS = """all_lost = ingress().lost([port_in], 20ms)
by_join = ingress().filter(port_intent != -1 && port_intent != multicast).reduce(keys=(port_intent), func=count)
why = ingress().reduce(keys=(drop.reason, port_intent), func=count)
class = ingress().filter(drop.class != "ingress/discards/errors/l3/ttl-expired").reduce(keys=(drop.class), func=count)
class_out = egress().reduce(keys=(drop.class, port_out), func=count)
why_out = egress().reduce(keys=(drop.reason, port_intent, port_out, instance), func=count)
kinds = ingress().filter(instance != coalesced).reduce(keys=(instance, port_intent, drop.reason), func=count)
kinds_out = egress().filter(instance != coalesced).reduce(keys=(instance, port_out, drop.reason), func=count)
"""


def write(path, text):
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def expected_losses(trace):
    """What the queues lost of the packets that `lost` covers: all but clones."""
    return sum(p["fate"] == "lost" and not p["instance"].startswith("clone") for p in e2e.packets(trace))


def one(tap, seed, traffic, d):
    rnd = random.Random(seed)
    program = programs.Program(rnd)
    write(d("p.p4"), program.text)
    write(d("entries"), program.entries)
    write(d("q.scope"), ALWAYS + generate.Queries(rnd, program.fields).text(EACH))
    queues = rnd.choice(["pps", "bytes", "mixed"])
    placement = e2e.PLACEMENTS[seed // 2 % len(e2e.PLACEMENTS)] if seed % 2 else "cut"
    setting = Setting([(0, traffic)], QUEUES[queues], d("p.p4"), [d("entries")])
    try:
        plain = e2e.run(setting, ports=PORTS, out=d("plain"), trace=d("trace"))
        woven = e2e.run(setting, "--placement", placement, ports=PORTS, out=d("woven"), queries=[d("q.scope")])
        notes = e2e.different_files(d("plain"), d("woven"), PORTS) + e2e.unbalanced(plain.switch)
        if plain.switch != woven.switch:
            notes.append(f"{plain.switch} without queries, {woven.switch} with")
        notes += e2e.differences(woven, e2e.evaluate(d("trace"), [d("q.scope")]))
        mine = sum(r["value"]["count"] for r in woven.rows("all_lost"))
        if mine != expected_losses(d("trace")):
            notes.append(f"all_lost has {mine} losses, the queues {expected_losses(d('trace'))}")
    except e2e.Failure as e:
        notes = [e]
    tap.ok(not notes, f"seed {seed}, {queues}, {placement}", notes)
    if notes and os.environ.get("SAVE"):
        where = os.path.join(os.environ["SAVE"], f"p{seed}")
        shutil.copytree(d.path, where, dirs_exist_ok=True)


def main():
    tap = e2e.Tap()
    # clones double the time inside, and 1 ms is then too short for the slow queues
    generate.WINDOWS.remove("1ms")
    with e2e.Folder() as d:
        traffic = d("traffic")
        e2e.tool("gen", "router", "--duration", "2s", "--rate", "300", "--burst-at", "1s", "--burst-rate", "2000",
                 "--burst-duration", "200ms", "-o", traffic)
        for seed in range(FIRST, FIRST + COUNT):
            one(tap, seed, traffic, d)
    tap.done()


main()
