#!/bin/sh
# bench-hpcc.sh [BUILD] - HPCC in a simulated fabric of 32 hosts, WebSearch's flows at 50 % load for DURATION (2ms): slowdowns by what
# feeds it, and how fast the simulation is. `make figures` draws more of it; HPCC_FULL=1 is the fabric of 320 hosts.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
packetscope=${PACKETSCOPE:-${1:-$root/build}/src/packetscope}
fabric=clos:2,2,2,4,8
if [ -n "${HPCC_FULL:-}" ]; then fabric=clos:5,4,4,16,16; fi
speed=$(mktemp)
trap 'rm -f "$speed"' EXIT

echo "HPCC, $fabric, slowdown of all flows"
printf '  %-14s %8s %8s %8s %8s   %s\n' feedback mean p50 p95 p99 speed
for feedback in int pint pint:1/16 pint:1/256 csig; do
	kind=${feedback%%:*} share=${feedback#"$kind"}
	"$packetscope" net "$fabric" --hpcc "$kind" ${share:+-p "${share#:}"} --duration "${DURATION:-2ms}" 2>"$speed" |
		tail -1 | awk -v name="$feedback" \
			'{ printf "  %-14s %8.3f %8.3f %8.3f %8.3f   ", name, $3, $4, $5, $6 }'
	sed 's/.*: //' "$speed"
done
