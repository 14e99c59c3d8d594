#include <core.p4>

extern void use<T>(in T x);
extern T make<T>();
control c(inout bit<8> x) {
	apply {
		x = make();
		x = make<bit<16>>();
		use(5);
		use({ 1, x });
		use({ a = x });
	}
}
