#include "base.h"

control I(PARAMS) {
	apply {
		truncate(20);
	}
}

control E(PARAMS) {
	apply { }
}

V1Switch(P(), V(), I(), E(), C(), D()) main;
