// Entries whose priorities go on in steps, and elements of tuples that are written.
#include <core.p4>
#include <v1model.p4>

header h_t {
	bit<8> a;
	bit<8> b;
	bit<8> c;
}

struct headers {
	h_t h;
}

struct metadata {
	tuple<bit<8>, h_t[2]> t;
}

parser P(packet_in p, out headers hdr, inout metadata meta, inout standard_metadata_t sm) {
	state start {
		p.extract(hdr.h);
		transition accept;
	}
}

control V(inout headers hdr, inout metadata meta) { apply { } }

control In(inout headers hdr, inout metadata meta, inout standard_metadata_t sm) {
	action set(bit<8> v) {
		hdr.h.b = v;
	}
	table largest {
		key = { hdr.h.a: ternary; }
		actions = { set; }
		default_action = set(0);
		priority_delta = 10;
		entries = {
			priority = 100: 0x10 &&& 0xf0: set(1);
			0x11: set(2);
			priority = 95: 0x12 &&& 0xfe: set(3);
			priority = 200: 0x1f: set(4);
		}
	}
	table smallest {
		key = { hdr.h.a: ternary; }
		actions = { set; }
		default_action = set(0);
		largest_priority_wins = false;
		priority_delta = 10;
		entries = {
			priority = 100: 0x10 &&& 0xf0: set(1);
			0x11: set(2);
			priority = 95: 0x12 &&& 0xfe: set(3);
			0x1f: set(4);
			priority = 50: 0x1f &&& 0x0f: set(5);
		}
	}

	apply {
		sm.egress_spec = 1;
		if (hdr.h.c == 0)
			largest.apply();
		else
			smallest.apply();
		meta.t[0] = hdr.h.a;
		meta.t[1][1].c = meta.t[0] + 1;
		hdr.h.c = meta.t[1][1].c;
	}
}

control Eg(inout headers hdr, inout metadata meta, inout standard_metadata_t sm) { apply { } }
control C(inout headers hdr, inout metadata meta) { apply { } }

control D(packet_out p, in headers hdr) {
	apply {
		p.emit(hdr);
	}
}

V1Switch(P(), V(), In(), Eg(), C(), D()) main;
