#!/usr/bin/env python3
"""`packetscope attach` on a switch that this script plays. Usage: attach.py PACKETSCOPE SOURCE_ROOT. Prints TAP."""
import json
import os
import random
import struct
import subprocess
import sys
import tempfile

import thrift as t
from played import PATIENCE, PROGRAM, QUERIES, Switch, closed, fill, lines_until, registers_of_names, rows_of, start, state_of, weave

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import tap  # noqa: E402
from tap import result  # noqa: E402

NAMES = """
named = ingress().lost([ipv4.srcIP_in], 20ms, rows=16).packets((ipv4.id_in), capacity=4)
mirrored = ingress().lost([ipv4.srcIP_in], 20ms, rows=16, overflow=mirror)
"""


def test_rows(manifest, path):
    switch = Switch(manifest)
    server = t.Server(switch.answer)
    lost, drops = state_of(manifest, "lost"), state_of(manifest, "drops")
    code = next(x for x in manifest["extras"] if x["action"].endswith("deny"))["code"] | 4
    for e in (40, 62, 63):  # the first was over when we came
        fill(switch, lost, e, e % 3, 0x0a000007, 31, 11)
        fill(switch, lost, e, 100 + e, 0x0a000008, 5, 0)
        fill(switch, lost, e, 200 + e, 0x0a000009, 9, 9)
        fill(switch, drops, e, e, code, 12, 0)
    got, status, err = lines_until(start(server.url(), path), lambda r: closed(r, "lost", 63) and closed(r, "drops", 63))
    rows = rows_of(got, "lost")
    result("losses are what went in less what came out",
           rows == [(62, "10.0.0.8", 5), (63, "10.0.0.7", 20), (63, "10.0.0.8", 5)] or
           rows == [(62, "10.0.0.7", 20), (62, "10.0.0.8", 5), (63, "10.0.0.7", 20), (63, "10.0.0.8", 5)], rows, err)
    result("reasons have their names", [r[1] for r in rows_of(got, "drops")] == ["RouterIngress.acl/deny#3"] * 2,
           rows_of(got, "drops"), err)
    result("all epochs are complete", all(r["complete"] for r in got if r["type"] == "epoch"), got)
    result("it ends well", status == 0 and "read" in err, status, err)
    server.shutdown()


def test_fill(manifest, path):
    switch = Switch(manifest)
    extra = next(x for x in manifest["extras"] if x["action"].endswith("deny"))
    right = struct.pack(">I", extra["code"] | 1)
    switch.entries[extra["table"]] = [(0, extra["action"], [right]), (1, extra["action"], [b"\0"]),
                                      (0x2000005, extra["action"], [b"\x12\x34"]), (3, "RouterIngress.permit", [])]
    switch.groups = json.dumps({
        "mgrps": [{"id": 7, "l1_handles": [0, 4]}], "lags": [{"id": 1, "ports": [5, 6]}, {"id": 2, "ports": []}],
        "l1_handles": [{"handle": 4, "rid": 2, "l2_handle": 1}, {"handle": 0, "rid": 1, "l2_handle": 3}],
        "l2_handles": [{"handle": 3, "ports": [0, 1], "lags": [1, 2]}, {"handle": 1, "ports": [3], "lags": []}]})
    server = t.Server(switch.answer)
    fill(switch, state_of(manifest, "lost"), 60, 1, 1, 1, 0)
    _, _, err = lines_until(start(server.url(), path), lambda r: closed(r, "lost", 60))
    modified = [w for w in switch.written if w[0] == "bm_mt_modify_entry"]
    expected = [(extra["table"].encode(), handle, extra["action"].encode(), [struct.pack(">I", extra["code"] | n)])
                for handle, n in ((1, 2), (0x2000005, 6))]
    result("entries get the code of their place", [w[1:] for w in modified] == expected, modified, expected, err)
    sizes = [w[1:] for w in switch.written if w[0] == "bm_register_write"]
    result("groups get their sizes", sizes == [(manifest["multicast"]["register"].encode(), 7, 4)], sizes, err)
    server.shutdown()


