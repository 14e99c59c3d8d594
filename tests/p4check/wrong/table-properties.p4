#include <v1model.p4>
control c(inout bit<8> x) {
	table t {
		key = { x: exact; }
		actions = { NoAction; }
		size = x;
		counters = 5;
		support_timeout = 1;
	}
	table u {
		key = { x: exact; }
	}
	apply { t.apply(); }
}
