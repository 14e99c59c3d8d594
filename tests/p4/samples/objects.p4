// Packages, instances, abstract methods, direct application, constructor parameters.
extern virt<T> {
	virt(bit<16> size);
	abstract T f(in T x);
	abstract void g(inout T x);
	void run();
}
extern cell { cell(); bit<8> get(); }
parser prs<H>(out H h);
control ctl<H, M>(inout H h, inout M m);
package arch<H, M>(prs<H> p, ctl<H, M> c, @optional ctl<H, M> d, bit<8> n = 4);
package empty_pkg();
struct hdrs { bit<8> a; }
struct meta { bit<8> b; }
cell() top;
cell() many[4];
parser p1(out hdrs h) { state start { transition accept; } }
control c1(inout hdrs h, inout meta m)(bit<8> k, bool on) {
	apply { if (on) h.a = k; }
}
control gen<T>(inout T x);
control c2(inout hdrs h, inout meta m) {
	cell() own;
	virt<bit<16>>(16w3) v = {
		bit<16> f(in bit<16> x) { return x + this.offset; }
		void g(inout bit<16> x) { x = this.f(x); cell() deep; }
		cell() helper;
		bit<8> more<T>(in T y) { return helper.get(); }
	};
	c1(3, true) first;
	c1(on = false, k = 2) second;
	apply {
		first.apply(h, m);
		second.apply(m = m, h = h);
		c2.apply(h, m);
		v.run();
		h.a = own.get() + top.get();
		.top.get();
	}
}
arch(p1(), c1(1, false), c2()) unused;
arch<hdrs, meta>(p = p1(), c = c2(), n = 3) main;
