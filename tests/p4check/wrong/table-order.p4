// Entries come after the key, the default action after the actions.
match_kind { exact }

control C(in bit<8> a) {
	action nop() { }
	table early {
		entries = {
			1: nop();
		}
		key = { a: exact; }
		default_action = nop();
		actions = { nop; }
	}
	apply {
		early.apply();
	}
}
