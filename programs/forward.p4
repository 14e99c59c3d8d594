/* What `packetscope net` runs on its switches unless it is given a program: IPv4 routers with several paths of equal length. A route names a port, or a
 * set of next hops of which the packet's flow chooses one. The salt makes switches choose independently. */
#include <core.p4>
#include <v1model.p4>

const bit<16> TYPE_IPV4 = 0x0800;
const bit<8> PROTO_ICMP = 1;
const bit<8> PROTO_TCP = 6;
const bit<8> PROTO_UDP = 17;

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

header icmp_t {
	bit<8> type;
	bit<8> code;
	bit<16> checksum;
	bit<16> echo;
	bit<16> seq;
}

header tcp_t {
	bit<16> srcPort;
	bit<16> dstPort;
	bit<32> seq;
	bit<32> ack;
	bit<4> dataOffset;
	bit<4> reserved;
	bit<8> flags;
	bit<16> window;
	bit<16> checksum;
	bit<16> urgentPtr;
}

header udp_t {
	bit<16> srcPort;
	bit<16> dstPort;
	bit<16> length;
	bit<16> checksum;
}

struct headers_t {
	ethernet_t ethernet;
	ipv4_t ipv4;
	icmp_t icmp;
	tcp_t tcp;
	udp_t udp;
}

struct metadata_t {
	bit<32> ports;
	bit<16> member;
}

parser ForwardParser(packet_in packet, out headers_t hdr, inout metadata_t meta,
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
		transition select(hdr.ipv4.fragOffset, hdr.ipv4.ihl, hdr.ipv4.protocol) {
			(0, 5, PROTO_ICMP): parse_icmp;
			(0, 5, PROTO_TCP): parse_tcp;
			(0, 5, PROTO_UDP): parse_udp;
			default: accept;
		}
	}

	state parse_icmp {
		packet.extract(hdr.icmp);
		transition accept;
	}

	state parse_tcp {
		packet.extract(hdr.tcp);
		meta.ports = hdr.tcp.srcPort ++ hdr.tcp.dstPort;
		transition accept;
	}

	state parse_udp {
		packet.extract(hdr.udp);
		meta.ports = hdr.udp.srcPort ++ hdr.udp.dstPort;
		transition accept;
	}
}

control ForwardVerify(inout headers_t hdr, inout metadata_t meta) {
	apply {
	}
}

control ForwardIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
	action drop() {
		mark_to_drop(standard_metadata);
	}

	action forward(bit<48> dmac, bit<9> port) {
		standard_metadata.egress_spec = port;
		hdr.ethernet.srcAddr = hdr.ethernet.dstAddr;
		hdr.ethernet.dstAddr = dmac;
		hdr.ipv4.ttl = hdr.ipv4.ttl - 1;
	}

	action spread(bit<16> first, bit<16> count, bit<32> salt) {
		hash(meta.member, HashAlgorithm.crc32, first,
		     { salt, hdr.ipv4.srcAddr, hdr.ipv4.dstAddr, hdr.ipv4.protocol, meta.ports }, count);
	}

	table members {
		key = {
			meta.member: exact;
		}
		actions = {
			forward;
			drop;
		}
		size = 65536;
		default_action = drop();
	}

	table routes {
		key = {
			hdr.ipv4.dstAddr: lpm;
		}
		actions = {
			forward;
			spread;
			drop;
		}
		size = 1048576;
		default_action = drop();
	}

	apply {
		if (!hdr.ipv4.isValid() || hdr.ipv4.ttl < 2) {
			drop();
		} else {
			switch (routes.apply().action_run) {
				spread: {
					members.apply();
				}
			}
		}
	}
}

control ForwardEgress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
	apply {
	}
}

control ForwardCompute(inout headers_t hdr, inout metadata_t meta) {
	apply {
		update_checksum(hdr.ipv4.isValid(),
			{ hdr.ipv4.version, hdr.ipv4.ihl, hdr.ipv4.diffserv, hdr.ipv4.totalLen,
			  hdr.ipv4.identification, hdr.ipv4.flags, hdr.ipv4.fragOffset, hdr.ipv4.ttl,
			  hdr.ipv4.protocol, hdr.ipv4.srcAddr, hdr.ipv4.dstAddr },
			hdr.ipv4.hdrChecksum, HashAlgorithm.csum16);
	}
}

control ForwardDeparser(packet_out packet, in headers_t hdr) {
	apply {
		packet.emit(hdr.ethernet);
		packet.emit(hdr.ipv4);
		packet.emit(hdr.icmp);
		packet.emit(hdr.tcp);
		packet.emit(hdr.udp);
	}
}

V1Switch(ForwardParser(), ForwardVerify(), ForwardIngress(), ForwardEgress(), ForwardCompute(), ForwardDeparser()) main;
