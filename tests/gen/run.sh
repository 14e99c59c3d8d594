#!/bin/sh
# Runs `packetscope gen` with the arguments in a case file, in an empty folder; what a capture
# holds is checked and summed up, and what else is left in the folder is listed.
program=$1 here=$2 case=$PWD/$3
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
set -f
# shellcheck disable=SC2046 # words are wanted
"$program" gen $(cat "$case")
status=$?
if [ -s out.pcap ]; then
	python3 "$here/summary.py" <out.pcap || exit 9
	rm out.pcap
fi
ls -A
exit $status
