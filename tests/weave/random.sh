#!/bin/sh
# random.sh - random programs do the same with and without queries, and queries see what the evaluator sees.
#
#   random.sh WEAVE_SAME FIRST_SEED LAST_SEED
set -u
case $1 in /*) run=$1 ;; *) run=$PWD/$1 ;; esac
cd "$(dirname "$0")" || exit 1
here=$PWD tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
cp cases/base.h "$tmp" && cd "$tmp" || exit 1
cat >q.scope <<'END'
logs = ingress().window(5ms).map((h.log_mid, drop.reason, port_intent) => 1).reduce(sum)
outs = egress().window(5ms).map((h.log_out, drop.reason, port_out, h.a_in) => 1).reduce(sum)
gone = ingress().lost([h.a_in, h.b_in], 5ms)
END
count=0 failed=0 seed=$2
while [ "$seed" -le "$3" ]; do
	verdict=ok count=$((count + 1))
	python3 "$here/random_program.py" "$seed" >p.p4 || verdict='not ok'
	timeout 1200 "$run" -q q.scope -r 9000 p.p4 >out 2>&1 || { verdict='not ok'; head -12 out | sed 's/^/# /'; }
	[ "$verdict" = ok ] || failed=1
	echo "$verdict $count - seed $seed"
	seed=$((seed + 1))
done
echo "1..$count"
exit $failed
