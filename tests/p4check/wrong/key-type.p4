#include <v1model.p4>
header h { bit<8> a; }
control c(inout h x, in bool b) {
	table t {
		key = {
			x: exact;
			b: lpm;
			x.a + 1: exact;
			5: exact;
		}
		actions = { NoAction; }
	}
	apply { t.apply(); }
}
