#include <core.p4>
parser P<H>(packet_in b, out H hdr);
package Half<H>(P<H> p);
package Whole<H>(Half<H> half);
struct one_t { }
struct two_t { }
parser p1(packet_in b, out one_t hdr) { state start { transition accept; } }
Half(p1()) half;
Whole<two_t>(half) whole;
