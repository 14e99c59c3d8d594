// The length of what is sent.
#include "base.h"

control I(PARAMS) {
	apply {
		sm.egress_spec = (bit<9>)hdr.h.d;
		if (hdr.h.b == 1) {
			hdr.extra.setValid();
		}
	}
}

control E(PARAMS) {
	apply {
		if (hdr.h.b == 2) {
			hdr.g.setInvalid();
		}
		if (hdr.h.c == 2) {
			mark_to_drop(sm);
		}
	}
}

V1Switch(P(), V(), I(), E(), C(), D()) main;
