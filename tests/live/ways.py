#!/usr/bin/env python3
"""A switch on several threads, and ones whose ports are AF_XDP's or DPDK's. Usage: ways.py PACKETSCOPE SOURCE_ROOT. Prints TAP.

Numbered frames of many flows: all arrive, each flow's in order, and the switch counts each once, while entries change."""
import os
import re
import struct
import subprocess
import sys
import tempfile
import threading

import live
from live import HERE, ROUTER, Switch, Wire, ctl, ipv4, result, settle, stats, totals

FLOWS, ROUNDS, BATCH = 40, 8, 250
ENTRIES = ["-e", os.path.join(ROUTER, "entries.txt"), "--json"]
PROGRAM = os.path.join(ROUTER, "router.p4")


def frame(flow, number):
    return ipv4("10.0.0.5", "192.168.0.9", struct.pack("!HHHHI", 1000 + flow, 4000, 12, 0, number), protocol=17)


def flows_of(frames):
    """The numbers that came, by flow."""
    flows = {}
    for f in frames:
        flow, _, _, _, number = struct.unpack_from("!HHHHI", f, 34)
        flows.setdefault(flow, []).append(number)
    return flows


def send_and_compare(h0, h1, what):
    """No more frames are on their way than rings hold."""
    h1.drain()
    first = before = stats()
    frames = []
    for r in range(ROUNDS):
        for i in range(BATCH):
            h0.send(frame(i % FLOWS, r * BATCH + i))
        settle(before, BATCH)
        frames += h1.take(BATCH)
        before = stats()
    flows = flows_of(frames)
    result(f"{what}: every frame arrives once, each flow's in order",
           sorted(n for f in flows.values() for n in f) == list(range(ROUNDS * BATCH)) and
           all(f == sorted(f) for f in flows.values()), len(frames))
    result(f"{what}: all threads' packets are counted",
           before["received"] - first["received"] == before["sent"] - first["sent"] == ROUNDS * BATCH, first, before)


class Changes(threading.Thread):
    """Entries that come and go; none of them matters to the flows."""

    def __init__(self):
        super().__init__()
        self.going, self.failed = True, 0

    def run(self):
        while self.going:
            status, out, _ = ctl("table_add", "ipv4_lpm", "set_nhop", "198.18.0.0/24", "=>", "1", "02:00:00:00:01:01")
            handle = re.search(r"with handle (\d+)", out)
            self.failed += status != 0 or not handle or ctl("table_delete", "ipv4_lpm", handle[1])[0] != 0

    def stop(self):
        self.going = False
        self.join()


def threads(h0, h1):
    switch = Switch(PROGRAM, *ENTRIES, "--threads", "3")
    result("a program without shared state runs on threads", "one thread" not in switch.text()[1], switch.text())
    changes = Changes()
    changes.start()
    send_and_compare(h0, h1, "threads")
    changes.stop()
    result("threads: entries change meanwhile", changes.failed == 0, changes.failed)
    out = ctl("counter_read", "port_counter", "0")[1]
    result("threads: the program's counter has all packets", f", {ROUNDS * BATCH} packets)" in out, out)
    for command in ("set_queue_rate 10", "query add x.scope"):
        status, _, err = ctl(*command.split())
        result(f"threads: {command.split()[0]} is for one thread", status == 1 and "one thread" in err, status, err)
    h0.send(ipv4("10.0.0.5", "203.0.113.200"))
    settle(stats(), 0)
    result("threads: a drop has its reason", live.wait_for(lambda: "no_route" in ctl("drops")[1]), ctl("drops"))
    status, out, err = switch.stop()
    total, _ = totals(out)
    result("threads: the end's totals are those of all", status == 0 and total["received"] == ROUNDS * BATCH + 1, status, total, err)


def shared():
    switch = Switch(os.path.join(HERE, "state.p4"), "--threads", "2")
    _, _, err = switch.stop()
    result("a program that shares state says what, and runs on one thread", "runs on one thread: packets share" in err, err)


def refuses_threads(what, interface):
    done = subprocess.run([live.PROGRAM, "switch", PROGRAM, "-i", f"0@{interface}", "--threads", "2"], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, check=False)
    result(f"{what} can't be shared by threads", done.returncode == 1 and "can't be shared by threads" in done.stderr, done)


def other_way(h0, h1, what, name):
    """Ports that are not raw sockets; what was said at the start."""
    switch = Switch(PROGRAM, *ENTRIES, name=name)
    said = switch.text()[1]
    send_and_compare(h0, h1, what)
    h0.send(ipv4("10.0.0.5", "192.168.0.9", b"z" * 1480))
    got = h1.receive() or b""
    result(f"{what}: a frame of full size", len(got) == 1514 and got[34:] == b"z" * 1480, len(got))
    status, out, err = switch.stop()
    total, _ = totals(out)
    result(f"{what}: the totals", status == 0 and total["received"] == ROUNDS * BATCH + 1, status, total, err)
    return said


def xdp(h0, h1):
    said = other_way(h0, h1, "AF_XDP", "xdp:sw{0}")
    if "no AF_XDP" in said:
        result("without AF_XDP frames go through raw sockets", "raw socket" in said, said)
    else:
        refuses_threads("AF_XDP", "xdp:sw0")


def dpdk(h0, h1):
    done = subprocess.run([live.PROGRAM, "switch", PROGRAM, "-i", "0@dpdk:net_nothing0"], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          check=False)
    result("a device that DPDK doesn't know", done.returncode == 1 and ("knows no such device" in done.stderr or "without DPDK" in done.stderr), done)
    if "without DPDK" in done.stderr:
        return
    other_way(h0, h1, "DPDK", "dpdk:net_af_packet{0},iface=sw{0}")
    refuses_threads("DPDK", "dpdk:net_null0")


def main():
    with tempfile.TemporaryDirectory() as cache:
        os.environ["XDG_CACHE_HOME"] = cache
        h0, h1 = Wire(0), Wire(1)
        threads(h0, h1)
        shared()
        xdp(h0, h1)
        dpdk(h0, h1)


if __name__ == "__main__":
    sys.exit(live.run(main))
