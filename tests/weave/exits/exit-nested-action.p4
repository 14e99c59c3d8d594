// An action that calls one that exits.
#include "base.h"

control I(PARAMS) {
	action inner(bit<8> v) {
		if (v == 1) {
			mark_to_drop(sm);
			exit;
		}
		LOG(2);
	}

	action outer() {
		inner(hdr.h.a);
		LOG(3);
		inner(hdr.h.b);
		LOG(4);
	}

	apply {
		sm.egress_spec = 1;
		LOG(1);
		outer();
		LOG(5);
	}
}

control E(PARAMS) {
	apply {
		LOG(8);
	}
}

V1Switch(P(), V(), I(), E(), C(), D()) main;
