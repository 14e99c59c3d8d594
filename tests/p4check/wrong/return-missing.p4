bit<8> f(in bit<8> x) {
	if (x == 1)
		return 2;
}
bit<8> g(in bit<8> x) {
	return;
}
void h(in bit<8> x) {
	return x;
}
bit<8> k(in bool x) {
	return x;
}
