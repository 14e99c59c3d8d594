#!/usr/bin/env python3
"""Bytes from the wire never make generated code read or write outside: programs compiled with sanitizers, over captures,
mutants of their packets, and STF tests.

    bounds.py PACKETSCOPE CC...     CC: the C compiler for generated code, with its sanitizers; prints TAP

BOUNDS=large takes all packets and many more mutants.
"""
import glob
import os
import random
import struct
import subprocess
import sys
import tempfile

TOOL, CC = os.path.abspath(sys.argv[1]), sys.argv[2:]
ROOT = os.environ["PACKETSCOPE_DATA"]
CASES = ROOT + "/tests/target/soft/cases/"
LARGE = os.environ.get("BOUNDS") == "large"
ENV = dict(os.environ, CC=" ".join(CC), ASAN_OPTIONS="detect_leaks=0:" + os.environ.get("ASAN_OPTIONS", ""),
           UBSAN_OPTIONS="print_stacktrace=1")
done = failed = 0


def ok(good, what, notes=""):
    global done, failed
    done += 1
    failed += not good
    print(f"{'ok' if good else 'not ok'} {done} - {what}", flush=True)
    for line in notes.splitlines()[-30:] if not good else []:
        print("# " + line)


def clean(what, *args):
    r = subprocess.run([TOOL, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENV, check=False)
    said = r.stderr + (r.stdout if r.returncode else "")
    ok(r.returncode == 0 and "runtime error" not in said and "Sanitizer" not in said, what, said)


# --- packets --------------------------------------------------------------------------------------

def classic(data):
    order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    at = 24
    while at + 16 <= len(data):
        n = struct.unpack(order + "I", data[at + 8:at + 12])[0]
        yield data[at + 16:at + 16 + n]
        at += 16 + n


def blocks(data):
    """The packets of a pcapng file."""
    order = "<" if data[8:12] == b"\x4d\x3c\x2b\x1a" else ">"
    at = 0
    while at + 12 <= len(data):
        kind, size = struct.unpack(order + "II", data[at:at + 8])
        if kind == 6:
            n = struct.unpack(order + "I", data[at + 20:at + 24])[0]
            yield data[at + 28:at + 28 + n]
        at += max(size, 12)


def captured():
    for path in sorted(glob.glob(ROOT + "/../shared/captures/*.*cap*")):
        with open(path, "rb") as f:
            data = f.read()
        found = list(blocks(data) if data[:4] == b"\n\r\r\n" else classic(data))
        yield from found if LARGE else found[:15]


def mutant(rnd, packet):
    b = bytearray(packet)
    for _ in range(rnd.randrange(1, 4)):
        kind = rnd.randrange(5)
        if kind == 0:
            b = b[:rnd.randrange(len(b) + 1)]
        elif kind == 1 and b:
            b[rnd.randrange(len(b))] = rnd.choice((0, 1, 0x0f, 0x7f, 0x80, 0xff))
        elif kind == 2 and b:
            b[rnd.randrange(min(len(b), 60))] ^= 1 << rnd.randrange(8)
        elif kind == 3 and len(b) > 14:
            b[14] = 0x40 | rnd.randrange(16)  # the length of an IPv4 header
        else:
            b += bytes(rnd.randrange(256) for _ in range(rnd.randrange(40)))
    return bytes(b)


def write(path, packets):
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for i, p in enumerate(packets):
            p = p[:65535]
            f.write(struct.pack("<IIII", i // 1000, i % 1000 * 1000, len(p), len(p)) + p)


def hostile():
    rnd = random.Random(1)
    seen = [p for p in captured() if p] or [bytes(range(64))]
    packets = seen + [p[:n] for p in seen[::len(seen) // 8 + 1] for n in range(min(len(p), 90))]
    packets += [mutant(rnd, rnd.choice(seen)) for _ in range(400000 if LARGE else 1500)]
    packets += [bytes(rnd.randrange(256) for _ in range(rnd.randrange(1, 200))) for _ in range(20000 if LARGE else 300)]
    return packets


# --- runs -----------------------------------------------------------------------------------------

def main():
    router, basic = ROOT + "/examples/router/", ROOT + "/examples/basic/"
    queries = [x for name in ("drops", "delay", "syn_flood") for x in ("-q", f"{ROOT}/examples/queries/{name}.scope")]
    packets = hostile()
    with tempfile.TemporaryDirectory() as folder:
        ENV["XDG_CACHE_HOME"] = folder
        wire = folder + "/wire.pcap"
        write(wire, packets)
        some = f"{len(packets)} packets"
        clean(f"router, {some}", "run", router + "router.p4", "-e", router + "entries.txt", "-i", "0@" + wire)
        clean(f"router with queries, one by one, {some}", "run", router + "router.p4", "-e", router + "entries.txt", "-i", "0@" + wire,
              "--trace", folder + "/trace", *queries)
        clean(f"basic, {some}", "run", basic + "basic.p4", "-e", basic + "entries.txt", "-i", "1@" + wire)
        names = sorted(glob.glob(CASES + "*.stf")) if LARGE else [CASES + x + ".stf" for x in ("parser", "stacks", "tables")]
        for test in names:
            program = test[:-3] + "p4"
            clean(os.path.basename(test), "stf", program, test)
            clean(f"{os.path.basename(program)}, {some}", "run", program, "-i", "1@" + wire)
    print(f"1..{done}")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
