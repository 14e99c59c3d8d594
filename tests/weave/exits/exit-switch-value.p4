// A switch on a value.
#include "base.h"

control I(PARAMS) {
	apply {
		sm.egress_spec = 1;
		LOG(1);
		switch (hdr.h.a) {
			1: {
				LOG(5);
				exit;
			}
			2: {
				LOG(6);
			}
			default: {
				return;
			}
		}
		LOG(7);
	}
}

control E(PARAMS) {
	apply {
		LOG(8);
	}
}

V1Switch(P(), V(), I(), E(), C(), D()) main;
