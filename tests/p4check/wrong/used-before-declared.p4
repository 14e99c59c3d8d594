control c(inout bit<8> x) {
	apply {
		x = limit;
	}
}
const bit<8> limit = 4;
