const int a = 1
const int b = 2;
struct s {
	bit<8> x
	bit<8> y;
}
control c(inout s v) {
	bit<8> l = 3
	action a() { v.x = 1 }
	apply {
		v.x = 1
		v.y = 2;
		a()
	}
}
