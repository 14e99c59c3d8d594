#include <v1model.p4>
header h_t { bit<8> a; }
struct headers { h_t h; }
struct meta { }
parser MyParser(packet_in p, out headers hdr, inout meta m, inout standard_metadata_t s) {
	state start { transition accept; }
}
control MyVerify(inout headers hdr, inout meta m) { apply { } }
control MyIngress(in headers hdr, inout meta m, inout standard_metadata_t s) { apply { } }
control MyEgress(inout headers hdr, inout meta m) { apply { } }
control MyCompute(inout headers hdr, inout headers m) { apply { } }
control MyDeparser(packet_out p, in headers hdr) { apply { } }
V1Switch(MyParser(), MyVerify(), MyIngress(), MyEgress(), MyCompute(), MyDeparser()) main;
