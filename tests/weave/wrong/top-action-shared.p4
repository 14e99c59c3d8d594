#include "base.h"

action leave() {
	exit;
}

control I(PARAMS) {
	apply {
		leave();
	}
}

control E(PARAMS) {
	apply {
		leave();
	}
}

V1Switch(P(), V(), I(), E(), C(), D()) main;
