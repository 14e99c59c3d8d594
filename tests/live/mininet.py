#!/usr/bin/env python3
"""examples/mininet on a Mininet of its own, in a network namespace. Usage: mininet.py PACKETSCOPE SOURCE_ROOT. Prints TAP."""
import collections
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import tap  # noqa: E402
from tap import result  # noqa: E402

SYSTEM = "/usr/bin/python3"  # Debian's Mininet is installed for this one


def missing():
    if os.geteuid() != 0:
        return "needs root"
    for tool in "ping", "ethtool", "unshare":
        if not shutil.which(tool):
            return f"{tool} isn't installed"
    return "Mininet isn't installed" if subprocess.run([SYSTEM, "-c", "import mininet"], capture_output=True).returncode else None


def main():
    why = missing()
    if why:
        print(f"1..0 # SKIP {why}")
        return 0
    example = os.path.join(sys.argv[2], "examples", "mininet", "packetscope.py")
    run = subprocess.run(["unshare", "--net", "--mount", SYSTEM, example, "--check"], text=True, capture_output=True,
                         env=dict(os.environ, PACKETSCOPE=os.path.abspath(sys.argv[1])))
    said = run.stdout + run.stderr
    result("all hosts reach one another", run.returncode == 0 and "0% dropped (6/6 received)" in said, said)
    counts = collections.Counter()  # over epochs: on a busy machine the pings may take longer than one
    for a, b, n in re.findall(r"^ .*10\.0\.(\d)\.1 +10\.0\.(\d)\.1 +(\d+)$", run.stdout, re.M):
        counts[a, b] += int(n)
    result("each pair's request and answer are counted", counts == {(a, b): 2 for a in "123" for b in "123" if a != b}, counts)
    return tap.done()


sys.exit(main())
