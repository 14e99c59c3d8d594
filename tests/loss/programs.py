#!/usr/bin/env python3
"""Losses in generated programs: programs.py MIX [PROGRAMS [MIXES [FIRST]]].

Each program (tests/e2e/programs.py) is woven and compiled once, and runs MIXES mixes of traffic, queues, groups and clocks
(mix.c). SECONDS=3600 goes on with further programs for an hour. Prints TAP: a line for each program.
"""
import os
import random
import re
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../e2e"))
import programs  # noqa: E402

GIVEN = [int(a) for a in sys.argv[2:]] + [4, 50, 1][len(sys.argv[2:]):]
SECONDS = int(os.environ.get("SECONDS", 0))
TOLD = re.compile(r"# (\d+) mixes: (\d+) packets sent, (\d+) lost; (\d+) rows and (\d+) epochs checked, (\d+) epochs")


def one(seed, mixes, folder):
    """(went well, what it said)"""
    program = programs.Program(random.Random(seed))
    for name, text in (("p.p4", program.text), ("entries", program.entries)):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
            f.write(text)
    done = subprocess.run([os.path.abspath(sys.argv[1]), "-n", str(mixes), "-s", str(seed * 1000), "-e", "entries", "p.p4",
                           os.path.join(HERE, "programs.scope")], cwd=folder, capture_output=True, text=True, check=False)
    # that something is lost is asked of all programs together
    bad = [l for l in done.stdout.splitlines() if l.startswith("not ok") and "something was lost" not in l]
    return not bad and TOLD.search(done.stdout) is not None, done.stdout + done.stderr


def main():
    count, mixes, first = GIVEN
    totals, began, n, failed = [0] * 6, time.monotonic(), 0, 0
    with tempfile.TemporaryDirectory() as folder:
        while n < count or time.monotonic() - began < SECONDS:
            good, said = one(first + n, mixes, folder)
            n += 1
            failed += not good
            print(f"{'ok' if good else 'not ok'} {n} - program {first + n - 1}, {mixes} mixes")
            for line in said.splitlines() if not good else ():
                print("# " + line)
            told = TOLD.search(said)
            totals = [a + int(b) for a, b in zip(totals, told.groups())] if told else totals
            sys.stdout.flush()
    print(f"{'ok' if totals[2] else 'not ok'} {n + 1} - something was lost")
    print("# {} mixes: {} packets sent, {} lost; {} rows and {} epochs checked, {} epochs incomplete".format(*totals))
    print(f"1..{n + 1}")
    return int(failed > 0 or not totals[2])


sys.exit(main())
