#include <v1model.p4>
control c(inout bit<32> x) {
	register<bit<32>>(16) r;
	apply {
		r.read(x);
		r.reed(x, 0);
		r.write(0, 16w5);
		r.read(x[15:0], 0);
	}
}
