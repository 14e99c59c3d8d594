#include "base.h"

control Inner(inout headers_t h) {
	apply {
		exit;
	}
}

control Type(inout headers_t h);

control Outer(inout headers_t h)(Type inner) {
	apply {
		inner.apply(h);
	}
}

control I(PARAMS) {
	Outer(Inner()) outer;

	apply {
		outer.apply(hdr);
		LOG(1);
	}
}

control E(PARAMS) {
	apply { }
}

V1Switch(P(), V(), I(), E(), C(), D()) main;
