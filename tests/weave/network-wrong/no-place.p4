/* A switch of a chain: port 1 leads back, port 2 ahead, others to hosts. Packets go ahead (or back, by the address) until their TTL is
 * used up, then to port 0. What else happens to them the diffserv field says. */
#include <core.p4>
#include <v1model.p4>

header ethernet_t {
	bit<48> dst;
	bit<48> src;
	bit<16> type;
}

header tag_t {
	bit<16> number;
	bit<16> type;
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

header udp_t {
	bit<16> srcPort;
	bit<16> dstPort;
	bit<16> len;
	bit<16> checksum;
}

header tcp_t {
	bit<16> srcPort;
	bit<16> dstPort;
	bit<32> seq;
	bit<32> ack;
	bit<16> rest;
	bit<16> window;
	bit<16> checksum;
	bit<16> urgent;
}

struct headers {
	ethernet_t ethernet;
	tag_t tag;
	ipv4_t ipv4;
	udp_t udp;
	tcp_t tcp;
}

struct metadata {
	@field_list(1)
	bit<8> passes;
	bit<32> length;
}

parser P(packet_in packet, out headers hdr, inout metadata meta, inout standard_metadata_t std) {
	state start {
		packet.extract(hdr.ethernet);
		meta.length = std.packet_length;
		transition select(hdr.ethernet.type) {
			0x0800: parse_ipv4;
			0x9000: parse_tag;
			default: accept;
		}
	}
	state parse_tag {
		packet.extract(hdr.tag);
		transition select(hdr.tag.type) {
			0x0800: parse_ipv4;
			default: accept;
		}
	}
	state parse_ipv4 {
		packet.extract(hdr.ipv4);
		transition select(hdr.ipv4.protocol) {
			17: parse_udp;
			6: parse_tcp;
			default: accept;
		}
	}
	state parse_udp {
		packet.extract(hdr.udp);
		transition accept;
	}
	state parse_tcp {
		packet.extract(hdr.tcp);
		transition accept;
	}
}

control Verify(inout headers hdr, inout metadata meta) {
	apply { }
}

control I(inout headers hdr, inout metadata meta, inout standard_metadata_t std) {
	apply {
		// the length that the program sees is the host's
		std.mcast_grp = 0;
		std.egress_spec = 2;
		if (std.ingress_port == 2) {
			std.egress_spec = 1;
		}
		if (std.ingress_port != 1 && std.ingress_port != 2 && hdr.ipv4.isValid() && hdr.ipv4.dstAddr[0:0] == 1) {
			std.egress_spec = 1;
		}
		if (!hdr.ipv4.isValid()) {
			exit;
		}
		if (hdr.ipv4.diffserv == 5 && std.instance_type == 0) {
			resubmit_preserving_field_list(1);
			return;
		}
		if (hdr.ipv4.ttl <= 1) {
			std.egress_spec = 0;
		} else {
			hdr.ipv4.ttl = hdr.ipv4.ttl - 1;
		}
		if (hdr.ipv4.diffserv == 1) {
			std.mcast_grp = 1;
		} else if (hdr.ipv4.diffserv == 2) {
			clone_preserving_field_list(CloneType.I2E, 5, 1);
		} else if (hdr.ipv4.diffserv == 7) {
			if (hdr.tag.isValid()) {
				hdr.ethernet.type = hdr.tag.type;
				hdr.tag.setInvalid();
			} else {
				hdr.tag.setValid();
				hdr.tag.number = (bit<16>)meta.length;
				hdr.tag.type = hdr.ethernet.type;
				hdr.ethernet.type = 0x9000;
			}
		}
	}
}

control E(inout headers hdr, inout metadata meta, inout standard_metadata_t std) {
	action again() {
		meta.passes = meta.passes + 1;
		recirculate_preserving_field_list(1);
	}
	apply {
		if (!hdr.ipv4.isValid()) {
			return;
		}
		if (hdr.ipv4.diffserv == 3 && std.instance_type == 0) {
			clone_preserving_field_list(CloneType.E2E, 5, 1);
		} else if (hdr.ipv4.diffserv == 4 && meta.passes == 0) {
			again();
		} else if (hdr.ipv4.diffserv == 6) {
			mark_to_drop(std);
			exit;
		} else if (hdr.ipv4.diffserv == 8) {
			hdr.udp.len = (bit<16>)std.packet_length;
		}
	}
}

control Compute(inout headers hdr, inout metadata meta) {
	apply {
		update_checksum(hdr.ipv4.isValid(), { hdr.ipv4.version, hdr.ipv4.ihl, hdr.ipv4.diffserv, hdr.ipv4.totalLen, hdr.ipv4.identification,
			hdr.ipv4.flags, hdr.ipv4.fragOffset, hdr.ipv4.ttl, hdr.ipv4.protocol, hdr.ipv4.srcAddr, hdr.ipv4.dstAddr },
			hdr.ipv4.hdrChecksum, HashAlgorithm.csum16);
	}
}

control D(packet_out packet, in headers hdr) {
	apply {
		packet.emit(hdr.ethernet);
		packet.emit(hdr.tag);
		packet.emit(hdr.ipv4);
		packet.emit(hdr.udp);
		packet.emit(hdr.tcp);
	}
}

V1Switch(P(), Verify(), I(), E(), Compute(), D()) main;
