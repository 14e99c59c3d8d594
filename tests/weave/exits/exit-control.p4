// A control inside exits: what it did to its arguments stays.
#include "base.h"

control Inner(inout h_t h, in bit<8> v) {
	action leave() {
		h.log = (h.log << 4) + 13;
		exit;
	}

	action go() {
		h.log = (h.log << 4) + 14;
	}

	table t {
		key = {
			v: exact;
		}
		actions = {
			leave;
			go;
		}
		const default_action = go();
		const entries = {
			1: leave();
		}
	}

	apply {
		t.apply();
		h.log = (h.log << 4) + 2;
		if (h.c == 1)
			return;
		if (h.c == 2) {
			exit;
		}
		h.log = (h.log << 4) + 3;
	}
}

control I(PARAMS) {
	Inner() inner;

	apply {
		sm.egress_spec = 1;
		LOG(1);
		inner.apply(hdr.h, hdr.h.a);
		LOG(5);
	}
}

control E(PARAMS) {
	apply {
		LOG(8);
	}
}

V1Switch(P(), V(), I(), E(), C(), D()) main;
