control c(inout bit<8> x, in bool b) {
	apply {
		x = (b ? 1 : 2);
		x = (bit<8>)(b ? 1 : 2);
		if ((b ? 1 : 2) == 1)
			x = (b ? 1 : 2)[7:0];
		x = -(b ? 1 : 2);
	}
}
control d(inout bit<8> x, in int<8> y) {
	apply {
		x = (bit<8>)((int)y >> 1);
	}
}
