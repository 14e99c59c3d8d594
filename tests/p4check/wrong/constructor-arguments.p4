#include <v1model.p4>
control c(inout bit<32> x) {
	register<bit<32>>() none;
	register<bit<32>>(x) variable;
	register(8) open;
	counter(8) half;
	apply { }
}
