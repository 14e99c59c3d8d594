/* What the cases share: a header with four small numbers, and a log in which the code leaves its traces. */
#include <core.p4>
#include <v1model.p4>

header h_t {
	bit<8> a;
	bit<8> b;
	bit<8> c;
	bit<8> d;
	bit<32> log;
}

struct headers_t {
	h_t h;
}

struct metadata_t {
	bit<8> x;
}

#define LOG(n) hdr.h.log = (hdr.h.log << 4) + n
#define PARAMS inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t sm

parser P(packet_in packet, out headers_t hdr, inout metadata_t meta, inout standard_metadata_t sm) {
	state start {
		packet.extract(hdr.h);
		transition accept;
	}
}

control V(inout headers_t hdr, inout metadata_t meta) {
	apply { }
}

control C(inout headers_t hdr, inout metadata_t meta) {
	apply { }
}

control D(packet_out packet, in headers_t hdr) {
	apply {
		packet.emit(hdr.h);
	}
}
