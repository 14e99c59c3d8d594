// Header unions and stacks as v1model programs use them.
#include <v1model.p4>
header opt_end { bit<8> kind; }
header opt_mss { bit<8> kind; bit<8> len; bit<16> mss; }
header opt_sack { bit<8> kind; bit<8> len; varbit<256> blocks; }
header_union opt { opt_end end; opt_mss mss; opt_sack sack; }
typedef opt[10] opts_t;
struct headers { opts_t opts; opt_end pad; }
struct metadata { }
parser opts(packet_in b, in bit<4> words, out opts_t vec, out opt_end pad) {
	bit<7> left;
	state start { left = (bit<7>)(words - 5) << 2; transition next; }
	state next {
		transition select(left) { 0: accept; default: one; }
	}
	state one {
		transition select(b.lookahead<bit<8>>()) {
			0: parse_end;
			2: parse_mss;
			5: parse_sack;
		}
	}
	state parse_end { b.extract(vec.next.end); left = left - 1; transition accept; }
	state parse_mss { b.extract(vec.next.mss); left = left - 4; transition next; }
	state parse_sack {
		bit<8> n = b.lookahead<opt_mss>().len;
		b.extract(vec.next.sack, (bit<32>)(8 * n - 16));
		left = left - (bit<7>)n;
		transition next;
	}
}
control unions(inout headers h) {
	apply {
		if (h.opts[0].mss.isValid()) h.opts[0].mss.mss = 1460;
		if (!h.opts[1].isValid()) { h.opts[1].end.setValid(); h.opts[1].end = { 0 }; }
		h.opts.pop_front(1);
		h.opts[2] = {#};
	}
}
