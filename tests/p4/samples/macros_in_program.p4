// Macros as large programs use them: tables and headers made from patterns.
#include <v1model.p4>
#define HDR(name) header name##_t { bit<8> a; bit<8> b; }
#define IF_VALID(h, stmt) if (h.isValid()) { stmt; }
#define TABLE(n, k, act) table n { key = { k: exact; } actions = { act; NoAction; } default_action = NoAction(); size = TABLE_SIZE; }
#define TABLE_SIZE 64
HDR(first)
HDR(second)
struct H { first_t f; second_t s; }
control c(inout H h) {
	action set(bit<8> v) { h.f.a = v; }
	TABLE(t1, h.f.a, set)
	TABLE(t2, h.s.b, set)
	apply {
		IF_VALID(h.f, t1.apply())
		IF_VALID(h.s, t2.apply(); h.s.a = 1)
#ifndef NO_EXTRA
		h.f.b = TABLE_SIZE;
#endif
	}
}
