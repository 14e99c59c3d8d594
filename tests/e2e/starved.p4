/* Sends every frame to port 1, in the queue that the last bits of its destination name. */
#include <core.p4>
#include <v1model.p4>

header ethernet_t {
	bit<48> dst;
	bit<48> src;
	bit<16> type;
}
struct headers_t { ethernet_t ethernet; }
struct metadata_t { }

parser Frames(packet_in packet, out headers_t hdr, inout metadata_t meta, inout standard_metadata_t sm) {
	state start {
		packet.extract(hdr.ethernet);
		transition accept;
	}
}
control Sums(inout headers_t hdr, inout metadata_t meta) { apply { } }
control Queues(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t sm) {
	apply {
		sm.egress_spec = 1;
		sm.priority = hdr.ethernet.dst[2:0];
	}
}
control Nothing(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t sm) { apply { } }
control Out(packet_out packet, in headers_t hdr) { apply { packet.emit(hdr.ethernet); } }
V1Switch(Frames(), Sums(), Queues(), Nothing(), Sums(), Out()) main;
