parser p(in bit<8> x) {
	state start {
		transition select(x) {
			1 next;
			2: ;
			3: accept
			4: accept;
			(5, : accept;
		}
	}
	state next { transition }
	state other { transition select { 1: accept; } }
	stat last { transition accept; }
}
