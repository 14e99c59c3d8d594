control C<H>(inout H h);
control nothing<H>(inout H h) {
	apply { }
}
package top<H>(C<H> c = nothing<H>());
struct pair<A> { A a; }
const pair<_> p = { 1 };
top() main;
