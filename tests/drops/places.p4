// One drop of each kind: what its place tells of its class.
#include <core.p4>
#include <v1model.p4>

header ethernet_t { bit<48> dst; bit<48> src; bit<16> type; }
header vlan_t { bit<3> pcp; bit<1> dei; bit<12> id; bit<16> type; }
header ipv4_t { bit<4> version; bit<4> ihl; bit<8> tos; bit<16> len; bit<32> rest; bit<8> ttl; bit<8> proto; bit<16> sum; bit<32> src; bit<32> dst; }
struct headers { ethernet_t ethernet; vlan_t vlan; ipv4_t ipv4; }
struct meta_t { bit<32> nexthop; bit<2> color; bit<16> mtu; }

parser P(packet_in b, out headers h, inout meta_t m, inout standard_metadata_t s) {
    state start { b.extract(h.ethernet); b.extract(h.vlan); b.extract(h.ipv4); transition accept; }
}

control Sub(inout headers h, inout standard_metadata_t s) {
    action deny() { mark_to_drop(s); }
    table filter {
        key = { h.ethernet.src : exact; }
        actions = { deny; NoAction; }
    }
    apply { filter.apply(); }
}

control I(inout headers h, inout meta_t m, inout standard_metadata_t s) {
    Sub() sub;
    action drop() { mark_to_drop(s); }
    action dead() { mark_to_drop(s); }
    action via(bit<9> port) {
        s.egress_spec = port;
        if (h.ipv4.ttl == 0) { mark_to_drop(s); }
    }
    @discard("policy/l3/dos") action flood() { mark_to_drop(s); }
    table routes { key = { h.ipv4.dst : lpm; } actions = { via; drop; } default_action = drop; }
    table hosts { key = { h.ipv4.dst : exact; } actions = { via; drop; } }
    table acl { key = { h.ipv4.src : ternary; h.ipv4.dst : ternary; } actions = { drop; flood; NoAction; } }
    table mac_acl { key = { h.ethernet.dst : ternary; } actions = { drop; } }
    table nexthops { key = { m.nexthop : exact; } actions = { via; drop; } }
    table vlans { key = { s.ingress_port : exact; h.vlan.id : exact; } actions = { NoAction; drop; } }
    table urpf { key = { h.ipv4.src : lpm; } actions = { NoAction; drop; } }
    table by_color { key = { m.color : exact; } actions = { NoAction; drop; } }
    @discard("errors/internal") table odd { key = { m.mtu : exact; } actions = { drop; } }
    apply {
        sub.apply(h, s);
        if (s.checksum_error == 1) { mark_to_drop(s); exit; }
        if (!h.ethernet.isValid()) { mark_to_drop(s); }
        if (h.ipv4.isValid() && h.ipv4.ttl > 1) { routes.apply(); } else { dead(); }
        if (h.vlan.isValid()) { vlans.apply(); } else
            mark_to_drop(s);
        if (s.packet_length > 1500)
            mark_to_drop(s);
        if (hosts.apply().miss)
            mark_to_drop(s);
        if (m.color == 2)
            mark_to_drop(s);
        if (h.ipv4.version != 4)
            mark_to_drop(s);
        if (h.ipv4.src == h.ipv4.dst)
            mark_to_drop(s);
        acl.apply(); mac_acl.apply(); nexthops.apply(); urpf.apply(); by_color.apply(); odd.apply();
    }
}

control E(inout headers h, inout meta_t m, inout standard_metadata_t s) {
    apply { if (s.egress_port == s.ingress_port) mark_to_drop(s); }
}
control V(inout headers h, inout meta_t m) { apply { } }
control D(packet_out b, in headers h) { apply { b.emit(h); } }
V1Switch(P(), V(), I(), E(), V(), D()) main;
