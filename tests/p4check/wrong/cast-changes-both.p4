control c(inout int<8> x, in bit<16> y) {
	apply {
		x = (int<8>)y;
	}
}
