// Registers, counters and their bounds; instances in sub-controls, objects passed as arguments.
#include <core.p4>
#include <v1model.p4>
header h_t { bit<8> what; bit<32> i; bit<32> v; }
header wide_t { bit<256> w; }
struct headers { h_t h; wide_t w; }
struct metadata { }
parser Parse(packet_in p, out headers hdr, inout metadata meta, inout standard_metadata_t std) {
	state start { p.extract(hdr.h); transition select(hdr.h.what) { 5 .. 6: wide; default: accept; } }
	state wide { p.extract(hdr.w); transition accept; }
}
register<bit<32>>(4) shared;
control Count(inout headers hdr, register<bit<48>> r)(bit<32> step) {
	register<bit<16>>(2) own;
	bit<16> o;
	bit<48> v;
	apply {
		own.read(o, 1);
		own.write(1, o + (bit<16>)step);
		r.read(v, 0);
		v = v + 1;
		r.write(0, v);
		hdr.h.v = (bit<32>)v ++ 16w0 == 48w0 ? 0 : hdr.h.v + (bit<32>)o;
	}
}
control In(inout headers hdr, inout metadata meta, inout standard_metadata_t std) {
	Count(1) one;
	Count(step = 10) ten;
	register<bit<48>>(1) total;
	register<int<8>>(4) small;
	register<bool>(3) flags;
	register<bit<256>>(2) wide;
	counter(4, CounterType.packets_and_bytes) seen;
	direct_counter(CounterType.packets) hits;
	action a() { hits.count(); std.egress_spec = 1; }
	table t {
		key = { hdr.h.what: exact; }
		actions = { a; }
		const entries = { 0: a(); 3: a(); }
		default_action = a();
		counters = hits;
	}
	apply {
		t.apply();
		seen.count(hdr.h.i);
		if (hdr.h.what == 0) {
			shared.write(hdr.h.i, hdr.h.v);
		} else if (hdr.h.what == 1) {
			shared.read(hdr.h.v, hdr.h.i);
		} else if (hdr.h.what == 2) {
			one.apply(hdr, total);
			ten.apply(hdr, total);
		} else if (hdr.h.what == 3) {
			int<8> s;
			small.write(0, (int<8>)(bit<8>)hdr.h.v);
			small.read(s, 0);
			hdr.h.v = (bit<32>)(int<32>)(s >> 1);
		} else if (hdr.h.what == 4) {
			bool f;
			flags.read(f, hdr.h.i);
			hdr.h.v = f ? 32w1 : 0;
			flags.write(hdr.h.i, !f);
		} else if (hdr.h.what == 5) {
			wide.write(hdr.h.i, hdr.w.w);
			hdr.w.w = 0;
		} else if (hdr.h.what == 6) {
			bit<256> w;
			wide.read(w, hdr.h.i);
			hdr.h.v = w == hdr.w.w ? 32w1 : 2;
			hdr.w.w = w;
		}
	}
}
#include "tail.p4"
