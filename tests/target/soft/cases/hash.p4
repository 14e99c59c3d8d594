// Hashes and checksums over fields of all widths, missing headers, varbits and payload.
#include <core.p4>
#include <v1model.p4>
header h_t { bit<8> what; bit<4> a; bit<12> b; bit<48> c; bit<3> d; bit<5> e; bit<32> r; }
header maybe_t { bit<16> m; }
header ipv4_t {
	bit<4> version; bit<4> ihl; bit<8> dscp; bit<16> len; bit<16> id; bit<3> flags; bit<13> frag; bit<8> ttl; bit<8> proto;
	bit<16> csum; bit<32> src; bit<32> dst; varbit<320> options;
}
header udp_t { bit<16> sport; bit<16> dport; bit<16> len; bit<16> csum; }
struct headers { h_t h; maybe_t m; ipv4_t ip; udp_t udp; }
struct metadata { }
parser Parse(packet_in p, out headers hdr, inout metadata meta, inout standard_metadata_t std) {
	state start {
		p.extract(hdr.h);
		transition select(hdr.h.what) { 0x45: ip; default: accept; }
	}
	state ip {
		p.extract(hdr.ip, 32 * (bit<32>)(p.lookahead<bit<8>>()[3:0] - 5));
		p.extract(hdr.udp);
		transition accept;
	}
}
control Verify(inout headers hdr, inout metadata meta) {
	apply {
		verify_checksum(hdr.ip.isValid(), { hdr.ip.version, hdr.ip.ihl, hdr.ip.dscp, hdr.ip.len, hdr.ip.id, hdr.ip.flags,
			hdr.ip.frag, hdr.ip.ttl, hdr.ip.proto, hdr.ip.src, hdr.ip.dst, hdr.ip.options }, hdr.ip.csum, HashAlgorithm.csum16);
		verify_checksum(true, { hdr.h.c }, hdr.m.m, HashAlgorithm.csum16); // not there: not looked at
	}
}
#define VERIFY Verify
control In(inout headers hdr, inout metadata meta, inout standard_metadata_t std) {
	bit<16> r16;
	bit<32> r32;
	bit<64> r64;
	apply {
		std.egress_spec = 1;
		switch (hdr.h.what) {
			0: { hash(hdr.h.r, HashAlgorithm.crc32, 32w0, { hdr.h.a, hdr.h.b, hdr.h.c }, 64w0x100000000); }
			1: { hash(r16, HashAlgorithm.crc16, 16w0, { hdr.h.a, hdr.h.b, hdr.h.c }, 32w0x10000); hdr.h.r = (bit<32>)r16; }
			2: { hash(hdr.h.r, HashAlgorithm.crc32, 32w1000, { hdr.h.d, hdr.h.c, hdr.h.a }, 16w100); } // 55 bits, padded
			3: { hash(hdr.h.r, HashAlgorithm.csum16, 32w0, { hdr.h.c, hdr.h.b, hdr.h.a }, 32w0x10000); }
			4: { hash(hdr.h.r, HashAlgorithm.xor16, 32w0, { hdr.h.c, hdr.h.d, hdr.h.e }, 32w0x10000); }
			5: { hash(hdr.h.r, HashAlgorithm.identity, 32w5, { hdr.h.d, hdr.h.e, hdr.h.c }, 64w0x100000000); }
			6: { hash(hdr.h.r, HashAlgorithm.crc32, 32w0, { hdr.h.c, hdr.m.m, 8w7 }, 64w0x100000000); } // m is missing
			7: { hash(hdr.h.r, HashAlgorithm.crc32, 32w9, { hdr.h.c }, 32w0); }
			8: { hash(hdr.h.r, HashAlgorithm.crc32_custom, 32w0, hdr.h, 64w0x100000000); }
			0x45: { hdr.h.r = (bit<32>)std.checksum_error; hdr.ip.ttl = hdr.ip.ttl - 1; }
			default: { }
		}
	}
}
#define COMPUTE
control Comp(inout headers hdr, inout metadata meta) {
	apply {
		update_checksum(hdr.ip.isValid(), { hdr.ip.version, hdr.ip.ihl, hdr.ip.dscp, hdr.ip.len, hdr.ip.id, hdr.ip.flags,
			hdr.ip.frag, hdr.ip.ttl, hdr.ip.proto, hdr.ip.src, hdr.ip.dst, hdr.ip.options }, hdr.ip.csum, HashAlgorithm.csum16);
		update_checksum_with_payload(hdr.udp.isValid(), { hdr.ip.src, hdr.ip.dst, 8w0, hdr.ip.proto, hdr.udp.len, hdr.udp.sport,
			hdr.udp.dport, hdr.udp.len }, hdr.udp.csum, HashAlgorithm.csum16);
	}
}
#include "tail.p4"
