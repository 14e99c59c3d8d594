/* schedule.c - the schemes of path coding, as tables of who acts. */
#include "packetscope/pint.h"

static uint32_t
per_mille(uint64_t thousandths, uint64_t hop)
{
	return pint_fraction(thousandths, 1000 * hop);
}

/* Each hop replaces the digest with probability 1/i: in the end it is that of any one, each as
 * likely. */
static void
set_reservoir(struct pint_schedule *s, uint32_t layer)
{
	for (uint32_t i = 1; i <= PINT_HOPS; i++) {
		s->replace[layer][i - 1] = pint_fraction(1, i);
		s->either[layer][i - 1] = s->replace[layer][i - 1];
	}
}

static void
set_xor(struct pint_schedule *s, uint32_t layer, uint32_t fraction)
{
	for (uint32_t i = 1; i <= PINT_HOPS; i++) {
		s->replace[layer][i - 1] = 0;
		s->either[layer][i - 1] = fraction;
	}
}

/* Three quarters, and 7.75/d: what the publication used at 25 hops. */
static void
make_hybrid(struct pint_schedule *s, uint32_t d)
{
	s->layers = 2;
	s->share[0] = pint_fraction(3, 4);
	set_reservoir(s, 0);
	set_xor(s, 1, pint_fraction(31, 4 * d < 62 ? 62 : 4 * d));
}

/* Found by tools/figures/pint_search.c, for hops that are known after one, two and four symbols of
 * their own. All probabilities fall as 1/i, so that what arrives looks the same however long the
 * path is: switches need not know its length. */
static const struct searched {
	uint32_t bits_min;
	struct {
		uint32_t share, replace,
			combine; /* in thousandths; cumulated; the latter two of 1/i */
	} layers[3];
} searched[] = {
	{ 6, { { 267, 789, 7920 }, { 295, 879, 191 }, { 1000, 471, 858 } } },
	{ 3, { { 98, 944, 90 }, { 869, 573, 784 }, { 1000, 1199, 13391 } } },
	{ 0, { { 649, 621, 492 }, { 890, 1022, 513 }, { 1000, 1158, 9381 } } },
};

static void
make_searched(struct pint_schedule *s, uint32_t bits)
{
	const struct searched *row = searched;

	while (bits < row->bits_min)
		row++;
	s->layers = 3;
	for (uint32_t l = 0; l < s->layers; l++) {
		uint32_t replace = row->layers[l].replace, combine = row->layers[l].combine;

		s->share[l] = per_mille(row->layers[l].share, 1);
		for (uint32_t i = 1; i <= PINT_HOPS; i++) {
			s->replace[l][i - 1] = per_mille(replace, i);
			s->either[l][i - 1] = per_mille(replace + combine, i);
		}
	}
}

void
pint_schedule_make(struct pint_schedule *s, enum pint_scheme scheme, uint32_t d, uint32_t bits)
{
	d = d < 1 ? 1 : d > PINT_HOPS ? PINT_HOPS : d;
	*s = (struct pint_schedule){ .layers = 1 };
	switch (scheme) {
	case PINT_BASELINE:
		set_reservoir(s, 0);
		break;
	case PINT_XOR:
		set_xor(s, 0, pint_fraction(1, d));
		break;
	case PINT_HYBRID:
		make_hybrid(s, d);
		break;
	case PINT_SEARCHED:
		make_searched(s, bits);
		break;
	}
	s->share[s->layers - 1] = UINT32_MAX;
}
