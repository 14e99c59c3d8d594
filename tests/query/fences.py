#!/usr/bin/env python3
"""Checks the examples of a page. Usage: fences.py PAGE COMMAND...

Each block fenced as ```scope must load, each ```scope error must be refused with an error for every line that has a
comment in it. The command gets the block's file as its last argument."""
import re
import subprocess
import sys
import tempfile


def blocks(text):
    for match in re.finditer(r"^```scope( error)?\n(.*?)^```$", text, re.S | re.M):
        line = text.count("\n", 0, match.start()) + 2
        yield line, bool(match.group(1)), match.group(2)


def complaint(command, wrong, text):
    with tempfile.NamedTemporaryFile("w", suffix=".scope") as f:
        f.write(text)
        f.flush()
        run = subprocess.run(command + [f.name], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if run.returncode != int(wrong):
        return f"exit status {run.returncode}\n{run.stderr}"
    told = {int(n) for n in re.findall(r"\.scope:(\d+):\d+: error", run.stderr)}
    wanted = {n for n, line in enumerate(text.splitlines(), 1) if wrong and "//" in line}
    return "" if told == wanted else f"errors in lines {sorted(told)}, not {sorted(wanted)}\n{run.stderr}"


def main():
    page, command, failed, count = sys.argv[1], sys.argv[2:], False, 0
    with open(page, encoding="utf-8") as f:
        text = f.read()
    for line, wrong, block in blocks(text):
        count += 1
        problem = complaint(command, wrong, block)
        for detail in problem.splitlines():
            print("#", detail)
        failed |= bool(problem)
        print("not ok" if problem else "ok", count, "-", f"line {line}")
    if not count:
        count, failed = 1, True
        print("not ok 1 - no example in", page)
    print(f"1..{count}")
    return int(failed)


sys.exit(main())
