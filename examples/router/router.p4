/* An edge router: Ethernet, VLAN, IPv4 and IPv6; longest-prefix routing, an ACL, source NAT for inside hosts, ECN marks
 * when the queue is long. Runs on any v1model target. Ports: 0 and 1 inside, 2 and 3 outside. */
#include <core.p4>
#include <v1model.p4>

const bit<16> TYPE_VLAN = 0x8100;
const bit<16> TYPE_IPV4 = 0x0800;
const bit<16> TYPE_ARP = 0x0806;
const bit<16> TYPE_IPV6 = 0x86dd;

const bit<8> PROTO_ICMP = 1;
const bit<8> PROTO_TCP = 6;
const bit<8> PROTO_UDP = 17;
const bit<8> PROTO_ICMP6 = 58;

const bit<16> PORT_DNS = 53;

const bit<2> ECN_CE = 3;
const bit<19> ECN_QUEUE = 20; // packets waiting when marking starts

header ethernet_t {
	bit<48> dstAddr;
	bit<48> srcAddr;
	bit<16> etherType;
}

header vlan_t {
	bit<3> pcp;
	bit<1> dei;
	bit<12> vid;
	bit<16> etherType;
}

header ipv4_t {
	bit<4> version;
	bit<4> ihl;
	bit<6> dscp;
	bit<2> ecn;
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

header ipv6_t {
	bit<4> version;
	bit<6> dscp;
	bit<2> ecn;
	bit<20> flowLabel;
	bit<16> payloadLen;
	bit<8> nextHdr;
	bit<8> hopLimit;
	bit<128> srcAddr;
	bit<128> dstAddr;
}

header tcp_t {
	bit<16> srcPort;
	bit<16> dstPort;
	bit<32> seqNo;
	bit<32> ackNo;
	bit<4> dataOffset;
	bit<4> res;
	bit<8> flags;
	bit<16> window;
	bit<16> checksum;
	bit<16> urgentPtr;
}

header udp_t {
	bit<16> srcPort;
	bit<16> dstPort;
	bit<16> length_;
	bit<16> checksum;
}

header dns_t {
	bit<16> id;
	bit<1> qr; // 0: a query, 1: an answer
	bit<4> opcode;
	bit<1> aa;
	bit<1> tc;
	bit<1> rd;
	bit<1> ra;
	bit<3> z;
	bit<4> rcode;
	bit<16> qdcount;
	bit<16> ancount;
	bit<16> nscount;
	bit<16> arcount;
}

header icmp_t {
	bit<8> type_;
	bit<8> code;
	bit<16> checksum;
}

struct headers_t {
	ethernet_t ethernet;
	vlan_t vlan;
	ipv4_t ipv4;
	ipv6_t ipv6;
	tcp_t tcp;
	udp_t udp;
	dns_t dns;
	icmp_t icmp;
}

struct metadata_t {
	bit<16> l4_src;
	bit<16> l4_dst;
	bit<1> routed;
}

parser RouterParser(packet_in packet, out headers_t hdr, inout metadata_t meta,
		    inout standard_metadata_t standard_metadata) {
	state start {
		packet.extract(hdr.ethernet);
		transition select(hdr.ethernet.etherType) {
			TYPE_VLAN: parse_vlan;
			TYPE_IPV4: parse_ipv4;
			TYPE_IPV6: parse_ipv6;
			default: accept;
		}
	}

	state parse_vlan {
		packet.extract(hdr.vlan);
		transition select(hdr.vlan.etherType) {
			TYPE_IPV4: parse_ipv4;
			TYPE_IPV6: parse_ipv6;
			default: accept;
		}
	}

	state parse_ipv4 {
		packet.extract(hdr.ipv4);
		// options and later fragments: what follows is payload
		transition select(hdr.ipv4.ihl, hdr.ipv4.fragOffset, hdr.ipv4.protocol) {
			(5, 0, PROTO_TCP): parse_tcp;
			(5, 0, PROTO_UDP): parse_udp;
			(5, 0, PROTO_ICMP): parse_icmp;
			default: accept;
		}
	}

	state parse_ipv6 {
		packet.extract(hdr.ipv6);
		transition select(hdr.ipv6.nextHdr) {
			PROTO_TCP: parse_tcp;
			PROTO_UDP: parse_udp;
			PROTO_ICMP6: parse_icmp;
			default: accept;
		}
	}

	state parse_tcp {
		packet.extract(hdr.tcp);
		meta.l4_src = hdr.tcp.srcPort;
		meta.l4_dst = hdr.tcp.dstPort;
		transition accept;
	}

	state parse_udp {
		packet.extract(hdr.udp);
		meta.l4_src = hdr.udp.srcPort;
		meta.l4_dst = hdr.udp.dstPort;
		transition select(hdr.udp.srcPort, hdr.udp.dstPort, hdr.udp.length_) {
			(_, PORT_DNS, 20..0xffff): parse_dns;
			(PORT_DNS, _, 20..0xffff): parse_dns;
			default: accept;
		}
	}

	state parse_dns {
		packet.extract(hdr.dns);
		transition accept;
	}

	state parse_icmp {
		packet.extract(hdr.icmp);
		transition accept;
	}
}

control RouterVerify(inout headers_t hdr, inout metadata_t meta) {
	apply {
		verify_checksum(hdr.ipv4.isValid() && hdr.ipv4.ihl == 5,
			{ hdr.ipv4.version, hdr.ipv4.ihl, hdr.ipv4.dscp, hdr.ipv4.ecn, hdr.ipv4.totalLen,
			  hdr.ipv4.identification, hdr.ipv4.flags, hdr.ipv4.fragOffset, hdr.ipv4.ttl,
			  hdr.ipv4.protocol, hdr.ipv4.srcAddr, hdr.ipv4.dstAddr },
			hdr.ipv4.hdrChecksum, HashAlgorithm.csum16);
	}
}

/* The checksum of a segment whose pseudo-header changed from `old` to `new` (RFC 1624, equation 3). */
bit<16> adjust(in bit<16> checksum, in bit<32> old, in bit<32> new) {
	bit<32> sum = (bit<32>)(~checksum) + (bit<32>)(~old[31:16]) + (bit<32>)(~old[15:0])
		+ (bit<32>)new[31:16] + (bit<32>)new[15:0];
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return ~sum[15:0];
}

control RouterIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
	counter(512, CounterType.packets_and_bytes) port_counter;
	direct_counter(CounterType.packets) acl_counter;

	action drop() {
		mark_to_drop(standard_metadata);
	}

	action deny() {
		acl_counter.count();
		mark_to_drop(standard_metadata);
	}

	action permit() {
		acl_counter.count();
	}

	action no_route() {
		mark_to_drop(standard_metadata);
	}

	action set_nhop(bit<9> port, bit<48> dmac) {
		standard_metadata.egress_spec = port;
		hdr.ethernet.dstAddr = dmac;
		meta.routed = 1;
	}

	action flood(bit<16> group) {
		standard_metadata.mcast_grp = group;
	}

	/* Inside hosts leave with an address of the public prefix; the host part stays. */
	action snat(bit<32> prefix, bit<32> host_mask) {
		bit<32> old = hdr.ipv4.srcAddr;
		hdr.ipv4.srcAddr = prefix | (old & host_mask);
		if (hdr.tcp.isValid()) {
			hdr.tcp.checksum = adjust(hdr.tcp.checksum, old, hdr.ipv4.srcAddr);
		} else if (hdr.udp.isValid() && hdr.udp.checksum != 0) {
			hdr.udp.checksum = adjust(hdr.udp.checksum, old, hdr.ipv4.srcAddr);
		}
	}

	table acl {
		key = {
			hdr.ipv4.srcAddr: ternary;
			hdr.ipv4.dstAddr: ternary;
			hdr.ipv4.protocol: ternary;
			meta.l4_dst: range;
		}
		actions = {
			deny;
			permit;
		}
		counters = acl_counter;
		default_action = permit();
		size = 1024;
	}

	table acl6 {
		key = {
			hdr.ipv6.srcAddr: ternary;
			hdr.ipv6.dstAddr: ternary;
			hdr.ipv6.nextHdr: optional;
			meta.l4_dst: ternary;
		}
		actions = {
			drop;
			NoAction;
		}
		default_action = NoAction();
		size = 1024;
	}

	table ipv4_lpm {
		key = {
			hdr.ipv4.dstAddr: lpm;
		}
		actions = {
			set_nhop;
			no_route;
		}
		default_action = no_route();
		size = 131072;
	}

	table ipv6_lpm {
		key = {
			hdr.ipv6.dstAddr: lpm;
		}
		actions = {
			set_nhop;
			no_route;
		}
		default_action = no_route();
		size = 65536;
	}

	table nat {
		key = {
			standard_metadata.egress_spec: exact;
			hdr.ipv4.srcAddr: lpm;
		}
		actions = {
			snat;
			NoAction;
		}
		default_action = NoAction();
		size = 1024;
	}

	/* Neither IPv4 nor IPv6. */
	table other {
		key = {
			hdr.ethernet.etherType: exact;
		}
		actions = {
			flood;
			drop;
		}
		const default_action = drop();
		const entries = {
			TYPE_ARP: flood(1);
		}
	}

	apply {
		port_counter.count((bit<32>)standard_metadata.ingress_port);
		if (standard_metadata.parser_error != error.NoError || standard_metadata.checksum_error == 1) {
			drop();
			exit;
		}
		if (hdr.ipv4.isValid()) {
			switch (acl.apply().action_run) {
				deny: {
					return;
				}
			}
			if (hdr.ipv4.ttl <= 1) {
				mark_to_drop(standard_metadata);
				return;
			}
			if (ipv4_lpm.apply().hit) {
				hdr.ipv4.ttl = hdr.ipv4.ttl - 1;
				nat.apply();
			}
		} else if (hdr.ipv6.isValid()) {
			if (acl6.apply().hit && standard_metadata.egress_spec == 511) {
				return;
			}
			if (hdr.ipv6.hopLimit <= 1) {
				mark_to_drop(standard_metadata);
				return;
			}
			if (ipv6_lpm.apply().hit) {
				hdr.ipv6.hopLimit = hdr.ipv6.hopLimit - 1;
			}
		} else {
			other.apply();
		}
	}
}

