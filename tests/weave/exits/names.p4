// Every name that the weaver would like is taken.
#include "base.h"

struct ps_tags_t {
	bit<8> ps_stop;
}

const bit<8> ps = 1;
const bit<8> ps1_why = 1;

control I(PARAMS) {
	bit<8> ps_epoch = 2;
	bool ps_stop = true;

	apply {
		sm.egress_spec = 1;
		LOG(1);
		if (hdr.h.a == ps) {
			mark_to_drop(sm);
			exit;
		}
		if (ps_stop && hdr.h.b == ps_epoch)
			return;
		LOG((bit<32>)ps1_why);
	}
}

control E(PARAMS) {
	apply {
		LOG(8);
	}
}

V1Switch(P(), V(), I(), E(), C(), D()) main;
