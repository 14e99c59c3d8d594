control c(inout bit<8> x, inout bool b) {
	apply {
		x = !x;
		b = ~b;
	}
}
