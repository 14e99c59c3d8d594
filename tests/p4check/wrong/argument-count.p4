void f(in bit<8> x, in bit<8> y) {
}
control c(inout bit<8> a) {
	apply {
		f(a);
		f(a, a, a);
		f(x = a, z = a);
		f(x = a, x = a);
		f(x = a, a);
	}
}
