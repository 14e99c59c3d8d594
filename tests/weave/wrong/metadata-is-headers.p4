#include "same.h"

control I(PARAMS) {
	apply { }
}

control E(PARAMS) {
	apply { }
}

V1Switch(P(), V(), I(), E(), C(), D()) main;
