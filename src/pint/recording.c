/* recording.c - codes of a flow, hop by hop, in bounded space.
 *
 * A flow's memory is an array of panes, those of the first hop first: each the number of its
 * quarter of a window, then counters or a sketch. A window's panes take turns: what came in quarter
 * e (time / length of a quarter) is in pane e % PINT_PANES, which is emptied when a later quarter
 * needs it.
 */
#include "packetscope/pint_values.h"
#include "pint/rank.h"

#include <math.h>
#include <string.h>

#define SPACE_OF_HOP 4096

struct pane {
	uint64_t epoch; /* 0 without a window */
};

/* One hop's panes, of which those count that are not older than epoch `since`. */
struct hop {
	const struct pint_recording *r;
	const char *panes;
	uint64_t since, latest;
	const uint32_t *counts[PINT_PANES]; /* of those, if they are counters; at least one */
	uint32_t ncounts;
};

static struct pint_kll *
sketch(struct pane *p)
{
	return (struct pint_kll *)(p + 1);
}

static uint32_t *
counts(struct pane *p)
{
	return (uint32_t *)(p + 1);
}

static const struct pane *
pane_of(const struct hop *h, uint32_t i)
{
	return (const struct pane *)(h->panes + i * h->r->pane_bytes);
}

/* The best for panes of that many bytes, or what takes the fewest. */
static void
choose_store(struct pint_recording *r, size_t pane)
{
	size_t counters = sizeof(uint32_t) << r->bits, least = pint_kll_bytes(0);
	size_t space = pane < sizeof(struct pane) + least
			       ? least
			       : (pane - sizeof(struct pane)) & ~(size_t)7;

	if (counters <= space) {
		r->store = PINT_COUNTS;
		r->pane_bytes = sizeof(struct pane) + counters;
		return;
	}
	r->store = PINT_SKETCH;
	r->room = (uint32_t)((space - sizeof(struct pint_kll)) / sizeof(uint16_t));
	r->pane_bytes = sizeof(struct pane) + pint_kll_bytes(r->room);
}

bool
pint_recording_make(struct pint_recording *ret, uint32_t bits, uint32_t hops, uint64_t window,
		    size_t space)
{
	struct pint_recording r = { .bits = bits, .hops = hops, .panes = window ? PINT_PANES : 1 };

	*ret = r;
	if (!bits || bits > PINT_SCALE_BITS || !hops || hops > PINT_HOPS)
		return false;
	if (!space)
		space = (size_t)SPACE_OF_HOP * hops;
	r.pane = window / PINT_PANES + (window % PINT_PANES != 0);
	choose_store(&r, space / hops / r.panes);
	r.bytes = r.pane_bytes * r.panes * hops;
	*ret = r;
	return r.bytes <= space;
}

static void
empty(const struct pint_recording *r, struct pane *p, uint64_t epoch, uint32_t seed)
{
	p->epoch = epoch;
	if (r->store == PINT_SKETCH)
		pint_kll_init(sketch(p), r->room, seed);
	else
		memset(counts(p), 0, sizeof(uint32_t) << r->bits);
}

void
pint_recording_init(const struct pint_recording *r, void *flow, uint32_t seed)
{
	for (uint32_t i = 0; i < r->panes * r->hops; i++)
		empty(r, (struct pane *)((char *)flow + i * r->pane_bytes), 0, pint_mix(seed + i));
}

/* Codes that nobody writes count as the largest. */
static void
count(const struct pint_recording *r, struct pane *p, uint32_t code)
{
	uint32_t last = (1u << r->bits) - 1;

	if (code > last)
		code = last;
	if (r->store == PINT_SKETCH)
		pint_kll_add(sketch(p), (uint16_t)code);
	else if (counts(p)[code] < UINT32_MAX)
		counts(p)[code]++;
}

/* The hop's panes; false: it has none. */
static bool
find_hop(struct hop *ret, const struct pint_recording *r, const void *flow, uint32_t hop)
{
	struct hop h = { .r = r, .panes = flow };

	if (hop < 1 || hop > r->hops)
		return false;
	h.panes += (hop - 1) * r->panes * r->pane_bytes;
	for (uint32_t i = 0; i < r->panes; i++)
		if (pane_of(&h, i)->epoch > h.latest)
			h.latest = pane_of(&h, i)->epoch;
	h.since = h.latest < r->panes ? 0 : h.latest - r->panes + 1;
	for (uint32_t i = 0; i < r->panes && r->store == PINT_COUNTS; i++)
		if (pane_of(&h, i)->epoch >= h.since)
			h.counts[h.ncounts++] = (const uint32_t *)(pane_of(&h, i) + 1);
	*ret = h;
	return true;
}

bool
pint_recording_add(const struct pint_recording *r, void *flow, uint32_t hop, uint64_t at,
		   uint32_t code)
{
	struct hop h;
	uint64_t epoch = r->pane ? at / r->pane : 0;
	struct pane *p;

	if (!find_hop(&h, r, flow, hop))
		return false;
	if (epoch < h.latest)
		epoch = h.latest;
	p = (struct pane *)((char *)flow +
			    ((hop - 1) * r->panes + epoch % r->panes) * r->pane_bytes);
	if (p->epoch != epoch)
		empty(r, p, epoch, r->store == PINT_SKETCH ? sketch(p)->random : 0);
	count(r, p, code);
	return true;
}

