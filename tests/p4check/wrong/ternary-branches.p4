control c(inout bit<8> x, in bool b) {
	apply {
		x = b ? x : true;
		x = x == 1 ? 16w1 : 8w1;
		x = b ? 1 : 2;
	}
}
