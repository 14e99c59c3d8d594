#include "base.h"

control Inner(inout standard_metadata_t s) {
	apply {
		mark_to_drop(s);
	}
}

control I(PARAMS) {
	Inner() inner;

	apply {
		LOG(1);
		inner.apply(sm);
		LOG(2);
	}
}

control E(PARAMS) {
	apply { }
}

V1Switch(P(), V(), I(), E(), C(), D()) main;
