#!/bin/sh
# figures.sh [BUILD] - draws the figures of the docs into BUILD/figures. Without gnuplot there are only the numbers.
#
# fig3a: the paper's figure 3a. A queue of 100 packets that sends 100 packets a second is filled within the first second,
# stays full for 31 seconds in which 100 packets a second arrive and none is lost; then 500 more arrive each second,
# for 6 seconds. Two captures make up the traffic: one with the packets that fill the queue, one with the burst.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
build=${1:-$root/build}
packetscope=${PACKETSCOPE:-$build/src/packetscope}
out=$build/figures
router=$root/examples/router
export PACKETSCOPE_DATA="${PACKETSCOPE_DATA:-$root}"
mkdir -p "$out"

"$packetscope" gen burst -o "$out/fill.pcap" --base 50 --duration 46s \
	--burst-at 0s --burst-rate 100 --burst-duration 990ms 2>/dev/null
"$packetscope" gen burst -o "$out/burst.pcap" --base 50 --duration 46s \
	--burst-at 32s --burst-rate 500 --burst-duration 6s --seed 2 2>/dev/null
"$packetscope" run "$router/router.p4" -e "$router/entries.txt" -i "0@$out/fill.pcap" -i "1@$out/burst.pcap" \
	--queue-rate 100pps --queue-depth 100 -q "$root/tools/figures/fig3a.scope" --csv >"$out/fig3a-rows.csv"
awk -F, 'BEGIN { print "epoch,lost" }
	$1 == "lost_web" { lost[$2] += $7 }
	END { for (epoch = 0; epoch < 46; epoch++) print epoch "," lost[epoch] + 0 }' "$out/fig3a-rows.csv" >"$out/fig3a.csv"
if command -v gnuplot >/dev/null; then
	gnuplot -e "data='$out/fig3a.csv'; picture='$out/fig3a.png'" "$root/tools/figures/fig3a.gp"
	echo "$out/fig3a.csv, fig3a.png"
else
	echo "$out/fig3a.csv (no gnuplot: no picture)"
fi
