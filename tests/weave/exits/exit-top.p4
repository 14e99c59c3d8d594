// Exit in the control's own body, nested in blocks.
#include "base.h"

control I(PARAMS) {
	apply {
		sm.egress_spec = 1;
		LOG(1);
		if (hdr.h.a == 1) {
			{
				LOG(2);
				if (hdr.h.b == 1) {
					sm.egress_spec = 2;
					exit;
				} else if (hdr.h.b == 2) {
					LOG(3);
				} else
					exit;
				LOG(4);
			}
			LOG(5);
		}
		LOG(6);
	}
}

control E(PARAMS) {
	apply {
		LOG(8);
	}
}

V1Switch(P(), V(), I(), E(), C(), D()) main;
