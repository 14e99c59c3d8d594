// What follows an unconditional exit is dead, and stays so.
#include "base.h"

control I(PARAMS) {
	apply {
		sm.egress_spec = 1;
		LOG(1);
		if (hdr.h.a != 1) {
			exit;
			LOG(2);
		}
		return;
		LOG(3);
	}
}

control E(PARAMS) {
	apply {
		LOG(8);
	}
}

V1Switch(P(), V(), I(), E(), C(), D()) main;
