control c(inout bit<8> x) {
	tuple<bit<8>, bool> t = { x, true };
	apply {
		x = t[2];
		x = t[1];
		x = t[x];
		t[0] = x;
	}
}
