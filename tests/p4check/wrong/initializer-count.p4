struct s {
	bit<8> a;
	bit<8> b;
}
const s x = { 1 };
const s y = { 1, 2, 3 };
const s z = { a = 1 };
const s u = { a = 1, c = 2 };
const s v = { a = 1, a = 2, b = 3 };
const s w = { 1, true };
