header h { bit<8> a; }
control c(inout h[4] s) {
	apply {
		s[4].a = 1;
		s[0].a = s.next.a;
		s[0] = s.lastindex;
		s.push_front(s[0].a);
		s.push_front();
	}
}
