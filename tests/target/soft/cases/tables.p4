// Keys of all kinds and widths, entries of the program, defaults with arguments, what apply() tells.
#include <core.p4>
#include <v1model.p4>
enum bit<8> kind_t { a = 3, b = 9 }
header h_t { bit<8> what; bit<32> ip; bit<16> port; bit<8> k; bit<32> out_; }
header w_t { bit<200> w; }
struct headers { h_t h; w_t w; }
struct metadata { bool flag; kind_t k; }
parser Parse(packet_in p, out headers hdr, inout metadata meta, inout standard_metadata_t std) {
	state start { p.extract(hdr.h); transition select(hdr.h.what) { 9: wide; default: accept; } }
	state wide { p.extract(hdr.w); transition accept; }
}
control In(inout headers hdr, inout metadata meta, inout standard_metadata_t std) {
	action set(bit<32> v) { hdr.h.out_ = v; }
	action both(in bit<32> x, bit<16> v) { hdr.h.out_ = x + (bit<32>)v; }
	action stop() { hdr.h.out_ = 0xdead; exit; }
	table lpm_ {
		key = { hdr.h.ip: lpm; }
		actions = { set; }
		const entries = {
			0x0a000000 &&& 0xff000000: set(8);
			0x0a010000 &&& 0xffff0000: set(16);
			0x0a010203: set(32);
			_: set(0);
		}
	}
	table acl {
		key = { hdr.h.ip: ternary; hdr.h.port: range; hdr.h.k: optional @name("kind"); }
		actions = { set; both(hdr.h.ip); stop; NoAction; }
		default_action = both(hdr.h.ip, 5);
		const entries = {
			(0x0a000000 &&& 0xff000000, 10 .. 20, 1): set(1);
			(0x0a000000 &&& 0xff000000, 10 .. 20, _): set(2);
			(_, 0x1000 .. 0xffff, 7): set(3);
			(1, _, _): both(hdr.h.ip, 100);
			(_, 5, _): stop();
		}
	}
	table prio {
		key = { hdr.h.k: ternary; }
		actions = { set; }
		entries = {
			const priority = 10: 0x01 &&& 0x01: set(10);
			priority = 20: 0x03 &&& 0x03: set(20);
			priority = 5: _: set(5);
		}
	}
	table mixed {
		key = { meta.flag: exact; meta.k: exact; hdr.w.isValid(): exact; hdr.h.what[3:1]: exact; }
		actions = { set; NoAction; }
		const entries = {
			(true, kind_t.b, false, 3): set(0x77);
			(false, kind_t.a, false, 3): set(0x78);
		}
	}
	table wide {
		key = { hdr.w.w: exact; }
		actions = { set; @defaultonly NoAction; }
		const default_action = NoAction;
		const entries = { 200w0x0102030405060708090a0b0c0d0e0f10111213141516171819: set(200); }
	}
	table none {
		actions = { set; }
		default_action = set(0x55);
	}
	apply {
		std.egress_spec = 1;
		switch (hdr.h.what) {
			0: { lpm_.apply(); }
			1: { if (acl.apply().hit) std.egress_spec = 2; else std.egress_spec = 3; }
			2: {
				switch (acl.apply().action_run) {
					set: { std.egress_spec = 4; }
					both:
					NoAction: { std.egress_spec = 5; }
					default: { std.egress_spec = 6; }
				}
				std.egress_spec = std.egress_spec + 10;
			}
			3: { prio.apply(); }
			6: { meta.flag = true; meta.k = kind_t.b; mixed.apply(); }
			7: { meta.k = kind_t.a; if (mixed.apply().miss) std.egress_spec = 7; }
			8: { none.apply(); }
			9: { std.egress_spec = wide.apply().hit ? 9w8 : 9; }
			default: { }
		}
	}
}
#include "tail.p4"
