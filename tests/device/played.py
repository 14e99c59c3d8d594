"""A switch that a test plays, for `packetscope attach`: simple_switch's Thrift interface over the registers that a manifest names.

Its clock is moved on by whoever looks at it, so nothing depends on how fast anything runs."""
import collections
import json
import os
import select
import signal
import struct
import subprocess
import sys
import threading
import time

import thrift as t

PROGRAM, ROOT = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
ROUTER = os.path.join(ROOT, "examples", "router")
STEP_US = 1000
PATIENCE = 600  # seconds until something that should come won't
QUERIES = """
lost = ingress().lost([ipv4.srcIP_in], 20ms)
drops = ingress().filter(port_intent == -1).map((drop.reason) => 1).reduce(keys=(drop.reason), func=sum).window(20ms)
"""


def weave(folder, name, queries, *options):
    """The router with queries: its manifest, and where that is."""
    scope, path = (os.path.join(folder, name + ending) for ending in (".scope", ".json"))
    with open(scope, "w", encoding="ascii") as f:
        f.write(queries)
    subprocess.run([PROGRAM, "weave", os.path.join(ROUTER, "router.p4"), "-q", scope, "-o", os.path.join(folder, name + ".p4"), "--manifest", path,
                    *options], check=True)
    with open(path, encoding="utf-8") as f:
        return json.load(f), path


def registers_of_names(state):
    sides = state["packets"] if "packets" in state else {"in": {}, "out": {}}
    return [name for side in ("in", "out") for key in ("count", "check", "sums") if key in sides[side]
            for name in (sides[side][key] if key == "sums" else [sides[side][key]])]


