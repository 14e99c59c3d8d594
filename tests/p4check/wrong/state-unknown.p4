parser p(in bit<8> x) {
	state start {
		transition select(x) {
			1: parse_ipv4;
			2: acept;
			default: reject;
		}
	}
	state parse_ipv6 {
		transition accept;
	}
}
parser q(in bit<8> x) {
	state begin {
		transition accept;
	}
	state accept {
		transition begin;
	}
}