def test_restart(manifest, path):
    switch = Switch(manifest)
    lost = state_of(manifest, "lost")
    server = t.Server(switch.answer)
    fill(switch, lost, 60, 1, 0x0a000007, 7, 0)
    restarts = []

    def restart(method, _, reply):
        if switch.us > 1_400_000 and not restarts:
            restarts.append(switch.us)
            switch.us, switch.cells = 0, {}
            fill(switch, lost, 20, 1, 0x0a000008, 3, 0)
            return None
        return reply

    server.mangle = restart
    got, status, err = lines_until(start(server.url(), path),
                                   lambda r: any(x[0] == 20 for x in rows_of(r, "lost")))
    incomplete = [r for r in got if r["type"] == "epoch" and not r["complete"]]
    result("rows from before and after a restart", rows_of(got, "lost") == [(60, "10.0.0.7", 7), (20, "10.0.0.8", 3)],
           rows_of(got, "lost"), err)
    result("what the restart cost is said", incomplete and all("restarted" in r["reason"] and 60 < r["epoch"] <= 75 for r in incomplete),
           incomplete, err)
    result("and that there was one", status == 0 and "started anew" in err, err)
    server.shutdown()


def test_gap(manifest, path):
    """A connection that breaks, while the switch goes on: epochs that came and went meanwhile are incomplete."""
    switch = Switch(manifest)
    lost = state_of(manifest, "lost")
    server = t.Server(switch.answer)
    breaks = []

    def gap(method, _, reply):
        if switch.us > 1_400_000 and not breaks:
            breaks.append(switch.us)
            switch.us += 60_000_000  # longer than this machine stands still: a clock that is behind would be another switch's
            return None
        return reply

    server.mangle = gap
    fill(switch, lost, 60, 1, 0x0a000007, 7, 0)
    fill(switch, lost, 3130, 2, 0x0a000008, 8, 0)
    got, status, err = lines_until(start(server.url(), path), lambda r: any(x[0] == 3130 for x in rows_of(r, "lost")))
    late = {r["epoch"] for r in got if r["type"] == "epoch" and r["query"] == "lost" and not r["complete"]}
    result("a broken connection", rows_of(got, "lost") == [(60, "10.0.0.7", 7), (3130, "10.0.0.8", 8)] and status == 0, got, err)
    result("what it cost", {80, 90, 3000} <= late and not late & {60, 3130}, late, err)
    server.shutdown()


def test_stray(manifest, path):
    """Packets that leave after their epoch was read."""
    switch = Switch(manifest)
    lost = state_of(manifest, "lost")
    server = t.Server(switch.answer)
    fill(switch, lost, 60, 1, 0x0a000007, 7, 2)
    fill(switch, lost, 90, 3, 0x0a000007, 1, 0)

    def leave(method, _, reply):
        if switch.us > 1_350_000:
            fill(switch, lost, 60, 1, 0x0a000007, 7, 5)
        return reply

    server.mangle = leave
    _, _, err = lines_until(start(server.url(), path), lambda r: closed(r, "lost", 90))
    result("packets that left too late are told", "3 packets left after" in err, err)
    server.shutdown()


