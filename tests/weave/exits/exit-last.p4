// Exits at the end need no guard.
#include "base.h"

control I(PARAMS) {
	apply {
		sm.egress_spec = 1;
		LOG(1);
		if (hdr.h.a == 1) {
			LOG(2);
			exit;
		} else {
			LOG(3);
			return;
		}
	}
}

control E(PARAMS) {
	apply {
		LOG(8);
	}
}

V1Switch(P(), V(), I(), E(), C(), D()) main;
