#include <core.p4>
struct flat_t { bit<8> x; }
struct deep_t { flat_t f; }
extern void fill(inout flat_t a);
extern void fill_deep(inout deep_t a);
extern store<T> { store(); void get(out T v); void put(in T v); }
extern own { void self(in own o); }
extern gate<T> { gate(); void pass(in T v); }
control c(inout flat_t f, inout deep_t d)(gate<_> g) {
	store<flat_t>() s;
	store<store<bit<8>>>() nested;
	table t {
		actions = { NoAction; }
	}
	apply {
		fill(f);
		fill_deep(d);
		s.put(f);
		s.get(f);
		g.pass(t);
	}
}
