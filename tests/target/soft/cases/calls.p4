// Directions of parameters: copies in and out, arguments that overlap, exits, order of evaluation.
#include <core.p4>
#include <v1model.p4>
header byte_t { bit<8> v; }
header data_t { bit<8> what; bit<8> a; bit<8> b; bit<8> c; bit<8> d; }
struct headers { data_t d; byte_t[4] s; }
struct metadata { bit<8> n; }
parser Parse(packet_in p, out headers hdr, inout metadata meta, inout standard_metadata_t std) {
	state start {
		p.extract(hdr.d);
		p.extract(hdr.s.next);
		p.extract(hdr.s.next);
		transition accept;
	}
}
bit<8> bump(inout bit<8> x) {
	x = x + 1;
	return x;
}
bit<8> early(in bit<8> x) {
	if (x > 10)
		return 100;
	return x;
}
void two(inout bit<8> x, inout bit<8> y) {
	x = x + 1;
	y = y + 10;
}
void add(inout bit<8> x, in bit<8> y) {
	x = x + y;
}
void put(out data_t h, out bit<8> x, in bit<8> a, in bit<8> b) {
	h.setValid();
	h.what = 7;
	h.a = a;
	h.b = b;
}
control Sub(inout data_t h, inout bit<8> field, in bit<8> before, out bit<8> result)(bit<8> k, bool twice) {
	bit<8> seen = before;
	action add_k() {
		h.b = h.b + k;
	}
	action leave() {
		h.c = 0xcc;
		exit;
	}
	apply {
		h.a = h.a + 1;       // not seen by `field`, which may be a copy of it
		field = field + 16;
		add_k();
		if (twice)
			add_k();
		result = seen;
		if (h.what == 4)
			leave();
		if (h.what == 5)
			return;
		result = seen + 1;
	}
}
control In(inout headers hdr, inout metadata meta, inout standard_metadata_t std) {
	Sub(3, false) once;
	Sub(k = 5, twice = true) more;
	bit<8> local = 7;
	action swap(inout bit<8> x, in bit<8> y) {
		hdr.d.a = 0x50;     // x is a copy: not changed by this
		x = x + y;
		hdr.d.b = hdr.d.a;  // and a is not x yet
	}
	action nested(inout bit<8> x) {
		swap(x, 1);
		local = local + x;
	}
	apply {
		std.egress_spec = 1;
		if (hdr.d.what == 0) {
			hdr.d.b = bump(hdr.d.a) + hdr.d.a;             // left to right: 2n + 2
			hdr.d.c = hdr.d.d + bump(hdr.d.d);             // n + n + 1
			hdr.d.d = early(5) + early(11);
		} else if (hdr.d.what == 1) {
			two(hdr.d.a, hdr.d.a);                          // last copied out wins
		} else if (hdr.d.what == 2) {
			swap(hdr.d.a, 2);
			nested(hdr.d.c);
			hdr.d.d = local;
		} else if (hdr.d.what < 6) {
			once.apply(hdr.d, hdr.d.a, hdr.d.a, hdr.d.d);
			more.apply(hdr.d, meta.n, hdr.d.c, hdr.s[1].v);
		} else if (hdr.d.what == 6) {
			hdr.s[bump(hdr.d.a)].v = bump(hdr.d.a);         // the index first
			hdr.s[hdr.d.a].v = 9;                           // beyond the end: nowhere
			hdr.d.b = hdr.s[hdr.d.c].v;                     // beyond the end: 0
		} else if (hdr.d.what == 7) {
			put(hdr.d, hdr.s[0].v, hdr.d.c, hdr.s[0].v);    // out arguments are read before they are emptied
			add(hdr.d.c, bump(hdr.d.c));                    // x is taken before bump: 0 + 1
		}
	}
}
#include "tail.p4"
