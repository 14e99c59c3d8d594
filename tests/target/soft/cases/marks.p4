// What drops a packet, and what undoes it (docs/semantics.md): entries, defaults, direct calls, apply blocks,
// nested actions and controls, egress.
#include <core.p4>
#include <v1model.p4>
header h_t { bit<8> what; bit<8> x; }
struct headers { h_t h; }
struct metadata { }
parser Parse(packet_in p, out headers hdr, inout metadata meta, inout standard_metadata_t std) {
	state start { p.extract(hdr.h); transition accept; }
}
control Inner(inout headers hdr, inout standard_metadata_t sm) {
	action deny(bit<8> why) { hdr.h.x = why; mark_to_drop(sm); }
	table acl {
		key = { hdr.h.x: exact; }
		actions = { deny; NoAction; }
		const entries = {
			1: NoAction();
			2: deny(7);
		}
		default_action = deny(1);
	}
	apply {
		if (hdr.h.what == 8)
			mark_to_drop(sm);
		else
			acl.apply();
	}
}
void away(inout standard_metadata_t s) {
	mark_to_drop(s);
}
control In(inout headers hdr, inout metadata meta, inout standard_metadata_t std) {
	Inner() inner;
	action drop() { mark_to_drop(std); }
	action drop_both() { drop(); }
	action drop_out(inout standard_metadata_t s) { mark_to_drop(s); }
	@name("gate") table t {
		key = { hdr.h.x: ternary; }
		actions = { drop_both; @defaultonly NoAction; }
		const entries = { 5 &&& 0xf: drop_both(); }
	}
	apply {
		std.egress_spec = 1;
		switch (hdr.h.what) {
			0: { drop(); }
			1: { mark_to_drop(std); }
			2: { t.apply(); }
			3: { inner.apply(hdr, std); }
			4: { drop(); std.egress_spec = 2; }
			5: { drop(); std.mcast_grp = 9; }
			6: { std.egress_spec = 511; }
			7: { drop(); standard_metadata_t saved = std; std = saved; }
			8: { inner.apply(hdr, std); }
			9: { t.apply(); mark_to_drop(std); }
			10: { drop_out(std); }
			11: { away(std); }
			12: { standard_metadata_t other = std; away(other); }
			13: { drop(); std.egress_spec[8:8] = 0; std.egress_spec[7:0] = 3; }
			default: { }
		}
	}
}
#define EGRESS
control Eg(inout headers hdr, inout metadata meta, inout standard_metadata_t std) {
	action drop() { mark_to_drop(std); }
	table late {
		key = { hdr.h.x: exact; }
		actions = { drop; NoAction; }
		default_action = NoAction;
	}
	apply {
		if (hdr.h.what == 20)
			late.apply();
		if (hdr.h.what == 21) {
			drop();
			std.egress_spec = 4;    // lives again, and goes where it was sent
		}
		if (hdr.h.what == 22)
			drop();
	}
}
#include "tail.p4"
