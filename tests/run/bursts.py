#!/usr/bin/env python3
"""The same packets one by one (a run with a trace), in bursts, and on threads: outputs and reports are the same to the byte.

    bursts.py PACKETSCOPE     prints TAP
"""
import os
import subprocess
import sys
import tempfile

TOOL = os.path.abspath(sys.argv[1])
ROOT = os.environ["PACKETSCOPE_DATA"]
ROUTER = ROOT + "/examples/router"
STATE = """
#include <core.p4>
#include <v1model.p4>
header h_t { bit<8> x; }
struct headers { h_t h; }
struct meta { }
parser P(packet_in p, out headers hdr, inout meta m, inout standard_metadata_t s) {
	state start { p.extract(hdr.h); transition accept; }
}
control V(inout headers hdr, inout meta m) { apply { } }
control I(inout headers hdr, inout meta m, inout standard_metadata_t s) {
	register<bit<8>>(4) kept;
	apply { bit<8> y; kept.read(y, 0); kept.write(0, y + 1); hdr.h.x = y; s.egress_spec = 2; }
}
control E(inout headers hdr, inout meta m, inout standard_metadata_t s) { apply { } }
control C(inout headers hdr, inout meta m) { apply { } }
control D(packet_out p, in headers hdr) { apply { p.emit(hdr); } }
V1Switch(P(), V(), I(), E(), C(), D()) main;
"""


class Runs:
    def __init__(self, folder):
        self.folder = folder
        self.count = 0

    def run(self, program, capture, *more):
        """What a run prints, what it says, and the captures it writes."""
        self.count += 1
        out = [f"{self.folder}/{self.count}-{port}.pcap" for port in (0, 1, 2, 3)]
        args = [TOOL, "run", program, "-i", "0@" + capture]
        for port, path in enumerate(out):
            args += ["-o", f"{port}@{path}"]
        r = subprocess.run(args + list(more), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
        if r.returncode:
            return r.stderr, r.stderr, []
        captures = []
        for path in out:
            with open(path, "rb") as f:
                captures.append(f.read())
        return r.stdout, r.stderr, captures


def queries():
    folder = ROOT + "/examples/queries"
    return [f"{folder}/{name}.scope" for name in ("acl_drop", "ddos", "superspreader")]


def checks(folder):
    runs = Runs(folder)
    capture = folder + "/in.pcap"
    subprocess.run([TOOL, "gen", "router", "-o", capture, "--duration", "6s", "--rate", "2000"], check=True,
                   stderr=subprocess.DEVNULL)
    router = (ROUTER + "/router.p4", capture, "-e", ROUTER + "/entries.txt")
    trace = ("--trace", "/dev/null")
    single = runs.run(*router, *trace)
    yield "a burst's outputs are those of single packets", runs.run(*router)[::2] == single[::2] and len(single[2][2]) > 1000
    for n in ("2", "3"):
        yield f"{n} threads have the same outputs", runs.run(*router, "--threads", n)[::2] == single[::2]
    for q in queries():
        with_query = router + ("-q", q, "--json")
        yield f"rows of {os.path.basename(q)}", runs.run(*with_query)[::2] == runs.run(*with_query, *trace)[::2]
    said = runs.run(*router, "--threads", "2", "--queue-rate", "100000pps")[1]
    yield "a queue with a rate has one thread", "packets share a queue with a rate" in said
    with open(folder + "/state.p4", "w", encoding="ascii") as f:
        f.write(STATE)
    counting = runs.run(folder + "/state.p4", capture, *trace)
    said = runs.run(folder + "/state.p4", capture, "--threads", "2")
    yield "a register is named", "packets share register I.kept" in said[1] and said[2] == counting[2]
    yield "its program runs in bursts", runs.run(folder + "/state.p4", capture)[::2] == counting[::2]
    yield "no number of threads", "from 1 to" in runs.run(*router, "--threads", "1000")[1]


def main():
    number = 0
    with tempfile.TemporaryDirectory() as folder:
        for what, good in checks(folder):
            number += 1
            print(f"{'ok' if good else 'not ok'} {number} - {what}", flush=True)
    print(f"1..{number}")


main()
