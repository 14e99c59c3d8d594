enum bit<8> proto { TCP = 6, UDP = 17 }
control c(inout proto p, in bit<8> x) {
	apply {
		p = x;
		p = proto.TPC;
		p = proto.TCP + 1;
	}
}
