/* code.c - a query's code: its numbers and seeds, and which hops have a part in a digest. */
#include "packetscope/pint.h"

bool
pint_code_make(struct pint_code *c, enum pint_scheme scheme, uint32_t d, uint32_t bits,
	       uint32_t copies, uint32_t value_bits, uint32_t query)
{
	if (bits < 1 || bits > 32 || copies < 1 || copies > PINT_COPIES || bits * copies > 32 ||
	    value_bits > 32)
		return false;
	*c = (struct pint_code){ .bits = (uint8_t)bits,
				 .copies = (uint8_t)copies,
				 .fragments = (uint8_t)((value_bits + bits - 1) / bits) };
	for (uint32_t i = 0; i < copies; i++) {
		c->layer_seed[i] = pint_seed(PINT_LAYER, query, i);
		c->act_seed[i] = pint_seed(PINT_ACT, query, i);
		c->value_seed[i] = pint_seed(PINT_VALUE, query, i);
		c->fragment_seed[i] = pint_seed(PINT_FRAGMENT, query, i);
	}
	pint_schedule_make(&c->schedule, scheme, d, value_bits ? 32 : bits);
	return true;
}

uint64_t
pint_acting(const struct pint_code *c, uint32_t copy, uint32_t pid, uint32_t hops)
{
	uint32_t layer = pint_layer(c, copy, pid);
	uint64_t acting = 0;

	for (uint32_t hop = 1; hop <= hops && hop <= PINT_HOPS; hop++) {
		enum pint_act act = pint_act(c, copy, layer, pid, hop);

		if (act == PINT_REPLACE)
			acting = 0;
		if (act != PINT_KEEP)
			acting |= UINT64_C(1) << (hop - 1);
	}
	return acting;
}
