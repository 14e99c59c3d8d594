#!/bin/sh
# The demo ends well and gives the answers it promises. Usage: demo.sh PACKETSCOPE ROOT
program=$(realpath "$1") root=$2 count=0 failed=0
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
mkdir -p "$dir/build/src" && ln -s "$program" "$dir/build/src/packetscope" || exit 1
TMPDIR=$dir PACKETSCOPE_DATA=$root "$root/tools/demo.sh" "$dir/build" >"$dir/out" 2>&1
status=$?

check() { # WHAT STATUS
	count=$((count + 1))
	if [ "$2" = 0 ]; then
		echo "ok $count - $1"
	else
		[ $failed = 1 ] || sed 's/^/# /' "$dir/out"
		echo "not ok $count - $1"
		failed=1
	fi
}

shows() { # WHAT PATTERN
	grep -Eq -e "$2" "$dir/out"
	check "$1" $?
}

check 'the demo ends well' $status
shows 'who was NATed' '10\.0\.[0-9.]+ +192\.0\.2\.[0-9]+ +[1-9]'
shows 'which ACL rule dropped whom' '10\.0\.0\.66 .*RouterIngress\.acl/deny#3 +[1-9]'
shows 'who was delayed' '10\.0\.[0-9.]+ +[0-9.]+ ms$'
shows 'who lost how many packets in which 20 ms' '\[[0-9]+\] 3\.0[0-9]+-3\.[0-9]+ s +10\.0\.[0-9.]+ +[1-9]'
shows 'the balance' 'lost, queue full +[1-9]'
test "$(find "$dir" -mindepth 1 -maxdepth 1 | wc -l)" = 2 # out, build
check 'nothing is left behind' $?
echo "1..$count"
exit $failed
