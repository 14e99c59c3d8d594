// Return and exit in one action.
#include "base.h"

control I(PARAMS) {
	action a() {
		if (hdr.h.a == 1) {
			LOG(2);
			return;
		}
		if (hdr.h.a == 2) {
			LOG(3);
			exit;
		}
		LOG(4);
	}

	apply {
		sm.egress_spec = 1;
		LOG(1);
		a();
		LOG(5);
	}
}

control E(PARAMS) {
	apply {
		LOG(8);
	}
}

V1Switch(P(), V(), I(), E(), C(), D()) main;
