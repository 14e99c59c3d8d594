header h { bit<8> a; }
struct s {
	h[0] none;
	h[100000] many;
	bit<8>[4] bytes;
	h[-1] negative;
}
