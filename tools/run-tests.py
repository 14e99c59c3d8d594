#!/usr/bin/env python3
"""Runs the tests of a build folder and ends with the line `N passed, N failed`.

Usage: run-tests.py BUILD [ARGUMENT of `meson test`...]

Every line of TAP counts as one test; a program that prints none, or that ends badly though all its
lines are fine, counts as one. The output of whatever failed is printed before the last line.
"""
import json
import os
import re
import subprocess
import sys

LINE = re.compile(r"^(not )?ok\b([^#\n]*)(#\s*skip\b.*)?", re.I | re.M)
PLAN = re.compile(r"^1\.\.\d+", re.M)


class Count:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.reports = []

    def add(self, test):
        """Counts one program's result, an entry of Meson's log."""
        out = test.get("stdout", "")
        lines = LINE.findall(out) if PLAN.search(out) else []
        bad = sum(1 for no, _, skip in lines if no and not skip)
        skips = sum(1 for _, _, skip in lines if skip)
        result = test["result"]
        fine = result in ("OK", "EXPECTEDFAIL", "SKIP")
        self.failed += bad or not fine
        self.passed += len(lines) - bad - skips
        self.skipped += skips
        if not lines and fine:
            if result == "SKIP":
                self.skipped += 1
            else:
                self.passed += 1
        if bad or not fine:
            self.reports.append(report(test))


def report(test):
    text = [f"---- {test['name']}: {test['result'].lower()}, exit status {test['returncode']}"]
    out = test.get("stdout", "")
    text += [line for line in out.splitlines() if not re.match(r"ok\b", line)]
    text += test.get("stderr", "").splitlines()
    return "\n".join(text)


def main():
    build = sys.argv[1]
    log = os.path.join(build, "meson-logs", "testlog.json")
    if os.path.exists(log):
        os.remove(log)
    status = subprocess.call(["meson", "test", "-C", build, *sys.argv[2:]])
    count = Count()
    if os.path.exists(log):
        with open(log, encoding="utf-8") as f:
            for line in f:
                count.add(json.loads(line))
    if status and not count.failed:
        count.reports.append(f"---- meson test ended with status {status}")
        count.failed += 1
    for text in count.reports:
        print(text)
    if count.skipped:
        print(f"{count.skipped} skipped")
    print(f"{count.passed} passed, {count.failed} failed", flush=True)
    return int(count.failed > 0)


sys.exit(main())
