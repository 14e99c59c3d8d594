"""What a run on the kernel says of its own exactness. A busy machine keeps packets or the reader waiting for longer than is reckoned with; then the
tool must say so, and the run is tried again. A difference of which it says nothing is an error."""
import json
import re

TRIES = 10
MISSED = ("untagged", "collisions", "late", "recursion", "softnet", "unseen")


def is_open(epoch, expected):
    """Has it ended before all packets came out, but for those that are expected to be queued still?"""
    return not epoch["complete"] and not ("queued" in expected and epoch["reason"].startswith("open, "))


def in_lines(lines, expected=()):
    """Of `live --json` and `lab --json`: epochs that are not complete, witnesses that don't agree, packets that were missed or wait in a
    queue at the end, but for what is `expected`."""
    kernel = lines[-1] if lines else {}
    if kernel.get("type") != "kernel":
        return False
    told = {**kernel["missed"], "queued": kernel["witnesses"]["queued"]}
    return kernel["witnesses"]["agree"] is False or any(told[name] for name in (*MISSED, "queued") if name not in expected) or \
        any(is_open(line, expected) for line in lines if line["type"] == "epoch")


def in_figures(text):
    """Of `lab --check`: what its line of figures says was missed, or that a packet was neither started nor freed, as where tracing programs are left out
    (docs/linux.md, "In virtual machines")."""
    if "DISAGREE" in text or any(freed != rest for freed, rest in re.findall(r"freed (\d+), not started (\d+)", text)):
        return True
    return any(int(n) for n in re.findall(rf"(?:{'|'.join(MISSED)}|open epochs) (\d+)", text))


def in_run(run, expected=()):
    """Of a lab that has ended. One that failed without a word on what it saw has declared nothing."""
    if not run.stdout.startswith("{"):
        return in_figures(run.stdout)
    return in_lines([json.loads(line) for line in run.stdout.splitlines()], expected)
