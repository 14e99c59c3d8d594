// Clones, resubmission, recirculation: what the next pass sees, and which metadata comes along.
#include <core.p4>
#include <v1model.p4>
header h_t { bit<8> what; bit<8> pass; bit<8> a; bit<8> b; bit<8> kind; }
struct headers { h_t h; }
struct inner_t { bit<8> x; @field_list(2) bit<8> y; }
enum bit<8> lists { first = 1 }
struct metadata {
	@field_list(lists.first, 3) bit<8> a;
	@field_list(3) bit<8> b;
	inner_t i;
	bit<8> seen; // of a, by the parser
}
parser Parse(packet_in p, out headers hdr, inout metadata meta, inout standard_metadata_t std) {
	state start { p.extract(hdr.h); transition accept; }
}
control In(inout headers hdr, inout metadata meta, inout standard_metadata_t std) {
	apply {
		std.egress_spec = 1;
		if (std.instance_type == 6 || std.instance_type == 4) {
			hdr.h.a = meta.a;
			hdr.h.b = meta.b + meta.i.y;
			hdr.h.kind = (bit<8>)std.instance_type;
		} else {
			hdr.h.pass = hdr.h.pass + 1;
			meta.a = 0xaa;
			meta.b = 0x0b;
			meta.i = { 0x10, 0x20 };
			switch (hdr.h.what) {
				0: { resubmit_preserving_field_list(1); }
				1: { resubmit_preserving_field_list(3); }
				2: { resubmit_preserving_field_list(2); }
				3: { resubmit_preserving_field_list(77); }
				4: { clone_preserving_field_list(CloneType.I2E, 5, 3); }
				5: { clone(CloneType.I2E, 5); }
				6: { clone(CloneType.I2E, 5); clone_preserving_field_list(CloneType.I2E, 6, 1); }
				default: { }
			}
		}
	}
}
#define EGRESS
control Eg(inout headers hdr, inout metadata meta, inout standard_metadata_t std) {
	apply {
		if (std.instance_type == 1 || std.instance_type == 2) {
			hdr.h.a = meta.a;
			hdr.h.b = meta.b;
			hdr.h.kind = (bit<8>)std.instance_type;
			if (hdr.h.what == 9)
				truncate(3);
		} else if (std.instance_type == 0 && hdr.h.what == 7) {
			hdr.h.pass = 0x70;
			recirculate_preserving_field_list(3);
			hdr.h.what = 0x70;
		} else if (std.instance_type == 0 && (hdr.h.what == 8 || hdr.h.what == 9)) {
			hdr.h.pass = 0x80;
			meta.a = 0xac;
			clone_preserving_field_list(CloneType.E2E, 5, 1);
			if (hdr.h.what == 8)
				mark_to_drop(std);
		}
	}
}
#include "tail.p4"
