#!/bin/sh
# schemes.sh PINT_SCHEMES PINT_PATHS - what the figures of path coding show holds: ours needs fewer packets than the hybrid, that fewer than
# the baseline; no wrong path is decoded.
set -u
"$1" k25 1000 | awk -F, '
	{ median[$1] = $2; p99[$1] = $3 }
	END { exit !(NR == 6 && median["scheme"] == "median" && p99["scheme"] == "p99" &&
		median["linear"] < median["ours"] && median["ours"] < median["hybrid"] && median["hybrid"] < median["baseline"] &&
		p99["ours"] < p99["hybrid"] && p99["hybrid"] < p99["baseline"]) }' && echo "ok 1 - k25" || echo "not ok 1 - k25"
"$1" hops 10 >/dev/null 2>&1 && "$1" k25 100 >/dev/null 2>&1 && echo "ok 2 - no scheme gives a wrong path" ||
	echo "not ok 2 - no scheme gives a wrong path"
"$2" 3 fattree:4 isp:60,12 2>/dev/null | awk -F, '
	NR == 1 { named = $0 == "topology,switches,hops,scheme,known,mean,p99" }
	NR > 1 && NF != 7 { bad = 1 }
	END { exit !(named && NR > 100 && !bad) }' && echo "ok 3 - rows" || echo "not ok 3 - rows"
"$2" 3 fattree:4 isp:60,12 >/dev/null 2>&1 && echo "ok 4 - no wrong path" || echo "not ok 4 - no wrong path"
echo 1..4
