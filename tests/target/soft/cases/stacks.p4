// Header stacks and unions: push, pop, run-time indexes in and out of bounds, comparisons, validity.
#include <core.p4>
#include <v1model.p4>
header h_t { bit<8> v; }
header w_t { bit<16> v; }
header_union u_t { h_t narrow; w_t wide; }
header op_t { bit<8> op; bit<8> i; bit<8> r; }
struct headers { op_t o; h_t[3] s; u_t u; }
struct metadata { h_t[3] copy; }
parser Parse(packet_in p, out headers hdr, inout metadata meta, inout standard_metadata_t std) {
	state start {
		p.extract(hdr.o);
		p.extract(hdr.s.next);
		p.extract(hdr.s.next);
		transition select(hdr.o.i) {
			8w0x80 &&& 8w0x80: wide;
			default: narrow;
		}
	}
	state wide { p.extract(hdr.u.wide); transition accept; }
	state narrow { p.extract(hdr.u.narrow); transition accept; }
}
control In(inout headers hdr, inout metadata meta, inout standard_metadata_t std) {
	apply {
		std.egress_spec = 1;
		switch (hdr.o.op) {
			0: { hdr.s.push_front(1); hdr.s[0].setValid(); hdr.s[0].v = 0xee; }
			1: { hdr.s.pop_front(1); }
			2: { hdr.s.push_front(5); }
			3: { hdr.o.r = hdr.s[hdr.o.i & 0x7f].v; }
			4: { hdr.s[hdr.o.i & 0x7f].v = 0x99; }
			5: { hdr.s[hdr.o.i & 0x7f].setValid(); }
			6: { hdr.s[hdr.o.i & 0x7f].setInvalid(); }
			7: {
				meta.copy = hdr.s;
				hdr.o.r = meta.copy == hdr.s ? 8w1 : 0;
				meta.copy[1].v = 0;
				hdr.o.r = hdr.o.r + (meta.copy == hdr.s ? 8w2 : 0);
				meta.copy[1].setInvalid();
				hdr.s[1] = meta.copy[1];
				hdr.o.r = hdr.o.r + (meta.copy == hdr.s ? 8w4 : 0);
			}
			8: { hdr.u.wide.setValid(); hdr.u.wide.v = 0x1234; hdr.o.r = hdr.u.narrow.isValid() ? 8w1 : 2; }
			9: { hdr.u.narrow = { 7 }; hdr.o.r = hdr.u.isValid() ? 8w1 : 2; }
			10: { hdr.u.narrow.setInvalid(); hdr.u.wide.setInvalid(); hdr.o.r = hdr.u.isValid() ? 8w1 : 2; }
			11:
			12: { hdr.s[2] = hdr.s[0]; hdr.s[0].setInvalid(); hdr.s[0].setValid(); }
			13: { hdr.s[1] = (h_t){#}; }
			default: { hdr.o.r = (bit<8>)hdr.s.size; }
		}
	}
}
#include "tail.p4"
