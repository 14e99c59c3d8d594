#include "base.h"

control I(PARAMS) {
	apply {
		LOG(1);
	}
}

control E(PARAMS) {
	apply { }
}

control D2(packet_out packet, in headers_t hdr) {
	apply {
		if (hdr.h.a == 1)
			packet.emit(hdr.h);
	}
}

V1Switch(P(), V(), I(), E(), C(), D2()) main;
