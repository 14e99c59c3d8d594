// Two tables in a conjunction: the second runs only when the first hits and goes on.
#include "base.h"

control I(PARAMS) {
	action go() {
		LOG(2);
	}

	action leave() {
		LOG(3);
		exit;
	}

	action drop() {
		mark_to_drop(sm);
		LOG(4);
		exit;
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
			2: go();
		}
	}

	table u {
		key = {
			hdr.h.b: exact;
		}
		actions = {
			go;
			leave;
		}
		const default_action = go();
		const entries = {
			1: leave();
			2: go();
		}
	}

	apply {
		sm.egress_spec = 1;
		LOG(1);
		if (t.apply().hit && u.apply().hit) {
			LOG(5);
		}
		if (hdr.h.c == 1 || u.apply().miss) {
			LOG(6);
		}
		LOG(7);
	}
}

control E(PARAMS) {
	apply {
		LOG(8);
	}
}

V1Switch(P(), V(), I(), E(), C(), D()) main;