class Switch:
    """A simple_switch that forwards nothing, with registers of the manifest's sizes."""

    def __init__(self, manifest):
        self.us, self.program = 1_000_000, bytes(range(16))
        self.cells, self.sizes, self.entries, self.written = {}, {}, {}, []
        self.groups = json.dumps({"mgrps": [], "l1_handles": [], "l2_handles": [], "lags": []})
        self.address, self.looks, self.lock = "", 0, threading.RLock()
        self.reads = collections.Counter()
        self.find_registers(manifest)

    def find_registers(self, manifest):
        if "multicast" in manifest:
            self.sizes[manifest["multicast"]["register"]] = manifest["multicast"]["groups"]
        for s in manifest["states"]:
            cells = s["rows"] * s["stages"]
            for name in ("cell", "cell_out"):
                self.sizes[s[name]] = cells
            for name in ("absent", "overflow_in", "overflow_out"):
                self.sizes[s[name]] = s["epoch_cells"]
            for column in s["keys"] + s["values"]:
                self.sizes.update((w, cells) for w in column["words"])
            ring = s.get("ring") or {}
            for name in [ring.get("epoch", "")] + [w for c in ring.get("columns", []) for w in c["words"]]:
                self.sizes[name] = ring.get("rows", 0)
            self.sizes[ring.get("sequence", "")] = 1
            if "log" in s:
                self.sizes.update({s["log"]["sequence"]: 1, s["log"]["row"]: s["log"]["rows"]})
            self.sizes.update(dict.fromkeys(registers_of_names(s), 4 * s.get("packets", {}).get("cells", 0) * s.get("packets", {}).get("tables", 0)))
            out = s.get("ring_out") or {}
            self.sizes.update({out.get("sequence", ""): 1, **{name: out.get("rows", 0) for name in [out.get("epoch", "")] +
                                                              [w for c in out.get("columns", []) for w in c["words"]]}})
        self.sizes.pop("", None)
        self.signal = manifest.get("signal", {"register": "", "digest": ""})
        self.sizes[self.signal["register"]] = 3

    def set(self, name, index, value):
        self.cells.setdefault(name, {})[index] = value

    def all(self, name):
        v = [0] * self.sizes[name]
        for i, value in self.cells.get(name, {}).items():
            v[i] = value
        return v

    def entry(self, handle, action, data):
        action = (t.STRUCT, 4, t.fields((t.I32, 1, t.number(t.I32, 1)), (t.STRING, 2, t.text(action)),
                                        (t.LIST, 3, t.items(t.STRING, [t.text(d) for d in data]))))
        key = (t.LIST, 1, t.items(t.STRUCT, [t.fields((t.I32, 1, t.number(t.I32, 0)))]))
        return t.fields(key, (t.STRUCT, 2, t.fields()), (t.I32, 3, t.number(t.I32, handle)), action)

    def answer(self, method, a):
        with self.lock:
            return self.answer_locked(method, a)

    def answer_locked(self, method, a):
        if method == "get_time_elapsed_us":
            self.us += STEP_US
            return t.I64, t.number(t.I64, self.us)
        if method == "bm_get_config":
            return t.STRING, t.text(json.dumps({"learn_lists": [{"id": 3, "name": "mine"}, {"id": 7, "name": self.signal["digest"]}]}))
        if method == "bm_mgmt_get_info":
            return t.STRUCT, t.fields((t.I32, 1, t.number(t.I32, 0)), (t.I32, 2, t.number(t.I32, 9090)), (t.STRING, 3, t.text(self.address)))
        if method == "bm_learning_set_buffer_size":
            return t.fields()
        if method == "bm_learning_ack_buffer":
            self.written.append((method, a[2], a[3]))
            return t.fields()
        if method == "bm_get_config_md5":
            self.looks += 1
            return t.STRING, t.text(self.program)
        if method == "bm_mc_get_entries":
            return t.STRING, t.text(self.groups)
        name = a[2].decode()
        if method.startswith("bm_register") and name not in self.sizes:
            return t.fields((t.STRUCT, 1, t.fields((t.I32, 1, t.number(t.I32, 1)))))
        if method == "bm_register_read":
            return t.I64, t.number(t.I64, self.cells.get(name, {}).get(a[3], 0))
        if method == "bm_register_read_all":
            self.reads[name] += 1
            v = self.all(name)
            return t.LIST, struct.pack(f">Bi{len(v)}q", t.I64, len(v), *v)
        if method == "bm_mt_get_num_entries":
            return t.I64, t.number(t.I64, len(self.entries.get(name, [])))
        if method == "bm_mt_get_entries":
            return t.LIST, t.items(t.STRUCT, [self.entry(*e) for e in self.entries.get(name, [])])
        if method == "bm_mt_get_default_entry":
            return t.STRUCT, t.fields((t.I32, 1, t.number(t.I32, 0)))
        if method in ("bm_register_write", "bm_mt_modify_entry", "bm_mt_set_default_action"):
            self.written.append((method, *(a[i] for i in sorted(a) if i > 1)))
            if method == "bm_register_write":
                self.set(name, a[3], a[4])
            return t.fields()
        return t.fields((t.STRUCT, 1, t.fields((t.I32, 1, t.number(t.I32, 2)))))


def start(url, manifest, *options):
    return subprocess.Popen([PROGRAM, "attach", url, "--manifest", manifest, "--json", *options],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def lines_until(process, enough):
    """Its results until enough(results), then its end: (results, status, messages)."""
    got, rest, end = [], b"", time.monotonic() + PATIENCE
    while not enough(got) and time.monotonic() < end:
        if not select.select([process.stdout], [], [], 0.2)[0]:
            continue
        data = os.read(process.stdout.fileno(), 65536)
        if not data:
            break
        *whole, rest = (rest + data).split(b"\n")
        got += map(json.loads, whole)
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=PATIENCE)
    got += map(json.loads, (rest + out).split(b"\n")[:-1])
    return got, process.returncode, err.decode()


def state_of(manifest, name):
    return next(s for s in manifest["states"] if s["name"] == name)


def fill(switch, s, epoch, row, key, came, left):
    stored = epoch + s["generations"] << 32
    switch.set(s["cell"], row, stored | came)
    switch.set(s["keys"][0]["words"][0], row, key)
    if left:
        switch.set(s["cell_out"], row, stored | left)


def rows_of(results, query):
    return [(r["epoch"], *r["key"].values(), *r["value"].values()) for r in results
            if r["type"] == "row" and r["query"] == query]


def closed(results, query, epoch):
    return any(r["type"] == "epoch" and r["query"] == query and r["epoch"] >= epoch for r in results)
