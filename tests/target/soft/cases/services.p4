// What the switch does for programs: log, assertions, digests, random numbers, meters, loops and their end.
#include <core.p4>
#include <v1model.p4>
header h_t { bit<8> what; bit<8> n; int<16> s; bit<100> big; bit<4> pad; }
struct headers { h_t h; }
struct metadata { bit<8> low; bit<8> color; }
struct learn_t { bit<4> a; bit<8> n; bool f; bit<9> port; }
parser Parse(packet_in p, out headers hdr, inout metadata meta, inout standard_metadata_t std) {
	state start { p.extract(hdr.h); transition accept; }
}
control In(inout headers hdr, inout metadata meta, inout standard_metadata_t std) {
	meter(4, MeterType.packets) m;
	apply {
		std.egress_spec = 1;
		if (hdr.h.what == 0) {
			log_msg("plain");
			log_msg("n={} s={} big={} {}", { hdr.h.n, hdr.h.s, hdr.h.big });
			log_msg("100% \"quoted\" {}", { 8w7 });
		} else if (hdr.h.what == 1) {
			assert(hdr.h.n == 0);
			assert(hdr.h.n == 1);
			assume(hdr.h.n == 2);
		} else if (hdr.h.what == 2) {
			digest<learn_t>(5, { 4w0xa, hdr.h.n, true, std.ingress_port });
		} else if (hdr.h.what == 3) {
			bit<8> r;
			random(r, 8w10, 8w19);
			hdr.h.big = r >= 10 && r <= 19 ? 100w1 : 2;
			random(hdr.h.n, 8w7, 8w7);
		} else if (hdr.h.what == 4) {
			meta.color = 9;
			m.execute_meter((bit<32>)hdr.h.n, meta.color);
			hdr.h.n = meta.color; // beyond the end: not written
		} else if (hdr.h.what == 5) {
			bit<16> sum = 0;
			for (bit<8> i = 0; i < hdr.h.n; i = i + 1) {
				if (i == 3)
					continue;
				if (i == 6)
					break;
				sum = sum + (bit<16>)i;
			}
			for (bit<16> k in 1 .. 4) {
				if (k == 3)
					continue;
				sum = sum + 100 * k;
			}
			for (int<16> k in -2 .. 1)
				hdr.h.s = hdr.h.s + k;
			hdr.h.big = (bit<100>)sum;
		} else if (hdr.h.what == 6) {
			for (bit<8> i = 1; i != 0; i = 1)
				hdr.h.big = 0;
			hdr.h.n = 0xff;
		}
	}
}
#include "tail.p4"
