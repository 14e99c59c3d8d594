// A top-level action that drops.
#include "base.h"

action deny(inout standard_metadata_t s) {
	mark_to_drop(s);
}

action deny_more(inout standard_metadata_t s, inout h_t h) {
	deny(s);
	h.log = (h.log << 4) + 7;
}

control I(PARAMS) {
	table t {
		key = {
			hdr.h.a: exact;
		}
		actions = {
			deny(sm);
			deny_more(sm, hdr.h);
			NoAction;
		}
		const default_action = deny_more(sm, hdr.h);
		const entries = {
			1: deny(sm);
			2: NoAction();
		}
	}

	apply {
		LOG(1);
		t.apply();
		LOG(2);
		if (hdr.h.b == 1)
			deny_more(sm, hdr.h);
		LOG(3);
	}
}

control E(PARAMS) {
	apply {
		LOG(8);
	}
}

V1Switch(P(), V(), I(), E(), C(), D()) main;
