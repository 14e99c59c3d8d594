control c(inout bit<8> x) {
	apply {
		switch (x) {
			1 { x = 2; }
			2: x = 3;
			3: { x = 4; }
		}
		for (bit<8> i = 0 i < 3; i = i + 1) { x = i; }
		for (bit<8> i in 1 ..) { x = i; }
		for (i of x) { x = i; }
		switch x { }
		break
		x = 5;
	}
}
