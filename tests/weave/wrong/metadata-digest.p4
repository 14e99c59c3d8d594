#include "base.h"

control I(PARAMS) {
	apply {
		digest<metadata_t>(1, meta);
		LOG(1);
	}
}

control E(PARAMS) {
	apply { }
}

V1Switch(P(), V(), I(), E(), C(), D()) main;
