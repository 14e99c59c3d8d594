#!/usr/bin/env python3
"""The faults of the published hand-written loss query, each as a test that it isn't one of ours.

1. a hash reaches past its register; 2. a stage reads one register and writes another; 3. what counts collisions counts all
packets; 4. a row of an earlier epoch is taken for the same key's; 5. epochs wrap after 256, counters after 65,535 packets;
6. headers are read that aren't there; 7. packets are dropped, prepended to, sent elsewhere; 8. the reader mixes up rows,
needs packets of its own to start and stop, and waits for ever.
"""
import collections
import os
import re
import struct

import e2e

ROUTER = os.path.join(e2e.ROUTER, "router.p4")
QUEUES = ["--queue-rate", "1000pps", "--queue-depth", "40"]


def scope(d, text):
    path = d("q.scope")
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return path


def woven(d, text):
    return e2e.tool("weave", ROUTER, "-q", scope(d, text), "-d", "woven")


def tcp(source, ident=0):
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 40, ident & 0xFFFF, 0, 64, 6, 0, bytes(source), bytes([203, 0, 113, 80]))
    total = sum(struct.unpack(">10H", ip))
    total = (total & 0xFFFF) + (total >> 16)
    ip = ip[:10] + struct.pack(">H", ~(total + (total >> 16)) & 0xFFFF) + ip[12:]
    return bytes.fromhex("020000000001020000000002 0800") + ip + struct.pack(">HHIIBBHHH", 999, 80, 0, 0, 0x50, 2, 0, 0, 0)


def losses(answers, query="lost"):
    found = collections.Counter()
    for row in answers.rows(query):
        found[row["epoch"], tuple(row["key"].values())] += row["value"]["count"]
    return found


