struct s { bit<8> a; }
parser p(in s x) {
	state start {
		transition select(x, 5) {
			default: accept;
		}
	}
}
