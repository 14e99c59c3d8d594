// An action of a table reads the port that it gets as an argument; it writes another.
#include "base.h"

control I(PARAMS) {
	action next_to(in bit<9> port, bit<9> more) {
		sm.egress_spec = port + more;
	}

	table t {
		key = { hdr.h.b: exact; }
		actions = { next_to(sm.egress_spec); NoAction; }
		const entries = {
			1: next_to(sm.egress_spec, 1);
			2: next_to(sm.egress_spec, 3);
		}
	}

	apply {
		sm.egress_spec = 1;
		if (hdr.h.a == 1)
			mark_to_drop(sm);
		LOG(1);
		t.apply();
	}
}

control E(PARAMS) {
	apply { }
}

V1Switch(P(), V(), I(), E(), C(), D()) main;
