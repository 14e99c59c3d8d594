// Functions, actions, parameters with directions and defaults.
extern bit<32> h();
extern bool static_assert(bool check, string message);
extern bool static_assert(bool check);
const bool checked = static_assert(1 < 2, "arithmetic works");
const bool again = static_assert(true);
bit<8> max(in bit<8> a, in bit<8> b) { return a > b ? a : b; }
bit<8> dflt(in bit<8> a, in bit<8> b = 3, out bit<8> c, inout bit<8> d, bit<8> e = 1 + 2) {
	c = a;
	d = max(b = a, a = b);
	return max(a, b);
}
tuple<bit<8>, bool> pair(in bit<8> x) { return { x, true }; }
void use(inout bit<8> x, out bit<8> y) {
	y = dflt(x, c = y, d = x);
	dflt(1, 2, _, x, 3);
	dflt(a = 1, c = _, d = x);
	x = pair(x)[0];
}
action act(inout bit<8> a, bit<8> b) { a = max(a, b); if (a == 0) return; exit; }
.bit8 absolute(in .bit8 x) { return .max(x, .K); }
typedef bit<8> bit8;
const bit<8> K = 1;
