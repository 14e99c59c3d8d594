header a_t { bit<8> x; }
header b_t { bit<8> x; }
header_union u_t {
	a_t a;
	b_t b;
}
control c(inout a_t[2] s, inout u_t u, inout b_t b) {
	apply {
		s = { b, b };
		u.a = b;
		u.setValid();
		u.c.setValid();
		s.pop_front(-1);
	}
}
