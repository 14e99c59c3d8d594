// A variable hides a parameter that woven code reads.
#include "base.h"

control I(PARAMS) {
	apply {
		LOG(1);
		bit<9> sm = 3;
		LOG((bit<32>)sm);
		if (hdr.h.a == 1)
			return;
		LOG(2);
	}
}

control E(PARAMS) {
	apply {
		LOG(8);
	}
}

V1Switch(P(), V(), I(), E(), C(), D()) main;
