#include <core.p4>
control c(in bit<8> t, inout bit<8> x) {
	action a(bit<8> v) { x = v; }
	table t {
		key = { t: exact; }
		actions = { a; }
	}
	table down {
		key = { x: ternary; }
		actions = { a; NoAction; }
		priority_delta = 10;
		entries = {
			priority = 12: 1: a(1);
			2: a(2);
			3 &&& 3: a(3);
			priority = 9: 4: a(4);
		}
	}
	apply { down.apply(); }
}
