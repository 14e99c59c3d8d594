#include <v1model.p4>
control c(inout bit<8> x, in bit<32> a) {
	action set(bit<8> data) {
		x = data;
	}
	table t {
		key = {
			x: exact;
			a: lpm;
		}
		actions = { set; NoAction; }
		const entries = {
			(1, 2): set(1);
			(1): set(1);
			(_, 2): set(1);
			(1 &&& 2, 2): set(1);
			(1, 0xff00ff00 &&& 0xff00ff00): set(1);
			(1, 0xff000000 &&& 0xff000000): set(1);
			(x, 1): set(1);
			(300, 1): set(true);
			(1, 2): drop();
		}
	}
	apply { t.apply(); }
}
