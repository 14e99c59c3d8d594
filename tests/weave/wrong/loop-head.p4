#include "base.h"

control I(PARAMS) {
	action leave() {
		exit;
	}

	table t {
		actions = {
			leave;
		}
		default_action = leave();
	}

	apply {
		for (; t.apply().hit; )
			LOG(2);
	}
}

control E(PARAMS) {
	apply { }
}

V1Switch(P(), V(), I(), E(), C(), D()) main;
