#!/usr/bin/env python3
"""A few counts of queries on a real capture against tshark's, where there is tshark."""
import collections
import os
import shutil
import subprocess

import e2e

QUERIES = """web = ingress().window(1min).filter(tcp.dstPort_in == 80).reduce(keys=(ipv4.srcIP_in), func=count)
names = ingress().window(1min).filter(udp.dstPort_in == 53).reduce(keys=(ipv4.dstIP_in), func=count)
six = ingress().window(1min).reduce(keys=(ipv6.srcIP_in), func=count)
size = ingress().window(1min).map((ethernet.srcMac_in) => bytes = packet.len_in).reduce(sum)
"""
FIELDS = ["frame.protocols", "frame.len", "eth.src", "ip.src", "ip.dst", "ipv6.src", "tcp.dstport", "udp.dstport",
          "ip.hdr_len", "ip.frag_offset"]
CAPTURE = os.path.join(e2e.CAPTURES, "mix-60s.pcap")


def dissected():
    """One {field: text} a packet: of its outermost headers."""
    args = ["tshark", "-n", "-r", CAPTURE, "-T", "fields", "-E", "occurrence=f"]
    for field in FIELDS:
        args += ["-e", field]
    out = subprocess.run(args, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True).stdout
    for line in out.splitlines():
        yield dict(zip(FIELDS, line.split("\t")))


def outer(packet):
    """The protocols on the way in, without VLAN tags: `ip:tcp`."""
    names = packet["frame.protocols"].split(":")[2:]
    while names[:2] == ["vlan", "ethertype"]:
        names = names[2:]
    return names + ["", ""]


def tshark_counts():
    found = collections.defaultdict(collections.Counter)
    for p in dissected():
        found["size"][p["eth.src"]] += int(p["frame.len"])
        network, transport = outer(p)[:2]
        if network == "ipv6":
            found["six"][p["ipv6.src"]] += 1
        if network != "ip" or p["ip.hdr_len"] != "20" or p["ip.frag_offset"] != "0":
            continue
        if transport == "tcp" and p["tcp.dstport"] == "80":
            found["web"][p["ip.src"]] += 1
        if transport == "udp" and p["udp.dstport"] == "53":
            found["names"][p["ip.dst"]] += 1
    return found


def main():
    tap = e2e.Tap()
    if not shutil.which("tshark") or not os.path.exists(CAPTURE):
        tap.skip("tshark's counts", "no tshark" if os.path.exists(CAPTURE) else "no ../shared/captures")
        tap.done()
    with e2e.Folder() as d:
        with open(d("q.scope"), "w", encoding="utf-8") as f:
            f.write(QUERIES)
        answers = e2e.run(e2e.Setting([CAPTURE]), queries=[d("q.scope")])
        expected = tshark_counts()
        for name in ("web", "names", "six", "size"):
            mine = collections.Counter()
            for row in answers.rows(name):
                mine[next(iter(row["key"].values()))] += next(iter(row["value"].values()))
            theirs = expected[name]
            different = {k: (mine[k], theirs[k]) for k in mine | theirs if mine[k] != theirs[k]}
            tap.ok(mine and not different, f"{name}: {len(mine)} keys", [f"(mine, tshark's) {different}"])
    tap.done()


main()
