bit<8> global = 3;
table t { actions = { } }
control c(inout bit<8> x) {
	apply {
		table u { actions = { } }
		action a() { }
		else x = 1;
		transition accept;
		if (true) bit<8> y = 1;
		if (true) const bit<8> z = 1;
		x = 2;
	}
}
parser p() {
	state start { transition accept; x = 1; }
	apply { }
}