def test_sweep(manifest, path):
    """Numbers of epochs wrap: rows of long ago are emptied, and one that a packet takes just then makes its epoch incomplete."""
    for raced in (False, True):
        switch = Switch(manifest)
        lost = state_of(manifest, "lost")
        server = t.Server(switch.answer)
        switch.us = ((1 << 28) + 1000) * 20000
        first = switch.us // 20000 + 3
        fill(switch, lost, 5, 9, 0x0a000007, 7, 2)
        fill(switch, lost, first + 4, 1, 0x0a000008, 7, 0)

        def claim(method, _, reply):
            if method == "bm_register_write" and switch.written[-1][1:] == (lost["cell"].encode(), 9, 0):
                switch.set(lost["log"]["row"], 0, 9)
                switch.set(lost["log"]["sequence"], 0, 1)
            return reply

        server.mangle = claim if raced else None
        got, status, err = lines_until(start(server.url(), path), lambda r: closed(r, "lost", first + 4))
        emptied = {w[1:] for w in switch.written if w[0] == "bm_register_write" and w[1] != manifest["multicast"]["register"].encode()}
        incomplete = [r["epoch"] for r in got if r["type"] == "epoch" and r["query"] == "lost" and not r["complete"]]
        result("what was left long ago is emptied", emptied == {(lost["cell"].encode(), 9, 0), (lost["cell_out"].encode(), 9, 0)}, emptied, err)
        result("beside a packet that takes it" if raced else "beside others", rows_of(got, "lost") == [(first + 4, "10.0.0.8", 7)] and
               status == 0 and bool(incomplete) == raced and all(e < first + 4 for e in incomplete), got, err)
        server.shutdown()


def test_names(manifest, path):
    """What names lost packets is read only when some were lost; a row that nothing explains stays one without a name."""
    switch = Switch(manifest)
    lost = state_of(manifest, "named")
    server = t.Server(switch.answer)
    fill(switch, lost, 62, 1, 0x0a000007, 7, 7)
    fill(switch, lost, 80, 2, 0x0a000008, 5, 2)
    fill(switch, lost, 100, 3, 0x0a000009, 6, 6)
    got, status, err = lines_until(start(server.url(), path), lambda r: closed(r, "named", 100))
    reads = {switch.reads[name] for name in registers_of_names(lost)}
    result("names are read when packets were lost", reads == {1} and switch.reads[lost["cell"]] > 2, switch.reads, err)
    told = [r for r in got if r["type"] == "epoch" and r["query"] == "named" and r["epoch"] in (62, 80, 100)]
    result("losses without a name are told as such", rows_of(got, "named") == [(80, "10.0.0.8", None, 3)] and status == 0 and
           [r.get("reason", "")[:14] for r in told] == ["", "3 lost packets", ""], rows_of(got, "named"), told, err)
    server.shutdown()


def test_sweep_totals(manifest, path):
    """Cells of epochs' totals and of lost packets' names are emptied, too; those that packets may be using a little later."""
    switch = Switch(manifest)
    lost, mirrored = state_of(manifest, "named"), state_of(manifest, "mirrored")
    server = t.Server(switch.answer)
    switch.us = ((1 << 28) + 1000) * 20000
    first = switch.us // 20000 + 3
    names = [lost["packets"]["in"]["count"], lost["packets"]["out"]["count"]]
    swept = [lost[k] for k in ("cell", "cell_out", "absent", "overflow_in", "overflow_out")] + names + [mirrored["cell"], mirrored["cell_out"]]
    for name in swept:
        for i in range(switch.sizes[name]):
            switch.set(name, i, 5 + i % 7 << 32 | 3)
    fill(switch, lost, first + 60, 1, 0x0a000008, 7, 7)

    def enough(got):
        with switch.lock:
            old = any(v and v >> 32 < 1000 for name in swept for v in switch.cells[name].values())
        return not old and closed(got, "named", first + 60)

    got, status, err = lines_until(start(server.url(), path), enough)
    left = [name for name in swept if any(v and v >> 32 < 1000 for v in switch.cells[name].values())]
    result("totals and names of long ago are emptied", not left, left, err)
    result("nothing is made of them", not [r for r in got if r["type"] == "row"] and status == 0, [r for r in got if r["type"] == "row"][:3], err)
    told = [r for r in got if r["type"] == "epoch" and r["query"] == "named" and r["epoch"] == first + 60]
    result("and epochs go on", [r["complete"] for r in told] == [True], told, err)
    server.shutdown()


