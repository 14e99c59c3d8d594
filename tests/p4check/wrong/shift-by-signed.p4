control c(inout bit<8> x, in int<4> by) {
	apply {
		x = x << by;
		x = x >> -1;
		x = 1 << x;
	}
}
