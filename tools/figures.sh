#!/bin/sh
# figures.sh [BUILD] - draws the figures of the docs into BUILD/figures: NAME.csv and, where there is gnuplot, NAME.png. All of them take some
# five minutes of CPU time; FIGURES="fig3a pint_k25" draws only these.
#
# fig3a: the paper's figure 3a. A queue of 100 packets that sends 100 packets a second is filled within the first second,
# stays full for 31 seconds in which 100 packets a second arrive and none is lost; then 500 more arrive each second,
# for 6 seconds. Two captures make up the traffic: one with the packets that fill the queue, one with the burst.
#
# fig3b, fig3c: the paper's figures 3b and 3c, precision against rows per stage and against the length of an epoch; and the same
# of the paper's two tables, with the losses that they invent (figures/precision.py).
#
# pint_k25, pint_hops: packets that schemes of path coding need (figures/pint_schemes.c). pint_paths: packets that tell a path, on
# generated networks and those of GRAPHML, a list of files (figures/pint_paths.c).
#
# pint_latency: how well quantiles of latency along a path are known from a few bits per packet (figures/pint_latency.c).
#
# pint_hpcc, pint_overhead, pint_combined: congestion control fed by packets, in a simulated fabric (figures/hpcc.py).
# pint_bottleneck: which link holds a flow back, as CSIG and PINT tell it (figures/pint_bottleneck.c).
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
build=${1:-$root/build}
packetscope=${PACKETSCOPE:-$build/src/packetscope}
out=$build/figures
router=$root/examples/router
all="fig3a fig3b fig3c pint_k25 pint_hops pint_paths pint_latency pint_hpcc pint_overhead pint_combined pint_bottleneck"
figures=${FIGURES:-$all}
export PACKETSCOPE_DATA="${PACKETSCOPE_DATA:-$root}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$out"

fig3a() {
	"$packetscope" gen burst -o "$out/fill.pcap" --base 50 --duration 46s \
		--burst-at 0s --burst-rate 100 --burst-duration 990ms 2>/dev/null
	"$packetscope" gen burst -o "$out/burst.pcap" --base 50 --duration 46s \
		--burst-at 32s --burst-rate 500 --burst-duration 6s --seed 2 2>/dev/null
	"$packetscope" run "$router/router.p4" -e "$router/entries.txt" -i "0@$out/fill.pcap" -i "1@$out/burst.pcap" \
		--queue-rate 100pps --queue-depth 100 -q "$root/tools/figures/fig3a.scope" --csv >"$out/fig3a-rows.csv"
	awk -F, 'BEGIN { print "epoch,lost" }
		$1 == "lost_web" { lost[$2] += $7 }
		END { for (epoch = 0; epoch < 46; epoch++) print epoch "," lost[epoch] + 0 }' "$out/fig3a-rows.csv"
}

# NAME: its numbers
numbers() {
	case $1 in
	fig3a) fig3a ;;
	fig3b | fig3c) python3 "$root/tools/figures/precision.py" "$packetscope" "$root" "$work" "$1" ;;
	pint_k25) "$build/tools/figures/pint_schemes" k25 20000 ;;
	pint_hops) "$build/tools/figures/pint_schemes" hops 2000 ;;
	# shellcheck disable=SC2086
	pint_paths) "$build/tools/figures/pint_paths" 200 isp:753,59 isp:157,36 fattree:8 ${GRAPHML:-} ;;
	pint_latency) "$build/tools/figures/pint_latency" 100 ;;
	pint_bottleneck) "$build/tools/figures/pint_bottleneck" 10 ;;
	pint_*) python3 "$root/tools/figures/hpcc.py" "$packetscope" "${1#pint_}" ;;
	*)
		echo "figures.sh: there is no figure $1, but $all" >&2
		return 1
		;;
	esac
}

for figure in $figures; do
	case $figure in 3?) figure=fig$figure ;; esac
	echo "$figure ..." >&2
	began=$(date +%s)
	numbers "$figure" >"$work/$figure.csv"
	mv "$work/$figure.csv" "$out/$figure.csv"
	drawn="no gnuplot: no picture"
	if command -v gnuplot >/dev/null; then
		gnuplot -e "data='$out/$figure.csv'; picture='$out/$figure.png'" "$root/tools/figures/$figure.gp"
		drawn=$figure.png
	fi
	echo "$out/$figure.csv, $drawn ($(($(date +%s) - began)) s)"
done
