// Lists, structures, invalid headers, defaults.
header h { bit<8> a; bit<8> b; }
header_union u { h x; h y; }
struct s { h one; h two; bit<8> n; tuple<bit<8>, bool> t; }
const tuple<bit<8>, bool> TT = { 1, true };
const list<bit<8>> LL = { 1, 2, 3, };
const list<tuple<bit<8>, bit<8>>> PP = (list<tuple<bit<8>, bit<8>>>){ { 1, 2 }, { 3, 4 } };
void f(out s x) {
	h z = ...;
	h i = {#};
	h l = { 1, 2 };
	h k = { a = 1, b = 2, };
	h d1 = { 1, ... };
	h d2 = { a = 1, ... };
	h d3 = { ... };
	s e = { one = { 1, 2 }, two = {#}, n = 3, t = { 1, false } };
	s n = (s){ one = i, ..., };
	u v = (u){#};
	h[3] st = (h[3]){ { 1, 2 }, {#}, ... };
	tuple<> none = { };
	if (z == {#} || v == {#} || z != { 1, 2 }) x = { ... };
	x = (s){ n = 1, ... };
	bit<8> q = { 1, 2 }[0] + TT[0];
}
