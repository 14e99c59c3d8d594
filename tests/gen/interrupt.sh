#!/bin/sh
# A capture that is interrupted leaves no file behind.
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
"$1" gen zipf --duration 500000s -o "$dir/out.pcap" &
pid=$!
tries=0
while [ -z "$(ls -A "$dir")" ] && [ $tries -lt 12000 ]; do
	sleep 0.05
	tries=$((tries + 1))
done
verdict() { # STATUS WHAT
	if [ "$1" = 0 ]; then echo "ok - $2"; else echo "not ok - $2"; fi
}
test -n "$(ls -A "$dir")" && test ! -e "$dir/out.pcap"
verdict $? 'it is written under another name'
kill -TERM $pid
wait $pid 2>/dev/null
test $? = 143
verdict $? 'the signal ends the program'
test -z "$(ls -A "$dir")"
verdict $? 'nothing is left'
echo 1..3
