/* solve.c - the one path that fits all equations, over sets of values and over GF(2). */
#include "pint/decoder.h"

#include <string.h>

#define NODES 24 /* guesses per attempt: more of them save few packets and cost much time */

static void
copy_sets(const struct pint_decoder *d, struct sets *to, const struct sets *from)
{
	uint64_t *bits = to->bits;

	*to = *from;
	to->bits = bits;
	memcpy(bits, from->bits, (size_t)d->hops * d->words * sizeof(*bits));
}

static void
start_sets(const struct pint_decoder *d, struct sets *s)
{
	for (uint32_t hop = 0; hop < d->hops; hop++) {
		uint64_t *bits = s->bits + (size_t)hop * d->words;

		memset(bits, 0xff, d->words * sizeof(*bits));
		if (d->universe.n % 64)
			bits[d->words - 1] = (UINT64_C(1) << d->universe.n % 64) - 1;
		s->count[hop] = d->universe.n;
		s->only[hop] = 0; /* right when there is but one value */
	}
	s->fixed = d->universe.n == 1 ? all_hops(d) : 0;
	s->excluded = 0;
}

static void
guess(const struct pint_decoder *d, struct sets *s, uint32_t hop, uint32_t v)
{
	uint64_t *bits = s->bits + (size_t)hop * d->words;

	memset(bits, 0, d->words * sizeof(*bits));
	bits[v / 64] = UINT64_C(1) << v % 64;
	s->count[hop] = 1;
	s->only[hop] = v;
	s->fixed |= UINT64_C(1) << hop;
}

static uint32_t
fewest_values(const struct pint_decoder *d, const struct sets *s)
{
	uint32_t best = 0;

	for (uint32_t hop = 0; hop < d->hops; hop++)
		if (s->count[hop] > 1 && (s->count[best] < 2 || s->count[hop] < s->count[best]))
			best = hop;
	return best;
}

/* Counts the paths that fit, up to 2: narrows down, guesses a hop, and again. */
static void
search(struct pint_decoder *d, uint32_t level, uint64_t changed)
{
	struct sets *s = &d->levels[level];
	uint32_t hop;

	if (!d->nodes) {
		d->gave_up = true;
		return;
	}
	d->nodes--;
	if (!pint_narrow(d, s, changed))
		return;
	if (s->fixed == all_hops(d)) {
		if (!d->solutions++)
			memcpy(d->path, s->only, d->hops * sizeof(*d->path));
		return;
	}
	hop = fewest_values(d, s);
	if (level + 1 == LEVELS) {
		d->gave_up = true;
		return;
	}
	for (uint32_t v = 0; v < d->universe.n && d->solutions < 2 && !d->gave_up; v++) {
		if (!(s->bits[(size_t)hop * d->words + v / 64] >> v % 64 & 1))
			continue;
		copy_sets(d, s + 1, s);
		guess(d, s + 1, hop, v);
		search(d, level + 1, UINT64_C(1) << hop);
	}
}

/* All values may be anywhere. False: somebody wrote into a digest although no hop did. */
static bool
start(struct pint_decoder *d)
{
	for (uint32_t i = 0; i < d->nequations; i++)
		if (!d->equations[i].acting && d->equations[i].symbol)
			return false;
	start_sets(d, &d->levels[0]);
	return true;
}

bool
pint_narrow_sets(struct pint_decoder *d)
{
	return start(d) && pint_narrow(d, &d->levels[0], all_hops(d));
}

enum pint_result
pint_solve_sets(struct pint_decoder *d)
{
	d->solutions = 0;
	d->nodes = NODES;
	d->gave_up = false;
	if (!start(d))
		return PINT_CHANGED;
	search(d, 0, all_hops(d));
	if (d->gave_up || d->solutions > 1)
		return PINT_MORE;
	return d->solutions ? PINT_DECODED : PINT_CHANGED;
}

/* A row of the matrix whose highest hop is the row's number; acting == 0: none yet. */
struct row {
	uint64_t acting;
	uint32_t symbol;
};

/* False: the equation contradicts the others. */
static bool
add_row(struct row rows[PINT_HOPS], uint64_t acting, uint32_t symbol, uint32_t *rank)
{
	while (acting) {
		uint32_t top = 63 - (uint32_t)__builtin_clzll(acting);

		if (!rows[top].acting) {
			rows[top] = (struct row){ acting, symbol };
			++*rank;
			return true;
		}
		acting ^= rows[top].acting;
		symbol ^= rows[top].symbol;
	}
	return symbol == 0;
}

/* The fragment at `shift` of all values goes into d->path, when it is known. */
static enum pint_result
solve_fragment(struct pint_decoder *d, uint32_t shift)
{
	struct row rows[PINT_HOPS] = { { 0 } };
	uint32_t rank = 0;

	for (uint32_t i = 0; i < d->nequations; i++) {
		const struct equation *e = &d->equations[i];

		if (e->key == shift && !add_row(rows, e->acting, e->symbol, &rank))
			return PINT_CHANGED;
	}
	if (rank < d->hops)
		return PINT_MORE;
	for (uint32_t hop = 0; hop < d->hops; hop++) { /* those below are known */
		for (uint64_t rest = rows[hop].acting & ~(UINT64_C(1) << hop); rest;
		     rest &= rest - 1)
			rows[hop].symbol ^= rows[__builtin_ctzll(rest)].symbol;
		d->path[hop] |= rows[hop].symbol << shift;
	}
	return PINT_DECODED;
}

enum pint_result
pint_solve_raw(struct pint_decoder *d)
{
	enum pint_result all = PINT_DECODED;

	memset(d->path, 0, d->hops * sizeof(*d->path));
	for (uint32_t f = 0; f < d->code.fragments; f++) {
		enum pint_result one = solve_fragment(d, f * d->code.bits);

		if (one == PINT_CHANGED)
			return one;
		all = one == PINT_MORE ? one : all;
	}
	return all;
}
