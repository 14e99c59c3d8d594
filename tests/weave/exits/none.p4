// A program without exits stays as it is.
#include "base.h"

control I(PARAMS) {
	action go() {
		LOG(2);
	}

	action leave() {
		LOG(3);
	}

	action drop() {
		mark_to_drop(sm);
		LOG(4);
	}

	table t {
		key = {
			hdr.h.a: exact;
		}
		actions = {
			go;
			leave;
			drop;
		}
		const default_action = go();
		const entries = {
			1: leave();
			2: drop();
		}
	}

	apply {
		sm.egress_spec = 1;
		LOG(1);
		if (t.apply().hit && hdr.h.b == 1) {
			LOG(5);
		}
	}
}

control E(PARAMS) {
	apply {
		LOG(8);
	}
}

V1Switch(P(), V(), I(), E(), C(), D()) main;
