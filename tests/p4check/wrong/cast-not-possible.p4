header h { bit<8> a; }
enum e { A, B }
control c(inout bit<8> x, in h y, in e z, in bool b) {
	apply {
		x = (bit<8>)y;
		x = (bit<8>)z;
		x = (bit<8>)b;
	}
}
