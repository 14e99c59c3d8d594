struct s {
	bit<8> a;
	bit<8> b;
}
extern e { e(); }
control c(in e x) {
	s v = { ..., 1 };
	s ok = { 1, ... };
	apply { }
}
