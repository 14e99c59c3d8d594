void f(out bit<8> x) {
	x = 1;
}
control c(inout bit<8> a, in bit<8> b, inout bit<16> wide) {
	apply {
		f(a + 1);
		f(b);
		f(wide);
		f(wide[7:0]);
		f(7);
	}
}
