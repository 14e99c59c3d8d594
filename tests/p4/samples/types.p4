// Every way to write a type.
typedef bit b1;
typedef bit<8> b8;
typedef bit<(8 + 1)> b9;
const int W = 12;
typedef bit<(W * 2 - 1)> b23;
typedef int<W> i12;
typedef tuple<bit<W>, tuple<bit<W + 1>>> loose;
typedef bit<W < 3 ? W << 1 : (W > 5 ? 2 : 3)> chosen;
typedef int any;
typedef varbit<(W)> v;
typedef bool flag;
typedef string text;
typedef error err;
typedef tuple<> unit;
typedef tuple<bit<8>, bool, tuple<b8, tuple<b9>>> nested;
typedef list<tuple<bit<8>, bit<8>>> pairs;
type bit<9> port_t;
type b8 small_t;
@p4runtime_translation("example.org/port", bit<32>) type port_t named_port_t;
struct box<T> { T value; }
struct two<T, U> { box<T> first; box<box<U>> second; }
header h { bit<8> x; }
header hg<T> { T y; }
header_union hu { h a; hg<bit<16>> b; }
header_union hug<T> { hg<T> g; }
struct stacks { h[4] a; hg<bit<8>>[W] b; hu[(W + 1)] c; box<h[2]> d; }
enum plain { A, B, C, }
enum bit<4> coded { A = 0, B = 1, C = 4w0xf, }
enum b8 coded8 { ONE = 1 }
error { First, Second }
match_kind { fuzzy, hazy, }
struct empty { }
typedef struct inner { bit<8> f; } outer;
typedef header ih { bit<8> f; } oh;
struct uses { .b8 global; two<bit<8>, box<.port_t>> t; match_kind m; }
