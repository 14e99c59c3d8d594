// A control with two instances, in both controls.
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
	Inner() one;
	Inner() two;

	apply {
		sm.egress_spec = 1;
		LOG(1);
		one.apply(hdr.h, hdr.h.a);
		LOG(5);
		if (hdr.h.b == 1) {
			two.apply(h = hdr.h, v = hdr.h.d);
			LOG(6);
		}
		LOG(7);
	}
}

control E(PARAMS) {
	Inner() inner;

	apply {
		LOG(8);
		inner.apply(hdr.h, hdr.h.b);
		LOG(9);
	}
}

V1Switch(P(), V(), I(), E(), C(), D()) main;
