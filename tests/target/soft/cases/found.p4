// What random programs found.
#include <core.p4>
#include <v1model.p4>
header h_t { bit<8> what; bit<8> a; bit<16> r; }
struct headers { h_t h; }
struct metadata { }
parser Parse(packet_in p, out headers hdr, inout metadata meta, inout standard_metadata_t std) {
	state start { p.extract(hdr.h); transition accept; }
}
control Sub(inout headers hdr)(bit<8> k) {
	apply {
		hash(hdr.h.r, HashAlgorithm.xor16, 16w0, { hdr.h.a, k }, 32w0x10000);   // k is a constant of the instance
	}
}
control In(inout headers hdr, inout metadata meta, inout standard_metadata_t std) {
	Sub(0x55) one;
	Sub(0x66) two;
	apply {
		std.egress_spec = 1;
		if (hdr.h.what == 0)
			one.apply(hdr);
		else
			two.apply(hdr);
	}
}
#include "tail.p4"
