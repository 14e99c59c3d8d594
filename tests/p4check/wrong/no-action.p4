action NoAction(bit<8> x) { }
control c(in bit<8> x) {
	table t {
		actions = { NoAction; }
	}
	apply { t.apply(); }
}
