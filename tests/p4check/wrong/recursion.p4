void f(in bit<8> x) {
	f(x);
}
control c(inout bit<8> x) {
	action a() {
		a();
	}
	c() again;
	apply {
		c.apply(x);
	}
}
