control c(inout bit<8> x) {
	apply {
		break;
		for (bit<8> i in 1 .. 5) {
			x = x + i;
			continue;
		}
		for (bool i in 1 .. 5)
			x = 0;
	}
}
