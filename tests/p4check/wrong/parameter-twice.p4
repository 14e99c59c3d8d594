control c(in bit<8> a, inout bit<8> a)(bit<8> b) {
	apply { }
}
control d(in bit<8> a)(bit<8> a) {
	apply { }
}
