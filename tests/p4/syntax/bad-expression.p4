control c(inout bit<8> x) {
	apply {
		x = 1 + ;
		x = (1 + 2;
		x = x[3;
		x = f(1, , 2);
		x = { 1, 2;
		x = a b;
		x = 1 ? 2;
		x 3;
		x + 1;
		x = ok;
	}
}
