// Packets that come back, and clones: each brings the time of its arrival along.
#include <core.p4>
#include <v1model.p4>

const bit<8> AGAIN = 1;

header op_t { bit<8> what; bit<8> left; }
struct headers { op_t op; }
struct metadata { @field_list(AGAIN) bit<1> again; }
struct seen_t { bit<8> what; }

parser P(packet_in packet, out headers hdr, inout metadata meta, inout standard_metadata_t std) {
	state start { packet.extract(hdr.op); transition accept; }
}
control V(inout headers hdr, inout metadata meta) { apply { } }
control I(inout headers hdr, inout metadata meta, inout standard_metadata_t std) {
	apply {
		std.egress_spec = 1;
		if (hdr.op.what == 1 && meta.again == 0) {
			meta.again = 1;
			resubmit_preserving_field_list(AGAIN);
		} else if (hdr.op.what == 2) {
			clone(session = 5, type = CloneType.I2E);
		} else if (hdr.op.what == 3) {
			clone_preserving_field_list(CloneType.I2E, 5, 255);
		} else if (hdr.op.what == 4) {
			digest<seen_t>(1, { hdr.op.what });
		}
	}
}
control E(inout headers hdr, inout metadata meta, inout standard_metadata_t std) {
	apply {
		if (hdr.op.left != 0) {
			hdr.op.left = hdr.op.left - 1;
			recirculate_preserving_field_list(2);
		} else if (hdr.op.what == 5 && std.instance_type == 0) {
			clone(CloneType.E2E, 5);
		}
	}
}
control C(inout headers hdr, inout metadata meta) { apply { } }
control D(packet_out packet, in headers hdr) { apply { packet.emit(hdr); } }

V1Switch(P(), V(), I(), E(), C(), D()) main;
