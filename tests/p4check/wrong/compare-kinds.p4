header h { bit<8> a; }
struct s { bit<8> a; }
control c(in h x, in s y, inout bool b) {
	apply {
		b = x == y;
		b = x < x;
		b = y == { 1, 2 };
		b = x == { 1 };
	}
}
