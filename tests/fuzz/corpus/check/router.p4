// A router as programs for simple_switch are written: tables, registers, a hash, checksums.
#include <core.p4>
#include <v1model.p4>

const bit<16> TYPE_IPV4 = 0x800;
typedef bit<9> egress_t;
typedef bit<48> mac_t;

header ethernet_t {
	mac_t dstAddr;
	mac_t srcAddr;
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

struct acl_t {
	bit<8> class;
	bool seen;
}

struct metadata {
	acl_t acl;
	bit<14> row;
	@field_list(1)
	bit<32> count;
	ipv4_t copy;
}

struct headers {
	ethernet_t ethernet;
	ipv4_t ipv4;
}

parser MyParser(packet_in packet, out headers hdr, inout metadata meta, inout standard_metadata_t sm) {
	state start {
		packet.extract(hdr.ethernet);
		transition select(hdr.ethernet.etherType) {
			TYPE_IPV4: parse_ipv4;
			0x8100 &&& 0xefff: reject;
			1 .. 1500: accept;
			default: accept;
		}
	}
	state parse_ipv4 {
		packet.extract(hdr.ipv4);
		verify(hdr.ipv4.version == 4, error.ParserInvalidArgument);
		transition select(hdr.ipv4.ihl, packet.lookahead<bit<16>>()) {
			(5, _): accept;
			(_, 0): accept;
		}
	}
}

control MyVerify(inout headers hdr, inout metadata meta) {
	apply {
		verify_checksum(hdr.ipv4.isValid(), { hdr.ipv4.version, hdr.ipv4.ihl, 8w0 }, hdr.ipv4.hdrChecksum,
				HashAlgorithm.csum16);
	}
}

control MyIngress(inout headers hdr, inout metadata meta, inout standard_metadata_t standard_metadata) {
	register<bit<32>>(16384) counts;
	counter(512, CounterType.packets_and_bytes) ports;
	direct_counter(CounterType.packets) hits;
	direct_meter<bit<2>>(MeterType.bytes) rate;
	bit<2> color = 0;

	action drop() {
		mark_to_drop(standard_metadata);
	}
	action forward(mac_t dst, egress_t port) {
		standard_metadata.egress_spec = port;
		hdr.ethernet.srcAddr = hdr.ethernet.dstAddr;
		hdr.ethernet.dstAddr = dst;
		hdr.ipv4.ttl = hdr.ipv4.ttl - 1;
	}
	action mark(inout bit<8> class, bit<8> value) {
		class = value;
		hits.count();
	}
	table lpm {
		key = { hdr.ipv4.dstAddr: lpm; }
		actions = { forward; drop; NoAction; }
		size = 1024;
		default_action = drop();
	}
	table acl {
		key = {
			hdr.ipv4.srcAddr: ternary;
			hdr.ipv4.protocol: exact @name("proto");
			hdr.ipv4.totalLen: range;
			standard_metadata.ingress_port: optional;
			hdr.ipv4.isValid(): exact;
		}
		actions = { mark(meta.acl.class); @defaultonly NoAction; }
		const default_action = NoAction();
		counters = hits;
		const entries = {
			(0x0a000000 &&& 0xff000000, 6, 0 .. 100, _, true): mark(meta.acl.class, 1);
			(_, 17, _, 5, true): mark(meta.acl.class, 300 - 299);
		}
	}
	table balanced {
		key = {
			hdr.ipv4.protocol: exact;
			hdr.ipv4.srcAddr: selector;
		}
		actions = { forward; }
		meters = rate;
		implementation = action_selector(HashAlgorithm.crc16, 64, 14);
	}
	apply {
		if (hdr.ipv4.isValid() && hdr.ipv4.ttl > 1) {
			hash(meta.row, HashAlgorithm.crc32, 14w0, { hdr.ipv4.srcAddr, hdr.ipv4.dstAddr }, 15w16384);
			counts.read(meta.count, (bit<32>)meta.row);
			meta.count = meta.count + 1;
			counts.write((bit<32>)meta.row, meta.count);
			switch (lpm.apply().action_run) {
				forward: { ports.count((bit<32>)standard_metadata.egress_spec); }
				drop:
				default: { return; }
			}
			if (!acl.apply().hit)
				meta.acl = { seen = true, ... };
			balanced.apply();
			rate.read(color);
		}
		clone_preserving_field_list(CloneType.I2E, 5, 1);
		log_msg("{} of {}", { meta.count, hdr.ipv4.ttl });
		random(meta.row, 0, 100);
	}
}

control MyEgress(inout headers hdr, inout metadata meta, inout standard_metadata_t sm) {
	apply {
		if (sm.deq_qdepth >= 60 && sm.instance_type == 0)
			hdr.ipv4.diffserv[1:0] = 3;
	}
}

control MyCompute(inout headers hdr, inout metadata meta) {
	apply {
		update_checksum(hdr.ipv4.isValid(), { hdr.ipv4.version, hdr.ipv4.ihl, hdr.ipv4.diffserv },
				hdr.ipv4.hdrChecksum, HashAlgorithm.csum16);
	}
}

control MyDeparser(packet_out packet, in headers hdr) {
	apply {
		packet.emit(hdr);
	}
}

V1Switch(MyParser(), MyVerify(), MyIngress(), MyEgress(), MyCompute(), MyDeparser()) main;
