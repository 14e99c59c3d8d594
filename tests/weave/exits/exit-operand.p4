// What stands before the table in an expression is worked out before it.
#include "base.h"

control I(PARAMS) {
	action set(bit<8> v) {
		meta.x = v;
	}

	action leave() {
		meta.x = 3;
		exit;
	}

	table t {
		key = {
			hdr.h.a: exact;
		}
		actions = {
			set;
			leave;
		}
		const default_action = set(7);
		const entries = {
			1: leave();
			2: set(9);
		}
	}

	apply {
		sm.egress_spec = 1;
		LOG(1);
		meta.x = hdr.h.b;
		bit<8> sum = meta.x + (t.apply().hit ? 8w1 : 8w2);
		LOG((bit<32>)sum);
		LOG((bit<32>)meta.x);
	}
}

control E(PARAMS) {
	apply {
		LOG(8);
	}
}

V1Switch(P(), V(), I(), E(), C(), D()) main;
