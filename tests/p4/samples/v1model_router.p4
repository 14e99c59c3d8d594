/* A small IPv4 router for v1model: the shape of most programs. */
#include <core.p4>
#include <v1model.p4>

typedef bit<48> mac_t;
typedef bit<32> ip4_t;
const bit<16> TYPE_IPV4 = 0x0800;
const bit<9> DROP_PORT = 511;

header ethernet_t {
	mac_t dst;
	mac_t src;
	bit<16> type;
}

header ipv4_t {
	bit<4> version;
	bit<4> ihl;
	bit<8> tos;
	bit<16> len;
	bit<16> id;
	bit<3> flags;
	bit<13> frag;
	bit<8> ttl;
	bit<8> protocol;
	bit<16> checksum;
	ip4_t src;
	ip4_t dst;
	varbit<320> options;
}

struct headers_t { ethernet_t eth; ipv4_t ip; }
struct meta_t { bit<1> routed; }

parser P(packet_in b, out headers_t h, inout meta_t m, inout standard_metadata_t s) {
	state start {
		b.extract(h.eth);
		transition select(h.eth.type) {
			TYPE_IPV4: ip;
			default: accept;
		}
	}
	state ip {
		b.extract(h.ip, (bit<32>)(((bit<32>)h.ip.ihl - 5) * 32));
		verify(h.ip.version == 4, error.HeaderTooShort);
		transition select(h.ip.version, h.ip.ihl) {
			(4, 5): accept;
			(4, 6 .. 15): accept;
			(4 &&& 0xf, _): accept;
			(_, _): reject;
		}
	}
}

control V(inout headers_t h, inout meta_t m) { apply { } }

control I(inout headers_t h, inout meta_t m, inout standard_metadata_t s) {
	direct_counter(CounterType.packets_and_bytes) seen;
	register<bit<32>>(1024) last;
	bit<32> old;

	action drop() { mark_to_drop(s); }
	action route(mac_t dst, bit<9> port) {
		h.eth.src = h.eth.dst;
		h.eth.dst = dst;
		h.ip.ttl = h.ip.ttl - 1;
		s.egress_spec = port;
		m.routed = 1;
	}
	table lpm {
		key = { h.ip.dst: lpm @name("dst"); }
		actions = { route; drop; @defaultonly NoAction; }
		size = 1024;
		default_action = drop();
		counters = seen;
		const entries = {
			0x0a000000 &&& 0xff000000: route(0x1, 1);
			32w0x0b000001: drop();
		}
	}
	apply {
		if (h.ip.isValid() && h.ip.ttl > 1) {
			switch (lpm.apply().action_run) {
				route: { last.read(old, (bit<32>)h.ip.id); }
				drop:
				default: { exit; }
			}
		} else if (h.eth.isValid())
			drop();
		else
			return;
		last.write((bit<32>)h.ip.id, old + 1);
	}
}

control E(inout headers_t h, inout meta_t m, inout standard_metadata_t s) {
	apply {
		if (s.deq_timedelta > 100 || s.egress_port == DROP_PORT) h.ip.tos = h.ip.tos | 3;
	}
}

control C(inout headers_t h, inout meta_t m) {
	apply {
		update_checksum(h.ip.isValid(), { h.ip.version, h.ip.ihl, h.ip.tos, h.ip.len, h.ip.id,
			h.ip.flags, h.ip.frag, h.ip.ttl, h.ip.protocol, h.ip.src, h.ip.dst },
			h.ip.checksum, HashAlgorithm.csum16);
	}
}

control D(packet_out b, in headers_t h) { apply { b.emit(h.eth); b.emit(h.ip); } }

V1Switch(P(), V(), I(), E(), C(), D()) main;