def deep(n):
    return b"".join(struct.pack(">Bh", t.STRUCT, 1) for _ in range(n))


def replies(method, sequence, good):
    """Wrong ones, by name."""
    say = lambda kind, data: t.message(method, t.REPLY, sequence, struct.pack(">Bh", kind, 0) + data)
    yield "half of it", good[:len(good) // 2]
    yield "nothing", None
    yield "something else", b"HTTP/1.1 400 Bad Request\r\n\r\n" + bytes(64)
    yield "another sequence", t.message(method, t.REPLY, sequence + 1, t.fields())
    yield "another method", t.message("x" + method, t.REPLY, sequence, t.fields())
    yield "a long name", struct.pack(">Ii", t.VERSION | t.REPLY, 0x7fffffff)
    yield "no result", t.message(method, t.REPLY, sequence, t.fields())
    yield "a long text", say(t.STRING, struct.pack(">i", 0x7fffffff) + b"x" * 100)
    yield "a text of negative length", say(t.STRING, struct.pack(">i", -1) + b"x" * 100)
    yield "a long list", say(t.LIST, struct.pack(">Bi", t.I64, 0x7fffffff) + bytes(8000))
    yield "a list of negative length", say(t.LIST, struct.pack(">Bi", t.I64, -5) + bytes(8000))
    yield "a list of texts", say(t.LIST, t.items(t.STRING, [t.text("a")] * 3) + b"\0")
    yield "a map", say(t.MAP, struct.pack(">BBi", t.I32, t.I32, 1 << 30))
    yield "no type", say(77, bytes(8))
    yield "a nest", t.message(method, t.REPLY, sequence, struct.pack(">Bh", t.STRUCT, 1) + deep(5000) + bytes(5001))
    yield "a second result", t.message(method, t.REPLY, sequence, t.fields((t.I64, 0, bytes(8)), (t.I64, 1, bytes(8))))
    yield "an exception", t.message(method, t.EXCEPTION, sequence, t.fields((t.STRING, 1, t.text("no")), (t.I32, 2, t.number(t.I32, 6))))
    yield "more than an answer", good + good
    yield "a negative number", say(t.I64, t.number(t.I64, -1) + b"\0")
    yield "the largest number", say(t.I64, t.number(t.I64, 2 ** 63 - 1) + b"\0")


METHODS = ("bm_get_config_md5", "get_time_elapsed_us", "bm_mt_get_num_entries", "bm_mt_get_entries", "bm_mt_get_default_entry",
           "bm_mc_get_entries", "bm_register_read", "bm_register_read_all", "bm_register_write", "bm_mt_modify_entry")


def attach_to(server, path, method, wrong):
    seen = []

    def mangle(name, sequence, good):
        if name != method or seen:
            return good if not seen or name != method else None
        seen.append(name)
        return dict(replies(name, sequence, good))[wrong] if isinstance(wrong, str) else wrong(good)

    server.mangle = mangle
    p = start(server.url(), path, "--duration", "120ms")
    try:
        _, err = p.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        p.kill()
        return "it hangs"
    if p.returncode not in (0, 1) or not err.strip() or b"ERROR" in err or b"runtime error" in err:
        return f"status {p.returncode}: {err.decode(errors='replace')}"
    return ""


def test_hostile(manifest, path):
    switch = Switch(manifest)
    extra = manifest["extras"][0]
    switch.entries[extra["table"]] = [(0, extra["action"], [b"\0"])]
    server = t.Server(switch.answer)
    names = [name for name, _ in replies("", 1, b"")]
    dice = random.Random(7)
    complaints = []
    for i, name in enumerate(names):  # each kind of reply to three of the calls, each call with six kinds
        for k in range(3):
            method = METHODS[(i * 3 + k) % len(METHODS)]
            why = attach_to(server, path, method, name)
            if why:
                complaints.append(f"{name} for {method}: {why}")
    result("wrong replies are refused with a word", not complaints, *complaints)

    def flip(good):
        data = bytearray(good)
        for _ in range(dice.randrange(1, 6)):
            data[dice.randrange(len(data))] = dice.randrange(256)
        return bytes(data[:dice.randrange(1, len(data) + 1)] if dice.random() < 0.3 else data)

    complaints = [why for i in range(20) if (why := attach_to(server, path, METHODS[i % len(METHODS)], flip))]
    result("damaged replies do no harm", not complaints, *complaints)
    server.shutdown()


def test_groups(manifest, path):
    switch = Switch(manifest)
    server = t.Server(switch.answer)
    complaints = []
    for groups in ("", "[", "{}", "[" * 100000, '{"mgrps":7}', '{"mgrps":[{"id":-1,"l1_handles":[0]}]}',
                   '{"mgrps":[{"id":99999999,"l1_handles":[0]}],"l1_handles":[{"handle":0,"l2_handle":0}],'
                   '"l2_handles":[{"handle":0,"ports":[1]}]}'):
        switch.groups = groups
        p = start(server.url(), path, "--duration", "100ms")
        err = p.communicate(timeout=PATIENCE)[1]
        if p.returncode != (groups == "{}" or "7" in groups and "99" not in groups or "-1" in groups) ^ 1 or not err:
            complaints.append(f"{groups[:60]}: {p.returncode} {err}")
    result("groups that make no sense are refused", not complaints, *complaints)
    server.shutdown()


def test_missing(manifest, path):
    switch = Switch(manifest)
    cell = state_of(manifest, "lost")["cell"]
    del switch.sizes[cell]
    server = t.Server(switch.answer)
    p = start(server.url(), path, "--duration", "100ms")
    err = p.communicate(timeout=PATIENCE)[1].decode()
    result("another program is told by its registers", p.returncode == 1 and f"no register '{cell}'" in err, p.returncode, err)
    switch.sizes[cell] = 10
    p = start(server.url(), path, "--duration", "10s")
    err = p.communicate(timeout=PATIENCE)[1].decode()
    result("and by their sizes", p.returncode == 1 and "10 cells" in err, p.returncode, err)
    server.shutdown()


NETWORK = """
budget 32 bits
slow = network().per_packet(max(queuing.len_out), flow=(ipv4.dstIP)).csig(max=31).frequency(1/2).window(50ms)
paths = network().per_flow(switch_id, flow=(ipv4.dstIP)).bits(8).frequency(1/2).window(50ms)
"""


def report(switch, s, number, epoch, *values):
    """The last switch's report of a packet, in its ring."""
    ring = s["ring"]
    at = number % ring["rows"]
    for c, v in zip(ring["columns"], values):
        for i, word in enumerate(c["words"]):
            switch.set(word, at, v >> 32 * (len(c["words"]) - 1 - i) & 0xffffffff if len(c["words"]) > 1 else v)
    switch.set(ring["epoch"], at, epoch + s["generations"])
    switch.set(ring["sequence"], 0, number + 1)


def mix(x):
    x = ((x ^ x >> 16) * 0x7feb352d) & 0xffffffff
    x = ((x ^ x >> 15) * 0x846ca68b) & 0xffffffff
    return x ^ x >> 16


def first_set(manifest, pid):
    """Whether the packet carries the plan's first set of queries (docs/pint.md)."""
    seed = mix(mix(mix(0x50494e54 + 2)))
    return mix(mix(seed ^ pid)) <= manifest["network"]["sets"][0]["last"]


def test_network(folder):
    """What the last switch reports of packets is decoded; a tag tells all that there is to tell of one."""
    to = ["--topology", "chain:3", "--switch", "s3"]
    manifest, path = weave(folder, "network", NETWORK, *to, "--switch-output", os.path.join(folder, "n.txt"))
    with open(os.path.join(folder, "n.txt"), encoding="ascii") as f:
        told = f.read()
    result("a switch is told who it is", "psn_switch_is 3\n" in told and "psn_port_is 2 => 0 " in told, told)
    slow = next(q for q in manifest["network"]["queries"] if q["name"] == "slow")
    which = next(i for i, s in enumerate(manifest["network"]["sets"]) if any(manifest["network"]["queries"][p["query"]] == slow for p in s["parts"]))
    switch, s = Switch(manifest), state_of(manifest, "psn_reports")
    server, epoch = t.Server(switch.answer), 1_200_000_000 // s["window_ns"]
    pids = [pid for pid in range(1, 200) if first_set(manifest, pid) == (which == 0)][:30]

    def send(method, _, reply):
        if pids and switch.us > epoch * s["window_ns"] // 1000:
            for sent, pid in enumerate(pids):
                report(switch, s, sent, epoch, pid, 3, 5 << 29 | 4 + sent % 5 << 24 | 2 << 9 | 2 + sent % 2, 1, 0x0a000007)
            pids.clear()
        return reply

    server.mangle = send
    rows = lambda got: sorted((r["epoch"], *r["key"].values(), *r["value"].values()) for r in got if r["type"] == "row" and r["query"] == "slow")
    got, status, err = lines_until(start(server.url(), path, *to), rows)
    result("reports of a switch are decoded", rows(got) == [(24, "10.0.0.7", 2, 2, 8, 8, 15), (24, "10.0.0.7", 2, 3, 8, 8, 15)] and not status, got, err)
    server.shutdown()
    p = subprocess.run([PROGRAM, "attach", server.url(), "--manifest", path, "--topology", "chain:3", "--switch", "s4"], capture_output=True, text=True,
                       check=False)
    result("a switch that the topology has not", p.returncode == 1 and "no such switch" in p.stderr, p)
    test_no_topology(switch, path)


def test_no_topology(switch, path):
    server = t.Server(switch.answer)
    p = start(server.url(), path, "--duration", "10s")
    err = p.communicate(timeout=PATIENCE)[1].decode()
    result("paths need a topology", p.returncode == 1 and "nobody says which switches there are" in err and "--topology" in err, err)
    server.shutdown()


def test_words(path):
    for arguments, word in (([], "which switch"), (["bmv2://h"], "--manifest"), (["tcp://h:1", "--manifest", path], "bmv2://HOST:PORT"),
                            (["bmv2://h:0", "--manifest", path], "bmv2://HOST:PORT"),
                            (["bmv2://h:1", "x", "--manifest", path], "what is 'x'"),
                            (["bmv2://h:1", "--manifest", path, "--max-delay", "1h"], "weave it with")):
        p = subprocess.run([PROGRAM, "attach", *arguments], capture_output=True, text=True, check=False)
        result(f"usage: {word}", p.returncode == 2 and word in p.stderr, p)
    p = subprocess.run([PROGRAM, "attach", "bmv2://127.0.0.1:1", "--manifest", path], capture_output=True, text=True, check=False)
    result("nobody is there", p.returncode == 1 and "refused" in p.stderr, p)


def main():
    with tempfile.TemporaryDirectory() as folder:
        manifest, path = weave(folder, "q", QUERIES, "--rows", "256", "--ring", "64")
        with_names, named = weave(folder, "n", NAMES, "--ring", "64")
        test_words(path)
        test_rows(manifest, path)
        test_fill(manifest, path)
        test_restart(manifest, path)
        test_gap(manifest, path)
        test_stray(manifest, path)
        test_missing(manifest, path)
        test_groups(manifest, path)
        test_sweep(manifest, path)
        test_names(with_names, named)
        test_sweep_totals(with_names, named)
        test_network(folder)
        test_hostile(manifest, path)
    return tap.done()


sys.exit(main())
