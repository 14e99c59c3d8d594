header h { bit<8> x; }
control c(inout h v) {
	apply {
		v.x = h;
		v.x = bit<8>;
		v.x = h + 1;
		v.x = 2;
	}
}
