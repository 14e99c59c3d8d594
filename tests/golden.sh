#!/bin/sh
# golden.sh - runs a command on every case file and compares what comes out with the files beside it.
#
#   golden.sh [-t TAG] DIR PATTERN COMMAND [ARG...]
#
# For each file DIR/PATTERN, say drops.scope, the command runs in DIR with the file's name in place
# of `{}` (appended when there is no `{}`), then the words of drops.args when there is such a file.
# Expected are drops.out (standard output), drops.err (standard error) and drops.status; with
# `-t ast` they are drops.ast, drops.ast.err and drops.ast.status. A missing file stands for an
# empty one, or for status 0. UPDATE=1 rewrites them. A crash or a hang always fails.
set -u
tag=
if [ "$1" = -t ]; then tag=$2; shift 2; fi
dir=$1 pattern=$2; shift 2
n=$#
while [ "$n" -gt 0 ]; do # programs of the build folder, which we are about to leave
	arg=$1; shift; n=$((n - 1))
	case $arg in /*) ;; */*) [ ! -x "$arg" ] || arg=$PWD/$arg ;; esac
	set -- "$@" "$arg"
done
cd "$dir" || exit 1
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
export ASAN_OPTIONS="${ASAN_OPTIONS:-}:exitcode=134"

run() { # FILE COMMAND...: leaves out, err, status in $tmp
	file=$1 n=$(($# - 1)) put=; shift
	while [ "$n" -gt 0 ]; do
		arg=$1; shift
		case $arg in *'{}'*) arg=${arg%%'{}'*}$file${arg#*'{}'} put=1 ;; esac
		set -- "$@" "$arg"; n=$((n - 1))
	done
	[ -n "$put" ] || set -- "$@" "$file"
	# shellcheck disable=SC2046 # words are wanted
	[ ! -e "${file%.*}.args" ] || set -- "$@" $(cat "${file%.*}.args")
	timeout "${CASE_TIMEOUT:-600}" "$@" </dev/null >"$tmp/out" 2>"$tmp/err"
	status=$?
	: >"$tmp/status"
	[ $status = 0 ] || echo $status >"$tmp/status"
}

compare() { # KIND EXPECTED: prints the difference; with UPDATE=1 takes what came out
	if [ -n "${UPDATE:-}" ]; then
		if [ -s "$tmp/$1" ]; then cp "$tmp/$1" "$2"; else rm -f "$2"; fi
		return 0
	fi
	if [ -e "$2" ]; then want=$2; else want=/dev/null; fi
	cmp -s "$want" "$tmp/$1" && return 0
	diff -u --label "$2" --label "$1 of this run" "$want" "$tmp/$1" | sed 's/^/# /'
	return 1
}

count=0 failed=0
for file in $pattern; do
	[ -e "$file" ] || continue
	stem=${file%.*} verdict=ok count=$((count + 1))
	run "$file" "$@"
	if [ $status -ge 124 ]; then
		{ echo "exit status $status"; cat "$tmp/err"; } | sed 's/^/# /'
		verdict='not ok'
	else
		compare out "$stem.${tag:-out}" || verdict='not ok'
		compare err "$stem${tag:+.$tag}.err" || verdict='not ok'
		compare status "$stem${tag:+.$tag}.status" || verdict='not ok'
	fi
	[ "$verdict" = ok ] || failed=1
	echo "$verdict $count - $stem${tag:+ ($tag)}"
done
[ $count -gt 0 ] || { echo "not ok 1 - no file $dir/$pattern"; count=1 failed=1; }
echo "1..$count"
exit $failed
