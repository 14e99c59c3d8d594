// More headers than the room before the packet: fine as long as they came with it; the deparser is no plain list.
#include <core.p4>
#include <v1model.p4>
header h_t { bit<8> grow; }
header big_t { bit<1600> x; }
header var_t { varbit<1600> x; }
struct headers { h_t h; big_t a; var_t v; big_t b; big_t c; big_t d; }
struct metadata { }
parser Parse(packet_in p, out headers hdr, inout metadata meta, inout standard_metadata_t std) {
	state start {
		p.extract(hdr.h);
		transition select(hdr.h.grow) { 9: all; default: accept; }
	}
	state all { p.extract(hdr.a); p.extract(hdr.v, 1600); p.extract(hdr.b); p.extract(hdr.c); transition accept; }
}
control In(inout headers hdr, inout metadata meta, inout standard_metadata_t std) {
	apply {
		std.egress_spec = 1;
		if (hdr.h.grow > 0) { hdr.a.setValid(); hdr.a.x[7:0] = 0xaa; }
		if (hdr.h.grow > 1) { hdr.b.setValid(); }
		if (hdr.h.grow > 2) { hdr.c.setValid(); hdr.d.setValid(); hdr.d.x[1599:1592] = 0xdd; }
	}
}
#include "tail.p4"
