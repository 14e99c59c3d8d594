heder h { bit<8> x; }
contrl c(inout bit<8> x) { apply { x = 1; } }
struct s { bit<8> y; }
control d() {
	tabel t { actions = { } }
	apply { }
}
parsr p() { state start { transition accept; } }
