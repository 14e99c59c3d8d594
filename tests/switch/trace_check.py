"""Compares a trace with the expected one and checks what docs/trace.md promises. Usage: trace_check.py TRACE-DUMP EXPECTED."""
import json
import os
import subprocess
import sys

SPLIT = {"replicated", "resubmitted", "recirculated"}


def books(packets):
    """received + copies = forwarded + dropped + lost + queued, from the lines alone."""
    received = sum(p["parent"] is None for p in packets)
    clones = sum(p["instance"].startswith("clone") for p in packets)
    copies = clones + sum(p["copies"] - 1 for p in packets if p["fate"] == "replicated")
    return received + copies == sum(p["fate"] not in SPLIT for p in packets)


def checks(text):
    lines = [json.loads(line) for line in text.splitlines()]
    schema, packets = lines[0], lines[1:]
    fields = {f"{h['name']}.{f['name']}": h["name"] for h in schema["headers"] for f in h["fields"]}
    metadata = {m["name"] for m in schema["metadata"]}
    by_id = {p["id"]: p for p in packets}
    yield "the schema comes first", schema["type"] == "trace" and schema["version"] == 1
    yield "ids are unique and complete", sorted(by_id) == list(range(len(packets)))
    yield "parents exist", all(p["parent"] is None or p["parent"] in by_id for p in packets)
    yield "the books balance", books(packets)
    yield "all fates occur", {p["fate"] for p in packets} == SPLIT | {
        "forwarded", "dropped_ingress", "dropped_egress", "lost", "queued"}
    yield "a drop has a reason", all(("drop_reason" in p) == p["fate"].startswith("dropped") for p in packets)
    yield "replicas have their parent's ingress", all(
        p[k] == by_id[p["parent"]][k] for p in packets if p["instance"] == "replica" for k in ("in", "mid", "intent", "copies"))
    for at in ("in", "mid", "out"):
        seen = [p for p in packets if at in p]
        yield f"'{at}' has exactly the fields of valid headers", all(
            set(p[at]) - metadata == {f for f, h in fields.items() if h in p[at + "_valid"]} for p in seen)
    yield "times are whole microseconds", all(p["time_in"] % 1000 == 0 for p in packets)


def main():
    got = subprocess.run([sys.argv[1]], capture_output=True, text=True, check=True).stdout
    if os.environ.get("UPDATE"):
        with open(sys.argv[2], "w", encoding="utf-8") as f:
            f.write(got)
    with open(sys.argv[2], encoding="utf-8") as f:
        results = [("the trace is as expected", f.read() == got), *checks(got)]
    for i, (what, ok) in enumerate(results, 1):
        print("ok" if ok else "not ok", i, "-", what)
    print(f"1..{len(results)}")
    return not all(ok for _, ok in results)


sys.exit(main())
