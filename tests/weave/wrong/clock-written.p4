#include "base.h"

control I(PARAMS) {
	apply {
		sm.ingress_global_timestamp = 5;
	}
}

control E(PARAMS) {
	apply { }
}

V1Switch(P(), V(), I(), E(), C(), D()) main;
