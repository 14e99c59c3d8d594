/* calculations.h - the CRCs whose parameters the control plane sets (crc16_custom, crc32_custom), and the names that BMv2 knows them by.
 *
 * P4 has no names for them. p4c makes them up, calc, calc_0, calc_1, ..., one for each hash and checksum that is left after it has
 * inlined, copied and removed: actions in order of declaration, then what stands in the apply block, of one control after the other,
 * then checksums. That is followed here where nothing is copied; where something is, names are not told rather than told wrongly.
 */
#ifndef P4_CALCULATIONS_H
#define P4_CALCULATIONS_H

#include "p4/check.h"

struct p4_custom_crc {
	const struct p4_node *call;
	uint8_t width;	 /* 16 or 32 */
	struct str name; /* empty: not known */
	const char *why; /* then: the reason; NULL: there is one of its width, which any name means */
};

struct p4_custom_crcs {
	struct p4_custom_crc *v;
	uint32_t n, cap;
};

/* Those of the whole program in source order. Names and reasons live in the arena. */
void p4_custom_crcs(struct arena *a, const struct p4_program *p, struct p4_custom_crcs *ret);

#endif
