#include <core.p4>
#include <v1model.p4>

/* What a nested control writes through its parameters counts field by field: only b.y changes here. */
header a_t {
	bit<32> x;
	bit<32> y;
}

struct headers_t {
	a_t a;
	a_t b;
}

struct meta_t {
	bit<8> m;
}

parser P(packet_in p, out headers_t hdr, inout meta_t meta, inout standard_metadata_t sm) {
	state start {
		p.extract(hdr.a);
		p.extract(hdr.b);
		transition accept;
	}
}

control V(inout headers_t hdr, inout meta_t meta) {
	apply {
	}
}

control Leaf(inout a_t h) {
	action set(bit<32> v) {
		h.y = v;
	}
	table t {
		key = {
			h.x: exact;
		}
		actions = {
			set;
			NoAction;
		}
		default_action = set(7);
	}
	apply {
		t.apply();
	}
}

control Sub(inout headers_t h, inout meta_t m) {
	Leaf() leaf;
	apply {
		leaf.apply(h.b);
		m.m = 1;
	}
}

control I(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t sm) {
	Sub() sub;
	apply {
		sm.egress_spec = 1;
		sub.apply(hdr, meta);
	}
}

control E(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t sm) {
	apply {
	}
}

control C(inout headers_t hdr, inout meta_t meta) {
	apply {
	}
}

control D(packet_out p, in headers_t hdr) {
	apply {
		p.emit(hdr.a);
		p.emit(hdr.b);
	}
}

V1Switch(P(), V(), I(), E(), C(), D()) main;
