// Marks that are undone, and drops without a mark.
#include "base.h"

void to(inout standard_metadata_t s, in bit<9> port) {
	if (port != 2) {
		s.egress_spec = port;
	}
}

void pick(out bit<9> port) {
	port = 3;
}

control I(PARAMS) {
	action fwd(bit<9> port) {
		sm.egress_spec = port;
	}

	apply {
		sm.egress_spec = 1;
		LOG(1);
		if (hdr.h.a != 0) {
			mark_to_drop(sm);
			LOG(2);
		}
		if (hdr.h.b == 1)
			sm.egress_spec = 2;
		else if (hdr.h.b == 2)
			sm.egress_spec[8:0] = 511;
		else if (hdr.h.b == 3)
			sm.mcast_grp = (bit<16>)hdr.h.d;
		LOG(3);
		if (hdr.h.c == 1) {
			to(sm, (bit<9>)hdr.h.d);
		} else if (hdr.h.c == 2) {
			pick(sm.egress_spec);
		} else if (hdr.h.c == 3) {
			fwd(5);
		}
		LOG(4);
		if (hdr.h.d == 1) {
			mark_to_drop(sm);
			LOG(5);
			mark_to_drop(sm);
			LOG(6);
		}
	}
}

control E(PARAMS) {
	apply {
		LOG(8);
	}
}

V1Switch(P(), V(), I(), E(), C(), D()) main;
