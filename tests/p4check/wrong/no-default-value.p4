header h { bit<8> a; }
struct s {
	bit<8> a;
	h b;
}
control c(inout bit<8> x) {
	s v = { 1, {#} };
	s w = { {#}, ... };
	bit<8> y = {#};
	tuple<bit<8>, h> t = { ... };
	h[2] z = ...;
	apply { }
}
