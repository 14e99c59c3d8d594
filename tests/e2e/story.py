#!/usr/bin/env python3
"""Rows name packets that they count, and stories agree with the trace of the same run."""
import json
import os

import e2e

QUERIES = """lost = ingress().lost([ipv4.srcIP_in], 20ms)
sources = ingress().filter(valid(ipv4_in)).reduce(keys=(ipv4.srcIP_in, port_in), func=count).window(100ms)
late = egress().filter(queuing.delay > 1ms).map((port_out) => 1).reduce(keys=(port_out), func=sum).filter(count > 1)
dropped = ingress().filter(port_intent == -1).reduce(keys=(drop.class), func=count)
each = ingress().filter(valid(tcp_in)).map(ipv4.srcIP_in, ipv4.dstIP_in)
"""
KEEP = 3


def dotted(n):
    return ".".join(str(n >> s & 255) for s in (24, 16, 8, 0))


def belongs(row, packet):
    """Is the packet one of those that the row counts? As the queries above say."""
    query, key = row["query"], row["key"] or row["value"]
    start = row["end_ns"] - row["start_ns"]
    if packet["time_in"] // start != row["epoch"]:
        return False
    if query == "lost":
        return packet["fate"] == "lost" and dotted(packet["in"]["ipv4.srcAddr"]) == key["ipv4.srcIP_in"]
    if query == "sources":
        return dotted(packet["in"]["ipv4.srcAddr"]) == key["ipv4.srcIP_in"] and packet["port_in"] == key["port_in"]
    if query == "late":
        return packet["queuing"]["delay"] > 1_000_000 and packet["port_out"] == key["port_out"]
    if query == "dropped":
        return packet["intent"] == -1 and packet["drop_class"] == key["drop.class"]
    return dotted(packet["in"]["ipv4.srcAddr"]) == key["ipv4.srcIP_in"]


def exemplars(tap, args, tmp):
    queries, trace = tmp("q.scope"), tmp("trace.jsonl")
    with open(queries, "w", encoding="utf-8") as f:
        f.write(QUERIES)
    out = e2e.tool("run", *args, "-q", queries, "--json", "--exemplars", str(KEEP), "--trace", trace)
    plain = e2e.tool("run", *args, "-q", queries, "--json")
    packets = {p["id"]: p for p in e2e.packets(trace)}
    wrong, rows, named = [], 0, 0
    bare = []
    for line in out.splitlines():
        item = json.loads(line)
        if item["type"] == "row":
            rows += 1
            found = item.pop("exemplars", [])
            named += len(found)
            count = item["value"].get("count", 1)
            if len(found) != min(KEEP, count) and item["query"] != "each" or not found:
                wrong.append(f"{len(found)} packets: {line}")
            wrong += [f"not of the row: {x} {line}" for x in found if not belongs(item, packets[x["packet"]])]
        bare.append(json.dumps(item))
    tap.ok(not wrong and rows > 50, f"exemplars: {named} packets of {rows} rows are of their rows", wrong)
    tap.ok(bare == [json.dumps(json.loads(line)) for line in plain.splitlines()], "rows are the same without exemplars")
    return packets


def stories(tap, args, packets):
    out = e2e.tool("story", *args, "--where", "time_in >= 0s || instance != normal", "--count", "1000000", "--json")
    told = {s["packet"]: s for s in map(json.loads, out.splitlines())}
    wrong = []
    for n, story in told.items():
        p = packets[n]
        for mine, its in (("fate", "fate"), ("reason", "drop_reason"), ("class", "drop_class"), ("port_in", "port_in"),
                          ("len_in", "len_in"), ("port_out", "port_out"), ("len_out", "len_out")):
            if mine in story and story[mine] != p.get(its):
                wrong.append(f"packet {n}: {mine} {story[mine]}, the trace has {p.get(its)}")
        if p["fate"].startswith("dropped") and "reason" not in story:
            wrong.append(f"packet {n}: no reason")
        tables = [e for e in story["events"] if e["event"] == "table" and e.get("hit")]
        if "#" in p.get("drop_reason", "") and not p["drop_reason"].endswith("#default"):
            handle = int(p["drop_reason"].split("#")[1])
            if not any(t["entry"] == handle and p["drop_reason"].startswith(t["name"] + "/") for t in tables):
                wrong.append(f"packet {n}: dropped by {p['drop_reason']}, but no table tells of that entry")
        for change in (c for e in story["events"] for c in e["changes"] if c.get("field") == "ipv4.ttl"):
            if change["to"] != change["from"] - 1:
                wrong.append(f"packet {n}: {change}")
    expected = {n for n, p in packets.items() if p["instance"] == "normal"}
    tap.ok(not wrong and expected <= set(told), f"stories: {len(told)} agree with the trace", wrong)


def main():
    tap = e2e.Tap()
    with e2e.Folder() as tmp:
        capture = tmp("in.pcap")
        e2e.tool("gen", "ROUTER", "-o", capture, "--duration", "2s", "--rate", "500")
        args = [os.path.join(e2e.ROUTER, "router.p4"), "-e", os.path.join(e2e.ROUTER, "entries.txt"), "-i", f"0@{capture}",
                "--queue-rate", "150pps", "--queue-depth", "12"]
        packets = exemplars(tap, args, tmp)
        stories(tap, args, packets)
        lost = next(n for n, p in packets.items() if p["fate"] == "lost")
        text = e2e.tool("story", *args, "--packet", str(lost))
        tap.ok(text.startswith(f"packet {lost}  normal") and "\n  lost (egress/discards/no-buffer" in text, "a lost packet's story ends there",
               [text])
        done = e2e.tool("story", *args, "--packet", "99999999", status=1)
        tap.ok(not done, "a packet that there isn't")
        e2e.tool("story", *args, status=2)
        e2e.tool("story", *args, "--where", "nosuch == 3", status=1)
        tap.ok(True, "no packet, and a wrong expression, are refused")
    tap.done()


main()
