// Clones, resubmission, recirculation.
#include "base.h"

control I(PARAMS) {
	apply {
		sm.egress_spec = (bit<9>)(hdr.h.d & 1);
		LOG(1);
		if (hdr.h.a == 1 && sm.instance_type == 0) {
			resubmit_preserving_field_list(1);
			LOG(2);
		} else if (hdr.h.a == 2) {
			clone(CloneType.I2E, 5);
			LOG(3);
		}
	}
}

control E(PARAMS) {
	apply {
		LOG(8);
		if (hdr.h.c == 1 && sm.instance_type == 0 && hdr.h.d != 0) {
			hdr.h.d = hdr.h.d - 1;
			recirculate_preserving_field_list(1);
		} else if (hdr.h.c == 2 && sm.instance_type == 0) {
			clone(CloneType.E2E, 5);
		}
	}
}

V1Switch(P(), V(), I(), E(), C(), D()) main;
