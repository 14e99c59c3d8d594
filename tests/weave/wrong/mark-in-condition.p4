#include "base.h"

bool no_port(inout standard_metadata_t s) {
	s.egress_spec = 5;
	return true;
}

control I(PARAMS) {
	apply {
		mark_to_drop(sm);
		if (no_port(sm))
			LOG(1);
	}
}

control E(PARAMS) {
	apply { }
}

V1Switch(P(), V(), I(), E(), C(), D()) main;
