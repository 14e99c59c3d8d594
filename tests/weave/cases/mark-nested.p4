// Marks in controls inside, with and without the metadata; instances that two controls share.
#include "base.h"

control Full(inout headers_t h, inout metadata_t m, inout standard_metadata_t s) {
	action deny() {
		mark_to_drop(s);
		h.h.log = (h.h.log << 4) + 12;
	}

	table t {
		key = {
			h.h.a: exact;
		}
		actions = {
			deny;
			NoAction;
		}
		const default_action = NoAction();
		const entries = {
			1: deny();
		}
	}

	apply {
		t.apply();
		if (h.h.b == 1)
			deny();
		h.h.log = (h.h.log << 4) + 13;
	}
}

control Part(inout headers_t h, inout standard_metadata_t s) {
	apply {
		if (h.h.c == 1) {
			mark_to_drop(s);
			h.h.log = (h.h.log << 4) + 11;
		}
		if (h.h.c == 2) {
			s.egress_spec = 4;
		}
	}
}

control Around(inout headers_t h, inout standard_metadata_t s) {
	Part() part;

	apply {
		if (h.h.d != 1) {
			part.apply(h = h, s = s);
		}
	}
}

/* Nobody makes an instance of it: it stays as it is. */
control Never(inout headers_t h, inout standard_metadata_t s) {
	Part() part;

	apply {
		part.apply(h, s);
	}
}

control I(PARAMS) {
	Full() one;
	Full() two;
	Around() around;

	apply {
		sm.egress_spec = 1;
		LOG(1);
		one.apply(hdr, meta, sm);
		LOG(2);
		around.apply(hdr, sm);
		if (hdr.h.d == 2) {
			two.apply(hdr, meta, sm);
		}
	}
}

control E(PARAMS) {
	Full() full;
	Part() part;

	apply {
		LOG(8);
		full.apply(hdr, meta, sm);
		part.apply(hdr, sm);
		LOG(9);
	}
}

V1Switch(P(), V(), I(), E(), C(), D()) main;
