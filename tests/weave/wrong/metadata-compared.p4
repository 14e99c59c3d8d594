#include "base.h"

control I(PARAMS) {
	metadata_t saved;

	apply {
		saved = meta;
		if (saved == meta)
			LOG(1);
	}
}

control E(PARAMS) {
	apply { }
}

V1Switch(P(), V(), I(), E(), C(), D()) main;