static inline uint64_t
counted(const struct hop *h, uint32_t code)
{
	uint64_t n = h->counts[0][code];

	for (uint32_t i = 1; i < h->ncounts; i++)
		n += h->counts[i][code];
	return n;
}

/* A pint_rank of a struct hop. */
static uint64_t
rank_in_hop(const void *of, uint32_t code)
{
	const struct hop *h = of;
	uint64_t rank = 0;

	if (h->r->store == PINT_COUNTS) {
		for (uint32_t c = 0; c <= code; c++)
			rank += counted(h, c);
		return rank;
	}
	for (uint32_t i = 0; i < h->r->panes; i++)
		if (pane_of(h, i)->epoch >= h->since)
			rank += pint_kll_rank((const struct pint_kll *)(pane_of(h, i) + 1), code);
	return rank;
}

uint64_t
pint_recording_rank(const struct pint_recording *r, const void *flow, uint32_t hop, uint32_t code)
{
	uint32_t last = (1u << r->bits) - 1;
	struct hop h;

	return find_hop(&h, r, flow, hop) ? rank_in_hop(&h, code < last ? code : last) : 0;
}

uint64_t
pint_recording_count(const struct pint_recording *r, const void *flow, uint32_t hop)
{
	return pint_recording_rank(r, flow, hop, UINT32_MAX);
}

/* How many values have a code, `below` being how many have a smaller one. */
static inline uint64_t
count_of(const struct hop *h, uint32_t code, uint64_t below)
{
	return h->r->store == PINT_SKETCH ? rank_in_hop(h, code) - below : counted(h, code);
}

/* Where a quantile is among a hop's values. */
struct place {
	uint32_t code;
	uint64_t all, below, same; /* values; those of smaller codes, and of this one */
};

static struct place
find_quantile(const struct hop *h, double phi)
{
	uint32_t last = (1u << h->r->bits) - 1;
	struct place p = { .all = rank_in_hop(h, last) };
	double wanted = pint_rank_wanted(p.all, phi);

	if (!p.all)
		return p;
	if (h->r->store == PINT_SKETCH) {
		p.code = pint_rank_quantile(rank_in_hop, h, h->r->bits, p.all, phi);
		p.below = p.code ? rank_in_hop(h, p.code - 1) : 0;
	}
	p.same = count_of(h, p.code, p.below);
	while ((double)(p.below + p.same) < wanted && p.code < last) {
		p.below += p.same;
		p.same = count_of(h, ++p.code, p.below);
	}
	return p;
}

uint32_t
pint_recording_quantile(const struct pint_recording *r, const void *flow, uint32_t hop, double phi)
{
	struct hop h;

	return find_hop(&h, r, flow, hop) ? find_quantile(&h, phi).code : 0;
}

/* The place `part` of the way from the least to the greatest value of a code. */
static double
inside(const struct pint_scale *s, uint32_t code, double part)
{
	double low = s->from[code], high = code + 1 < s->n ? s->from[code + 1] - 1.0 : s->range.max;

	if (s->range.spacing == PINT_ADDITIVE || low < 1)
		return low + (high - low) * part;
	return low * pow(high / low, part);
}

double
pint_recording_value(const struct pint_recording *r, const void *flow, uint32_t hop, double phi,
		     const struct pint_scale *s)
{
	struct place p;
	struct hop h;

	if (!find_hop(&h, r, flow, hop))
		return NAN;
	p = find_quantile(&h, phi);
	if (!p.all)
		return NAN;
	if (s->range.randomised || p.code >= s->n)
		return pint_scale_value(s, p.code);
	return inside(s, p.code,
		      (pint_rank_wanted(p.all, phi) - (double)p.below - 0.5) / (double)p.same);
}

double
pint_recording_error(const struct pint_recording *r, const void *flow, uint32_t hop, double doubt)
{
	double variance = 0;
	struct hop h;

	if (r->store != PINT_SKETCH || !find_hop(&h, r, flow, hop))
		return 0;
	for (uint32_t i = 0; i < r->panes; i++)
		if (pane_of(&h, i)->epoch >= h.since)
			variance += ((const struct pint_kll *)(pane_of(&h, i) + 1))->variance;
	return pint_rank_error(variance, rank_in_hop(&h, (1u << r->bits) - 1), doubt);
}

uint32_t
pint_recording_frequent(const struct pint_recording *r, const void *flow, uint32_t hop,
			double theta, uint32_t *ret_codes, uint32_t n)
{
	uint64_t all = pint_recording_count(r, flow, hop), below = 0, same;
	uint32_t found = 0;
	struct hop h;

	if (!find_hop(&h, r, flow, hop))
		return 0;
	for (uint32_t c = 0; c < 1u << r->bits && below < all && found < n; c++, below += same) {
		same = count_of(&h, c, below);
		if (same && (double)same >= theta * (double)all)
			ret_codes[found++] = c;
	}
	return found;
}
