#include <core.p4>

control c(in packet_in p, out string s) {
	apply { }
}
control d()(in bit<8> x) {
	apply { }
}
void f(c x) {
}
