#include <core.p4>

control c(inout bit<8> x, in bit<8> y) {
	action set(in bit<8> from, bit<8> data) {
		x = from + data;
	}
	action other() {
	}
	table t {
		actions = { set(y); @tableonly NoAction; }
		default_action = other();
	}
	table u {
		actions = { set(y); }
		default_action = set(x, 1);
	}
	table v {
		actions = { set(y); }
		default_action = set(y);
	}
	table w {
		actions = { set(y); @tableonly NoAction; }
		default_action = NoAction();
	}
	table z {
		actions = { set(y); }
		default_action = set(y, x);
	}
	apply { }
}
