parser p(in bool x, in bit<8> y) {
	state start {
		transition select(x, y) {
			(true &&& true, 1): accept;
			(true, 1 .. true): accept;
		}
	}
}
