/* Does to each packet what the packet says: whatever changes how often a packet reaches egress. */
#include <core.p4>
#include <v1model.p4>

header op_t {
	bit<16> key;
	bit<8> small;
	bit<3> priority;
	bit<5> group;
	bit<16> port;
	/* ingress */
	bit<1> mark;
	bit<1> undo;
	bit<1> clone_in;
	bit<1> clone_list;
	bit<2> resubmissions;
	bit<1> truncate;
	bit<1> leave;
	/* egress */
	bit<1> prune;
	bit<1> clone_out;
	bit<2> turns;
	bit<4> rest;
	bit<16> id;
}
header more_t { bit<32> number; bit<48> address; }
struct headers_t { op_t op; more_t more; }
struct metadata_t {
	@field_list(1) bit<2> passes;
	@field_list(2) bit<8> kept;
}

parser ParserImpl(packet_in packet, out headers_t hdr, inout metadata_t meta, inout standard_metadata_t sm) {
	state start {
		packet.extract(hdr.op);
		transition select(hdr.op.small) { 0 &&& 1: more; default: accept; }
	}
	state more { packet.extract(hdr.more); transition accept; }
}
control Verify(inout headers_t hdr, inout metadata_t meta) { apply { } }

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t sm) {
	action drop() { mark_to_drop(sm); }
	apply {
		sm.priority = hdr.op.priority;
		sm.egress_spec = (bit<9>)hdr.op.port;
		if (hdr.op.group != 0) { sm.mcast_grp = (bit<16>)hdr.op.group; }
		if (hdr.op.mark == 1) { drop(); }
		if (hdr.op.clone_in == 1 && hdr.op.clone_list == 0) { clone(CloneType.I2E, 5); }
		if (hdr.op.clone_in == 1 && hdr.op.clone_list == 1) {
			clone_preserving_field_list(CloneType.I2E, 6, 2);
		}
		if (hdr.op.truncate == 1) { truncate(20); }
		if (meta.passes < hdr.op.resubmissions) {
			meta.passes = meta.passes + 1;
			resubmit_preserving_field_list(1);
		}
		if (hdr.op.leave == 1) { exit; }
		if (hdr.op.undo == 1) { sm.egress_spec = 2; }
		hdr.op.id = hdr.op.id + 1;
	}
}

control MyEgress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t sm) {
	apply {
		if (hdr.op.clone_out == 1 && sm.instance_type != 2) { clone(CloneType.E2E, 7); }
		if (hdr.op.turns != 0) {
			hdr.op.turns = hdr.op.turns - 1;
			recirculate_preserving_field_list(1);
		}
		if (hdr.op.prune == 1) { mark_to_drop(sm); }
	}
}
control Compute(inout headers_t hdr, inout metadata_t meta) { apply { } }
control DeparserImpl(packet_out packet, in headers_t hdr) { apply { packet.emit(hdr); } }
V1Switch(ParserImpl(), Verify(), MyIngress(), MyEgress(), Compute(), DeparserImpl()) main;
