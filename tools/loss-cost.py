#!/usr/bin/env python3
"""loss-cost.py PACKETSCOPE PROGRAM.p4: what a loss query costs, ours beside the scheme of the paper's section 3.3.

Bits that a packet carries from ingress to egress, and bits of registers on each side, for keys of several widths with the
paper's table (4 stages of 128 rows). Ours are counted in the woven program. The paper's scheme keeps (epoch, key, count) on both
sides, and egress needs the epoch, the key and whether the filters held; words of 32 bits are assumed for each.
"""
import os
import re
import subprocess
import sys
import tempfile

STAGES, ROWS = 4, 128
QUERIES = [
    ("source, port 80", "ingress().filter(tcp.dstPort_in == 80).lost([ipv4.srcIP_in], 1s%s)", [32], 1),
    ("input port", "ingress().lost([port_in], 1s%s)", [9], 0),
    ("5-tuple", "ingress().lost([ipv4.srcIP_in, ipv4.dstIP_in, ipv4.proto_in, tcp.srcPort_in, tcp.dstPort_in], 1s%s)",
     [32, 32, 8, 16, 16], 0),
]


def woven(tool, program, query, stage):
    with tempfile.NamedTemporaryFile("w", suffix=".scope") as f:
        f.write("lost = " + query + "\n")
        f.flush()
        return subprocess.run([tool, "weave", program, "-q", f.name, "-d", stage], stdout=subprocess.PIPE, check=True,
                              text=True).stdout


def ours(tool, program, query):
    """(bits carried over the queue, registers before it, registers behind it)"""
    carried = int(re.search(r"mid->deq +carried (\d+)", woven(tool, program, query, "plan")).group(1))
    text = woven(tool, program, query, "woven")
    behind = text.index("registers behind the queue")
    bits = [0, 0]
    for found in re.finditer(r"register<bit<(\d+)>[^>]*>\(32w(\d+)\) (ps_\w+);", text):
        if found.group(3) != "ps_copies_of":
            bits[found.start() > behind] += int(found.group(1)) * int(found.group(2))
    return carried, *bits


def papers(keys, filters):
    words = [32 * ((bits + 31) // 32) for bits in keys]
    side = STAGES * ROWS * (32 + sum(words) + 32) + 16 * 32
    return 32 + sum(keys) + filters, side, side


def main():
    tool, program = sys.argv[1:3]
    os.environ.setdefault("PACKETSCOPE_DATA", os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
    print("| losses by | scheme | bits a packet carries | register bits before the queue | behind it | together |")
    print("| --- | --- | ---: | ---: | ---: | ---: |")
    size = f", rows={ROWS}, stages={STAGES}"
    for name, query, keys, filters in QUERIES:
        rows = [("ours", ours(tool, program, query % size)),
                ("ours, mirror", ours(tool, program, query % (size + ", overflow=mirror"))),
                ("paper", papers(keys, filters))]
        for scheme, (carried, before, behind) in rows:
            print(f"| {name} | {scheme} | {carried} | {before:,} | {behind:,} | {before + behind:,} |")


main()
