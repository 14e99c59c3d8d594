// Only egress exits; drops in egress.
#include "base.h"

control I(PARAMS) {
	apply {
		sm.egress_spec = 1;
		LOG(1);
		LOG(2);
	}
}

control E(PARAMS) {
	action deny() {
		mark_to_drop(sm);
		LOG(9);
		exit;
	}

	table acl {
		key = {
			hdr.h.a: ternary;
			hdr.h.b: range;
		}
		actions = {
			deny;
			NoAction;
		}
		default_action = NoAction();
		const entries = {
			(1, _): deny();
			(2, 1 .. 2): deny();
			(_, 3): NoAction();
		}
	}

	apply {
		LOG(8);
		acl.apply();
		if (hdr.h.c == 1) {
			mark_to_drop(sm);
			LOG(10);
		}
		LOG(11);
	}
}

V1Switch(P(), V(), I(), E(), C(), D()) main;
