/* Forwards by rules over addresses and protocol: one ternary table. Runs on any v1model target. */
#include <core.p4>
#include <v1model.p4>

const bit<16> TYPE_IPV4 = 0x0800;

header ethernet_t {
	bit<48> dstAddr;
	bit<48> srcAddr;
	bit<16> etherType;
}

header ipv4_t {
	bit<4> version;
	bit<4> ihl;
	bit<8> diffserv;
	bit<16> totalLen;
	bit<16> identification;
	bit<3> flags;
	bit<13> fragOffset;
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

parser RulesParser(packet_in packet, out headers_t hdr, inout metadata_t meta,
		   inout standard_metadata_t standard_metadata) {
	state start {
		packet.extract(hdr.ethernet);
		transition select(hdr.ethernet.etherType) {
			TYPE_IPV4: parse_ipv4;
			default: accept;
		}
	}

	state parse_ipv4 {
		packet.extract(hdr.ipv4);
		transition accept;
	}
}

control RulesVerify(inout headers_t hdr, inout metadata_t meta) {
	apply {
	}
}

control RulesIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
	action drop() {
		mark_to_drop(standard_metadata);
	}

	action forward(bit<48> dmac, bit<9> port) {
		standard_metadata.egress_spec = port;
		hdr.ethernet.srcAddr = hdr.ethernet.dstAddr;
		hdr.ethernet.dstAddr = dmac;
		hdr.ipv4.ttl = hdr.ipv4.ttl - 1;
	}

	table rules {
		key = {
			hdr.ipv4.srcAddr: ternary;
			hdr.ipv4.dstAddr: ternary;
			hdr.ipv4.protocol: ternary;
		}
		actions = {
			forward;
			drop;
		}
		size = 1048576;
		default_action = drop();
	}

	apply {
		if (hdr.ipv4.isValid()) {
			rules.apply();
		} else {
			drop();
		}
	}
}

control RulesEgress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
	apply {
	}
}

control RulesCompute(inout headers_t hdr, inout metadata_t meta) {
	apply {
		update_checksum(hdr.ipv4.isValid(),
			{ hdr.ipv4.version, hdr.ipv4.ihl, hdr.ipv4.diffserv, hdr.ipv4.totalLen,
			  hdr.ipv4.identification, hdr.ipv4.flags, hdr.ipv4.fragOffset, hdr.ipv4.ttl,
			  hdr.ipv4.protocol, hdr.ipv4.srcAddr, hdr.ipv4.dstAddr },
			hdr.ipv4.hdrChecksum, HashAlgorithm.csum16);
	}
}

control RulesDeparser(packet_out packet, in headers_t hdr) {
	apply {
		packet.emit(hdr.ethernet);
		packet.emit(hdr.ipv4);
	}
}

V1Switch(RulesParser(), RulesVerify(), RulesIngress(), RulesEgress(), RulesCompute(), RulesDeparser()) main;
