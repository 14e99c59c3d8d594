// Type arguments, and what only looks like them.
extern T id<T>(in T x);
extern void both<T, U>(in T x, in U y);
extern R make<R>();
extern packet {
	packet();
	void extract<T>(out T hdr);
	T look<T>();
	void advance(in bit<32> bits);
}
extern store<T, I> {
	store(bit<32> size);
	store(bit<32> size, T initial);
	T read(in I index);
	void write(in I index, in T value);
	abstract T merge(inout T old, in T value);
	@pure bit<32> size();
}
struct pair<T> { T a; T b; }
const bool less = 1 < 2;
bool compare(in bit<8> a, in bit<8> b, in bit<8> c) {
	bool x = a < b;
	bool y = (a < b) == (b > (c));
	return a < b && b > c || x && y;
}
bit<8> calls(packet p) {
	bit<8> v = p.look<bit<8>>();
	pair<pair<bit<8>>> q = p.look<pair<pair<bit<8>>>>();
	both<bit<8>, tuple<bit<8>, bool>>(v, { v, true });
	p.extract<pair<bit<8>>>(_);
	p.extract(q);
	return id<bit<8>>(v) >> 1 >> id(1);
}
T generic<T, U>(in T x, in U y) { return x; }
void nothing() { }
