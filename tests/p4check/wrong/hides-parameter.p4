#include <core.p4>
struct s_t { bit<8> x; }
control c(inout s_t h, in bit<8> n) {
	bit<8> n = 1;
	action a(bit<8> h) { }
	apply {
		s_t h = h;
		{
			const bit<8> n = 3;
		}
	}
}
bit<8> f(in bit<8> x) { bit<8> x = 2; return x; }
