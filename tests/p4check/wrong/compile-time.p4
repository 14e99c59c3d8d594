#include <v1model.p4>
control sub(inout bit<8> x)(bit<8> limit) {
	apply {
		if (x > limit)
			x = limit;
	}
}
control c(inout bit<8> x) {
	sub(x) s;
	const bit<8> k = x;
	apply {
		log_msg("x", { x });
		resubmit_preserving_field_list(x);
		update_checksum(true, { x }, x, x);
	}
}
