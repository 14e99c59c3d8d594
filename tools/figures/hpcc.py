#!/usr/bin/env python3
"""hpcc.py PACKETSCOPE hpcc|overhead|combined - HPCC in a fabric, simulated, as CSV:

    hpcc      slowdown by size of flow, with feedback by INT, by PINT in all, 1/16 and 1/256 of the packets, and by CSIG
    overhead  what 28 to 108 bytes of header in all packets cost
    combined  HPCC, paths and latencies in 16 bits, and each alone

A fabric of 32 hosts for 5 ms; HPCC_FULL=1 is the paper's, with 320, for 10 ms: minutes for each of 35 runs. DURATION and SEED are for both,
JOBS run at a time."""
import concurrent.futures
import csv
import json
import os
import subprocess
import sys

FULL = bool(os.environ.get("HPCC_FULL"))
FABRIC = "clos:5,4,4,16,16" if FULL else "clos:2,2,2,4,8"
DURATION = os.environ.get("DURATION", "10ms" if FULL else "5ms")
SEED = os.environ.get("SEED", "1")
JOBS = int(os.environ.get("JOBS", os.cpu_count() or 1))
FEEDBACKS = {
    "int": ["--hpcc", "int"],
    "pint 1": ["--hpcc", "pint", "-p", "1"],
    "pint 1/16": ["--hpcc", "pint", "-p", "1/16"],
    "pint 1/256": ["--hpcc", "pint", "-p", "1/256"],
    "csig": ["--hpcc", "csig"],
}


def simulate(packetscope, options):
    command = [packetscope, "net", FABRIC, "--duration", DURATION, "--seed", SEED, "--json", *options]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return json.loads(done.stdout)


def simulate_all(packetscope, runs):
    """What each of {key: options} gives."""
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        results = {}
        for key, result in zip(runs, pool.map(lambda options: simulate(packetscope, options), runs.values())):
            results[key] = result
            print(f"  {len(results)} of {len(runs)} runs", file=sys.stderr)
        return results


def hpcc(packetscope):
    yield ["sizes", "load", "feedback", "bytes", "flows", "mean", "p50", "p95", "p99", "goodput_gbps"]
    runs = {(sizes, load, name): [*options, "--load", load, "--flow-sizes", sizes]
            for sizes in ("websearch", "hadoop") for load in ("0.5", "0.7") for name, options in FEEDBACKS.items()}
    for key, result in simulate_all(packetscope, runs).items():
        for bucket in result["buckets"]:
            yield [*key, *bucket.values()]


def overhead(packetscope):
    """Rates by HPCC, whose feedback is a digest of one byte in all runs, or by Reno, which is a matter of luck: the mean of four seeds. The
    header beside it is read by nobody."""
    headers = (0, 28, 48, 68, 88, 108)
    yield ["control", "load", "header", "mean_fct_us", "mean_slowdown", "goodput_long_gbps", "fct_ratio", "goodput_ratio"]
    seeds = {"hpcc": [SEED], "reno": [str(int(SEED) + i) for i in range(4)]}
    runs = {(control, load, header, seed): ["--hpcc", "pint" if control == "hpcc" else "reno", "--load", load, "--header", str(header), "--seed", seed]
            for control in seeds for load in ("0.5", "0.7") for header in headers for seed in seeds[control]}
    results = simulate_all(packetscope, runs)

    def mean(control, load, header):
        mine = [results[control, load, header, seed] for seed in seeds[control]]
        return [sum(values) / len(mine) for values in
                zip(*((r["mean_fct_us"], r["all"]["mean"], r["buckets"][-1]["goodput_gbps"]) for r in mine))]

    for control in seeds:
        for load in ("0.5", "0.7"):
            base = mean(control, load, 0)
            for header in headers:
                found = mean(control, load, header)
                yield [control, load, header, *(f"{x:.4f}" for x in found), f"{found[0] / base[0]:.4f}", f"{found[2] / base[2]:.4f}"]


def short(result, column):
    """The mean of the shorter half of all flows."""
    buckets = result["buckets"][:len(result["buckets"]) // 2]
    return sum(bucket[column] for bucket in buckets) / len(buckets)


def combined(packetscope):
    yield ["what", "alone", "together", "loss_percent"]
    common = ["--hpcc", "pint", "--flow-sizes", "hadoop"]
    runs = {"all": [*common, "--queries", "alone"],
            "some": [*common, "-p", "1/16", "--queries", "alone"],
            "together": [*common, "-p", "1/16", "--queries", "together"]}
    results = simulate_all(packetscope, runs)
    alone, some, together = results["all"], results["some"], results["together"]
    rows = [(f"{column} slowdown of short flows, HPCC alone in {share} packets", short(result, column), short(together, column))
            for column in ("mean", "p95") for share, result in (("all", alone), ("1/16 of the", some))]
    for what, group, name in (("packets until a path is known", "paths", "packets_mean"), ("the same, 99th percentile", "paths", "packets_p99"),
                              ("error of the median latency", "latency", "median_error"), ("error of its 99th percentile", "latency", "p99_error")):
        rows.append((what, alone[group][name], together[group][name]))
    for what, one, other in rows:
        yield [what, f"{one:.5g}", f"{other:.5g}", f"{(other / one - 1) * 100:.2f}"]
    for result in results.values():
        if result["paths"]["wrong"]:
            sys.exit("a path was decoded that no packet took")


FIGURES = {"hpcc": hpcc, "overhead": overhead, "combined": combined}


def main():
    packetscope, name = sys.argv[1:]
    csv.writer(sys.stdout, lineterminator="\n").writerows(list(FIGURES[name](packetscope)))


main()
