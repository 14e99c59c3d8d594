// A top-level action exits.
#include "base.h"

action leave(inout h_t h, bit<8> v) {
	h.log = (h.log << 4) + 9;
	if (v == 1) {
		exit;
	}
	h.log = (h.log << 4) + 10;
}

control I(PARAMS) {
	table t {
		key = {
			hdr.h.a: exact;
		}
		actions = {
			leave(hdr.h);
			NoAction;
		}
		const default_action = NoAction();
		const entries = {
			1: leave(hdr.h, 1);
			2: leave(hdr.h, 2);
		}
	}

	apply {
		sm.egress_spec = 1;
		LOG(1);
		t.apply();
		LOG(5);
		leave(hdr.h, hdr.h.b);
		LOG(6);
	}
}

control E(PARAMS) {
	apply {
		LOG(8);
	}
}

V1Switch(P(), V(), I(), E(), C(), D()) main;
