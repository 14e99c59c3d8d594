struct s_t { bit<8> x; }
header two_t { varbit<8> x; bit<8> y; varbit<16> z; }
type struct inner { bit<8> x; } new_t;
typedef bit<2> two;
type bit<1> one_t;
one_t cast(two a) { return (one_t)a; }
control c(in bit<8> x) {
	action a(s_t s) { }
	apply {
		switch (x) { 1: { } }
	}
}
