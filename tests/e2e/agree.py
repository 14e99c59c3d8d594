#!/usr/bin/env python3
"""The woven switch against the ground truth, for the example queries on real and made traffic.

For every traffic and every setting of the queues:
* the same run twice, without queries, gives the same output; so does the trace;
* with queries, what leaves the ports is the same to the byte, times included;
* every row and every epoch's line equals the evaluator's over the trace of the run without queries;
* the balance of the switch adds up, and both runs have the same;
* losses by query equal what the fates of the packets say; the two spellings of section 3.3 agree.
"""
import collections
import glob
import os
import sys

import e2e
from e2e import FULL, Setting

PORTS = (0, 1, 2, 3)
QUEUES = {
    "no rate": [],
    "pps": ["--queue-rate", "300pps", "--queue-depth", "40"],
    "bits": ["--queue-rate", "2Mbps", "--queue-depth", "30"],
    "bytes": ["--queue-rate", "1Mbps", "--queue-depth", "6KB"],
    "mixed": ["--queue-rate", "200pps", "--queue-depth", "10", "--queue-rate", "2@50pps",
              "--queue-depth", "3@5KB", "--queue-rate", "3@500kbps", "--rows", "4096"],
}
MADE = {
    "office": ["router", "--duration", "4s", "--rate", "800", "--burst-at", "1500ms", "--burst-rate", "6000",
               "--burst-duration", "300ms"],
    "burst": ["burst", "--duration", "8s", "--burst-at", "3s", "--burst-duration", "2s"],
    "zipf": ["zipf", "--duration", "4s", "--keys", "900"],
}
LOSSES = {  # queries of losses: filter on a line of the trace, duration of the epoch
    "lost_short": (lambda p: True, 5_000_000),
    "lost_join": (lambda p: True, 5_000_000),
    "lost_web": (lambda p: p["in"].get("tcp.dstPort") == 80, 20_000_000),
}


# Thresholds of the standard set at which it has much to say about any traffic.
LOUD = {"Th": 2, "DST_CHANGED": 0, "ECN_SET": 0, "MATRIX": 0, "BLACK_HOLE": 2, "QUEUE_DELAY": "0s", "MICROBURST": 2,
        "QUEUE_LONG": 2, "INCAST": 1, "INCAST_QUEUE": 1, "NEW_TCP": 0, "SSH_BRUTE_FORCE": 0, "SUPERSPREADER": 1,
        "PORT_SCAN": 1, "DDOS": 1, "SYN_FLOOD": 0, "INCOMPLETE_FLOWS": 0, "SLOWLORIS": 0, "DNS_TUNNEL": 0,
        "SLOWLORIS_BYTES": 100000, "ZORRO": 0, "DNS_REFLECTION": 0, "DNS_LARGE": 90}
LOUDLY = [word for name, value in LOUD.items() for word in ("-D", f"{name}={value}")]


def query_files():
    """Groups of query files and options that are used together."""
    here = os.path.dirname(os.path.abspath(__file__))
    return [(e2e.STANDARD + [os.path.join(here, f) for f in ("found.scope", "more.scope")], LOUDLY)]


