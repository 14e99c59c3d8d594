#include "base.h"

control Inner(inout standard_metadata_t s, inout headers_t h) {
	apply {
		mark_to_drop(s);
	}
}

control I(PARAMS) {
	apply {
		if (hdr.h.a == 1) {
			Inner.apply(sm, hdr);
		} else {
			Inner.apply(sm, hdr);
		}
		LOG(1);
	}
}

control E(PARAMS) {
	apply { }
}

V1Switch(P(), V(), I(), E(), C(), D()) main;
