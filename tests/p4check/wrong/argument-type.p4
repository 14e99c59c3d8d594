void f(in bit<8> x, in bool y) {
}
control c(inout bit<16> a) {
	apply {
		f(a, a == 1);
		f(1, 1);
	}
}
