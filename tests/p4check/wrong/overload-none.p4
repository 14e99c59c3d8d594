#include <core.p4>

header h { bit<8> a; }
parser p(packet_in pkt, out h x) {
	state start {
		pkt.extract(x, 8, 9);
		pkt.extrac(x);
		transition accept;
	}
}
