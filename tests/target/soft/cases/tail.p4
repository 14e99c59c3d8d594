// What the cases leave out: empty controls, a deparser that emits all headers, main.
control NoVerify(inout headers hdr, inout metadata meta) { apply { } }
#ifndef EGRESS
control Eg(inout headers hdr, inout metadata meta, inout standard_metadata_t std) { apply { } }
#endif
#ifndef COMPUTE
control Comp(inout headers hdr, inout metadata meta) { apply { } }
#endif
control Dep(packet_out p, in headers hdr) { apply { p.emit(hdr); } }
#ifndef VERIFY
#define VERIFY NoVerify
#endif
V1Switch(Parse(), VERIFY(), In(), Eg(), Comp(), Dep()) main;
