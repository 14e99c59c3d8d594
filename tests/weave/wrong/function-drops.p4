#include "base.h"

void drop(inout standard_metadata_t s) {
	mark_to_drop(s);
}

control I(PARAMS) {
	apply {
		drop(sm);
	}
}

control E(PARAMS) {
	apply { }
}

V1Switch(P(), V(), I(), E(), C(), D()) main;
