// What the queue knows.
#include "base.h"

control I(PARAMS) {
	apply {
		sm.egress_spec = (bit<9>)(hdr.h.d & 1);
	}
}

control E(PARAMS) {
	apply {
		LOG(8);
	}
}

V1Switch(P(), V(), I(), E(), C(), D()) main;
