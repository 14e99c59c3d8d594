#!/bin/sh
# soak.sh [BUILD] - PACKETS packets (100,000,000) through the router with 100,000 routes while entries come and go between all bursts.
# Counts must add up, packets must go where they go without changes, and memory must stay.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
packetscope=${PACKETSCOPE:-${1:-$root/build}/src/packetscope}
packets=${PACKETS:-100000000} routes=${ROUTES:-100000}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export PACKETSCOPE_DATA="${PACKETSCOPE_DATA:-$root}"
router=$root/examples/router

# Packets to 11.0.0.0/8, whose routes stay; what comes and goes is elsewhere (as NAT's and the ACL's entries are).
python3 - "$dir" "$routes" <<'END'
import random
import struct
import sys

folder, routes = sys.argv[1], int(sys.argv[2])
r = random.Random(1)
with open(folder + "/routes.txt", "w") as f:
    for i in range(routes):
        f.write("table_add RouterIngress.ipv4_lpm RouterIngress.set_nhop 11.%d.%d.%d/32 => %d 02:00:00:00:00:01\n" % (
            i >> 16, i >> 8 & 255, i & 255, 2 + i % 2))
with open(folder + "/churn.txt", "w") as f:
    for i in range(20000):
        length = r.choice([9, 12, 16, 20, 24, 24, 28, 32])
        value = (40 << 24 | i * 2654435761 & 0xffffff) >> (32 - length) << (32 - length)
        if length in (9, 12):
            value = (32 + i % 8 * 2) << 24 | (i % 16 << 20 if length == 12 else 0)
        f.write("table_add RouterIngress.ipv4_lpm RouterIngress.set_nhop %d.%d.%d.%d/%d => 2 02:00:00:00:00:%02x\n" % (
            value >> 24, value >> 16 & 255, value >> 8 & 255, value & 255, length, i & 255))


def checksum(h):
    s = sum(struct.unpack("!10H", h))
    s = (s & 0xFFFF) + (s >> 16)
    return ~(s + (s >> 16)) & 0xFFFF


with open(folder + "/in.pcap", "wb") as f:
    f.write(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 65535, 1))
    for i in range(50000):
        n = r.randrange(routes)
        h = struct.pack("!BBHHHBBHII", 0x45, 0, 50, 0, 0, 64, 17, 0, (10 << 24 | 1 << 16) + i, 11 << 24 | n)
        h = h[:10] + struct.pack("!H", checksum(h)) + h[12:]
        p = (bytes(12) + b"\x08\x00" + h + struct.pack("!HHHH", 1000, 2000, 30, 0)).ljust(64, b"\0")
        f.write(struct.pack("<IIII", 1, i * 300, 64, 64) + p)
END
seen=$(sort -u "$dir/churn.txt" -k4,4 | awk '!s[$4]++' | tee "$dir/once.txt" | wc -l)
rounds=$((packets / 50000))
"$packetscope" bench "$router/router.p4" -e "$router/entries.txt" -e "$dir/routes.txt" -i "0@$dir/in.pcap" --churn "$dir/once.txt" \
	--repeat "$rounds" --json >"$dir/out.json"
python3 - "$dir/out.json" "$rounds" "$seen" <<'END'
import json
import sys

with open(sys.argv[1]) as f:
    r = json.load(f)
sent = 50000 * (int(sys.argv[2]) + 1)
print("%d packets, %.2f M/s of CPU time; %d changes of %s entries, %.1f us each, longest %.1f us, %d over 1 ms; %d then %d KiB" % (
    r["received"], r["pps"] / 1e6, r["changes"], sys.argv[3], r["change_us"], r["longest_us"], r["slow_changes"],
    r["rss_start_kb"], r["rss_end_kb"]))
wrong = []
if r["received"] != sent or r["forwarded"] != sent:
    wrong.append("%d packets were sent, %d received, %d forwarded" % (sent, r["received"], r["forwarded"]))
if r["changes"] != (int(sys.argv[2]) + 1) * ((50000 + 31) // 32):
    wrong.append("%d changes" % r["changes"])
if r["rss_end_kb"] > r["rss_start_kb"] + 16384:
    wrong.append("memory grew")
for w in wrong:
    print("WRONG: " + w)
sys.exit(1 if wrong else 0)
END
