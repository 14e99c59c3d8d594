#!/usr/bin/env python3
"""Bad input of the whole tool: the exit status, what it says, and that nothing is left half-written.

A case is a line of CASES: arguments, status, a pattern of standard error, files that may be there afterwards.
`{P}` is the program pass.p4, `{R}` the router. With `bytes`: arbitrary bytes in place of every file.
"""
import os
import random
import re
import shutil
import struct
import subprocess
import sys

import e2e

CASES = [
    # wrong usage
    ("", 2, "usage: packetscope"),
    ("walk", 2, "no command 'walk'"),
    ("run", 2, "PROGRAM|program"),
    ("run {P}", 2, "no packets"),
    ("run {P} {P} -i 0@one.pcap", 2, "."),
    ("run {P} -i one.pcap", 2, r"-i one\.pcap: PORT@FILE"),
    ("run {P} -i 511@one.pcap", 2, "port from 0 to 510"),
    ("run {P} -i 0@", 2, "PORT@FILE"),
    ("run {P} -i -1@one.pcap", 2, "PORT@FILE"),
    ("run {P} -i 0@one.pcap --nonsense", 2, "--nonsense: unknown option"),
    ("run {P} -i 0@one.pcap --queue-rate fast", 2, "--queue-rate fast"),
    ("run {P} -i 0@one.pcap --queue-rate 0pps", 2, "--queue-rate 0pps"),
    ("run {P} -i 0@one.pcap --queue-depth 9@none", 2, "--queue-depth 9@none"),
    ("run {P} -i 0@one.pcap --queue-depth 99999999999999999999", 2, "--queue-depth"),
    ("run {P} -i 0@one.pcap --json --csv", 2, "--json or --csv"),
    ("run {P} -i 0@one.pcap -d teapot", 2, "teapot"),
    ("run {P} -i 0@one.pcap -q good.scope --rows many", 2, "invalid numeric value"),
    ("run {P} -i 0@one.pcap -q good.scope --max-delay soon", 2, "--max-delay soon"),
    ("eval good.scope", 2, "which trace"),
    ("eval trace.jsonl", 2, "which queries"),
    ("weave", 2, "."),
    ("check", 2, "."),
    # files that are not there, or are not what they should be
    ("run missing.p4 -i 0@one.pcap", 1, r"missing\.p4.*No such file"),
    ("run . -i 0@one.pcap", 1, "can't read '.': Is a directory"),
    ("run one.pcap -i 0@one.pcap", 1, "error"),
    ("run {P} -i 0@missing.pcap -o 2@out.pcap", 1, r"missing\.pcap: No such file"),
    ("run {P} -i 0@. -o 2@out.pcap", 1, r"\.: is a folder"),
    ("run {P} -i 0@empty.pcap -o 2@out.pcap", 1, r"empty\.pcap: "),
    ("run {P} -i 0@text.pcap -o 2@out.pcap", 1, r"text\.pcap: "),
    ("run {P} -i 0@ppp.pcap -o 2@out.pcap", 1, r"ppp\.pcap: .*Ethernet"),
    ("run {P} -i 0@one.pcap -q missing.scope -o 2@out.pcap", 1, r"missing\.scope.*No such file"),
    ("run {P} -i 0@one.pcap -q one.pcap -o 2@out.pcap", 1, "error"),
    ("run {P} -i 0@one.pcap -q wrong.scope -o 2@out.pcap --trace out.jsonl", 1, r"wrong\.scope:1:\d+: error"),
    ("run {P} -i 0@one.pcap -e missing.txt -o 2@out.pcap", 1, r"missing\.txt.*No such file"),
    ("run {P} -i 0@one.pcap -e one.pcap -o 2@out.pcap", 1, "error"),
    ("run {P} -i 0@one.pcap -e wrong.txt -o 2@out.pcap --trace out.jsonl", 1, r"wrong\.txt:2:\d+: error"),
    ("run {P} -i 0@one.pcap -e wrong.json -o 2@out.pcap", 1, r"wrong\.json:\d+:\d+: error"),
    ("run {P} -i 0@one.pcap -q good.scope -D Nothing=5", 1, "Nothing"),
    ("eval good.scope missing.jsonl", 1, r"missing\.jsonl: No such file"),
    ("eval good.scope one.pcap", 1, r"one\.pcap:1: "),
    ("eval good.scope cut.jsonl", 1, r"cut\.jsonl:\d+: "),
    ("eval good.scope .", 1, "."),
    ("check missing.p4", 1, r"missing\.p4.*No such file"),
    ("check wrong.scope -p {P}", 1, r"wrong\.scope:1:\d+: error"),
    ("weave {P} -q wrong.scope -o out.p4 --manifest out.json", 1, "error"),
    # damage: what came before is processed, and said; outputs are whole
    ("run {P} -i 0@cut.pcap -o 2@out.pcap", 1, r"cut\.pcap: damaged after packet 2: .*was processed", "out.pcap"),
    # places that can't be written
    ("run {P} -i 0@one.pcap -o 2@no/such/folder.pcap", 1, "No such file"),
    ("run {P} -i 0@one.pcap -o 2@folder", 1, "folder: "),
    ("run {P} -i 0@one.pcap -o 2@/dev/full", 1, "/dev/full: "),
    ("run {P} -i 0@one.pcap --trace /dev/full", 1, "/dev/full: No space left"),
    ("run {P} -i 0@one.pcap -o 2@out.pcap -o 2@other.pcap", 1, "port 2 has two output"),
    ("weave {P} -q good.scope -o no/such/folder.p4", 1, "No such file"),
    ("weave {P} -q good.scope -o out.p4 --manifest /dev/full", 1, "/dev/full: "),
    ("weave {P} -q good.scope -o /dev/full", 1, "/dev/full: "),
    # nothing wrong: a capture without packets; 0 bytes, 1 byte, the largest
    ("run {P} -i 0@none.pcap -o 2@out.pcap --json", 0, "^$", "out.pcap"),
    ("run {P} -i 0@sizes.pcap -o 2@out.pcap --json", 0, "^$", "out.pcap"),
    ("run {R} -i 0@sizes.pcap -o 2@out.pcap --json", 0, "^$", "out.pcap"),
    # one byte more than a switch takes
    ("run {P} -i 0@large.pcap -o 2@out.pcap --json", None, "more than 65535 bytes", "out.pcap"),
]


