control c(inout bit<8> a, in bit<8> b)(bit<8> n) {
	apply {
		bit<8> three = 3;
		a = a / b;
		a = a % 3;
		a /= three;
		a = 100 / b;
		a = a / 4 + a % 16 + 0 / b + a / n + 100 / 7;
	}
}
