// Controls: locals of every kind, nested blocks, empty parts.
control empty() { apply { } }
control typed<A, B>(inout A a, in B b);
control with_ctor(inout bit<8> x)(bit<8> size, bool flag = true) { apply { x = size; } }
control locals(inout bit<8> x) {
	const bit<8> c1 = 1;
	const bit<8> c2 = c1 + 1;
	bit<8> v1;
	bit<8> v2 = c2;
	tuple<bit<8>, bool> v3 = { 1, true };
	with_ctor(8) w1;
	with_ctor(8, false) w2;
	bit<8> local_function(in bit<8> y) { return y + c1; }
	action a1() { }
	action a2(inout bit<8> y, bit<8> z) {
		bit<8> t = y;
		{ bit<8> t = z; y = t; }
		y = t;
		return;
	}
	apply {
		bit<8> x1 = x;
		bit<8> v1 = 3;
		const bit<8> k = 4;
		a1();
		a2(x1, k);
		w1.apply(x1);
		with_ctor.apply(x1);
		x = local_function(v1);
		if (x == 1) { } else { }
		exit;
	}
}
