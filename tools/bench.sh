#!/bin/sh
# bench.sh [BUILD] - measures the switch: the router of the examples alone and with queries, in pairs, on one core; and how long
# `run` takes to start. Medians of RUNS runs (5) of REPEAT rounds (10) each. Then tables, what PINT's values cost, and (as root) what
# reading the kernel's rows costs.
#
# The packets are those of CAPTURE, by default ../shared/captures/mix-60s.pcap, else of `packetscope gen router`.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
packetscope=${PACKETSCOPE:-${1:-$root/build}/src/packetscope}
runs=${RUNS:-5} repeat=${REPEAT:-10}
router=$root/examples/router
asked=$root/examples/queries
queries=""
for file in ${QUERIES:-"$asked/mods.scope" "$asked/acl_drop.scope" "$asked/delay.scope" "$asked/lost_web.scope"}; do
	queries="$queries -q $file"
done
name=${QUERIES:-"Table 1's queries"}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export XDG_CACHE_HOME=$dir/cache # compiled programs: the first run finds none
export PACKETSCOPE_DATA="${PACKETSCOPE_DATA:-$root}"
capture=${CAPTURE:-$root/../shared/captures/mix-60s.pcap}
if [ ! -r "$capture" ]; then
	capture=$dir/router.pcap
	"$packetscope" gen router -o "$capture" --duration 20s --rate 1400 2>/dev/null
fi

# Another core's work disturbs less than moving between cores does.
pin=
if taskset -c 0 true 2>/dev/null; then pin='taskset -c 0'; fi

bench() { # QUERY-OPTION...: ns of CPU per packet
	$pin "$packetscope" bench "$router/router.p4" -e "$router/entries.txt" -i "0@$capture" --repeat "$repeat" \
		--json "$@" 2>/dev/null | sed 's/.*"ns_cpu":\([0-9.]*\).*/\1/'
}

start() { # QUERY-OPTION...: ms from the command to its end, for a capture of a few packets
	before=$(date +%s%N)
	"$packetscope" run "$router/router.p4" -e "$router/entries.txt" -i "0@$dir/few.pcap" "$@" >/dev/null 2>&1
	after=$(date +%s%N)
	echo $(((after - before) / 1000000))
}

median() {
	sort -n "$1" | awk '{ v[NR] = $1 } END { m = int((NR + 1) / 2); print NR % 2 ? v[m] : (v[m] + v[m + 1]) / 2 }'
}

"$packetscope" gen router -o "$dir/few.pcap" --duration 10ms --rate 1000 2>/dev/null
i=0
while [ $i -lt "$runs" ]; do # in pairs: whatever slows the machine down slows both
	echo "router: run $((i + 1)) of $runs" >&2
	# shellcheck disable=SC2086
	plain=$(bench) woven=$(bench $queries)
	echo "$plain" >>"$dir/plain"
	echo "$woven" >>"$dir/woven"
	awk "BEGIN { print $woven / $plain }" >>"$dir/ratio"
	start --no-cache >>"$dir/start"
	# shellcheck disable=SC2086
	start --no-cache $queries >>"$dir/start-woven"
	start >>"$dir/start-cached"
	i=$((i + 1))
done

line() { # WHAT FILE
	awk -v what="$1" -v ns="$(median "$2")" 'BEGIN { printf "  %-24s %8.1f ns/packet  %6.2f M packets/s\n", what, ns, 1000 / ns }'
}
echo "one core, $(basename "$capture"), medians of $runs runs of $repeat rounds"
line 'router' "$dir/plain"
line "with $name" "$dir/woven"
echo "  ratio of a pair          $(median "$dir/ratio" | awk '{ printf "%8.2f", $1 }')"
echo "start-up of run, with the C compiler"
printf '  %-24s %8.0f ms\n' 'router' "$(median "$dir/start")"
printf '  %-24s %8.0f ms\n' "with $name" "$(median "$dir/start-woven")"
awk -v ms="$(median "$dir/start-cached")" 'BEGIN { printf "  %-24s %8.0f ms\n", "router, from the cache", ms }'

echo
ROUNDS=$runs REPEAT=$repeat "$root/tools/bench-tables.sh" "${1:-$root/build}"

echo
"${1:-$root/build}/tools/figures/pint_bench"
"${1:-$root/build}/tools/figures/pint_paths_bench" "${FLOWS:-1000000}"
"${1:-$root/build}/tools/figures/pint_collector_bench" "$router/router.p4" "${FLOWS:-1000000}"

echo
cycles=${1:-$root/build}/tests/linux/cycles
if [ -x "$cycles" ] && unshare -n true 2>/dev/null; then # rows of the kernel's programs, read epoch by epoch
	for keys in 10 1000 10000; do
		unshare -n "$cycles" read $keys 100
	done
	unshare -n "$cycles" read 10000 100 json
fi

echo
"$root/tools/bench-hpcc.sh" "${1:-$root/build}"
