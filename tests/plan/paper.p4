/* Writes every field that the queries of the paper's section 3.2 speak of, so that nothing comes for free. */
#include <core.p4>
#include <v1model.p4>

header ipv4_t {
	bit<8> ttl;
	bit<6> dscp;
	bit<2> ecn;
	bit<16> srcPort;
	bit<32> srcAddr;
	bit<32> dstAddr;
}

struct headers_t {
	ipv4_t ipv4;
}

struct meta_t {
}

parser P(packet_in p, out headers_t hdr, inout meta_t meta, inout standard_metadata_t sm) {
	state start {
		p.extract(hdr.ipv4);
		transition accept;
	}
}

control V(inout headers_t hdr, inout meta_t meta) {
	apply {
	}
}

control I(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t sm) {
	apply {
		sm.egress_spec = 1;
		hdr.ipv4.dstAddr = hdr.ipv4.dstAddr + 1;
		hdr.ipv4.srcAddr = hdr.ipv4.srcAddr ^ 5;
	}
}

control E(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t sm) {
	apply {
		hdr.ipv4.ecn = 2;
		hdr.ipv4.ttl = hdr.ipv4.ttl - 1;
		hdr.ipv4.srcPort = 7;
		hdr.ipv4.dstAddr = 9;
	}
}

control C(inout headers_t hdr, inout meta_t meta) {
	apply {
	}
}

control D(packet_out p, in headers_t hdr) {
	apply {
		p.emit(hdr.ipv4);
	}
}

V1Switch(P(), V(), I(), E(), C(), D()) main;
