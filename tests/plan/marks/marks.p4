/* What is written behind a drop mark that may still stand at the end must be taken at the mark; the rest is still there. */
#include <core.p4>
#include <v1model.p4>

header h_t {
	bit<8> before; // written before the mark only
	bit<8> behind; // written behind it, too
	bit<8> apart; // written where the packet can't have been marked
	bit<8> undone; // written when the mark no longer stands
	bit<8> looped; // written in front of the mark, in a loop
	bit<32> key;
}

struct headers_t {
	h_t h;
}

struct meta_t {
	bit<8> late;
	bit<8> early;
}

parser P(packet_in p, out headers_t hdr, inout meta_t meta, inout standard_metadata_t sm) {
	state start {
		p.extract(hdr.h);
		transition accept;
	}
}

control V(inout headers_t hdr, inout meta_t meta) {
	apply {
	}
}

control I(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t sm) {
	action deny() {
		mark_to_drop(sm);
	}
	action permit() {
		sm.egress_spec = 1;
	}
	table acl {
		key = {
			hdr.h.key: exact;
		}
		actions = {
			deny;
			permit;
		}
		default_action = permit();
	}
	apply {
		hdr.h.before = 1;
		meta.early = 1;
		switch (acl.apply().action_run) {
			deny: {
				meta.late = 2;
				if (hdr.h.key == 3) {
					hdr.h.behind = 7;
					return;
				}
				if (hdr.h.key == 4) {
					sm.egress_spec = 2;
					hdr.h.undone = 1;
					exit;
				}
				exit;
			}
			default: {
				hdr.h.apart = 2;
			}
		}
		hdr.h.apart = hdr.h.apart + 1;
	}
}

control E(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t sm) {
	apply {
		for (bit<8> i in 1..3) {
			hdr.h.looped = i;
			if (hdr.h.key == 5) {
				mark_to_drop(sm);
			}
		}
		if (hdr.h.key == 6) {
			mark_to_drop(sm);
			return;
		}
	}
}

control C(inout headers_t hdr, inout meta_t meta) {
	apply {
	}
}

control D(packet_out p, in headers_t hdr) {
	apply {
		p.emit(hdr.h);
	}
}

V1Switch(P(), V(), I(), E(), C(), D()) main;
