#include "base.h"

control I(PARAMS) {
	action to(out bit<9> port, bit<9> p) {
		port = p;
	}

	table t {
		actions = {
			to(sm.egress_spec);
		}
		default_action = to(sm.egress_spec, 3);
	}

	apply {
		mark_to_drop(sm);
		t.apply();
		LOG(1);
	}
}

control E(PARAMS) {
	apply { }
}

V1Switch(P(), V(), I(), E(), C(), D()) main;
