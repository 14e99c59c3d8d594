// A switch with every kind of state that commands read and write.
#include <core.p4>
#include <v1model.p4>

header ethernet_t {
    bit<48> dst;
    bit<48> src;
    bit<16> type;
}

struct headers_t {
    ethernet_t ethernet;
}

struct meta_t {
    bit<8> color;
}

parser P(packet_in packet, out headers_t hdr, inout meta_t meta, inout standard_metadata_t sm) {
    state start {
        packet.extract(hdr.ethernet);
        transition accept;
    }
}

control C(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control I(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t sm) {
    register<bit<32>>(4) seen;
    counter(4, CounterType.packets_and_bytes) by_port;
    meter(2, MeterType.packets) limit;

    action drop() {
        mark_to_drop(sm);
    }
    action forward(bit<9> port) {
        sm.egress_spec = port;
    }
    action flood(bit<16> group) {
        sm.mcast_grp = group;
    }
    table to {
        key = { hdr.ethernet.dst : exact; }
        actions = { forward; flood; drop; }
        default_action = drop();
        size = 64;
    }

    apply {
        bit<32> n;
        seen.read(n, (bit<32>)sm.ingress_port);
        seen.write((bit<32>)sm.ingress_port, n + 1);
        by_port.count((bit<32>)sm.ingress_port);
        limit.execute_meter(0, meta.color);
        if (meta.color == 2) {
            drop();
        } else {
            to.apply();
        }
    }
}

control E(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t sm) {
    apply { }
}

control D(packet_out packet, in headers_t hdr) {
    apply {
        packet.emit(hdr.ethernet);
    }
}

V1Switch(P(), C(), I(), E(), C(), D()) main;
