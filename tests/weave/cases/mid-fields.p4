// Fields, validity and metadata before and after, for packets that a mark describes and for others.
#include "base.h"

control I(PARAMS) {
	apply {
		meta.x = hdr.h.b;
		hdr.h.b = hdr.h.b + 1;
		if (hdr.h.a == 1) {
			hdr.g.setInvalid();
		}
		if (hdr.h.c == 1) {
			mark_to_drop(sm);
		}
		hdr.h.b = hdr.h.b + 4;
		meta.x = meta.x + 8;
		if (hdr.h.a == 2) {
			hdr.g.setInvalid();
			hdr.extra.setValid();
			hdr.extra.v = 5;
		}
	}
}

control E(PARAMS) {
	apply {
		meta.y = (bit<16>)meta.x + 1;
		meta.x = 3;
		hdr.h.b = 0;
		if (hdr.h.d == 1) {
			hdr.extra.setValid();
			hdr.extra.v = 6;
		}
	}
}

V1Switch(P(), V(), I(), E(), C(), D()) main;
