#include "base.h"

control I(PARAMS) {
	action drop(bit<8> hdr) {
		meta.x = hdr;
		mark_to_drop(sm);
	}

	apply {
		drop(1);
		LOG(2);
	}
}

control E(PARAMS) {
	apply { }
}

V1Switch(P(), V(), I(), E(), C(), D()) main;
