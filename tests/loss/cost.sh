#!/bin/sh
# cost.sh PACKETSCOPE SOURCE_ROOT: docs/loss.md tells what tools/loss-cost.py finds. Prints TAP.
packetscope=$(realpath "$1")
cd "$2" || exit 1
found=$(tools/loss-cost.py "$packetscope" examples/router/router.p4)
told=$(sed -n '/^| losses by/,/^$/p' docs/loss.md)
if [ -n "$found" ] && [ "$found" = "$told" ]; then
	echo "ok 1 - the table of costs in docs/loss.md"
else
	echo "$found" | sed 's/^/# /'
	echo "not ok 1 - the table of costs in docs/loss.md is what tools/loss-cost.py prints"
fi
echo "1..1"
