extern worker {
	worker();
	abstract bit<8> work(in bit<8> x);
	void go();
}
control c(inout bit<8> x) {
	worker() none;
	worker() wrong = {
		bit<16> work(in bit<16> y) {
			return y;
		}
	};
	worker() extra = {
		bit<8> work(in bit<8> y) {
			this.go();
			return x;
		}
		void play() {
		}
	};
	apply { }
}
