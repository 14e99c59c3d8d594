/* A router whose routes may lead to groups of ports. */
#include <core.p4>
#include <v1model.p4>

header ethernet_t {
	bit<48> dstAddr;
	bit<48> srcAddr;
	bit<16> etherType;
}

header ipv4_t {
	bit<16> start;
	bit<16> totalLen;
	bit<16> identification;
	bit<16> fragment;
	bit<8> ttl;
	bit<8> protocol;
	bit<16> hdrChecksum;
	bit<32> srcAddr;
	bit<32> dstAddr;
}

struct headers_t {
	ethernet_t ethernet;
	ipv4_t ipv4;
}

struct metadata_t {
}

struct seen_t {
	bit<32> address;
}

parser P(packet_in packet, out headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
	state start {
		packet.extract(hdr.ethernet);
		packet.extract(hdr.ipv4);
		transition accept;
	}
}

control V(inout headers_t hdr, inout metadata_t meta) {
	apply {
	}
}

control I(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
	action drop() {
		mark_to_drop(standard_metadata);
	}

	action forward(bit<48> dmac, bit<9> port) {
		standard_metadata.egress_spec = port;
		hdr.ethernet.dstAddr = dmac;
	}

	action replicate(bit<16> group) {
		standard_metadata.mcast_grp = group;
	}

	table routes {
		key = {
			hdr.ipv4.dstAddr: lpm;
		}
		actions = {
			forward;
			replicate;
			drop;
		}
		default_action = drop();
	}

	apply {
		routes.apply();
		/* digests of its own, which queries must not take away */
		if (hdr.ipv4.identification == 1) {
			digest<seen_t>(1, { hdr.ipv4.srcAddr });
		}
	}
}

control E(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
	apply {
	}
}

control C(inout headers_t hdr, inout metadata_t meta) {
	apply {
	}
}

control D(packet_out packet, in headers_t hdr) {
	apply {
		packet.emit(hdr.ethernet);
		packet.emit(hdr.ipv4);
	}
}

V1Switch(P(), V(), I(), E(), C(), D()) main;
