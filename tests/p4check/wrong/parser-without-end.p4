#include <core.p4>
parser never(packet_in b) {
	state start { transition one; }
	state one { transition two; }
	state two { transition select(b.lookahead<bit<8>>()) { 1: one; default: two; } }
	state apart { transition accept; }
}
parser at_last(packet_in b) {
	state start { transition select(b.lookahead<bit<8>>()) { 1: start; 2: more; } }
	state more { transition reject; }
}