control RouterEgress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
	action set_smac(bit<48> smac) {
		hdr.ethernet.srcAddr = smac;
	}

	/* A flooded packet doesn't go back where it came from. */
	action prune() {
		mark_to_drop(standard_metadata);
	}

	table port_mac {
		key = {
			standard_metadata.egress_port: exact;
		}
		actions = {
			set_smac;
			NoAction;
		}
		default_action = NoAction();
		size = 512;
	}

	apply {
		if (meta.routed == 1) {
			port_mac.apply();
		} else if (standard_metadata.egress_port == standard_metadata.ingress_port) {
			prune();
			return;
		}
		if (standard_metadata.deq_qdepth > ECN_QUEUE) {
			if (hdr.ipv4.isValid() && hdr.ipv4.ecn != 0) {
				hdr.ipv4.ecn = ECN_CE;
			} else if (hdr.ipv6.isValid() && hdr.ipv6.ecn != 0) {
				hdr.ipv6.ecn = ECN_CE;
			}
		}
	}
}

control RouterCompute(inout headers_t hdr, inout metadata_t meta) {
	apply {
		update_checksum(hdr.ipv4.isValid() && hdr.ipv4.ihl == 5,
			{ hdr.ipv4.version, hdr.ipv4.ihl, hdr.ipv4.dscp, hdr.ipv4.ecn, hdr.ipv4.totalLen,
			  hdr.ipv4.identification, hdr.ipv4.flags, hdr.ipv4.fragOffset, hdr.ipv4.ttl,
			  hdr.ipv4.protocol, hdr.ipv4.srcAddr, hdr.ipv4.dstAddr },
			hdr.ipv4.hdrChecksum, HashAlgorithm.csum16);
	}
}

control RouterDeparser(packet_out packet, in headers_t hdr) {
	apply {
		packet.emit(hdr.ethernet);
		packet.emit(hdr.vlan);
		packet.emit(hdr.ipv4);
		packet.emit(hdr.ipv6);
		packet.emit(hdr.tcp);
		packet.emit(hdr.udp);
		packet.emit(hdr.dns);
		packet.emit(hdr.icmp);
	}
}

V1Switch(RouterParser(), RouterVerify(), RouterIngress(), RouterEgress(), RouterCompute(), RouterDeparser()) main;
