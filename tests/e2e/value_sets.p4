/* Parsers' value sets: a number, a struct of exact fields, one of every kind of match, a parser that is there twice. */
#include <core.p4>
#include <v1model.p4>

header f_t {
	bit<8> kind;
	bit<16> a;
	bit<24> b;
	bit<8> said;
}

struct headers {
	f_t f;
}

struct metadata {
}

struct pair_t {
	bit<16> a;
	bit<24> b;
}

struct some_t {
	@match(ternary) bit<16> a;
	@match(range) bit<24> b;
}

parser Look(packet_in p, in f_t f, out bit<8> said) {
	value_set<bit<16>>(2) numbers;

	state start {
		said = 0;
		transition select(f.a) {
			numbers: found;
			default: accept;
		}
	}
	state found {
		said = 1;
		transition accept;
	}
}

parser P(packet_in p, out headers hdr, inout metadata meta, inout standard_metadata_t sm) {
	@name("longest") value_set<tuple<bit<16>, bit<24>>>(4) both;
	value_set<pair_t>(4) pairs;
	value_set<some_t>(4) some;
	@match(lpm) value_set<bit<24>>(4) prefixes;
	value_set<bit<16>>(4) first;
	Look() one;
	Look() two;
	bit<8> n;

	state start {
		p.extract(hdr.f);
		transition select(hdr.f.kind) {
			1: pair;
			2: several;
			3: prefix;
			4: twice;
			default: accept;
		}
	}
	state pair {
		transition select(hdr.f.a, hdr.f.b) {
			pairs: found;
			both: other;
			default: accept;
		}
	}
	state several {
		transition select(hdr.f.a, hdr.f.b) {
			some: found;
			(first, 7): other;
			default: accept;
		}
	}
	state prefix {
		transition select(hdr.f.b) {
			prefixes: found;
			default: accept;
		}
	}
	state twice {
		one.apply(p, hdr.f, n);
		hdr.f.said = n;
		two.apply(p, hdr.f, n);
		hdr.f.said = hdr.f.said + (n << 4);
		transition accept;
	}
	state found {
		hdr.f.said = 1;
		transition accept;
	}
	state other {
		hdr.f.said = 2;
		transition accept;
	}
}

control V(inout headers hdr, inout metadata meta) { apply { } }
control In(inout headers hdr, inout metadata meta, inout standard_metadata_t sm) {
	apply {
		sm.egress_spec = (bit<9>)hdr.f.said;
	}
}
control Eg(inout headers hdr, inout metadata meta, inout standard_metadata_t sm) { apply { } }
control C(inout headers hdr, inout metadata meta) { apply { } }
control D(packet_out p, in headers hdr) {
	apply {
		p.emit(hdr);
	}
}

V1Switch(P(), V(), In(), Eg(), C(), D()) main;