def capture(frames, link=1):
    data = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, link)
    for i, frame in enumerate(frames):
        data += struct.pack("<IIII", i, 0, len(frame), len(frame)) + frame
    return data


def write_files(d):
    files = {
        "one.pcap": capture([bytes(60)] * 3), "none.pcap": capture([]), "empty.pcap": b"",
        "text.pcap": b"This is no capture, but a text of more than a header's length.\n" * 3,
        "ppp.pcap": capture([bytes(60)], 9), "cut.pcap": capture([bytes(60)] * 3)[:-7],
        "sizes.pcap": capture([b"", b"x", bytes(65535)]), "large.pcap": capture([bytes(65536), b"x"]),
        "good.scope": b"q = ingress().reduce(keys=(port_in), func=count)\n",
        "wrong.scope": b"q = ingress().reduce(keys=(port_on), func=count)\n",
        "wrong.txt": b"mc_mgrp_create 1\ntable_add nothing here => 1\n", "wrong.json": b'{"table_entries": [{"table": 5}]}',
        "cut.jsonl": b'{"type":"trace","version":1,"start_ns":0,"tick_ns":1000,"headers":[],"metadata":[]}\n{"type":"pac',
    }
    for name, data in files.items():
        with open(d(name), "wb") as f:
            f.write(data)
    os.mkdir(d("folder"))


def check(tap, d, case):
    args, status, pattern, allowed = (case + ("",))[:4]
    before = set(os.listdir(d.path))
    here = os.path.dirname(os.path.abspath(__file__))
    words = args.replace("{P}", os.path.join(here, "pass.p4")).replace("{R}", os.path.join(e2e.ROUTER, "router.p4"))
    done = subprocess.run([e2e.PACKETSCOPE, *words.split()], cwd=d.path, stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=e2e.TIMEOUT, check=False)
    text = done.stderr.decode(errors="replace")
    notes = [] if re.search(pattern, text, re.S) else [f"not said: {pattern}"]
    if status is None and done.returncode not in (0, 1) or status not in (None, done.returncode):
        notes.append(f"exit status {done.returncode}, not {status}")
    left = set(os.listdir(d.path)) - before
    if left != set(allowed.split()):
        notes.append(f"left behind: {left}")
    for name in left:
        os.remove(d(name))
    tap.ok(not notes, f"packetscope {args}", notes + [text])


def sizes(tap, d):
    e2e.run(e2e.Setting([d("sizes.pcap")], program=os.path.join(os.path.dirname(__file__), "pass.p4")),
            ports=(2,), out=d("size"))
    with open(d("sizes.pcap"), "rb") as a, open(d("size2.pcap"), "rb") as b:
        mine, theirs = a.read()[24:], b.read()[24:]
    tap.ok(len(mine) == len(theirs), "packets of 0, 1 and 65535 bytes pass", [len(mine), len(theirs)])


