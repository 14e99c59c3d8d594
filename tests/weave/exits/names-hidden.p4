// An action's parameter hides one of its control that woven code reads.
#include "base.h"

control I(PARAMS) {
	action leave(in bit<9> sm) {
		LOG((bit<32>)sm);
		if (hdr.h.a == 1)
			exit;
		LOG(2);
	}
	apply {
		LOG(1);
		leave(3);
		LOG(4);
	}
}

control E(PARAMS) {
	apply {
		LOG(8);
	}
}

V1Switch(P(), V(), I(), E(), C(), D()) main;
