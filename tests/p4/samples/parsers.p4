// Parsers: locals, value sets, selects, statements in states, sub-parsers.
error { Bad }
header h { bit<8> kind; bit<16> more; }
struct hs { h[3] a; h b; }
struct key_t { bit<8> x; bit<16> y; }
extern packet_in { void extract<T>(out T x); T lookahead<T>(); }
extern void verify(in bool ok, in error e);
parser sub(packet_in p, out h x);
parser inner(packet_in p, out h x)(bit<8> magic) {
	state start {
		p.extract(x);
		transition select(x.kind == magic) {
			true: accept;
			false: reject;
		}
	}
}
parser outer(packet_in p, out hs x, in bit<8> sel) {
	const bit<8> LIMIT = 8;
	bit<8> count = 0;
	inner(0x42) in1;
	@name("sets") value_set<bit<8>>(4) kinds;
	value_set<tuple<bit<8>, bit<16>>>(4) both;
	value_set<key_t>(LIMIT + 1) keys;
	state start {
		in1.apply(p, x.b);
		inner.apply(p, x.b);
		transition loop;
	}
	@unroll state loop {
		p.extract(x.a.next);
		count = count + 1;
		if (count > LIMIT) { verify(false, error.Bad); } else count += 0;
		{ bit<8> t = x.a.last.kind; count = t; }
		transition select(x.a.last.kind, x.a.last.more, p.lookahead<bit<8>>()) {
			(kinds, _, _): loop;
			(1, 2 &&& 3, 4 .. 5): loop;
			(_, _, default): one;
			default: accept;
		}
	}
	state one {
		transition select(x.b.kind) {
			0 .. 3: two;
			4 &&& 12: two;
			(5): two;
			kinds: two;
			8w7 + 1: two;
			_: reject;
		}
	}
	state two { transition select({ x.b.kind, x.b.more }) { both: accept; { 1, 2 }: accept; } }
	state none { }
	state empty { transition accept; }
}
