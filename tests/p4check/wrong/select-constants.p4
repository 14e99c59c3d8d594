#include <core.p4>
header h_t { bit<8> x; bit<8> y; }
header_union u_t { h_t a; }
struct headers { h_t h; u_t[4] us; }
bit<8> f() { return 1; }
parser p(packet_in b, out headers hdr) {
	state start {
		b.extract(hdr.h);
		b.extract(hdr.us[hdr.h.x].a);
		transition select(hdr.h.x) {
			hdr.h.y .. 3: accept;
			1 .. hdr.h.y: accept;
			hdr.h.y &&& 1: accept;
			f(): accept;
			hdr.h.y: accept;
		}
	}
}
