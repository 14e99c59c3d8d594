// Later versions of v1model have registers with typed indexes.
#define V1MODEL_VERSION 20200408
#include "base.h"

control I(PARAMS) {
	action leave() {
		LOG(2);
		if (hdr.h.b == 1) {
			exit;
		}
		LOG(3);
	}

	apply {
		sm.egress_spec = 1;
		LOG(1);
		if (hdr.h.a == 1)
			leave();
		LOG(4);
		leave();
		LOG(5);
	}
}

control E(PARAMS) {
	apply {
		LOG(8);
	}
}

V1Switch(P(), V(), I(), E(), C(), D()) main;
