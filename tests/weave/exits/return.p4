#include "base.h"

control I(PARAMS) {
	apply {
		sm.egress_spec = 1;
		LOG(1);
		if (hdr.h.a == 1) {
			LOG(2);
			return;
		}
		LOG(3);
		if (hdr.h.b == 1) {
			mark_to_drop(sm);
			LOG(4);
			if (hdr.h.c == 1)
				return;
			LOG(5);
		} else {
			LOG(6);
		}
		LOG(7);
	}
}

control E(PARAMS) {
	apply {
		if (hdr.h.d == 1)
			return;
		LOG(8);
	}
}

V1Switch(P(), V(), I(), E(), C(), D()) main;
