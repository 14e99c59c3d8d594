parser p(in bit<8> x, in bit<16> y) {
	state start {
		transition select(x, y) {
			(1, 2, 3): accept;
			(true, 1): accept;
			(1 &&& true, 5 .. 6): accept;
			1: accept;
			default: accept;
			(1, 1): accept;
		}
	}
}
