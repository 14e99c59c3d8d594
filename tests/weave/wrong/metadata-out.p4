#include "base.h"

control Fresh(out metadata_t m) {
	apply {
		m.x = 1;
		m.y = 2;
	}
}

control I(PARAMS) {
	Fresh() fresh;

	apply {
		fresh.apply(meta);
		LOG(1);
	}
}

control E(PARAMS) {
	apply { }
}

V1Switch(P(), V(), I(), E(), C(), D()) main;
