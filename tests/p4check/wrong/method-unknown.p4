header h { bit<8> a; }
control c(inout h x, inout bit<8> y) {
	apply {
		x.setvalid();
		y.isValid();
		x.isValid(y);
	}
}
