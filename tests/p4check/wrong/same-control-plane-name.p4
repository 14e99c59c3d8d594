control sub_t();
package top(sub_t s);
control c() {
	@name("same") action a() { }
	@name("same") action b() { }
	apply {
		a();
		b();
	}
}
top(c()) main;
