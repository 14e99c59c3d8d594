#include <core.p4>

control c(inout bit<8> x) {
	table t {
		key = { x: exact; }
		actions = { NoAction; }
	}
	apply {
		if (t.apply().hits)
			x = 1;
		if (t.apply())
			x = 1;
		t.apply(x);
		t.aply();
	}
}
