// Stacks, unions, sub-parsers, value sets, nested controls, constructor parameters, direct application.
#include <core.p4>
#define V1MODEL_VERSION 20200408
#include <v1model.p4>

header mpls_t { bit<20> label; bit<3> tc; bit<1> bos; bit<8> ttl; }
header v4_t { bit<8> ttl; varbit<320> options; }
header v6_t { bit<8> hop; bit<120> rest; }
header_union l3_t { v4_t v4; v6_t v6; }
struct inner_t { mpls_t one; l3_t[2] l3; }
struct headers { mpls_t[3] mpls; inner_t inner; }
struct meta_t { bit<8> depth; PortId_t port; error why; tuple<bit<4>, bool> t; mpls_t[2] saved; }
struct label_t { bit<20> label; bit<1> bos; }

parser Labels(packet_in p, inout mpls_t[3] stack)(bit<20> stop) {
	state start {
		p.extract(stack.next);
		transition select(stack.last.label, stack.last.bos) {
			(stop, _): accept;
			(_, 0): start;
			default: accept;
		}
	}
}

parser MyParser(packet_in p, out headers hdr, inout meta_t meta, inout standard_metadata_t sm) {
	Labels(3) labels;
	value_set<label_t>(4) known;
	value_set<bit<20>>(8) single;
	state start {
		labels.apply(p, hdr.mpls);
		meta.depth = (bit<8>)hdr.mpls.lastIndex;
		transition select(hdr.mpls[0].label, hdr.mpls[0].bos) {
			known: v4;
			(single, 1): v6;
			default: accept;
		}
	}
	state v4 {
		p.extract(hdr.inner.l3[0].v4, (bit<32>)(meta.depth << 3));
		transition accept;
	}
	state v6 {
		p.extract(hdr.inner.l3.next.v6);
		p.extract<mpls_t>(_);
		p.advance(8);
		transition reject;
	}
}

control Count(in bit<8> by)(bit<32> size, register<bit<8>, bit<4>> shared) {
	register<bit<8>, bit<4>>(size) own;
	bit<8> value;
	@name("bump") action increase(bit<8> more) {
		value = value + more;
	}
	@name("place") table t {
		key = { value: exact; }
		actions = { increase; }
		default_action = increase(2);
		size = size;
	}
	apply {
		shared.read(value, 3);
		t.apply();
		own.write(by[3:0], value |+| by);
	}
}

control Helper(inout meta_t meta) {
	apply {
		meta.depth = 0;
	}
}

bit<8> least(in bit<8> a, in bit<8> b = 9) {
	return a < b ? a : b;
}
bit<8> least(in bit<8> a, in bit<8> b, in bit<8> c) {
	return least(least(a, b), c);
}
T same<T>(in T x) {
	return x;
}

control MyIngress(inout headers hdr, inout meta_t meta, inout standard_metadata_t sm) {
	@name(".everywhere") register<bit<8>, bit<4>>(32w16) shared;
	Count(64, shared) first;
	@name("second_one") Count(size = 32w128, shared = shared) second;
	apply {
		first.apply(meta.depth);
		second.apply(by = 1);
		Helper.apply(meta);
		hdr.mpls.push_front(1);
		hdr.mpls[0] = { 5, 0, 1, 64 };
		hdr.mpls[1].setInvalid();
		hdr.mpls.pop_front(2);
		meta.depth = least(meta.depth) + least(1, 2, meta.depth);
		meta.saved[1] = same(hdr.mpls[0]);
		meta.t = { 1, same<bool>(true) };
		if (hdr.inner.l3[0].isValid() || hdr.inner.one == { 1, 2, 1, 3 } || meta.t[1])
			hdr.inner.l3[1].v6 = {#};
		for (mpls_t m in hdr.mpls)
			meta.depth = meta.depth + m.ttl;
		for (bit<4> i = 0; i < 3; i = i + 1) {
			meta.depth <<= 1;
			if (meta.depth == 8)
				break;
		}
		for (bit<8> i in 2 .. meta.depth)
			continue;
		switch (meta.depth) {
			1:
			2: { meta.port = 1; }
			default: { exit; }
		}
		meta.why = error.NoMatch;
	}
}

control MyEgress(inout headers hdr, inout meta_t meta, inout standard_metadata_t sm) {
	apply { }
}
control MyVerify(inout headers hdr, inout meta_t meta) {
	apply { }
}
control MyCompute(inout headers hdr, inout meta_t meta) {
	apply { }
}
control MyDeparser(packet_out p, in headers hdr) {
	apply {
		p.emit(hdr.mpls);
		p.emit(hdr.inner.l3[0]);
	}
}

V1Switch(MyParser(), MyVerify(), MyIngress(), MyEgress(), MyCompute(), MyDeparser()) main;
