#include <core.p4>
@name(4)
const bit<8> b = 1;
@deprecated("x" | "y")
const bit<8> c = 1;
@mixed[x = { 2, 3 }]
const bit<8> f = 1;
@runtime[limit = 4 < H]
control g<H>(in H hdr) { apply { } }
struct keys_t {
	@match(1 + 1) bit<8> x;
	@match(ternary) bit<8> y;
}
@name("a" ++ "b") @p4runtime_translation("uri", bit<32>) @other({, 1 +)
type bit<9> port4_t;
