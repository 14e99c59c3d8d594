// Loss in the queue, by key, with multicast and drops.
#include "base.h"

control I(PARAMS) {
	apply {
		sm.egress_spec = (bit<9>)(hdr.h.d & 1);
		if (hdr.h.a == 1) {
			sm.mcast_grp = (bit<16>)hdr.h.b;
		} else if (hdr.h.a == 2 && hdr.h.b == 2) {
			mark_to_drop(sm);
		}
	}
}

control E(PARAMS) {
	apply {
		LOG(8);
	}
}

V1Switch(P(), V(), I(), E(), C(), D()) main;
