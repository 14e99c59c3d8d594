type bit<9> port_t;
type bit<9> other_t;
control c(inout port_t p, in bit<9> x, in other_t o) {
	apply {
		p = x;
		p = p + 1;
		p = (port_t)o;
		p = (port_t)x;
	}
}