def true_losses(trace, epoch_ns):
    found = collections.Counter()
    for p in e2e.packets(trace):
        if p["fate"] == "lost" and "ipv4.srcAddr" in p["in"]:
            source = p["in"]["ipv4.srcAddr"]
            if isinstance(source, int):
                source = ".".join(map(str, source.to_bytes(4, "big")))
            found[p["time_in"] // epoch_ns, (source,)] += 1
    return found


def run(d, frames, text, *options, queues=QUEUES):
    e2e.capture(d("in.pcap"), [(us * 1000, frame) for us, frame in frames])
    setting = e2e.Setting([d("in.pcap")], queues)
    return e2e.run(setting, *options, queries=[scope(d, text)], trace=d("trace"))


def indexes_stay_inside(tap, d):
    notes = []
    for rows in (2, 64, 1024, 4096):
        text = woven(d, f"lost = ingress().lost([ipv4.srcIP_in], 20ms, rows={rows}, stages=4)\n")
        cells = int(re.search(r"register<bit<64>>\(32w(\d+)\) ps_lost_cell;", text).group(1))
        found = re.findall(r"ps_row = \(bit<32>\)\(.*\)\[31:(\d+)\](?: \+ 32w(\d+))?;", text)
        ends = [2 ** (32 - int(low)) + int(base or 0) for low, base in found]
        if ends != [rows * (i + 1) for i in range(4)] or cells != ends[-1]:
            notes.append(f"{rows} rows: stages end at {ends}, the register at {cells}")
    tap.ok(not notes, "fault 1: a hash reaches past its register", notes)


def registers_keep_to_their_side(tap, d):
    text = woven(d, "lost = ingress().lost([ipv4.srcIP_in], 20ms, stages=8)\n")
    sides = text[text.index("control RouterIngress("):].split("control RouterEgress(")
    read, written = ([set(re.findall(rf"(ps_\w+)\.{what}\(", side)) for side in sides] for what in ("read", "write"))
    notes = [f"ingress and egress share {read[0] & read[1]}"] if read[0] & read[1] or written[0] & written[1] else []
    for i, side in enumerate(("ingress", "egress")):
        for name in read[i] - written[i] - {"ps_copies_of"}:
            notes.append(f"{side}: {name} is read, and another is written")
        notes += [f"{side}: {n} is declared elsewhere" for n in read[i] if not re.search(rf"> ?\(32w\d+\) {n};", sides[i])]
    tap.ok(not notes and len(read[0]) > 2, "fault 2: a stage reads one register and writes another", notes)


def burst(sources, count, start=0, step=100):
    return [(start + i * step, tcp([10, 0, i % sources >> 8, i % sources & 255], i)) for i in range(count)]


def collisions_count_collisions(tap, d):
    frames = burst(300, 6000)
    wide = run(d, frames, "lost = ingress().lost([ipv4.srcIP_in], 100ms)\n")
    truth = true_losses(d("trace"), 100_000_000)
    narrow = run(d, frames, "lost = ingress().lost([ipv4.srcIP_in], 100ms, rows=16, stages=2)\n")
    notes = [f"overflow {e['overflow']} of a table with room" for e in wide.epochs("lost") if e["overflow"]][:2]
    for e in narrow.epochs("lost"):
        rows = sum(n for (epoch, _), n in losses(narrow).items() if epoch == e["epoch"])
        true = sum(n for (epoch, _), n in truth.items() if epoch == e["epoch"])
        if rows + e["overflow"] != true or not e["overflow"]:
            notes.append(f"epoch {e['epoch']}: {rows} by key, {e['overflow']} without one, in truth {true}")
        if true and abs(e["precision"] - rows / true) > 1e-9:
            notes.append(f"epoch {e['epoch']}: precision {e['precision']}, in truth {rows / true}")
    tap.ok(not notes and losses(wide) == truth, "fault 3: what counts collisions counts all packets", notes[:6])


def epochs_keep_apart(tap, d):
    answers = run(d, burst(3, 4000, step=300), "lost = ingress().lost([ipv4.srcIP_in], 7ms)\n")
    truth = true_losses(d("trace"), 7_000_000)
    tap.ok(losses(answers) == truth and len({e for e, _ in truth}) > 100,
           "fault 4: a row of an earlier epoch is taken for the same key's")


def nothing_wraps(tap, d):
    answers = run(d, burst(2, 5000, step=500), "lost = ingress().lost([ipv4.srcIP_in], 1ms)\n")
    truth = true_losses(d("trace"), 1_000_000)
    good = losses(answers) == truth and max(e for e, _ in truth) > 2000
    answers = run(d, [(i // 20, tcp([10, 0, 0, 1], i)) for i in range(80000)], "lost = ingress().lost([ipv4.srcIP_in], 1s)\n")
    most = max(losses(answers).values())
    tap.ok(good and most > 65536 and most == answers.switch["lost_queue"],
           "fault 5: epochs wrap after 256, counters after 65,535 packets", [f"{most} losses of one key"])


def absent_headers_are_not_read(tap, d):
    arp = bytes.fromhex("ffffffffffff020000000002 0806 0001080006040001") + bytes(20)
    frames = [(i * 100, arp if i % 2 else tcp([10, 0, 0, 7], i)) for i in range(2000)]
    answers = run(d, frames, "lost = ingress().lost([ipv4.srcIP_in], 100ms)\n")
    keys = {k for _, k in losses(answers)}
    absent = sum(e["absent"] for e in answers.epochs("lost"))
    tap.ok(keys == {("10.0.0.7",)} and absent == 1000, "fault 6: headers are read that aren't there",
           [f"keys {keys}, {absent} absent"])


def packets_are_left_alone(tap, d):
    e2e.capture(d("in.pcap"), [(us * 1000, frame) for us, frame in burst(40, 3000)])
    setting = e2e.Setting([d("in.pcap")], QUEUES)
    query = scope(d, "lost = ingress().lost([ipv4.srcIP_in], 20ms).packets()\n"
                     "more = ingress().lost([ipv4.srcIP_in], 20ms, rows=4, stages=1, overflow=mirror)\n")
    plain = e2e.run(setting, ports=range(5), out=d("plain"))
    with_query = e2e.run(setting, ports=range(5), out=d("woven"), queries=[query])
    notes = e2e.different_files(d("plain"), d("woven"), range(5))
    if plain.switch != with_query.switch:
        notes.append(f"{plain.switch} became {with_query.switch}")
    tap.ok(not notes, "fault 7: packets are dropped, prepended to, sent elsewhere", notes)


def the_reader_is_right_or_says_so(tap, d):
    frames = burst(500, 6000) + [(900000 + i * 5000, tcp([10, 9, 9, 9])) for i in range(400)]
    query = "lost = ingress().lost([ipv4.srcIP_in], 20ms)\n"
    answers = run(d, frames, query)
    truth = true_losses(d("trace"), 20_000_000)
    notes = [] if losses(answers) == truth else ["rows are not those of the packets"]
    if answers.switch["received"] != len(frames) or not answers.queries["lost"]:
        notes.append("other packets than the user's came")
    late = run(d, frames, query, "--reader-delay", "300ms")
    wrong = {k: n for k, n in losses(late).items() if truth[k] != n}
    told = {e["epoch"]: e for e in late.epochs("lost")}
    if wrong or all(e["complete"] for e in told.values()):
        notes.append(f"late: wrong rows {list(wrong.items())[:3]}")
    for e in told.values():
        if not e["complete"] and (e["rows"] or not e.get("reason")):
            notes.append(f"late: {e}")
    missing = {e for e, _ in truth} - set(told)
    if missing:
        notes.append(f"late: nothing is said of {sorted(missing)[:5]}")
    tap.ok(not notes, "fault 8: the reader mixes up rows, needs packets of its own, waits for ever", notes[:6])


def main():
    tap = e2e.Tap()
    for test in (indexes_stay_inside, registers_keep_to_their_side, collisions_count_collisions, epochs_keep_apart,
                 nothing_wraps, absent_headers_are_not_read, packets_are_left_alone, the_reader_is_right_or_says_so):
        with e2e.Folder() as d:
            try:
                test(tap, d)
            except e2e.Failure as e:
                tap.ok(False, test.__name__, [e])
    tap.done()


main()
