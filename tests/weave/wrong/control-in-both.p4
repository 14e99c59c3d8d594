#include "base.h"

control I(PARAMS) {
	apply {
		LOG(1);
	}
}

V1Switch(P(), V(), I(), I(), C(), D()) main;
