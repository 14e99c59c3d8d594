#!/usr/bin/env python3
"""`packetscope attach` on a switch that signals which epochs have packets. Usage: attach_signals.py PACKETSCOPE SOURCE_ROOT. Prints TAP."""
import os
import random
import struct
import sys
import tempfile

import publish
import thrift as t
from played import QUERIES, Switch, closed, fill, lines_until, rows_of, start, state_of, weave

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import tap  # noqa: E402
from tap import result  # noqa: E402


class Signals:
    """A switch that signals: packets come at times that a test says, after an hour without any."""

    def __init__(self, manifest):
        self.switch, self.lost = Switch(manifest), state_of(manifest, "lost")
        self.publisher, self.server = publish.Publisher(), t.Server(self.switch.answer)
        self.switch.address = f"tcp://*:{self.publisher.port}"
        self.buffer = self.count = 0

    def heard(self, epoch, count):
        self.publisher.send(publish.digest(7, self.buffer, struct.pack(">6s6s", epoch.to_bytes(6, "big"), count.to_bytes(6, "big"))))
        self.buffer += 1

    def come(self, *epochs, signals=None, later=3_600_000_000):
        """Packets of these epochs: 0 is that of now, -1 the one before. `signals`: which of theirs arrive."""
        with self.switch.lock:
            self.switch.us += later
            now = self.switch.us // 20000
            signals = range(len(epochs)) if signals is None else signals
            for i, e in enumerate(epochs):
                fill(self.switch, self.lost, now + e, i, 0x0a000007, 7 + i, 2)
                self.count += 1
                if i in signals:
                    self.heard(now + e + 1, self.count)
            self.switch.set(self.switch.signal["register"], 0, now + epochs[-1] + 1)
            self.switch.set(self.switch.signal["register"], 2, self.count)
            return [(now + e, "10.0.0.7", 5 + i) for i, e in enumerate(epochs)]

    def stop(self):
        self.server.shutdown()
        self.publisher.close()


def follow(path, s, steps):
    """What attach reports while `steps` come one after the other, each when the one before has been told of: (results, rows that were
    expected, status, messages)."""
    expected, todo = [], list(steps)

    def enough(got):
        if s.switch.looks < 2 or not all(closed(got, "lost", row[0]) for row in expected):
            return False
        if not todo:
            return True
        expected.extend(todo.pop(0)())
        return False

    got, status, err = lines_until(start(s.server.url(), path), enough)
    return got, expected, status, err


def test_signals(manifest, path):
    s = Signals(manifest)
    got, expected, status, err = follow(path, s, [lambda: s.come(0), lambda: s.come(-1, 0), lambda: s.come(0, -1), lambda: s.come(0)])
    result("epochs that signal are read", rows_of(got, "lost") == sorted(expected) and status == 0, rows_of(got, "lost"), expected, err)
    incomplete = [r for r in got if r["type"] == "epoch" and not r["complete"]]
    result("hours without packets are passed over", not incomplete, len(incomplete), incomplete[:3], err)
    acknowledged = [w[1:] for w in s.switch.written if w[0] == "bm_learning_ack_buffer"]
    result("signals are acknowledged", acknowledged == [(7, n) for n in range(6)], acknowledged, err)
    lease = [w[2:] for w in s.switch.written if w[0] == "bm_register_write" and w[1].decode() == s.switch.signal["register"]]
    result("and asked for until the end", lease and lease[0][1] > 50 and lease[-1] == (1, 0), lease, err)
    s.stop()


def test_missing_signals(manifest, path):
    """Rows are right all the same."""
    s = Signals(manifest)
    steps = [lambda: s.come(0, signals=[], later=40_000), lambda: s.come(0, later=40_000), lambda: s.come(-1, 0, signals=[1], later=40_000),
             lambda: s.come(-1, 0, signals=[0], later=40_000), lambda: s.come(0, -1, signals=[0], later=40_000), lambda: s.come(0, later=40_000)]
    got, expected, status, err = follow(path, s, steps)
    told = {r["epoch"] for r in got if r["type"] == "epoch" and not r["complete"]}
    rows = rows_of(got, "lost")
    result("signals that get lost", status == 0 and set(rows) <= set(expected) and {r[0] for r in set(expected) - set(rows)} <= told, rows, expected,
           sorted(told)[:20], err)
    s.stop()


def test_no_signals(manifest, path):
    for address, word in (("", "built without nanomsg"), ("tcp://*:1", "refused"), ("ipc:///nowhere/signals", "No such file"), ("x", "neither"),
                          ("ipc://" + "a" * 200, "too long"), ("tcp://1", "neither")):
        s = Signals(manifest)
        s.switch.address = address
        fill(s.switch, s.lost, 60, 1, 0x0a000007, 7, 0)
        got, status, err = lines_until(start(s.server.url(), path), lambda r: closed(r, "lost", 60))
        result(f"no signals: {word}", rows_of(got, "lost") == [(60, "10.0.0.7", 7)] and status == 0 and word in err and "every epoch" in err, got, err)
        s.stop()


def test_hostile_signals(manifest, path):
    """Whatever is published: the rows are right."""
    say, dice = publish.frame, random.Random(9)
    good = publish.digest(7, 1, bytes(12))
    for what, data in (("another protocol", None), ("a long message", struct.pack(">Q", 1 << 62) + bytes(100000)),
                       ("short messages", b"".join(say(good[:n]) for n in range(45))), ("no samples", say(publish.digest(7, 0, b""))),
                       ("numbers of samples", say(good[:28] + b"\xff" * 4 + good[32:])), ("parts of samples", say(good + b"1")),
                       ("large epochs", say(publish.digest(7, 1, b"\xff" * 120))), ("other lists", say(publish.digest(3, 1, bytes(12))) * 1000),
                       ("other notifications", say(b"SWP|" + bytes(28)) + say(b"PRT|" + bytes(60))), ("noise", dice.randbytes(5000)),
                       ("signals of all kinds", b"".join(say(publish.digest(7, i, dice.randbytes(12))) for i in range(3000)))):
        s = Signals(manifest)
        s.publisher.greet(publish.GREETING if data else b"HTTP/1.1", data or b"")
        got, expected, status, err = follow(path, s, [lambda: s.come(0, signals=[], later=40_000)] * 2)
        result(f"published: {what}", rows_of(got, "lost") == expected and status == 0, got[:9], status, err)
        s.stop()


def main():
    with tempfile.TemporaryDirectory() as folder:
        manifest, path = weave(folder, "s", QUERIES, "--rows", "256", "--ring", "64", "--signals", "digest")
        for test in test_signals, test_missing_signals, test_no_signals, test_hostile_signals:
            test(manifest, path)
    return tap.done()


sys.exit(main())
