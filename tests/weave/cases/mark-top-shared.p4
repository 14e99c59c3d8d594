// A top-level action that drops in both controls, by tables and by calls.
#include "base.h"

@name(".refuse")
action deny(inout standard_metadata_t s) {
	mark_to_drop(s);
}

action leave() {
	exit;
}

control I(PARAMS) {
	table t {
		key = {
			hdr.h.a: exact;
		}
		actions = {
			deny(sm);
			NoAction;
		}
		const default_action = NoAction();
		const entries = {
			1: deny(sm);
		}
	}

	apply {
		LOG(1);
		t.apply();
		LOG(2);
		if (hdr.h.b == 1)
			deny(sm);
		LOG(3);
		if (hdr.h.b == 2)
			leave();
		LOG(4);
	}
}

control E(PARAMS) {
	table t {
		key = {
			hdr.h.c: exact;
		}
		actions = {
			deny(sm);
			NoAction;
		}
		const default_action = NoAction();
		const entries = {
			1: deny(sm);
		}
	}

	apply {
		LOG(5);
		t.apply();
		if (hdr.h.b == 3)
			leave();
		LOG(6);
	}
}

V1Switch(P(), V(), I(), E(), C(), D()) main;
