struct s {
	bit<8> a;
}
const S x = { a = 1 };
