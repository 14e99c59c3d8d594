// Metadata handled as a whole.
#include "base.h"

metadata_t fresh(in bit<8> x) {
	return { x, 7 };
}

control I(PARAMS) {
	action clear() {
		meta = { 1, 2 };
	}

	apply {
		metadata_t saved = meta;
		metadata_t other = { x = 4, y = 5 };
		bit<16> sum;
		hash(sum, HashAlgorithm.crc16, 16w0, { meta, hdr.h.a }, 32w65536);
		LOG((bit<32>)sum);
		sm.egress_spec = (bit<9>)hdr.h.d;
		hdr.h.b = hdr.h.b + 1;
		if (hdr.h.a == 1) {
			clear();
		} else if (hdr.h.a == 2) {
			meta = other;
			mark_to_drop(sm);
			hdr.h.b = 77;
			meta = fresh(3);
		} else if (hdr.h.a == 3) {
			meta = saved;
		}
		LOG((bit<32>)meta.y);
	}
}

control E(PARAMS) {
	apply {
		hdr.h.b = 0;
		meta = { 9, 9 };
	}
}

V1Switch(P(), V(), I(), E(), C(), D()) main;
