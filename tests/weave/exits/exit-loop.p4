// Loops: exit and return leave them, break and continue go on as they did.
#include "base.h"

control I(PARAMS) {
	action go() {
		LOG(2);
	}

	action leave() {
		LOG(3);
		exit;
	}

	action drop() {
		mark_to_drop(sm);
		LOG(4);
		exit;
	}

	table t {
		key = {
			hdr.h.a: exact;
		}
		actions = {
			go;
			leave;
			drop;
		}
		const default_action = go();
		const entries = {
			1: leave();
			2: drop();
		}
	}

	apply {
		sm.egress_spec = 1;
		LOG(1);
		for (bit<8> i in 0 .. 3) {
			if (i == hdr.h.b)
				continue;
			LOG(2);
			for (bit<8> k = 0; k < 2; k = k + 1) {
				if (hdr.h.c == 1 && k == 1) {
					exit;
				}
				if (hdr.h.c == 2)
					break;
				LOG(3);
			}
			if (hdr.h.d == i) {
				return;
			}
			t.apply();
			LOG(6);
		}
		LOG(7);
	}
}

control E(PARAMS) {
	apply {
		LOG(8);
	}
}

V1Switch(P(), V(), I(), E(), C(), D()) main;
