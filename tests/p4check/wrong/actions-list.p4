#include <core.p4>

control c(inout bit<8> x) {
	action set(in bit<8> from, bit<8> data) {
		x = from + data;
	}
	table t {
		actions = { set; }
	}
	table u {
		actions = { set(x, 5); }
	}
	table v {
		actions = { NoAction; NoAction; nothing; x; }
	}
	apply { }
}
