// All standard metadata assigned at once.
#include "base.h"

control I(PARAMS) {
	apply {
		standard_metadata_t saved = sm;
		LOG(1);
		mark_to_drop(sm);
		LOG(2);
		if (hdr.h.a == 1) {
			sm = saved;
		}
		mark_to_drop(saved);
		if (hdr.h.b == 1) {
			sm = saved;
		}
		saved.egress_spec = 3;
		LOG(3);
	}
}

control E(PARAMS) {
	apply {
		LOG(8);
	}
}

V1Switch(P(), V(), I(), E(), C(), D()) main;
