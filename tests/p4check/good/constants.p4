// Values of every kind, and the casts that are put in.
#include <core.p4>

const int big = 1 << 100;
const int exact = (big * big - 1) % 1000007;
const bit<8> wraps = 250 + 10;
const int<8> lowest = -128;
const bit<16> joined = 8w0xab ++ 8w0xcd;
const int<12> left_signed = 4s7 ++ 8w255;
const bit<4> part = joined[11:8];
const bit<8> saturated = 8w200 |+| 100;
const bit<8> floor = 8w20 |-| 100;
const int<8> top = 8s100 |+| 100;
const bit<32> mask = ~32w0 >> 4;
const int<8> arithmetic = -8s16 >> 2;
const bool logic = true || 1 / 1 == 2;
const bit<1> flag = (bit<1>)(part == 11);
const bool back = (bool)flag;
const bit<8> chosen = logic ? 1 : 2;
const int whole = (int)8w255 + 1;

const bit<8> TCP_NUMBER = 6;
enum color { red, green, blue }
enum bit<8> proto { ICMP = 1, TCP = 6, UDP = TCP_NUMBER + 11, NONE = 0 }
const color c = color.green;
const color first = ...;
const bit<8> number = proto.TCP;
const proto udp = (proto)17;
const proto unnamed = (proto)99;
const bit<16> sum = (bit<16>)number + 16w1;
const bool same = proto.TCP == 6;

type bit<9> port_t;
typedef bit<9> plain_t;
const port_t cpu = (port_t)510;
const plain_t drop = 511;

header h { bit<8> a; bit<4> b; bit<4> c; }
struct s { bit<8> x; h y; tuple<bool, bit<4>> z; color w; }
const s full = { 1, { 2, 3, 4 }, { true, 5 }, color.blue };
const s named = { w = color.blue, x = 1, ... };
const s none = ...;
const bit<4> inner = full.y.c + full.z[1];
const h absent = {#};
const tuple<bit<8>, bool> pair = { 7, false };
const error e = error.NoMatch;
const int bytes = full.y.minSizeInBytes() + h.maxSizeInBits();
const bool fine = static_assert(bytes == 18);
const string hello = "hello " ++ "there";

header v { bit<8> n; varbit<320> data; }
const int least = v.minSizeInBits();
const int most = v.maxSizeInBytes();

const tuple<match_kind> once = {lpm};

control nothing() {
	bit<8> x = 3;
	int<4> y = 2;
	apply {
		x = (bit<8>)(1 + (int)y * (int)x); // as (int<8>)y, then its bits
		y = (int<4>)-(int)x;
	}
}
@name("con" ++ "trol")
control empty();
package box(empty e);
box(nothing()) main;
