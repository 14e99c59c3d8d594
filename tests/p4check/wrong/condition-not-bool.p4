control c(inout bit<1> x) {
	apply {
		if (x)
			x = 0;
	}
}
