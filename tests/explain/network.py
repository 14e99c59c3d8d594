#!/usr/bin/env python3
"""What `explain` says of queries over network(), as JSON and on the page, and `check`. Usage: network.py PACKETSCOPE PROGRAM.p4 FILE.scope..."""
import json
import subprocess
import sys


def problems(packetscope, program, queries):
    command = [packetscope, "explain", program, "-q", queries, "--json", "--html"]
    page = subprocess.run(command[:-2] + ["--html", "-"], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    run = subprocess.run(command[:-1], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    check = subprocess.run([packetscope, "check", queries, "-p", program], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if run.returncode or page.returncode or check.returncode:
        yield run.stderr + page.stderr + check.stderr
        return
    network = json.loads(run.stdout)["network"]
    got = dict.fromkeys((q["name"] for q in network["queries"]), 0)
    for one in network["sets"]:
        for q in one["queries"]:
            got[q["name"]] += one["share"]
    if abs(sum(one["share"] for one in network["sets"]) - 1) > 1e-9:
        yield "the shares of sets don't make 1"
    for q in network["queries"]:
        if abs(got[q["name"]] - q["got"]) > 1e-8 or q["got"] < q["asked"] - 1e-8:
            yield f"{q['name']} got {q['got']}, its sets make {got[q['name']]}, and it asked for {q['asked']}"
        if q["packets"] <= 0:
            yield f"{q['name']} needs no packets"
        if f"{q['name']}[" not in page.stdout:
            yield f"the page doesn't tell where {q['name']} is"
        line = next((line for line in check.stdout.splitlines() if line.split()[:1] == [q["name"]]), "").split()
        if line[1:7:2] != [str(q["bits"]), f"{100 * q['asked']:.4g}", f"{100 * q['got']:.4g}"]:
            yield f"check says {line} of {q}"


def main():
    packetscope, program, *files = sys.argv[1:]
    failed = False
    for i, queries in enumerate(files, 1):
        wrong = list(problems(packetscope, program, queries))
        for text in wrong:
            print("#", text)
        print("not ok" if wrong else "ok", i, "-", queries.rsplit("/", 1)[-1])
        failed |= bool(wrong)
    print(f"1..{len(files)}")
    return int(failed)


sys.exit(main())
