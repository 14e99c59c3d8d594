control c(inout bit<32> counter) {
	apply {
		counter = contuer + 1;
	}
}
