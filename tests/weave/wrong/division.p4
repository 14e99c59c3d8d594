#include "base.h"

control I(PARAMS) {
	apply {
		LOG(1);
	}
}

control E(PARAMS) {
	apply { }
}

V1Switch(P(), V(), I(), E(), C(), D()) main;
