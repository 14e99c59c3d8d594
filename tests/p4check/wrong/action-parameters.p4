control c(inout bit<8> x) {
	action late(bit<8> data, in bit<8> dir) {
		x = data + dir;
	}
	apply { }
}
