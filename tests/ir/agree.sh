#!/bin/sh
# agree.sh PACKETSCOPE SOURCE-ROOT: the woven program on the embedded switch and the plain evaluator, which sees the same
# packets as a trace, answer alike: every row and every count of absent headers. With tables that are much too
# small too; then losses are known by key or only in total, but nothing is miscounted.
set -u
packetscope=$1 root=$2
router=$root/examples/router
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
export PACKETSCOPE_DATA="${PACKETSCOPE_DATA:-$root}"
count=0 failed=0

check() { # WHAT: the status of the last command decides
	status=$? count=$((count + 1))
	if [ $status = 0 ]; then
		echo "ok $count - $1"
	else
		echo "not ok $count - $1"
		failed=1
	fi
}

both() { # QUERIES OPTION...: leaves run and eval, sorted, without the switch's balance
	queries=$1; shift
	"$packetscope" run "$router/router.p4" -q "$queries" -e "$router/entries.txt" -i "0@$dir/in.pcap" \
		--queue-rate 1000pps --queue-depth 40 --trace="$dir/trace" --json "$@" >"$dir/out" 2>"$dir/err" &&
		"$packetscope" eval "$queries" "$dir/trace" --json >"$dir/out2" 2>>"$dir/err" &&
		grep -v '"type":"switch"' "$dir/out" | LC_ALL=C sort >"$dir/run" &&
		LC_ALL=C sort "$dir/out2" >"$dir/eval" && [ -s "$dir/eval" ] && return 0
	sed 's/^/# /' "$dir/err"
	return 1
}

same() { # FILE FILE
	cmp -s "$1" "$2" && return 0
	diff "$1" "$2" | head -n 10 | sed 's/^/# /'
	return 1
}

# Losses per epoch, with a key or without.
losses() { # FILE
	sed -n -e '/"query":"l1"/!d' \
		-e 's/.*"type":"row".*"epoch":\([0-9]*\),.*"count":\([0-9]*\).*/\1 \2/p' \
		-e 's/.*"type":"epoch".*"epoch":\([0-9]*\),.*"overflow":\([0-9]*\),.*/\1 \2/p' "$1" |
		awk '{ sum[$1] += $2 } END { for (e in sum) print e, sum[e] }' | LC_ALL=C sort
}

"$packetscope" gen router -o "$dir/in.pcap" --duration 3s --rate 1500 --burst-at 1s --burst-rate 6000 2>/dev/null
check 'traffic'
both "$root/tests/ir/agree.scope" && same "$dir/run" "$dir/eval"
check 'run and eval agree'
grep -q '"query":"l1".*"count"' "$dir/eval" && grep -q '"absent":[1-9]' "$dir/eval"
check 'there are losses and packets without the headers'
both "$root/tests/ir/agree.scope" --rows 16 --stages 2
check 'small tables'
for side in run eval; do
	grep '"type":"row"' "$dir/$side" | grep -v '"query":"l1"' >"$dir/$side.rows"
	losses "$dir/$side" >"$dir/$side.losses"
done
same "$dir/run.rows" "$dir/eval.rows"
check 'small tables: the controller completes all other rows'
same "$dir/run.losses" "$dir/eval.losses" && [ -s "$dir/run.losses" ]
check 'small tables: the total of losses is exact'
grep -q '"query":"l1".*"overflow":[1-9]' "$dir/run"
check 'small tables: some losses have no key'
echo "1..$count"
exit $failed
