control c(inout bit<8> x) {
	action a() { }
	table t {
		key = { x exact; x: ; x: exact }
		actions = { a, b; a }
		default_action = ;
		size 10;
		key = { }
		const entries = { 1 a; 2: ; 3: a; (4, : a; }
		42 = 3;
	}
	apply { t.apply(); }
}
