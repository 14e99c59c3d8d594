// Who dropped: tables, entries, defaults, nested and direct actions, the apply block, nobody.
#include "base.h"

control I(PARAMS) {
	action drop() {
		mark_to_drop(sm);
	}

	action drop_if(bit<8> v) {
		if (hdr.h.c == v)
			drop();
	}

	table t {
		key = {
			hdr.h.a: exact;
			hdr.h.b: ternary;
		}
		actions = {
			drop;
			drop_if;
			NoAction;
		}
		default_action = drop_if(2);
		const entries = {
			(1, _): drop();
			(2, 1 &&& 1): drop_if(1);
			(2, _): NoAction();
		}
	}

	table u {
		actions = {
			@defaultonly drop;
		}
		const default_action = drop;
	}

	apply {
		t.apply();
		if (hdr.h.d == 1)
			drop();
		else if (hdr.h.d == 2)
			drop_if(3);
		else if (hdr.h.d == 3 && hdr.h.b == 3)
			mark_to_drop(sm);
		else if (hdr.h.d == 3 && hdr.h.b == 2)
			sm.egress_spec = 511;
		else if (hdr.h.b == 1)
			u.apply();
	}
}

control E(PARAMS) {
	apply {
		LOG(8);
	}
}

V1Switch(P(), V(), I(), E(), C(), D()) main;
