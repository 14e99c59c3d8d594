#include <core.p4>

struct s { bit<8> a; bit<16> b; }
parser p(in bit<8> x, in bit<8> y) {
	value_set<s>(4) both;
	value_set<string>(4) text;
	value_set<bit<16>>(x) wide;
	state start {
		transition select(x, y) {
			both: accept;
			(wide, 1): accept;
		}
	}
}
