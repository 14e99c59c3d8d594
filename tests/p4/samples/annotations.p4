// Annotations: structured, free, in all places.
@pkginfo(name = "annotations.p4", version = "1")
@my_anno
@empty()
@numbers[1, 2 + 3, "four"]
@pairs[a = 1, b = "two", c = 3 < 4]
@none[]
@trailing[1, 2, ]
header h {
	@field bit<8> a;
	@format(IPV4_ADDRESS) @id(7) bit<32> b;
	@free(some free text: 1 + { ; "string (with parens" } (nested (deep)) $ ' ` \ ~) bit<8> c;
}
@p4runtime_translation("", string)
type bit<9> port;
@deprecated("use other") @noWarn("unused")
extern void f(@optional in bit<8> a, @id(1) @name("second") in bit<8> b);
extern e {
	@synchronous(write) e();
	@pure void m();
}
@name("my.enum") enum k { A }
@pragma size 100
@pragma name "pragma name"
control c(@hidden inout h x) {
	@name("act") action a(@id(1) bit<8> p) @body { x.a = p; }
	@hidden @name(".t") table t {
		key = {
			x.a: exact @name("key a") @id(1);
			x.b: exact;
		}
		actions = { @tableonly a; @defaultonly @id(3) a; }
		@const_default const default_action = a(1);
		@prop size = 7;
		@entries_here const entries = { (1, 2): a(1) @priority(3); }
	}
	@local bit<8> v = 1;
	@inst e() i;
	apply @outer {
		@block { x.a = v; }
		t.apply();
	}
}
@field_list(1, 2) const int y = 1;
