#!/bin/sh
# demo.sh [BUILD] - four questions about a router, and the answers (`make demo`).
# Everything that is run is printed first, so that it can be typed again.
set -u
cd "$(dirname "$0")/.." || exit 1
name=${1:-build}/src/packetscope
case $name in /*) program=$name ;; *) program=$PWD/$name ;; esac
[ -x "$program" ] || { echo "demo.sh: $program is not there: run make first" >&2; exit 1; }
dir=$(mktemp -d "${TMPDIR:-/tmp}/packetscope-demo.XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM
cp examples/router/router.p4 examples/router/entries.txt "$dir" || exit 1
cd "$dir" || exit 1

if [ -t 1 ]; then bold=$(printf '\033[1m') plain=$(printf '\033[0m'); else bold='' plain=''; fi

heading() {
	printf '\n%s%s%s\n\n' "$bold" "$1" "$plain"
}

# Shows a command and runs it; a failing one ends the demo. The name stands for the program built here.
run() {
	printf '  $ %s\n' "$*"
	shift
	"$program" "$@" >answer 2>&1
	status=$?
	sed 's/^/    /' answer
	if [ $status != 0 ]; then
		echo "demo.sh: that ended with status $status" >&2
		exit 1
	fi
}

# A question: its query is kept in a file, shown, and put to the router. Only the rows are shown, without
# the balance of the switch that follows them.
ask() { # FILE RUN-OPTION...
	file=$1; shift
	cat >"$file"
	sed 's/^/    /' "$file"
	printf '\n  $ packetscope run router.p4 -e entries.txt -i 0@office.pcap -q %s%s\n' "$file" "${*:+ $*}"
	if ! "$program" run router.p4 -e entries.txt -i 0@office.pcap -q "$file" "$@" >answer 2>notes; then
		cat notes answer >&2
		echo "demo.sh: that failed" >&2
		exit 1
	fi
	sed -e '/^switch$/,$d' answer | sed -e '$d' -e 's/^/    /'
}

heading 'An edge router with an ACL and NAT, and five seconds of traffic with a burst in the fourth.'
run packetscope gen router -o office.pcap --duration 5s --rate 1000 --flows 100 \
	--burst-at 3s --burst-rate 20000 --burst-duration 100ms

heading '1. Who was NATed to what?'
ask nat.scope <<'END'
nat = ingress()
	.window(5s)
	.filter(ipv4.srcIP_in != ipv4.srcIP_mid)
	.map((ipv4.srcIP_in, ipv4.srcIP_mid) => 1)
	.reduce(keys=(ipv4.srcIP_in, ipv4.srcIP_mid), func=sum)
	.top(5, by=count)
END

heading '2. What was dropped, and which ACL rule dropped whom?'
ask drops.scope <<'END'
drops = ingress()
	.window(5s)
	.filter(port_intent == -1)
	.map((drop.reason) => 1)
	.reduce(keys=(drop.reason), func=sum)

acl = ingress()
	.window(5s)
	.filter(drop.reason == "RouterIngress.acl/deny")
	.map((ipv4.srcIP_in, ipv4.dstIP_in, tcp.dstPort_in, drop.reason) => 1)
	.reduce(keys=(ipv4.srcIP_in, ipv4.dstIP_in, tcp.dstPort_in, drop.reason), func=sum)
END
cat <<'END'

    acl/deny#3 is the fourth entry of the ACL (nothing from 10.0.0.66), ipv4_lpm/no_route#4 the fifth
    route (none for 203.0.113.128/25); mark_to_drop@LINE is where the program drops dead TTLs.
END

heading '3. Who was delayed, if each output sends 2000 packets a second and 40 may wait?'
queue='--queue-rate 2000pps --queue-depth 40'
# shellcheck disable=SC2086 # words are wanted
ask delay.scope $queue <<'END'
delay = egress()
	.window(100ms)
	.filter(queuing.delay > 10ms)
	.map((ipv4.srcIP_in) => delay = queuing.delay)
	.reduce(keys=(ipv4.srcIP_in), func=max)
	.top(3, by=delay)
END

heading '4. Who lost how many packets, in which 20 ms?'
# shellcheck disable=SC2086
ask lost.scope $queue <<'END'
lost = ingress()
	.filter(tcp.dstPort_in == 80)
	.lost([ipv4.srcIP_in], 20ms)
	.top(3, by=count)
END

heading 'The balance of that last run: no packet is missing.'
sed -n '/^switch$/,$p' answer | sed 's/^/    /'

cat <<END

${bold}What next${plain}

  * more questions:     examples/queries/*.scope
  * your own program:   $name check YOUR.p4
  * your own traffic:   $name run YOUR.p4 -e ENTRIES -i 0@YOUR.pcap -q YOUR.scope
  * on BMv2:            $name weave YOUR.p4 -q YOUR.scope -o woven.p4
  * the manual:         docs/manual.md
END
