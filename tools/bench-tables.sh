#!/bin/sh
# Measures the switch in memory with packets of 64 bytes and prints a table: packets/s, ns of CPU per packet, and the ratio to the program
# that each line is compared with. Lines are measured in turn, ROUNDS times, and what queries cost with all at once on one core (CORE), for TIME of CPU
# each: then they see the same neighbours, and their ratios stay where times double from one minute to the next. What is printed are medians.
#
#   tools/bench-tables.sh BUILD        ROUNDS=5 REPEAT=20 TIME=5s tools/bench-tables.sh build
set -eu

build=${1:-build}
rounds=${ROUNDS:-5}
repeat=${REPEAT:-20}
time=${TIME:-5s}
core=${CORE:-0}
top=$(cd "$(dirname "$0")/.." && pwd)
ps=$build/src/packetscope
router=$top/examples/router
queries=$top/examples/queries
basic=$top/examples/basic
data=$(mktemp -d)
XDG_CACHE_HOME=$data/cache # so that the first round compiles
export XDG_CACHE_HOME
trap 'rm -rf "$data"' EXIT

"$top/tools/bench-data.py" "$data"
"$ps" gen router --rate 500000 --duration 1s -o "$data/router-few.pcap" 2>/dev/null # 200 conversations

all=""
for q in "$queries"/*.scope; do
	all="$all -q $q"
done
twenty=""
for q in mods acl_drop delay lost_web drops dst_changed ecn_marked matrix microburst nat new_tcp port_scan queue_delay ssh_brute_force \
	ssh_past_acl superspreader syn_flood ttl_expired black_hole incast; do
	twenty="$twenty -q $queries/$q.scope"
done

# measure NAME ARGUMENTS...: one line of NAME and figures
measure() {
	[ "$i" -gt 0 ] || return 0
	name=$1
	shift
	"$ps" bench "$@" --repeat "$repeat" --json 2>/dev/null >"$data/out.json"
	printf '%s %s\n' "$name" "$(cat "$data/out.json")" >>"$data/results"
}

# beside NAME ARGUMENTS...: begins to measure; round 0 only compiles, so that all begin together
began=""
beside() {
	name=$1
	shift
	if [ "$i" -eq 0 ]; then
		printf '%s %s\n' "$name-start" "$("$ps" bench "$@" --time 1ms --json 2>/dev/null)" >>"$data/results"
		return
	fi
	began="$began $name"
	taskset -c "$core" "$ps" bench "$@" --time "$time" --json 2>/dev/null >"$data/$name.json" &
}

# together: waits for all that have begun
together() {
	wait
	for name in $began; do
		printf '%s %s\n' "$name" "$(cat "$data/$name.json")" >>"$data/results"
	done
	began=""
}

i=0
while [ "$i" -le "$rounds" ]; do
	echo "tables: round $i of $rounds" >&2
	measure basic "$basic/basic.p4" -e "$basic/entries.txt" -i "0@$data/basic.pcap"
	measure lpm500k "$basic/basic.p4" -e "$data/lpm500k.txt" -i "0@$data/lpm500k.pcap"
	measure exact1m "$basic/exact.p4" -e "$data/exact1m.txt" -i "0@$data/exact1m.pcap"
	measure rules10k "$basic/rules.p4" -e "$data/rules10k.txt" -i "0@$data/rules10k.pcap"
	measure router "$router/router.p4" -e "$router/entries.txt" -i "0@$data/router100k.pcap"
	for traffic in "" -flows -few; do
		set -- "$router/router.p4" -e "$router/entries.txt"
		case $traffic in
		-few) set -- "$@" -i "0@$data/router-few.pcap" ;;
		*) set -- "$@" -e "$data/router100k.txt" -i "0@$data/router100k$traffic.pcap" ;;
		esac
		beside "router100k$traffic" "$@"
		beside "table1$traffic" "$@" -q "$queries/mods.scope" -q "$queries/acl_drop.scope" -q "$queries/delay.scope" -q "$queries/lost_web.scope"
		# shellcheck disable=SC2086
		beside "twenty$traffic" "$@" $twenty
		# shellcheck disable=SC2086
		[ "$traffic" != -flows ] || beside all-queries "$@" $all
		together
	done
	i=$((i + 1))
done

python3 - "$data/results" <<'END'
import json
import statistics
import sys

# name: compared with, the least share of its packets/s, what the line is
LINES = {
    "basic": (None, None, "basic: Ethernet, IPv4, 4 routes"),
    "lpm500k": ("basic", 0.5, "basic with 500,000 routes"),
    "exact1m": ("basic", 0.5, "exact: 1,000,000 hosts"),
    "rules10k": ("basic", 0.5, "rules: 10,000 ternary rules"),
    "router": (None, None, "router: ACL, NAT, 12 routes"),
    "router100k": ("router", 0.5, "router with 100,000 routes"),
    "table1": ("router100k", 0.85, "and the four queries of Table 1"),
    "twenty": ("router100k", 0.60, "and twenty queries of the examples"),
    "router100k-flows": (None, None, "router, packets of flows"),
    "table1-flows": ("router100k-flows", 0.85, "and the four queries of Table 1"),
    "twenty-flows": ("router100k-flows", 0.60, "and twenty queries of the examples"),
    "router100k-few": (None, None, "router, 200 conversations"),
    "table1-few": ("router100k-few", 0.85, "and the four queries of Table 1"),
    "twenty-few": ("router100k-few", 0.60, "and twenty queries of the examples"),
    "all-queries": ("router100k-flows", None, "and all queries of the examples"),
}
runs = {}
with open(sys.argv[1]) as f:
    for line in f:
        name, text = line.split(" ", 1)
        runs.setdefault(name, []).append(json.loads(text))

print("%-34s %8s %8s %8s %8s  %s" % ("", "M pkt/s", "ns/pkt", "best ns", "ratio", "goal"))
for name, (base, goal, what) in LINES.items():
    if name not in runs:
        continue
    mine = runs[name]
    ns = "ns_cpu" if (base or "") + "-start" in runs else "ns_best"  # those that were measured together
    ratio = statistics.median(b[ns] / m[ns] for m, b in zip(mine, runs[base])) if base else None
    print("%-34s %8.2f %8.1f %8.1f %8s  %s" % (
        what, statistics.median(m["pps"] for m in mine) / 1e6, statistics.median(m["ns_cpu"] for m in mine),
        min(m["ns_best"] for m in mine), "%.2f" % ratio if ratio else "", ">= %.2f" % goal if goal else ""))
first, rest = runs["table1-start"][0], runs["table1"]
print("\nstart-up with Table 1's queries, ms: front end %.0f, weaving %.0f, native code %.0f, loading %.1f%s" % (
    first["front_ms"], first["weave_ms"], first["native_ms"], first["open_ms"],
    "; native code from the cache %.0f" % rest[0]["native_ms"] if rest and rest[0]["cached"] else ""))
END
