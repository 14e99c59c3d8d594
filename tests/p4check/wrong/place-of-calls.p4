#include <core.p4>

void f() {
}
control sub() {
	apply { }
}
parser p(packet_in pkt) {
	sub() s;
	state start {
		exit;
		transition accept;
	}
}
control c(inout bit<8> x) {
	sub() s;
	table t {
		actions = { NoAction; }
	}
	action a() {
		t.apply();
		s.apply();
	}
	action b() {
		verify(true, error.NoMatch);
	}
	apply {
		s();
		t();
		f.apply();
	}
}
void g() {
	exit;
}
