// Priorities are given from the first entry on, and only where matches can overlap.
match_kind { exact, ternary }

control C(in bit<8> a) {
	action nop() { }
	table late {
		key = { a: ternary; }
		actions = { nop; }
		entries = {
			1: nop();
			priority = 5: 2: nop();
		}
	}
	table needless {
		key = { a: exact; }
		actions = { nop; }
		entries = {
			priority = 5: 2: nop();
		}
	}
	apply {
		late.apply();
		needless.apply();
	}
}
