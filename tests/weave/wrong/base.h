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

header g_t {
	bit<48> mac;
	bit<16> port;
	int<16> delta;
	bit<128> wide;
}

header extra_t {
	bit<24> v;
}

struct headers_t {
	extra_t extra;
	h_t h;
	g_t g;
}

#ifndef METADATA
#define METADATA bit<8> x; bit<16> y;
#endif
struct metadata_t {
	METADATA
}

#define LOG(n) hdr.h.log = (hdr.h.log << 4) + n
#define PARAMS inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t sm

parser P(packet_in packet, out headers_t hdr, inout metadata_t meta, inout standard_metadata_t sm) {
	state start {
		packet.extract(hdr.h);
		transition select(hdr.h.a) {
			3: accept;
			default: more;
		}
	}

	state more {
		packet.extract(hdr.g);
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
		packet.emit(hdr.extra);
		packet.emit(hdr.h);
		packet.emit(hdr.g);
	}
}
