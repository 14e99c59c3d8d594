// The default action exits.
#include "base.h"

control I(PARAMS) {
	action go() {
		LOG(2);
	}

	action leave() {
		LOG(3);
		exit;
	}

	table t {
		key = {
			hdr.h.a: exact;
		}
		actions = {
			go;
			leave;
		}
		default_action = leave;
		const entries = {
			1: go();
			2: go();
		}
	}

	apply {
		sm.egress_spec = 1;
		LOG(1);
		if (t.apply().miss) {
			LOG(9);
		}
		LOG(5);
	}
}

control E(PARAMS) {
	apply {
		LOG(8);
	}
}

V1Switch(P(), V(), I(), E(), C(), D()) main;
