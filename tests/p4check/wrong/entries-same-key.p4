#include <core.p4>

control c(inout bit<8> x) {
	table t {
		key = { x: exact; }
		actions = { NoAction; }
		const entries = {
			1: NoAction();
			0x01: NoAction();
		}
	}
	table u {
		actions = { NoAction; }
		const entries = {
			1: NoAction();
		}
	}
	apply { t.apply(); }
}
