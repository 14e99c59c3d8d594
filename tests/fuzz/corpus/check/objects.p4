// Generic types and externs, abstract methods, optional and default parameters, an own architecture.
#include <core.p4>

struct pair<A, B> { A first; B second; }
header wrapped<T> { T value; }
extern box<T> {
	box(T initial);
	box(T initial, @optional bit<8> size);
	T get();
	void put(in T value, in bool twice = false);
	U as<U>(in U sample);
	abstract T change(in T old);
}
extern void many<T>(in T x, @optional in bit<8> y, @optional out bit<8> z);
parser P<H>(packet_in p, out H h);
control C<H, M>(inout H h, inout M m);
control nothing<H, M>(inout H h, inout M m);
package half<H, M>(C<H, M> c, bit<8> number = 3);
package top<H, M>(P<H> p, half<H, M> one, @optional C<H, M> two);

struct hdrs { wrapped<bit<16>> w; pair<bit<8>, bool> p; }
struct meta { bit<8> x; }

parser parse(packet_in p, out hdrs h) {
	state start {
		p.extract(h.w);
		transition accept;
	}
}

control work(inout hdrs h, inout meta m)(bit<8> start) {
	box<bit<8>>(start) b = {
		bit<8> change(in bit<8> old) {
			return old + 1;
		}
	};
	box(initial = 16w7) wide = {
		bit<16> change(in bit<16> old) {
			return this.get() |+| old;
		}
	};
	apply {
		m.x = b.get();
		b.put(3);
		b.put(value = m.x, twice = true);
		h.w.value = wide.as(h.w.value) + (bit<16>)b.as<bit<8>>(1);
		many(h.p);
		many(x = (pair<bit<8>, bool>){ first = 1, second = true }, z = m.x);
		many(x = { m.x, 8w3 }, y = 4);
		h.p = { second = false, first = m.x };
	}
}

half(work(8), 9) part;
top(parse(), part) main;
