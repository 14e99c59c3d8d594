// Constant entries that lie in order are found by their place: what is before, between and behind them, and such that only look alike.
#include <core.p4>
#include <v1model.p4>
header h_t { bit<8> what; bit<8> k; bit<64> x; bit<8> out_; }
header w_t { bit<200> w; }
struct headers { h_t h; w_t w; }
struct metadata { }
parser Parse(packet_in p, out headers hdr, inout metadata meta, inout standard_metadata_t std) {
	state start { p.extract(hdr.h); transition accept; }
}
control In(inout headers hdr, inout metadata meta, inout standard_metadata_t std) {
	action set(bit<8> v) { hdr.h.out_ = v; }
	direct_counter(CounterType.packets) seen;
	table dense {
		key = { hdr.h.k: exact; }
		actions = { set; }
		const default_action = set(0xdd);
		const entries = { 3: set(33); 4: set(44); 5: set(55); }
		counters = seen;
	}
	table last {
		key = { hdr.h.x: exact; }
		actions = { set; }
		const default_action = set(0xdd);
		const entries = { 0xfffffffffffffffe: set(1); 0xffffffffffffffff: set(2); }
	}
	table falls {
		key = { hdr.h.k: exact; }
		actions = { set; }
		const default_action = set(0xdd);
		const entries = { 4: set(44); 3: set(33); }
	}
	table ranges {
		key = { hdr.h.x: range; }
		actions = { set; }
		const default_action = set(0xdd);
		const entries = { 2 .. 9: set(1); 10: set(2); 20 .. 29: set(3); 30 .. 39: set(4); 0xfffffffffffffff0 .. 0xffffffffffffffff: set(5); }
	}
	table one {
		key = { hdr.h.k: range; }
		actions = { set; }
		const default_action = set(0xdd);
		const entries = { 7 .. 7: set(1); }
	}
	table overlaps {
		key = { hdr.h.k: range; }
		actions = { set; }
		const default_action = set(0xdd);
		const entries = { 0 .. 9: set(1); 5 .. 19: set(2); _: set(3); }
	}
	table changes {
		key = { hdr.h.k: exact; }
		actions = { set; }
		const default_action = set(0xdd);
		entries = { 0: set(1); 1: set(2); }
	}
	apply {
		std.egress_spec = 1;
		switch (hdr.h.what) {
			0: { std.egress_spec = dense.apply().hit ? 9w1 : 2; }
			1: { last.apply(); }
			2: { falls.apply(); }
			3: { std.egress_spec = ranges.apply().hit ? 9w1 : 2; }
			4: { one.apply(); }
			5: { overlaps.apply(); }
			6: { changes.apply(); }
			default: { }
		}
	}
}
#include "tail.p4"
