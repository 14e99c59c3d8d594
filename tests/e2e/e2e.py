"""What the end-to-end tests share: TAP, running the tool, reading what it says, and the
comparison of the woven switch with the evaluator.

Environment: PACKETSCOPE (the program), ROOT (the source tree), E2E=full for the whole matrix.
"""
import collections
import glob
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile

ROOT = os.path.abspath(os.environ.get("ROOT", os.path.join(os.path.dirname(__file__), "../..")))
PACKETSCOPE = os.environ.get("PACKETSCOPE", os.path.join(ROOT, "build/src/packetscope"))
CAPTURES = os.path.join(ROOT, "../shared/captures")
ROUTER = os.path.join(ROOT, "examples/router")
STANDARD = sorted(glob.glob(os.path.join(ROOT, "examples/queries/*.scope")))
FULL = os.environ.get("E2E") == "full"
PLACEMENTS = ("cut", "late", "results", "parts", "whole", "end", "apart")
TIMEOUT = 1800

os.environ.setdefault("PACKETSCOPE_DATA", ROOT)


class Tap:
    def __init__(self):
        self.count = 0
        self.failed = 0

    def ok(self, good, what, notes=()):
        self.count += 1
        self.failed += not good
        print(f"{'ok' if good else 'not ok'} {self.count} - {what.replace('#', '')}")
        for note in notes if not good else ():
            for line in str(note).splitlines()[:12]:
                print("# " + line[:400])
        sys.stdout.flush()
        return good

    def skip(self, what, why):
        self.count += 1
        print(f"ok {self.count} - {what} # SKIP {why}")

    def done(self):
        print(f"1..{self.count}")
        sys.exit(int(self.failed > 0))


class Folder:
    """A scratch folder, removed at the end; KEEP=1 leaves it and says where it is."""

    def __enter__(self):
        self.path = tempfile.mkdtemp(prefix="packetscope-e2e-")
        return self

    def __exit__(self, *_):
        if os.environ.get("KEEP"):
            print("# kept " + self.path)
        else:
            shutil.rmtree(self.path, ignore_errors=True)

    def __call__(self, name):
        return os.path.join(self.path, name)


class Failure(Exception):
    """The tool did not do what was asked; the text says what it said."""


def tool(*args, status=0):
    """Runs the tool. Returns its output; raises Failure when the status is another."""
    done = subprocess.run([PACKETSCOPE, *args], stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=TIMEOUT, check=False)
    if done.returncode != status:
        text = done.stderr.decode(errors="replace")
        raise Failure(f"packetscope {args[0]}: exit status {done.returncode}\n{text}")
    return done.stdout.decode()


class Answers:
    """JSON lines of `run` or `eval`: per query its lines in order, and the switch's balance."""

    def __init__(self, text):
        self.text = text
        self.queries = collections.OrderedDict()
        self.switch = None
        for line in text.splitlines():
            item = json.loads(line)
            if item["type"] == "switch":
                self.switch = item
            else:
                self.queries.setdefault(item["query"], []).append(line)

    def rows(self, query):
        return [json.loads(line) for line in self.queries.get(query, ()) if '"type":"row"' in line]

    def epochs(self, query):
        return [json.loads(line) for line in self.queries.get(query, ())
                if '"type":"epoch"' in line]


# Tuples that went around the table and were added by the controller.
MIRRORED = re.compile(r'"overflow":\d+,"precision":1\.0(?=[,}])')


def differences(run, truth):
    """Lines of text: where two Answers differ. Every line of every query must be the same, in the
    same order; only the order between queries is free."""
    found = []
    for query in list(run.queries) + [q for q in truth.queries if q not in run.queries]:
        mine = [MIRRORED.sub('"overflow":0,"precision":1.0', x) for x in run.queries.get(query, [])]
        theirs = truth.queries.get(query, [])
        if mine == theirs:
            continue
        extra, lacking = collections.Counter(mine), collections.Counter(theirs)
        extra, lacking = extra - lacking, lacking - extra
        if not extra and not lacking:
            found.append(f"{query}: the same lines in another order")
        found += [f"run:   {line}" for line in list(extra)[:3]]
        found += [f"truth: {line}" for line in list(lacking)[:3]]
    return found


def unbalanced(switch):
    """The balance of the switch, as a list of complaints."""
    came = switch["received"] + switch["copies"]
    went = sum(switch[k] for k in ("forwarded", "dropped_ingress", "dropped_egress", "lost_queue",
                                   "queued"))
    wrong = [] if came == went else [f"{came} packets in, {went} accounted for: {switch}"]
    classified = sum(drop["packets"] for drop in switch["drops"] if drop["class"])
    if classified != switch["dropped_ingress"] + switch["dropped_egress"] + switch["lost_queue"]:
        wrong.append(f"{classified} packets have a class of the discard model: {switch}")
    return wrong


class Setting:
    """A program, its entries, traffic and queues: what a run needs beside queries."""

    def __init__(self, inputs, queues=(), program=None, entries=None):
        self.inputs = [(0, i) if isinstance(i, str) else i for i in inputs]
        self.queues = list(queues)
        self.program = program or os.path.join(ROUTER, "router.p4")
        self.entries = entries or ([] if program else [os.path.join(ROUTER, "entries.txt")])

    def args(self):
        args = [self.program]
        for path in self.entries:
            args += ["-e", path]
        for port, path in self.inputs:
            args += ["-i", f"{port}@{path}"]
        return args + self.queues


def run(setting, *options, queries=(), ports=(), out=None, trace=None, status=0):
    """`packetscope run`; outputs of `ports` go to the files out + PORT."""
    args = ["run", *setting.args(), "--json", *options]
    for query in queries:
        args += ["-q", query]
    for port in ports:
        args += ["-o", f"{port}@{out}{port}.pcap"]
    if trace:
        args += ["--trace", trace]
    return Answers(tool(*args, status=status))


def evaluate(trace, queries, *options):
    args = ["eval", *options, "--json"]
    for query in queries:
        args += ["-q", query]
    return Answers(tool(*args, trace))


def different_files(out, other, ports):
    found = []
    for port in ports:
        with open(f"{out}{port}.pcap", "rb") as a, open(f"{other}{port}.pcap", "rb") as b:
            if a.read() != b.read():
                found.append(f"the captures of port {port} differ")
    return found


def capture(path, frames):
    """frames: (time in ns, bytes)"""
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 65535, 1))
        for time, frame in frames:
            f.write(struct.pack("<IIII", time // 10**9, time % 10**9, len(frame), len(frame)) + frame)
    return path


def link_type(path):
    """The number of a capture's (first) link type; None where it has none."""
    with open(path, "rb") as f:
        head = f.read(4096)
    if head[:4] == b"\x0a\x0d\x0d\x0a":
        order = "<" if head[8:12] == b"\x4d\x3c\x2b\x1a" else ">"
        at = struct.unpack_from(order + "I", head, 4)[0]
        if len(head) < at + 10:
            return None
        return struct.unpack_from(order + "H", head, at + 8)[0]
    if len(head) < 24:
        return None
    order = "<" if head[0] in (0xD4, 0x4D) else ">"
    return struct.unpack_from(order + "I", head, 20)[0] & 0xFFFF


def packets(trace):
    """The packets of a trace, as objects, one by one."""
    with open(trace, encoding="utf-8", errors="replace") as f:
        next(f)
        for line in f:
            yield json.loads(line)
