// Tables: keys, entries, priorities, properties.
match_kind { exact, ternary, lpm, range, optional }
action noop() { }
control c(inout bit<8> a, inout bit<16> b, bool flag) {
	action one(bit<8> x) { a = x; }
	action two(in bit<8> x, bit<8> y) { b = x ++ y; }
	table none { actions = { } default_action = noop; }
	table keyless { key = { } actions = { noop; .noop; one; } default_action = one(5); }
	table t1 {
		key = { a: exact; b[7:0]: ternary; a + 1: lpm; flag ? a : 8w1: range; }
		actions = { two(a); noop; }
		const default_action = two(a, 3);
		size = 1 << 10;
		implementation = make(3);
		support_timeout = true;
		lists = { 1, { 2, 3 } };
		const fixed = "x";
		largest_priority_wins = false;
		priority_delta = 10;
		const entries = {
			(1, 2, 3, 4): noop;
			(1 &&& 2, _, default, 3 .. 4): two(a, 1);
			(a + 1, b[7:0], (a), _): noop();
		}
	}
	table t2 {
		key = { a: ternary; }
		actions = { one; noop; }
		entries = {
			const priority = 10: 1: one(1);
			priority = (5 + 6): (2 &&& 3): one(2) @tag;
			_: noop;
			(_): noop;
			const (3): noop();
			default: noop;
			8w4 .. 8w7: noop;
		}
	}
	apply {
		if (t1.apply().hit) a = 1;
		if (!t2.apply().miss) { a = 2; }
		switch (t1.apply().action_run) { two: { } noop: default: { a = 3; } }
		none.apply();
		keyless.apply();
	}
}
extern e { e(); }
