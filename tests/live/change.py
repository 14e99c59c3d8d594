#!/usr/bin/env python3
"""Queries that come and go while a switch forwards. Usage: change.py PACKETSCOPE SOURCE_ROOT. Prints TAP.

A sender numbers its frames; what it sent is compared with what arrived, with what the user's own register and counter
say, and with the rows of queries that stay: to the packet."""
import collections
import json
import os
import re
import struct
import subprocess
import sys
import tempfile
import threading
import time

import live
from live import HERE, PATIENCE, Switch, Wire, ctl, ethernet, ipv4, result, settle, stats, totals, wait_for

ROUNDS = 20
STAY = """
stay = ingress().window(20ms).reduce(keys=(ethernet.src_in), func=count)
lost = ingress().lost([ethernet.src_in], 20ms)
out  = egress().window(50ms).reduce(keys=(ethernet.dst_mid, port_in), func=count)
"""
COME = """
param MOST = 1000000
come = ingress().window(20ms).reduce(keys=(ethernet.src_in), func=count).filter(count < MOST)
why  = ingress().window(100ms).filter(port_intent == -1).reduce(keys=(drop.reason, ethernet.dst_in), func=count)
both = ingress().window(20ms).reduce(keys=(port_in), func=count)
         .join(egress().window(20ms).filter(ethernet.src_in != ethernet.dst_out).reduce(keys=(port_in), func=count), func=diff)
"""


def write(name, text):
    path = os.path.join("/run", name)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return path


class Sender(threading.Thread):
    """Numbered frames, until it is stopped; some find no entry and are dropped. When a busy machine lets the switch wait, so does it, for as
    long as something may still come: rings between them are not what is tested."""

    def __init__(self, wire, receiver):
        super().__init__()
        self.wire, self.receiver, self.sent, self.going = wire, receiver, 0, True

    def hold(self):
        end = time.monotonic() + 0.5
        while self.going and self.sent > self.receiver.last + 500 and time.monotonic() < end:
            time.sleep(0.002)

    def run(self):
        while self.going:
            self.hold()
            for _ in range(20):
                target = "02:00:00:00:00:77" if self.sent % 10 == 9 else "02:00:00:00:00:05"
                self.wire.send(ethernet(target, struct.pack("!I", self.sent)))
                self.sent += 1
            time.sleep(0.002)

    def stop(self):
        self.going = False
        self.join()
        return self.sent


class Receiver(threading.Thread):
    def __init__(self, wire):
        super().__init__()
        self.wire, self.numbers, self.last, self.going = wire, [], 0, True

    def run(self):
        while self.going:
            frame = self.wire.receive(0.1)
            if frame:
                self.last = struct.unpack_from("!I", frame, 14)[0]
                self.numbers.append(self.last)

    def stop(self):
        self.going = False
        self.join()
        return self.numbers


def rows(lines, query):
    """{epoch: {key: value}} and the epochs' own lines."""
    found, epochs = collections.defaultdict(dict), {}
    for line in lines:
        if line.get("query") != query:
            continue
        if line["type"] == "row":
            found[line["epoch"]][tuple(line["key"].values())] = next(iter(line["value"].values()))
        elif line["type"] == "epoch":
            epochs[line["epoch"]] = line
    return found, epochs


def total(found):
    return sum(sum(keys.values()) for keys in found.values())


class Told:
    """What the rows of queries sum up to that a running switch has printed; each line is looked at once."""

    def __init__(self, s):
        self.file = open(f"/proc/self/fd/{s.out.fileno()}", "rb")
        self.rest, self.sums = b"", collections.Counter()

    def __call__(self, query):
        *lines, self.rest = (self.rest + self.file.read()).split(b"\n")
        for line in lines:
            if line.startswith(b'{"type":"row"'):
                row = json.loads(line)
                self.sums[row["query"]] += sum(row["value"].values())
        return self.sums[query]

    def more(self, *names):
        """Waits for more of each."""
        before = [self(name) for name in names]
        wait_for(lambda: all(self(name) > n for name, n in zip(names, before)))


def change(told, stay, come):
    """Comes and goes. Returns what is wrong, and the pauses in ms."""
    wrong, pauses = [], []
    for _ in range(ROUNDS):
        for words in (["add", come, "MOST=5000000"], ["remove", "come"], ["remove", "why"], ["remove", "both"]):
            status, out, err = ctl("query", *words)
            swapped = re.search(r"compiled in \S+ s, swapped in (\S+) ms\n$", out)
            if status or not swapped:
                wrong.append((words, status, out, err))
                continue
            pauses.append(float(swapped.group(1)))
            if words[0] == "add":
                told.more("come", "why", "both")
    out = ctl("query", "list")[1]
    if [line.split()[0] for line in out.splitlines()] != ["stay", "lost", "out"]:
        wrong.append(out)
    return wrong, pauses


