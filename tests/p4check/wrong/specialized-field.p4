header h<T> {
	T x;
}
header inner { bit<8> a; }
struct s {
	h<bit<8>> ok;
	h<inner> no;
}
