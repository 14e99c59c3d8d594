// Fields of every type, in stacks, unions and structs.
#include <core.p4>
#include <v1model.p4>

enum bit<8> kind_t {
	one = 1,
	two = 2
}

type bit<16> port_t;
typedef bit<32> word_t;

header h_t {
	bit<8> a;
	kind_t kind;
	port_t port;
	int<8> delta;
	bool flag;
	bit<7> rest;
	word_t word;
}

header l_t {
	bit<7> label;
	bit<1> bottom;
}

header x_t {
	bit<8> v;
}

header_union u_t {
	x_t x;
	l_t l;
}

struct inner_t {
	h_t h;
}

struct headers_t {
	inner_t inner;
	l_t[3] stack;
	u_t u;
}

struct deep_t {
	bit<4> low;
	bool yes;
}

struct metadata_t {
	deep_t deep;
	port_t port;
	kind_t kind;
	int<12> num;
	error err;
}

parser P(packet_in packet, out headers_t hdr, inout metadata_t meta, inout standard_metadata_t sm) {
	state start {
		packet.extract(hdr.inner.h);
		meta.err = error.NoMatch;
		transition labels;
	}

	state labels {
		packet.extract(hdr.stack.next);
		transition select(hdr.stack.last.bottom) {
			0: labels;
			default: more;
		}
	}

	state more {
		transition select(hdr.inner.h.a) {
			0: x;
			1: l;
			default: accept;
		}
	}

	state x {
		packet.extract(hdr.u.x);
		transition accept;
	}

	state l {
		packet.extract(hdr.u.l);
		transition accept;
	}
}

control V(inout headers_t hdr, inout metadata_t meta) {
	apply { }
}

control I(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t sm) {
	apply {
		sm.egress_spec = 1;
		meta.deep.low = hdr.inner.h.a[3:0];
		meta.deep.yes = hdr.inner.h.flag;
		meta.port = hdr.inner.h.port;
		meta.kind = hdr.inner.h.kind;
		meta.num = (int<12>)hdr.inner.h.delta;
		hdr.inner.h.flag = !hdr.inner.h.flag;
		hdr.inner.h.delta = hdr.inner.h.delta - 1;
		hdr.inner.h.kind = kind_t.two;
		hdr.stack.pop_front(1);
		if (hdr.inner.h.a == 2) {
			mark_to_drop(sm);
			hdr.inner.h.flag = false;
			return;
		}
		hdr.inner.h.word = 7;
	}
}

control E(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t sm) {
	apply {
		hdr.inner.h.port = (port_t)16w9;
		meta.num = 5;
		meta.deep.yes = true;
	}
}

control C(inout headers_t hdr, inout metadata_t meta) {
	apply { }
}

control D(packet_out packet, in headers_t hdr) {
	apply {
		packet.emit(hdr);
	}
}

V1Switch(P(), V(), I(), E(), C(), D()) main;
