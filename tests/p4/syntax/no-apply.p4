control c(inout bit<8> x) {
	action a() { }
}
control d(inout bit<8> x) {
	apply { x = ; }
}
