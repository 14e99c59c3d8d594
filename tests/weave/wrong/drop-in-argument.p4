#include "base.h"

control Inner(inout headers_t h, inout standard_metadata_t s) {
	apply {
		h.h.a = 1; mark_to_drop(s);
	}
}

control Type(inout headers_t h, inout standard_metadata_t s);

control Outer(inout headers_t h, inout standard_metadata_t s)(Type inner) {
	apply {
		inner.apply(h, s);
	}
}

control I(PARAMS) {
	Outer(Inner()) outer;

	apply {
		outer.apply(hdr, sm);
		LOG(1);
	}
}

control E(PARAMS) {
	apply { }
}

V1Switch(P(), V(), I(), E(), C(), D()) main;
