#!/bin/sh
# fuzz.sh [SECONDS [TARGET...]] - fuzzes the parsers with libFuzzer, ASan and UBSan: each target of tests/fuzz for SECONDS (60).
#
# The build folder is build-fuzz (FUZZ_BUILD). New inputs that reach new code stay in its corpus/TARGET; a crash becomes a file
# tests/fuzz/corpus/TARGET/crash-*, which every test run replays from then on, and the status is 1.
set -u
root=$(cd "$(dirname "$0")/.." && pwd)
build=${FUZZ_BUILD:-$root/build-fuzz}
seconds=${1:-60}
[ $# = 0 ] || shift
cd "$root" || exit 1

# Memory of the compiler is freed with the process, so leaks are not looked for.
if [ ! -e "$build/build.ninja" ]; then
	CC=clang meson setup -Dfuzz=true -Db_sanitize=address,undefined -Db_lundef=false \
		-Dc_args='-fsanitize=fuzzer-no-link -fno-sanitize-recover=undefined -fno-omit-frame-pointer' \
		"$build" >/dev/null || exit 1
fi
if [ $# = 0 ]; then
	for source in tests/fuzz/fuzz_*.c; do
		name=${source##*/fuzz_}
		set -- "$@" "${name%.c}"
	done
fi

status=0
for name; do
	ninja -C "$build" "tests/fuzz/fuzzer_$name" >"$build/fuzz-$name.log" 2>&1 || {
		tail -n 20 "$build/fuzz-$name.log"
		exit 1
	}
	corpus=$build/corpus/$name
	mkdir -p "$corpus"
	echo "$name: $seconds s"
	if ASAN_OPTIONS=detect_leaks=0 "$build/tests/fuzz/fuzzer_$name" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=4096 \
		-max_len=16384 -print_final_stats=1 -artifact_prefix="$build/$name-" "$corpus" "tests/fuzz/corpus/$name" \
		>"$build/fuzz-$name.log" 2>&1; then
		sed -n 's/^stat::number_of_executed_units: */  inputs: /p' "$build/fuzz-$name.log"
		continue
	fi
	status=1
	grep -E 'ERROR|SUMMARY|runtime error|Test unit written|bug:' "$build/fuzz-$name.log" | sed 's/^/  /'
	for found in "$build/$name"-crash-* "$build/$name"-timeout-* "$build/$name"-oom-*; do
		[ ! -e "$found" ] || mv "$found" "tests/fuzz/corpus/$name/${found##*/"$name"-}"
	done
done
exit $status
