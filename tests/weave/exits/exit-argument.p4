// A table in an argument.
#include "base.h"

bit<32> pick(in bool hit, in bit<32> v) {
	if (hit)
		return v;
	return 15;
}

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
			2: drop();
		}
	}

	apply {
		sm.egress_spec = 1;
		LOG(1);
		LOG(pick(t.apply().hit, 5));
		LOG(6);
	}
}

control E(PARAMS) {
	apply {
		LOG(8);
	}
}

V1Switch(P(), V(), I(), E(), C(), D()) main;
