header a { bit<100000> x; }
header b { bit<(-1)> x; }
header c { int<0> x; }
struct d { bit<n> x; }
control e(in bit<8> w) {
	bit<w> x;
	apply { }
}
