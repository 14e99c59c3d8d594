// Statements of all kinds.
extern void f(in bit<8> x);
extern bool g();
void all(inout bit<8> a, inout bit<8> b, bit<8>[4] stack) {
	;
	a = b;
	a += 1;
	a -= 1;
	a *= 2;
	a /= 2;
	a %= 2;
	a <<= 1;
	a >>= 1;
	a &= 1;
	a |= 1;
	a ^= 1;
	a |+|= 1;
	a |-|= 1;
	a[3:0] = 4w1;
	a[4+:4] = b[0+:4];
	stack[1] = stack[(bit<8>)a];
	const bit<8> one = 1;
	bit<8> two = 2;
	f(a);
	f(x = one);
	if (g()) f(1);
	if (g()) { f(1); } else f(2);
	if (g())
		if (!g()) f(1); else f(2);
	if (g()) {
		if (!g()) f(1);
	} else {
		f(3);
	}
	if (a == 1) f(1); else if (a == 2) { f(2); } else if (a == 3) f(3); else { }
	@unroll for (bit<8> i = 0; i < 10; i = i + 1) f(i);
	for (bit<8> i = 0, bit<8> j = 1; i < j; i += 1, j -= 1) {
		if (i == 3) break;
		if (i == 4) continue;
	}
	for (; g(); ) { }
	for (a = 0, f(b); g(); f(a), b = 1) { }
	for (bit<8> k in 8w1 .. 8w10) f(k);
	for (@name("element") bit<8> e in stack) { f(e); }
	for (bit<8> e in { 1, 2, 3 }) for (bit<8> i in a .. b + 1) f(e + i);
	@atomic { f(1); @label("inner") { f(2); } }
	{ }
	switch (a) {
		1:
		2: { f(1); }
		8w3 + 1: { return; }
		one: { }
		default: { exit; }
	}
	return;
}
bit<8> value(in bit<8> x) { return x + (g() ? 8w1 : 2); }
