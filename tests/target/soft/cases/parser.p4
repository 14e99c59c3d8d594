// Parsers: errors and what they leave behind, lookahead, advance, verify, varbit, sub-parsers, loops, masks and ranges.
#include <core.p4>
#include <v1model.p4>
error { BadKind, Unused }
header first_t { bit<8> kind; bit<4> hi; bit<4> n; }
header item_t { bit<1> last; bit<7> v; }
header long_t { bit<8> len; varbit<64> text; bit<8> after; }
header peek_t { bit<12> a; bit<4> b; }
header out_t { bit<8> error_; bit<8> flag; bit<16> looked; }
struct headers { out_t o; first_t f; item_t[3] items; long_t l; peek_t p; }
struct metadata { bit<16> looked; bit<8> sum; bit<8> flag; }
parser Items(packet_in p, inout headers hdr, inout metadata meta) {
	bit<8> count = 0;
	state start {
		p.extract(hdr.items.next);
		meta.sum = meta.sum + (bit<8>)hdr.items.last.v;
		count = count + 1;
		transition select(hdr.items.last.last) {
			0: start;
			default: done;
		}
	}
	state done {
		meta.flag = count + (bit<8>)hdr.items.lastIndex;
		transition accept;
	}
}
parser Parse(packet_in p, out headers hdr, inout metadata meta, inout standard_metadata_t std) {
	Items() items;
	state start {
		p.extract(hdr.f);
		transition select(hdr.f.kind, hdr.f.n) {
			(0, _): accept;
			(1, _): loop;
			(2, 0 .. 3): look;
			(2, 8 &&& 8): skip;
			(3, _): options;
			(4, _): check;
			(5, _): reject;
			(6, _): endless;
			(7, _): last_of_none;
		}
	}
	state loop {
		items.apply(p, hdr, meta);
		transition accept;
	}
	state look {
		meta.looked = (bit<16>)p.lookahead<bit<12>>();
		meta.flag = p.lookahead<peek_t>().isValid() ? (bit<8>)p.lookahead<peek_t>().b : 0xff;
		transition accept;
	}
	state skip {
		p.advance((bit<32>)hdr.f.hi * 4);
		p.extract(hdr.p);
		transition accept;
	}
	state options {
		p.extract(hdr.l, (bit<32>)hdr.f.n * 4);
		transition accept;
	}
	state check {
		verify(hdr.f.n == 1, error.BadKind);
		meta.flag = 1;
		transition accept;
	}
	state endless {
		meta.flag = meta.flag + 1;
		transition endless;
	}
	state last_of_none {
		meta.flag = (bit<8>)hdr.items.last.v;
		transition accept;
	}
}
control In(inout headers hdr, inout metadata meta, inout standard_metadata_t std) {
	apply {
		std.egress_spec = 1;
		hdr.o.setValid();
		if (std.parser_error == error.NoError) { hdr.o.error_ = 0; }
		else if (std.parser_error == error.PacketTooShort) { hdr.o.error_ = 1; }
		else if (std.parser_error == error.NoMatch) { hdr.o.error_ = 2; }
		else if (std.parser_error == error.StackOutOfBounds) { hdr.o.error_ = 3; }
		else if (std.parser_error == error.HeaderTooShort) { hdr.o.error_ = 4; }
		else if (std.parser_error == error.ParserTimeout) { hdr.o.error_ = 5; }
		else if (std.parser_error == error.ParserInvalidArgument) { hdr.o.error_ = 6; }
		else if (std.parser_error == error.BadKind) { hdr.o.error_ = 7; }
		else { hdr.o.error_ = 0xff; }
		hdr.o.flag = meta.flag + meta.sum;
		hdr.o.looked = meta.looked;
		if (hdr.p.isValid())
			hdr.p.a = hdr.p.a + 1;
	}
}
#include "tail.p4"