def full_output(tap, d):
    """Standard output that can't be written."""
    program = os.path.join(os.path.dirname(__file__), "pass.p4")
    for args in (["run", program, "-i", "0@" + d("one.pcap")], ["run", program, "-i", "0@" + d("one.pcap"), "--json"],
                 ["run", program, "-i", "0@" + d("one.pcap"), "--csv"], ["weave", program, "-q", d("good.scope")]):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([e2e.PACKETSCOPE, *args], stdout=full, stderr=subprocess.PIPE, check=False)
        tap.ok(done.returncode == 1 and b"No space left" in done.stderr, f"{args[0]} {args[-1]} to a full disk",
               [done.returncode, done.stderr])


# Every file that the tool reads, as `{X}`.
READERS = ["check {X}.p4", "check {X}.scope -p {P}", "run {X}.p4 -i 0@one.pcap", "run {P} -i 0@one.pcap -q {X}", "run {P} -i 0@one.pcap -e {X}",
           "run {P} -i 0@one.pcap -e {X}.json", "run {P} -i 0@{X}", "eval good.scope {X}", "explain {P} -q good.scope --target {X}",
           "attach bmv2://127.0.0.1:1 --manifest {X}", "net {X}", "stf {P} {X}"]


# Control characters, and marks that turn the direction of text.
ORDERS = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def arbitrary(dice, known):
    """Bytes of some kind: noise, what terminals obey, text with both in it, a known file with bytes changed."""
    kind = dice.randrange(4)
    if kind == 0:
        return b"\x7fELF" + dice.randbytes(dice.randrange(1, 3000))
    orders = [b"\x1b[31m", b"\x1b]0;title\x07", b"\xc2\x9b2J", b"\xe2\x80\xae", b"\x00", b"\xff", b"\r", b"\x08" * 9, b"\x80" * 2000]
    words = orders + [b"header ", b"table_add ", b"q = ingress()", b"{", b"\"", b"[", b" => ", b"\n", b"\xc3\xa4", b"name"]
    if kind == 1:
        return b"".join(dice.choices(words, k=dice.randrange(1, 60)))
    data = bytearray(dice.choice(known))
    for _ in range(dice.randrange(1, 9)):
        at = dice.randrange(len(data) + 1)
        data[at:at + dice.randrange(3)] = dice.choice(orders)
    return bytes(data)


def is_clean(text):
    """Text, nothing in it that a terminal obeys, and not the whole file."""
    try:
        said = text.decode()
    except UnicodeDecodeError:
        return False
    return len(text) < 20000 and not ORDERS.search(said)


def hostile(tap, d):
    """Arbitrary bytes in place of every file: an error that can be read."""
    here, dice = os.path.dirname(os.path.abspath(__file__)), random.Random(5)
    e2e.tool("weave", os.path.join(here, "pass.p4"), "-q", d("good.scope"), "-o", d("woven.p4"), "--manifest", d("woven.json"))
    known = []
    for path in (d("woven.json"), d("good.scope"), d("wrong.txt"), d("cut.jsonl"), os.path.join(here, "pass.p4")):
        with open(path, "rb") as f:
            known.append(f.read())
    for reader in READERS:
        notes = []
        for n in range(8):
            data = arbitrary(dice, known)
            for end in "", ".p4", ".scope", ".json":
                with open(d("x" + end), "wb") as f:
                    f.write(data)
            words = reader.replace("{X}", "x").replace("{P}", os.path.join(here, "pass.p4")).split()
            done = subprocess.run([e2e.PACKETSCOPE, *words], cwd=d.path, stdin=subprocess.DEVNULL, capture_output=True,
                                  timeout=e2e.TIMEOUT, check=False)
            if done.returncode not in (0, 1, 2) or b"Sanitizer" in done.stderr or not is_clean(done.stderr) or done.returncode and not done.stderr:
                notes.append(f"{n}: status {done.returncode}: {done.stderr[:300]} of {data}")
        tap.ok(not notes, f"arbitrary bytes: packetscope {reader}", notes)


def main():
    tap = e2e.Tap()
    if not shutil.which("cc"):
        tap.skip("bad input", "no C compiler")
        tap.done()
    with e2e.Folder() as d:
        write_files(d)
        if sys.argv[1:] == ["bytes"]:
            hostile(tap, d)
            tap.done()
        for case in CASES:
            check(tap, d, case)
        sizes(tap, d)
        full_output(tap, d)
    tap.done()


main()
