header h {
	bit<8> a;
	bit<4> b;
	bit<8> a;
}
