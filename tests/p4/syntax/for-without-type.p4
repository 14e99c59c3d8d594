// The variable of a loop over a range has a type of its own.
control C() {
	apply {
		bit<8> i;
		for (i in 1..6) {
		}
	}
}