def true_losses(trace):
    """{query: {(epoch, source): packets}} of the fates, and how many were lost in all."""
    ret = {name: collections.Counter() for name in LOSSES}
    total = 0
    for p in e2e.packets(trace):
        if p["fate"] != "lost":
            continue
        total += 1
        if p["instance"] not in ("normal", "replica") or "ipv4.srcAddr" not in p["in"]:
            continue
        for name, (covers, duration) in LOSSES.items():
            if covers(p):
                ret[name][p["time_in"] // duration, p["in"]["ipv4.srcAddr"]] += 1
    return ret, total


def address(text):
    a, b, c, d = map(int, text.split("."))
    return a << 24 | b << 16 | c << 8 | d


def loss_errors(answers, truth, exact=True):
    """Complaints about queries of losses. Not exact: some losses are only in `overflow`."""
    found = []
    for name, expected in truth.items():
        if name not in answers.queries and not expected:
            continue
        rows = {(r["epoch"], address(r["key"]["ipv4.srcIP_in"])): r["value"]["count"]
                for r in answers.rows(name)}
        totals = collections.Counter()
        for (epoch, _), n in rows.items():
            totals[epoch] += n
        for e in answers.epochs(name):
            totals[e["epoch"]] += e["overflow"]
            if not e["complete"]:
                found.append(f"{name}: epoch {e['epoch']} is incomplete")
        expected_totals = collections.Counter()
        for (epoch, _), n in expected.items():
            expected_totals[epoch] += n
        if +totals != +expected_totals:
            found.append(f"{name}: totals {+totals - expected_totals} too many, "
                         f"{expected_totals - +totals} too few")
        wrong = {k: (n, expected[k]) for k, n in rows.items() if n != expected[k]}
        if wrong:
            found.append(f"{name}: rows (mine, true) {wrong}")
        if exact and len(rows) != len(expected):
            found.append(f"{name}: {len(rows)} rows for {len(expected)} keys with losses")
    return found


def forwarding(tap, name, setting, d):
    """Runs without queries. Returns their Answers, with the trace in d("trace")."""
    plain = e2e.run(setting, ports=PORTS, out=d("plain"), trace=d("trace"))
    again = e2e.run(setting, ports=PORTS, out=d("again"), trace=d("trace2"))
    notes = e2e.different_files(d("plain"), d("again"), PORTS) + e2e.unbalanced(plain.switch)
    if again.text != plain.text:
        notes.append("another balance the second time")
    with open(d("trace"), "rb") as a, open(d("trace2"), "rb") as b:
        if a.read() != b.read():
            notes.append("another trace the second time")
    tap.ok(not notes, f"{name}: balance, the same twice", notes)
    return plain


def with_queries(tap, name, setting, group, plain, d, losses):
    files, options = group
    answers = e2e.run(setting, *options, queries=files, ports=PORTS, out=d("woven"))
    notes = e2e.different_files(d("plain"), d("woven"), PORTS)
    if answers.switch != plain.switch:
        notes.append(f"{answers.switch} with queries, {plain.switch} without")
    what = f"{name}: {os.path.basename(files[0])}{' and others' if files[1:] else ''}"
    tap.ok(not notes, what + ": forwarding is untouched", notes)
    notes = e2e.differences(answers, e2e.evaluate(d("trace"), files, *options))
    tap.ok(not notes, what + ": rows", notes)
    if "lost_web" in answers.queries or files[1:]:
        tap.ok(not loss_errors(answers, losses), what + ": losses",
               loss_errors(answers, losses))
    return answers


def try_setting(tap, name, setting, groups):
    with e2e.Folder() as d:
        try:
            plain = forwarding(tap, name, setting, d)
            losses, total = true_losses(d("trace"))
            tap.ok(total == plain.switch["lost_queue"], f"{name}: fates add up",
                   [f"{total} lines with fate lost, {plain.switch}"])
            for group in groups:
                with_queries(tap, name, setting, group, plain, d, losses)
        except e2e.Failure as e:
            tap.ok(False, name, [e])


def small_tables(tap, name, setting, files, options):
    """Tables that overflow: rows of reduce stay exact, losses are exact by key or only in total."""
    with e2e.Folder() as d:
        e2e.run(setting, trace=d("trace"))
        losses, _ = true_losses(d("trace"))
        truth = e2e.evaluate(d("trace"), files, *options)
        for rows, stages in ((1, 1), (4, 2), (16, 3)):
            answers = e2e.run(setting, "--rows", str(rows), "--stages", str(stages), *options, queries=files)
            what = f"{name}: {stages} stages of {rows} rows"
            notes = []
            for query in truth.queries:
                if query in LOSSES:
                    continue
                if answers.rows(query) != truth.rows(query):
                    notes.append(f"{query}: other rows")
                notes += [f"{query}: {e}" for e in answers.epochs(query) if not e["complete"]]
            tap.ok(not notes, what + ": rows", notes)
            notes = loss_errors(answers, losses, exact=False)
            tap.ok(not notes, what + ": losses", notes)
            if rows == 1:
                tap.ok(any(e["overflow"] for e in answers.epochs("lost_short")),
                       what + ": tables overflow")


def small_ring(tap, name, setting, files, options):
    """Mirrored tuples that are overwritten make an epoch incomplete, and never a wrong row."""
    with e2e.Folder() as d:
        e2e.run(setting, trace=d("trace"))
        truth = e2e.evaluate(d("trace"), files, *options)
        answers = e2e.run(setting, "--rows", "1", "--stages", "1", "--ring", "1", *options, queries=files)
        notes, incomplete = [], 0
        for query in truth.queries:
            expected = {e["epoch"]: e for e in truth.epochs(query)}
            complete = {e["epoch"]: e["complete"] for e in answers.epochs(query)}
            incomplete += sum(not c for c in complete.values())
            if set(expected) - set(complete):
                notes.append(f"{query}: epochs are missing")
            if any(complete[e] for e in set(complete) - set(expected)):
                notes.append(f"{query}: complete epochs without packets")
            if query in LOSSES:
                continue
            mine = [r for r in answers.rows(query) if complete.get(r["epoch"])]
            theirs = [r for r in truth.rows(query) if complete.get(r["epoch"])]
            if mine != theirs:
                notes.append(f"{query}: other rows in complete epochs")
        tap.ok(not notes, f"{name}: a ring of one tuple", notes)
        tap.ok(incomplete > 0, f"{name}: a ring of one tuple: some epochs are incomplete")


def made_traffic(tap, groups):
    with e2e.Folder() as d:
        for kind, options in MADE.items():
            e2e.tool("gen", *options, "-o", d(kind))
            for queues in QUEUES if FULL else ("pps", "mixed"):
                try_setting(tap, f"{kind}, {queues}", Setting([d(kind)], QUEUES[queues]), groups)
        both = Setting([(0, d("office")), (3, d("zipf"))], QUEUES["bits"])
        try_setting(tap, "two ports, bits", both, groups)
        slow = Setting([d("office")], QUEUES["pps"])
        small_tables(tap, "office", slow, *groups[0])
        small_ring(tap, "office", slow, *groups[0])
        if FULL:
            small_tables(tap, "zipf", Setting([d("zipf")], QUEUES["bytes"]), *groups[0])


def real_traffic(tap, groups):
    paths = sorted(p for p in glob.glob(os.path.join(e2e.CAPTURES, "*"))
                   if not p.endswith((".md", ".txt")))
    if not paths:
        tap.skip("real traffic", "no ../shared/captures")
    for path in paths:
        name = os.path.basename(path)
        if e2e.link_type(path) != 1:
            refused(tap, name, path)
            continue
        some = ("no rate", "pps", "bytes") if name.startswith("mix") else ("bits",)
        for queues in QUEUES if FULL else some:
            try_setting(tap, f"{name}, {queues}", Setting([path], QUEUES[queues]), groups)


def refused(tap, name, path):
    with e2e.Folder() as d:
        try:
            e2e.run(Setting([path]), ports=(2,), out=d("out"), status=1)
            tap.ok(not os.listdir(d.path), f"{name}: refused, nothing written")
        except e2e.Failure as e:
            tap.ok(False, f"{name}: refused", [e])


def main():
    tap = e2e.Tap()
    groups = query_files()
    if FULL:
        groups += [([f], []) for f in groups[0][0]]
    if "real" in sys.argv[1:]:
        real_traffic(tap, groups)
    else:
        made_traffic(tap, groups)
    tap.done()


if __name__ == "__main__":
    main()
