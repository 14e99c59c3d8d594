// What the switch can't execute is said, construct by construct.
#include <core.p4>
#include <v1model.p4>
extern void foreign(in bit<8> x);
header h_t { bit<8> v; bit<13> odd; }
header big_t { bit<2000> x; }
struct headers { h_t h; big_t[3] b; }
struct metadata { }
struct pair_t { bit<8> x; bit<8> y; }
parser Parse(packet_in p, out headers hdr, inout metadata meta, inout standard_metadata_t std) {
	@match(selector) value_set<bit<8>>(4) near;
	state start {
		p.extract(hdr.h);
		transition select(hdr.h.v) {
			near: reject;
			default: accept;
		}
	}
}
control In(inout headers hdr, inout metadata meta, inout standard_metadata_t std) {
	register<pair_t>(4) pairs;
	HashAlgorithm algo = HashAlgorithm.crc32;
	action a(bit<8> p) { hdr.h.v = p; }
	table t {
		key = { hdr.h.v: exact; }
		actions = { a; NoAction; }
	}
	apply {
		foreign(hdr.h.v);
		hdr.b[0].x = hdr.b[1].x * hdr.b[2].x;
		hash(hdr.h.v, algo, 8w0, { hdr.h.v }, 8w10);
		t.apply();
	}
}
#include "tail.p4"
