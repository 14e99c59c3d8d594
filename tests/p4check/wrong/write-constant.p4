const bit<8> limit = 1;
control c(inout bit<8> x, inout bit<8> y) {
	apply {
		limit = x;
		limit[3:0] = 3;
		x = y;
	}
}
