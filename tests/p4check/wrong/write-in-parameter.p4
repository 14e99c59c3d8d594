control c(in bit<8> x, out bit<8> y) {
	action a(bit<8> z) {
		z = 1;
	}
	apply {
		x = 1;
		y = x;
		a(y);
	}
}