def dropped(n):
    """How many of n frames in a row may find no entry: each tenth does."""
    return range(n // 10, (n + 9) // 10 + 1)


def compare(lines, sent, lost):
    stay, epochs = rows(lines, "stay")
    result("a query that stays counts every packet", total(stay) == sent, total(stay), sent)
    result("and has no incomplete epoch", all(e["complete"] for e in epochs.values()), epochs)
    losses, epochs = rows(lines, "lost")
    found = total(losses) + sum(e["overflow"] for e in epochs.values())
    result("losses are those of the queue", found == lost and all(e["complete"] for e in epochs.values()), found, lost)
    out, _ = rows(lines, "out")
    result("packets behind the queue: all of them", total(out) == sent - sent // 10 - lost, total(out), sent, lost)
    came, epochs = rows(lines, "come")
    wrong = {e: (keys, stay[e]) for e, keys in came.items() if keys != stay[e]}
    result("queries that come count all of each of their epochs", len(came) >= ROUNDS and not wrong, len(came), wrong)
    why, _ = rows(lines, "why")
    result("drop reasons", {k[0] for keys in why.values() for k in keys} == {"I.to/drop#default"}, dict(why))
    both, _ = rows(lines, "both")
    wrong = {e: keys for e, keys in both.items() if keys[(0,)] - sum(losses[e].values()) not in dropped(sum(stay[e].values()))}
    result("a join that comes", bool(both) and not wrong, wrong)


def under_load():
    stay, come = write("stay.scope", STAY), write("come.scope", COME)
    s = Switch(os.path.join(HERE, "state.p4"), "-q", stay, "--json", "--queue-rate", "6000pps", "--queue-depth", "30", ports=2)
    for line in ("table_add to forward 02:00:00:00:00:05 => 1", "register_write seen 0 0"):
        ctl(*line.split())
    h0, h1 = Wire(0), Wire(1)
    h1.drain()
    before = stats()
    receiver = Receiver(h1)
    sender = Sender(h0, receiver)
    receiver.start()
    sender.start()
    wrong, pauses = change(Told(s), stay, come)
    sent = sender.stop()
    after = settle(before, sent)
    wait_for(lambda: len(receiver.numbers) >= after["sent"] - before["sent"])
    numbers = receiver.stop()
    result(f"queries come and go {ROUNDS} times", not wrong and len(pauses) == 4 * ROUNDS, *wrong[:3])
    result("no packet is missed", after["received"] - before["received"] == sent and not after.get("missed"), after, sent)
    result("no packet is lost but to a full queue", len(numbers) == sent - sent // 10 - after["lost_queue"],
           len(numbers), sent, after)
    result("there were such losses", after["lost_queue"] > 0)
    result("packets keep their order", numbers == sorted(set(numbers)))
    out = ctl("register_read", "seen", "0")[1]
    result("the program's register goes on", out == f"seen[0]= {sent}\n", out, sent)
    out = ctl("counter_read", "by_port", "0")[1]
    result("so does its counter", f"{sent} packets" in out, out, sent)
    result("and its entries", "02:00:00:00:00:05" in ctl("table_dump", "to")[1].replace("020000000005", "02:00:00:00:00:05"),
           ctl("table_dump", "to")[1])
    status, out, err = s.stop()
    _, lines = totals(out)
    result("it ends well", status == 0, err)
    compare(lines, sent, after["lost_queue"])
    h0.close()
    h1.close()
    return sent


# --- from nothing, and what goes wrong ----------------------------------------------------------


def forwards(h0, h1, source="10.0.0.5", n=20):
    """To an address that is nobody's, so that nobody answers."""
    before = stats()
    for i in range(n):
        h0.send(ipv4(source, "192.168.0.9", struct.pack("!I", i)))
    return len(h1.take(settle(before, n)["sent"] - before["sent"]))


def names():
    return [line.split()[0] for line in ctl("query", "list")[1].splitlines()]


def mistakes():
    bad = write("bad.scope", "good = ingress().reduce(keys=(port_in), func=count)\nbad = ingress().filter(ipv4.scrIP_in == 1.2.3.4)\n")
    status, _, err = ctl("query", "add", bad)
    result("a mistake: place, caret and hint", status == 1 and "bad.scope:2:24: error: header 'ipv4' has no field 'scrIP'" in err and
           "^~~~" in err and "did you mean 'srcIP'" in err, status, err)
    status, _, err = ctl("query", "add", "/run/nosuch.scope")
    result("a file that isn't there", status == 1 and "can't read '/run/nosuch.scope'" in err, status, err)
    for words in ([], ["ad", "x"], ["add"], ["remove"], ["remove", "a", "b"], ["list", "x"]):
        status, _, err = ctl("query", *words)
        result(f"query {' '.join(words)}: refused with a word", status == 1 and err.startswith("error: "), status, err)
    status, _, err = ctl("query", "add", write("one.scope", "one = ingress().reduce(keys=(port_in), func=count)\n"), "X=1")
    result("a parameter that isn't there", status == 1 and "there is no parameter 'X'" in err, status, err)
    result("and nothing has changed", names() == [], names())


def one_by_one(told, h0, h1):
    why = write("why.scope", "param FLOOR = 100\nwhy = ingress().window(20ms).filter(port_intent == -1).map((drop.reason) => 1)"
                ".reduce(keys=(drop.reason), func=sum).filter(count > FLOOR)\n"
                "web = ingress().filter(ipv4.dstIP_in == 192.168.0.9)\n"
                "few = web.window(20ms).reduce(keys=(ipv4.srcIP_in), func=count)\n")
    status, out, err = ctl("query", "add", why, "FLOOR=0")
    result("the first queries come", status == 0 and "added why: epochs of 20 ms" in out and names() == ["why", "few"], out, err)
    os.unlink(why)
    status, _, err = ctl("query", "add", write("twice.scope", "why = egress().reduce(keys=(port_in), func=count)\n"))
    result("a name that is taken", status == 1 and "used twice" in err, err)
    status, _, err = ctl("query", "remove", "whi")
    result("a name that isn't there", status == 1 and "no query 'whi'" in err and "did you mean 'why'" in err, err)
    wait_for(lambda: forwards(h0, h1) and told("few"))  # its first whole epoch has begun
    result("packets go on", forwards(h0, h1) == 20)
    forwards(h0, h1, "10.0.0.66", 7)
    upon = write("upon.scope", "upon = few.filter(count > 3)\n")
    status, out, err = ctl("query", "add", upon)
    result("a query upon another", status == 0, out, err)
    status, _, err = ctl("query", "remove", "few")
    result("which then has to stay", status == 1 and "upon.scope:1:8: error: there is no query 'few'" in err, err)
    wait_for(lambda: forwards(h0, h1) and told("upon"))
    few = told("few")
    forwards(h0, h1)
    wait_for(lambda: told("few") >= few + 20 and told("why") >= 7)  # a query that goes takes its open epoch with it
    for name in ("upon", "few", "why"):
        status, out, err = ctl("query", "remove", name)
        result(f"{name} goes", (status, out.splitlines()[:1]) == (0, [f"removed {name}"]), out, err)
    result("all have gone", names() == [], names())
    status, out, err = ctl("query", "add", why.replace("why", "upon"))
    result("a file that needs what has gone", status == 1 and "there is no query 'few'" in err, err)
    result("packets go on still", forwards(h0, h1) == 20)


def several_clients():
    """Two at a time; one goes away before its answer comes."""
    files = [write(f"client{i}.scope", f"client{i} = ingress().reduce(keys=(port_in, ipv4.ttl_in), func=count)\n") for i in range(3)]
    words = [live.PROGRAM, "ctl", "query", "add"]
    with subprocess.Popen([*words, files[0]], stdout=subprocess.DEVNULL) as gone, \
            subprocess.Popen([*words, files[1]], stdout=subprocess.DEVNULL) as first, \
            subprocess.Popen([*words, files[2]], stdout=subprocess.DEVNULL) as second:
        time.sleep(0.05)
        gone.kill()
        done = [first.wait(PATIENCE), second.wait(PATIENCE)]
    result("clients wait for each other, and not for one that left", done == [0, 0] and {"client1", "client2"} <= set(names()), done, names())


def on_router():
    s = Switch(os.path.join(live.ROUTER, "router.p4"), "-e", os.path.join(live.ROUTER, "entries.txt"), "--json", ports=2)
    h0, h1 = Wire(0), Wire(1)
    mistakes()
    one_by_one(Told(s), h0, h1)
    several_clients()
    status, out, err = s.stop()
    _, lines = totals(out)
    result("it ends well", status == 0, err)
    why, _ = rows(lines, "why")
    reasons = collections.Counter()
    for keys in why.values():
        reasons.update({k[0]: n for k, n in keys.items()})
    result("drop reasons of entries that were there before the query", reasons["RouterIngress.acl/deny#3"] == 7, reasons)
    few, _ = rows(lines, "few")
    result("a building block isn't told by itself", total(few) >= 47 and not rows(lines, "web")[0], total(few))
    upon, _ = rows(lines, "upon")
    result("a query upon another counts the same", bool(upon) and all(keys.items() <= few[e].items() for e, keys in upon.items()),
           dict(upon))
    h0.close()
    h1.close()


def main():
    with tempfile.TemporaryDirectory() as cache:
        os.environ["XDG_CACHE_HOME"] = cache
        on_router()
        under_load()


if __name__ == "__main__":
    sys.exit(live.run(main))
