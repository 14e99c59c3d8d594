// Words that are keywords in some places and names in others.
struct key { bit<8> apply; bit<8> state; bit<8> entries; bit<8> type; bit<8> actions; bit<8> priority; bit<8> list; bit<8> key; }
header type_h { bit<8> type; }
enum state { key, actions, list }
extern void apply(in bit<8> key);
control entries(inout key priority, in bit<8> type) {
	bit<8> list = 1;
	bit<8> actions = type + list;
	action key_act(bit<8> state) { priority.apply = state; }
	table tab {
		key = { type: exact; priority.key: exact; }
		actions = { key_act; }
		state = 3;
		type = 4;
		apply = 5;
		entries = { (priority, 1): key_act(2); priority = 3: (4, 5): key_act(6); (7, 8): key_act(9); }
	}
	apply {
		type_h t;
		t.type = priority.type;
		priority.state = priority.list;
		apply(priority.entries);
		actions = (bit<8>)list;
		tab.apply();
	}
}
match_kind { exact }
