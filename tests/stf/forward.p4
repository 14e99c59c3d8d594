/* What the tests beside it need: tables of every kind, counters, registers, drops, copies, words. */
#include <core.p4>
#include <v1model.p4>

header f_t {
	bit<8> kind;
	bit<16> a;
	bit<32> b;
	bit<8> port;
}

struct headers {
	f_t f;
	f_t[2] more;
}

struct metadata {
	bit<8> mark;
}

struct news_t {
	bit<8> kind;
	bit<16> a;
}

parser P(packet_in p, out headers hdr, inout metadata meta, inout standard_metadata_t sm) {
	state start {
		p.extract(hdr.f);
		transition select(hdr.f.kind) {
			9: again;
			default: accept;
		}
	}
	state again {
		p.extract(hdr.more.next);
		transition accept;
	}
}

control V(inout headers hdr, inout metadata meta) { apply { } }

control In(inout headers hdr, inout metadata meta, inout standard_metadata_t sm) {
	direct_counter(CounterType.packets_and_bytes) hits;
	counter(8, CounterType.packets_and_bytes) seen;
	register<bit<32>>(4) total;
	register<int<8>>(2) least;

	action out_of(bit<9> port) {
		sm.egress_spec = port;
	}
	action tagged(bit<8> mark, bit<9> port) {
		hdr.f.kind = mark;
		sm.egress_spec = port;
	}
	action flood(bit<16> grp) {
		sm.mcast_grp = grp;
	}
	action copy(bit<9> port) {
		sm.egress_spec = port;
		clone(CloneType.I2E, 7);
	}
	action drop() {
		mark_to_drop(sm);
	}

	table exactly {
		key = {
			hdr.f.a: exact;
			hdr.f.b: exact;
		}
		actions = { out_of; tagged; flood; copy; drop; NoAction; }
		counters = hits;
	}
	table prefixes {
		key = {
			hdr.f.b: lpm;
		}
		actions = { out_of; tagged; drop; NoAction; }
	}
	table patterns {
		key = {
			hdr.f.a: ternary @name("f.first");
			hdr.f.b: ternary;
		}
		actions = { out_of; tagged; drop; NoAction; }
	}
	table between {
		key = {
			hdr.f.a: range;
			hdr.f.b: optional;
		}
		actions = { out_of; tagged; drop; NoAction; }
	}
	table headers_there {
		key = {
			hdr.f.isValid(): exact;
			hdr.more[0].isValid(): exact;
			hdr.more[0].port: ternary;
		}
		actions = { out_of; tagged; drop; NoAction; }
	}

	apply {
		bit<32> n;

		seen.count((bit<32>)hdr.f.kind & 7);
		total.read(n, 1);
		total.write(1, n + hdr.f.b);
		least.write(0, -3);
		sm.egress_spec = (bit<9>)hdr.f.port;
		if (hdr.f.kind == 1)
			exactly.apply();
		else if (hdr.f.kind == 2)
			prefixes.apply();
		else if (hdr.f.kind == 3)
			patterns.apply();
		else if (hdr.f.kind == 4)
			between.apply();
		else if (hdr.f.kind == 5) {
			log_msg("a is {}", { hdr.f.a });
			assert(hdr.f.a != 0);
			digest<news_t>(1, { hdr.f.kind, hdr.f.a });
		} else if (hdr.f.kind == 9)
			headers_there.apply();
		if (hdr.f.kind == 6)
			mark_to_drop(sm);
	}
}

control Eg(inout headers hdr, inout metadata meta, inout standard_metadata_t sm) {
	apply {
		if (sm.instance_type == 1)
			hdr.f.kind = 0xee;
	}
}

control C(inout headers hdr, inout metadata meta) { apply { } }

control D(packet_out p, in headers hdr) {
	apply {
		p.emit(hdr);
	}
}

V1Switch(P(), V(), In(), Eg(), C(), D()) main;
