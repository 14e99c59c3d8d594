// Actions marked @rare do what all actions do: see parameters, the packet, the control's variables; write registers that lie in one row; mark, exit, run from tables.
#include <core.p4>
#include <v1model.p4>
header h_t { bit<8> what; bit<32> i; bit<32> v; }
struct headers { h_t h; }
struct metadata { }
parser Parse(packet_in p, out headers hdr, inout metadata meta, inout standard_metadata_t std) {
	state start { p.extract(hdr.h); transition accept; }
}
control In(inout headers hdr, inout metadata meta, inout standard_metadata_t std) {
	register<bit<64>>(4) cell;
	register<bit<32>>(4) key;
	bit<32> claimed = 0;
	@rare
	action claim(in bit<32> row, in bit<32> k, in bit<64> c) {
		cell.write(row, c + 1);
		key.write(row, k);
		claimed = claimed + 1;
		hdr.h.what = hdr.h.what | 0x80;
	}
	@rare
	action refuse() {
		mark_to_drop(std);
		exit;
	}
	@rare
	action send(bit<9> port) { std.egress_spec = port; }
	table t {
		key = { hdr.h.what: exact; }
		actions = { send; refuse; }
		const entries = { 2: refuse(); }
		default_action = send(1);
	}
	apply {
		bit<32> row = hdr.h.i;
		bit<32> k;
		bit<64> c;
		t.apply();
		cell.read(c, row);
		key.read(k, row);
		if (c != 0 && k == hdr.h.v) {
			cell.write(row, c + 1);
		} else {
			claim(row, hdr.h.v, c << 8);
		}
		cell.read(c, row);
		hdr.h.i = claimed;
		hdr.h.v = (bit<32>)c;
		if (hdr.h.what == 1) {
			refuse();
		}
	}
}
#include "tail.p4"
