/* A router whose routes may lead to groups of ports, and whose packets may ask for another turn, or a copy, by their protocol. */
#include <core.p4>
#include <v1model.p4>

const bit<8> RESUBMITTED = 200;
const bit<8> RECIRCULATED = 201; /* by way of the last port */
const bit<8> COPIED_IN = 202;	 /* to the first port, as it came */
const bit<8> COPIED_OUT = 203;
const bit<9> LAST_PORT = 3;
const bit<32> SESSION = 9;

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
	@field_list(1)
	bit<1> again;
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
		if (hdr.ipv4.protocol == COPIED_IN) {
			clone(CloneType.I2E, SESSION);
		}
		if (meta.again == 0 && hdr.ipv4.protocol == RECIRCULATED) {
			standard_metadata.egress_spec = LAST_PORT;
		}
		if (meta.again == 0 && hdr.ipv4.protocol == RESUBMITTED) {
			meta.again = 1;
			resubmit_preserving_field_list(1);
		}
	}
}

control E(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
	apply {
		if (meta.again == 0 && hdr.ipv4.protocol == RECIRCULATED) {
			meta.again = 1;
			recirculate_preserving_field_list(1);
		}
		if (standard_metadata.instance_type == 0 && hdr.ipv4.protocol == COPIED_OUT) {
			clone(CloneType.E2E, SESSION);
		}
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
