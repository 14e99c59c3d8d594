#!/usr/bin/env python3
"""Custom CRCs: the control plane's parameters arrive at the calculation that p4c would give the name to, with queries and without, and
give the check values that catalogues of CRCs state for "123456789".

    crc.py PACKETSCOPE     prints TAP
"""
import os
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import tap  # noqa: E402

TOOL = os.path.abspath(sys.argv[1])
PROGRAM = """
#include <core.p4>
#include <v1model.p4>
header h_t { bit<72> text; bit<16> a; bit<16> b; bit<16> c; bit<16> d; bit<32> e; bit<32> f; bit<32> g; bit<16> h; }
struct headers { h_t h; }
struct meta { }
parser P(packet_in p, out headers hdr, inout meta m, inout standard_metadata_t s) {
	state start { p.extract(hdr.h); transition accept; }
}
control V(inout headers hdr, inout meta m) { apply { } }
control E(inout headers hdr, inout meta m, inout standard_metadata_t s) {
	action egress_hash() { hash(hdr.h.a, HashAlgorithm.crc16_custom, 16w0, { hdr.h.text }, 32w0x10000); }
	apply { egress_hash(); }
}
control I(inout headers hdr, inout meta m, inout standard_metadata_t s) {
	action unused() { hash(hdr.h.a, HashAlgorithm.crc16_custom, 16w0, { hdr.h.text }, 32w0x10000); }
	action second() { hash(hdr.h.e, HashAlgorithm.crc32_custom, 32w0, { hdr.h.text }, 64w0x100000000); }
	action first() { hash(hdr.h.b, HashAlgorithm.crc16_custom, 16w0, { hdr.h.text }, 32w0x10000); }
	table t { key = { hdr.h.h: exact; } actions = { second; first; } default_action = first; }
	apply {
		hash(hdr.h.c, HashAlgorithm.crc16_custom, 16w0, { hdr.h.text }, 32w0x10000);
		if (hdr.h.h == 0) {
			hash(hdr.h.d, HashAlgorithm.crc16, 16w0, { hdr.h.text }, 32w0x10000);
			hash(hdr.h.f, HashAlgorithm.crc32_custom, 32w0, { hdr.h.text }, 64w0x100000000);
		}
		hash(hdr.h.g, HashAlgorithm.crc32_custom, 32w0, { hdr.h.text }, 64w0x100000000);
		t.apply();
		s.egress_spec = 1;
	}
}
control C(inout headers hdr, inout meta m) { apply {
	update_checksum_with_payload(true, { hdr.h.text }, hdr.h.h, HashAlgorithm.crc16_custom);
} }
control D(packet_out p, in headers hdr) { apply { p.emit(hdr.h); } }
V1Switch(P(), V(), I(), E(), C(), D()) main;
"""

# As p4c 1.2.5 names them: field, name, and the parameters of a CRC with its check value.
CRCS = [
    ("a", "calc", "0x1021 0xffff 0 false false", 0x29b1),      # CRC-16/IBM-3740, known as CCITT-FALSE
    ("b", "calc_1", "0x8005 0 0 true true", 0xbb3d),            # CRC-16/ARC
    ("c", "calc_4", "0x1021 0 0 False 0", 0x31c3),              # CRC-16/XMODEM
    ("f", "calc_3", "0x1edc6f41 0xffffffff 0xffffffff true true", 0xe3069283),  # CRC-32/ISCSI, known as CRC-32C
    ("g", "calc_5", "0x04c11db7 0xffffffff 0 false false", 0x0376e6e7),         # CRC-32/MPEG-2
    ("h", "calc_6", "0x1021 0xffff 0xffff True 1", 0x906e),     # CRC-16/IBM-SDLC, known as X-25
]
FIXED = {"d": 0xbb3d}
QUERY = "seen = ingress().reduce(keys=(h.h_in), func=count).window(1s)\n"


# Reflected on one side only: no catalogue has such.
MIXED = [(field, name, f"{'0x1edc6f41 0x12345678 0x9abcdef0' if check > 0xffff else '0x1021 0x1234 0x5678'} {way}") for way, (field, name, _, check) in
         zip(["true false", "false true"] * 3, CRCS)]


def bit_by_bit(data, polynomial, initial, final_xor, reflects_data, reflects_remainder, width):
    def reflected(v, n):
        return int(format(v, f"0{n}b")[::-1], 2)
    rest = initial
    for byte in data:
        rest ^= (reflected(byte, 8) if reflects_data else byte) << (width - 8)
        for _ in range(8):
            rest = (rest << 1 ^ (polynomial if rest >> (width - 1) else 0)) & ((1 << width) - 1)
    return (reflected(rest, width) if reflects_remainder else rest) ^ final_xor


def expected(parameters):
    *numbers, first, second = parameters.split()
    return bit_by_bit(b"123456789", *(int(n, 0) for n in numbers), first == "true", second == "true", 32 if len(numbers[0]) > 6 else 16)


def set_all(crcs):
    return "".join(f"set_crc{32 if len(crc.split()[0]) > 6 else 16}_parameters {name} {crc}\n" for _, name, crc in crcs)


def pcap(path, packet):
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        f.write(struct.pack("<IIII", 1, 0, len(packet), len(packet)) + packet)


def fields(path):
    if not os.path.exists(path):
        return {}
    with open(path, "rb") as f:
        data = f.read()[24 + 16:]
    return dict(zip("abcdefgh", struct.unpack(">9xHHHHIIIH", data))) if len(data) == 31 else {}


def run(folder, entries, *more):
    with open(folder + "/entries.txt", "w", encoding="ascii") as f:
        f.write(entries)
    if os.path.exists(folder + "/out.pcap"):
        os.unlink(folder + "/out.pcap")
    args = [TOOL, "run", folder + "/crc.p4", "-i", f"0@{folder}/in.pcap", "-o", f"1@{folder}/out.pcap", "-e", folder + "/entries.txt"]
    return subprocess.run(args + list(more), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)


def main():
    with tempfile.TemporaryDirectory() as folder:
        with open(folder + "/crc.p4", "w", encoding="ascii") as f:
            f.write(PROGRAM)
        with open(folder + "/seen.scope", "w", encoding="ascii") as f:
            f.write(QUERY)
        pcap(folder + "/in.pcap", b"123456789" + bytes(22))
        r = run(folder, "")
        got = fields(folder + "/out.pcap")
        tap.result("until then they are CRC-16/ARC and CRC-32", [got.get(k) for k in "abcdfgh"] ==
                   [0xbb3d, 0xbb3d, 0xbb3d, 0xbb3d, 0xcbf43926, 0xcbf43926, 0xbb3d], got, r.stderr)
        commands = set_all([crc[:3] for crc in CRCS])
        for what, more in ("without queries", ()), ("with a query", ("-q", folder + "/seen.scope")):
            r = run(folder, commands, *more)
            got = fields(folder + "/out.pcap")
            for field, name, crc, check in CRCS:
                tap.result(f"{name}: {crc}, {what}", got.get(field) == check, got, r.stderr)
            tap.result(f"crc16 stays, {what}", got.get("d") == FIXED["d"], got)
        r = run(folder, set_all(MIXED))
        got = fields(folder + "/out.pcap")
        tap.result("reflected on one side only", all(got.get(field) == expected(crc) for field, _, crc in MIXED), got, r.stderr)
        r = run(folder, "set_crc16_parameters calc_2 0x1021 0 0 false false\n")
        tap.result("another one's name is refused", r.returncode != 0 and "no calculation 'calc_2'" in r.stderr, r.stderr)
    return tap.done()


sys.exit(main())
