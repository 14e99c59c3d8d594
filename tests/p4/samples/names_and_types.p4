// The same name as a type and as a value in different places.
typedef bit<8> T;
header H { bit<8> x; }
enum bit<8> E { A = 1, B = 2 }
extern X { X(); static_t get(); }
bit<8> casts(in T a, in bit<8> b) {
	T c = (T)a;
	T d = (T)(a) + (T)-b + (a) - (b);
	T e = (.T)b;
	E g = (E)a;
	bit<8> h = (bit<8>)E.A + (bit<8>)(E)3;
	bool k = (E)(a) == E.B && (a) < (b) && error.None == error.None;
	return (a)[3:0] ++ (b)[7:4];
}
control shadow(inout bit<8> a) {
	action T() { a = 1; }
	bit<8> H = 3;
	apply {
		T();
		a = (H) - 1;
		a = H;
		bit<8> E = 1;
		a = (E) + a;
	}
}
control after(inout H v) {
	H copy = v;
	bit<32> n = H.minSizeInBits() + v.minSizeInBytes();
	apply { v = copy; H inner = (H){ 1 }; v.x = (T)inner.x; }
}
control unknown(in bit<8> a) {
	later_t x;
	later_g<bit<8>> y;
	later_t[3] z;
	later_c(1) w;
	later_d<bit<8>>(1, 2) u;
	apply { x = (later_t)a; x = (later_t)(a); x = (a) + 1; later_d<bit<8>>.apply(a); }
}
error { None }
