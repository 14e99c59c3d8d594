#include <core.p4>

struct s { bit<8> a; }
header v { bit<8> n; varbit<64> data; }
header h { bit<8> a; }
parser p(packet_in pkt, out s x, out v y, out h z) {
	state start {
		pkt.extract(x);
		pkt.extract(y);
		pkt.extract(z, 32);
		bit<8> b = pkt.lookahead<v>().n;
		transition accept;
	}
}
control d(packet_out pkt, in bit<8> x) {
	apply {
		pkt.emit(x);
	}
}
