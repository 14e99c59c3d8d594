control c(inout bit<16> x, in bit<4> i) {
	apply {
		x[16:1] = x;
		x[3:7] = 0;
		x[i:0] = 0;
		x[7:0] = x[15:0];
	}
}
