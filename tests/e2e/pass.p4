/* Sends every packet to port 2, whatever its bytes are. */
#include <core.p4>
#include <v1model.p4>

header byte_t { bit<8> b; }
struct headers_t { byte_t byte; }
struct metadata_t { }

parser AnyParser(packet_in packet, out headers_t hdr, inout metadata_t meta, inout standard_metadata_t sm) {
	state start { transition accept; }
}
control Sums(inout headers_t hdr, inout metadata_t meta) { apply { } }
control ToTwo(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t sm) {
	apply { sm.egress_spec = 2; }
}
control Nothing(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t sm) { apply { } }
control AnyDeparser(packet_out packet, in headers_t hdr) { apply { } }
V1Switch(AnyParser(), Sums(), ToTwo(), Nothing(), Sums(), AnyDeparser()) main;
