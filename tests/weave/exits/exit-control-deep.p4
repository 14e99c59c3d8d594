// A control inside a control inside.
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

control Middle(inout headers_t hdr) {
	Inner() inner;

	action leave() {
		exit;
	}

	apply {
		if (hdr.h.d == 1) {
			leave();
			LOG(10);
		} else {
			inner.apply(hdr.h, hdr.h.b);
			LOG(11);
		}
		LOG(12);
	}
}

control I(PARAMS) {
	Middle() middle;

	apply {
		sm.egress_spec = 1;
		LOG(1);
		if (hdr.h.a != 1) {
			middle.apply(hdr);
		}
		LOG(5);
	}
}

control E(PARAMS) {
	apply {
		LOG(8);
	}
}

V1Switch(P(), V(), I(), E(), C(), D()) main;
