// Variables that are declared behind one return and used behind another.
#include "base.h"

control I(PARAMS) {
	action leave(bit<8> v) {
		if (v == 1)
			exit;
	}

	table t {
		key = {
			hdr.h.c: exact;
		}
		actions = {
			leave;
			NoAction;
		}
		const default_action = NoAction();
		const entries = {
			1: leave(1);
			2: leave(2);
		}
	}

	apply {
		LOG(1);
		if (hdr.h.a == 1)
			return;
		bit<32> v = hdr.h.log + 1;
		const bit<32> k = 3;
		metadata_t m = { 7 };
		h_t h;
		if (hdr.h.b == 1) {
			v = v + 1;
			return;
		}
		bool hit = t.apply().hit;
		bit<32> w = hit ? v + k : 9;
		LOG(w);
		if (hdr.h.d == 1)
			exit;
		h.setValid();
		h.log = w + (bit<32>)m.x;
		bit<32> last = h.log;
		LOG(last);
		if (hit)
			return;
	}
}

control E(PARAMS) {
	apply {
		LOG(8);
	}
}

V1Switch(P(), V(), I(), E(), C(), D()) main;
