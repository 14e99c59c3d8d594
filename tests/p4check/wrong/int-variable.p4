control c(inout bit<8> x) {
	int i = 5;
	string s = "no";
	apply {
		x = (bit<8>)i;
	}
}
