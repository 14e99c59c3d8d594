#!/bin/sh
# hpcc.sh PACKETSCOPE - `packetscope net TOPOLOGY --hpcc KIND` as a command: runs repeat, tables and JSON agree, mistakes are told.
packetscope=$1
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
n=0

verdict() { # STATUS WHAT
	n=$((n + 1))
	if [ "$1" = 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; fi
}

net() {
	"$packetscope" net clos:2,2,2,4,2 --duration 100us --flow-sizes hadoop "$@"
}

mistake() { # TEXT OPTION...: status 2 and the text
	text=$1
	shift
	net "$@" >"$dir/out" 2>"$dir/err"
	[ $? = 2 ] && [ ! -s "$dir/out" ] && grep -q -e "$text" "$dir/err"
	verdict $? "$*: told"
}

for kind in int pint csig reno none; do
	net --hpcc $kind --json >"$dir/one" 2>"$dir/err" && net --hpcc $kind --json >"$dir/two" 2>/dev/null &&
		cmp -s "$dir/one" "$dir/two" && grep -q "\"feedback\":\"$kind\"" "$dir/one"
	verdict $? "$kind: the same again"
done
net --hpcc pint --json --seed 2 2>/dev/null | cmp -s - "$dir/one"
test $? = 1
verdict $? 'another seed, other flows'
python3 -c 'import json, sys
r = json.load(open(sys.argv[1]))
assert r["hosts"] == 8 and r["switches"] == 12 and r["base_rtt_ns"] == 12240
assert sum(b["flows"] for b in r["buckets"]) == r["all"]["flows"] == r["flows"]
assert all(1 <= b["p50"] <= b["p95"] <= b["p99"] for b in r["buckets"] if b["flows"])' "$dir/one"
verdict $? 'buckets make up all flows'
net --hpcc none 2>/dev/null | grep -q '^slowdown by size of flow$'
verdict $? 'a table for people'
"$packetscope" net chain:2 --hpcc pint --queries alone --duration 1us --json 2>/dev/null | grep -q '"flows":0,'
verdict $? 'no flow at all'
for queries in alone together; do
	net --hpcc pint -p 1/16 --queries $queries --json 2>/dev/null | grep -q '"wrong":0,'
	verdict $? "$queries: paths are true"
done
mistake 'wanted is int, pint, csig, reno or none' --hpcc what
mistake 'a share of packets' --hpcc pint -p 3/2
mistake 'a share of packets' --hpcc pint -p 0
mistake 'pint with it' --hpcc int -p 1/16
mistake 'websearch or hadoop' --hpcc int --flow-sizes websurf
mistake 'a share of the hosts' --hpcc int --load 1.5
mistake 'pint with it' --hpcc int --queries together
mistake 'a rate such as' --hpcc int --link-rate 100
"$packetscope" net chain:9 --hpcc int >"$dir/out" 2>"$dir/err"
test $? = 1 && grep -q 'at most five switches' "$dir/err"
verdict $? 'a path that is too long is told'
net --hpcc int --link-rate 33Gbps >"$dir/out" 2>"$dir/err"
test $? = 1 && grep -q 'divides 8000' "$dir/err"
verdict $? 'a rate that cannot be simulated is told'
net --hpcc int --link-rate 20Gbps >"$dir/out" 2>"$dir/err"
test $? = 1 && grep -q 'feedback can tell' "$dir/err"
verdict $? 'a rate that records cannot tell is told'
echo "1..$n"
