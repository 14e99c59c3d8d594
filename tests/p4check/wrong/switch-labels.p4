#include <v1model.p4>
control c(inout bit<8> x) {
	action a() { }
	action b() { }
	table t {
		key = { x: exact; }
		actions = { a; NoAction; }
	}
	apply {
		switch (t.apply().action_run) {
			a: { }
			b: { }
			a: { }
		}
		switch (x) {
			1: { }
			default: { }
			2: { }
		}
		switch (x) {
			1: { }
			8w1: { }
			true: { }
		}
		switch (x == 1) {
			true: { }
		}
	}
}
