#include "base.h"

control I(PARAMS) {
	apply {
		LOG(1);
	}
}

control E(PARAMS) {
	I() again;

	apply {
		again.apply(hdr, meta, sm);
	}
}

V1Switch(P(), V(), I(), E(), C(), D()) main;
