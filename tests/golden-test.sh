#!/bin/sh
# Tests the runner of golden cases: what differs must fail, what is equal must pass.
set -u
golden=$1
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
count=0
failed=0

check() { # WANTED-STATUS WHAT COMMAND...
	want=$1 what=$2; shift 2
	count=$((count + 1))
	"$@" >"$dir/log" 2>&1
	if [ $? = "$want" ]; then
		echo "ok $count - $what"
	else
		sed 's/^/# /' "$dir/log"
		echo "not ok $count - $what"
		failed=1
	fi
}

script='cat "$1"; echo oops >&2; exit 3'
printf 'hello\n' >"$dir/a.case"
check 1 'a folder without cases' "$golden" "$dir" '*.none' true
check 1 'output that is not expected' "$golden" "$dir" '*.case' cat
check 0 'UPDATE=1 accepts' env UPDATE=1 "$golden" "$dir" '*.case' sh -c "$script" sh '{}'
check 0 'the same again' "$golden" "$dir" '*.case' sh -c "$script" sh '{}'
check 0 'status is recorded' grep -qx 3 "$dir/a.status"
check 0 'standard error is recorded' grep -qx oops "$dir/a.err"
check 1 'another exit status' "$golden" "$dir" '*.case' sh -c 'cat "$1"; echo oops >&2; exit 4' sh
check 1 'another standard error' "$golden" "$dir" '*.case' sh -c 'cat "$1"; exit 3' sh
check 1 'another output' "$golden" "$dir" '*.case' sh -c 'echo oops >&2; exit 3' sh
check 1 'a crash is never accepted' env UPDATE=1 "$golden" "$dir" '*.case' sh -c 'kill -SEGV $$'
check 1 'a hang is never accepted' \
	env UPDATE=1 CASE_TIMEOUT=0.2 "$golden" "$dir" '*.case' sh -c 'sleep 9'
printf '%s\n' -n >"$dir/a.args"
check 0 'tagged files' env UPDATE=1 "$golden" -t num "$dir" '*.case' cat
check 0 'extra arguments of a case' grep -q '1.*hello' "$dir/a.num"
echo "1..$count"
exit $failed
