extern void both<T>(in T x, in T y);
control c(in bit<8> a, in bit<16> b) {
	apply {
		both(a, b);
		both<bit<8>>(a, b);
		both<bit<8>, bit<8>>(a, a);
	}
}
