control c(inout bit<16> x, in bit<8> y) {
	apply {
		x = x + y;
		x = y;
	}
}
