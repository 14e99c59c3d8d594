#!/usr/bin/env python3
"""Many runs of the lab. Usage: runs.py PACKETSCOPE [COUNT [FIRST]]. Prints each run's line and, at last, how many were exact.

Ways, kinds of packets, queues, rates, bursts, epochs and tags are mixed; run n is the same one each time. Needs root."""
import subprocess
import sys

WAYS = (["--path", "route"], ["--path", "bridge"], ["--path", "route", "--kind", "ipv6"], ["--path", "bridge", "--kind", "vlan"],
        ["--path", "route", "--kind", "vxlan"], ["--path", "route", "--no-nat"], ["--path", "bridge", "--kind", "ipv6"],
        ["--path", "route", "--no-filter"])
QUEUES = (["--queue", "tbf"], ["--queue", "htb"])
EPOCHS = ("20ms", "1ms", "5ms", "100ms", "2ms", "50ms", "10ms")
RATES = (["--rate", "20"], ["--rate", "10", "--limit", "10"], ["--rate", "50"])
BURSTS = (["--bursts", "100"], ["--bursts", "25", "--gap", "24ms"], ["--bursts", "400", "--gap", "1500us"])
TAGS = ([], ["--tag", "mark:0xffff0000"], ["--tag", "stamp"])


def mix(n):
    """Lengths without a common factor make all combinations come, sooner or later."""
    return WAYS[n % 8] + QUEUES[n // 8 % 2] + ["--epoch", EPOCHS[n % 7]] + RATES[n % 3] + BURSTS[n % 5 % 3] + TAGS[n // 16 % 3]


def main():
    program, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 200
    first = int(sys.argv[3]) if len(sys.argv) > 3 else 0
    exact = 0
    for n in range(first, first + count):
        run = subprocess.run([program, "lab", "--check", *mix(n)], capture_output=True, text=True, check=False)
        exact += run.returncode == 0
        with open("/proc/loadavg", encoding="ascii") as f:
            print(n, " ".join(mix(n)), "| load", f.read().split()[0], "|", run.stdout.strip(), flush=True)
        if run.returncode:
            print(run.stderr, flush=True)
    print(f"{exact} of {count} runs exact")
    return exact != count


sys.exit(main())
