// Members, indices, slices, calls, in all mixtures.
header h { bit<32> f; }
struct s { h[4] st; h one; }
extern obj { obj(); s get(in bit<8> i); T as<T>(); obj next(); }
enum color { red, green }
void f(inout s x, obj o, in bit<8> i) {
	x.st[0].f = x.st[i + 1].f;
	x.st[x.st[0].f[3:0]].f[31:16] = o.get(i).st[2].f[15:0];
	bit<32> v = o.as<s>().one.f + o.next().next().get(1).one.f;
	bit<4> w = o.as<bit<8>>()[3:0][1:0] ++ v[1:0];
	bit<4> y = v[i+:4];
	bit<4> z = v[(i > 3 ? 8w1 : 2)+:4];
	bool b = color.red == color.green || x.one.isValid() && !x.st[1].isValid();
	b = error.NoError != error.Other;
	x.one.setValid();
	x.st.push_front(1);
	v = x.st.lastIndex + x.st.size;
	v = (b ? v : 0) + (b && !b ? 1 : 2);
	v = v |+| 1 |-| 2 * 3;
	v = v & 0xff | v ^ 3 << 2;
	v = (v & 0xff) + (v | 1) - (v - 1);
	this.call(i);
	.f(x, o, i);
}
error { NoError, Other }
