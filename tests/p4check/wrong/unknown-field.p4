header ipv4_t {
	bit<32> srcAddr;
	bit<32> dstAddr;
}
control c(inout ipv4_t ipv4, in bit<32> x) {
	apply {
		ipv4.dstAdr = x;
	}
}
