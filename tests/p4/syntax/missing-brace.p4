control one(inout bit<8> x) {
	apply {
		x = 1;
		if (x == 2) {
			x = 3;
}

control two(inout bit<8> x) {
	apply { x = ; }
}
