struct s { bool b; }
header inner { bit<8> a; }
enum e { A }
header h {
	s ok;
	inner no;
	e plain;
	error code;
}
header_union u {
	bit<8> x;
	inner ok;
}
