/* narrow.c - what equations, links and each other's values leave of the values that hops may have.
 *
 * An equation with one open hop (one of several possible values) keeps the values whose symbol
 * fits: peeling. One with several open hops keeps those that some choice of the others completes;
 * it says nothing while the others can add up to everything. Symbols are then looked at in their
 * lowest 8 bits, as sets of 256.
 */
#include "pint/decoder.h"

#include <string.h>

#define OPEN_MAX 8 /* open hops of an equation that is worth looking at */

struct symbols {
	uint64_t bits[4];
};

static void
symbols_add(struct symbols *s, uint32_t symbol)
{
	s->bits[symbol >> 6 & 3] |= UINT64_C(1) << (symbol & 63);
}

static bool
symbols_has(const struct symbols *s, uint32_t symbol)
{
	return s->bits[symbol >> 6 & 3] >> (symbol & 63) & 1;
}

/* Bit i of the word becomes bit i ^ by. */
static uint64_t
moved(uint64_t word, uint32_t by)
{
	static const uint64_t lower[] = { 0x5555555555555555, 0x3333333333333333,
					  0x0f0f0f0f0f0f0f0f, 0x00ff00ff00ff00ff,
					  0x0000ffff0000ffff, 0x00000000ffffffff };

	for (uint32_t i = 0; i < 6; i++)
		if (by >> i & 1)
			word = (word >> (1u << i) & lower[i]) | (word & lower[i]) << (1u << i);
	return word;
}

/* All XORs of one of a and one of b. */
static struct symbols
symbols_sum(const struct symbols *a, const struct symbols *b)
{
	struct symbols sum = { { 0 } };

	for (uint32_t w = 0; w < 4; w++) {
		for (uint64_t rest = b->bits[w]; rest; rest &= rest - 1) {
			uint32_t low = (uint32_t)__builtin_ctzll(rest);

			for (uint32_t i = 0; i < 4; i++)
				if (a->bits[i])
					sum.bits[i ^ w] |= moved(a->bits[i], low);
		}
	}
	return sum;
}

static uint64_t *
bits_of(const struct pint_decoder *d, const struct sets *s, uint32_t hop)
{
	return s->bits + (size_t)hop * d->words;
}

/* To be called after values of a hop went. False: it has none left. */
static bool
shrunk(const struct pint_decoder *d, struct sets *s, uint32_t hop, uint32_t count,
       uint64_t *changed)
{
	const uint64_t *bits = bits_of(d, s, hop);
	uint32_t word = 0;

	if (count == s->count[hop])
		return true;
	s->count[hop] = count;
	*changed |= UINT64_C(1) << hop;
	if (count != 1)
		return count != 0;
	while (!bits[word])
		word++;
	s->only[hop] = word * 64 + (uint32_t)__builtin_ctzll(bits[word]);
	s->fixed |= UINT64_C(1) << hop;
	return true;
}

/* Keeps the values whose symbol is `target`, or one of `targets` in its lowest bits. */
static bool
keep(const struct pint_decoder *d, struct sets *s, uint32_t hop, const struct equation *e,
     uint32_t target, const struct symbols *targets, uint64_t *changed)
{
	uint64_t *bits = bits_of(d, s, hop);
	uint32_t count = 0;

	for (uint32_t w = 0; w < d->words; w++) {
		for (uint64_t rest = bits[w]; rest; rest &= rest - 1) {
			uint32_t v = w * 64 + (uint32_t)__builtin_ctzll(rest);
			uint32_t symbol = symbol_of(d, e, d->universe.values[v]);

			if (targets ? symbols_has(targets, symbol) : symbol == target)
				count++;
			else
				bits[w] &= ~(rest & -rest);
		}
	}
	return shrunk(d, s, hop, count, changed);
}

static struct symbols
symbols_of(const struct pint_decoder *d, const struct sets *s, uint32_t hop,
	   const struct equation *e)
{
	const uint64_t *bits = bits_of(d, s, hop);
	struct symbols all = { { 0 } };

	for (uint32_t w = 0; w < d->words; w++)
		for (uint64_t rest = bits[w]; rest; rest &= rest - 1)
			symbols_add(&all,
				    symbol_of(d, e,
					      d->universe.values[w * 64 +
								 (uint32_t)__builtin_ctzll(rest)]));
	return all;
}

/* The equation's open hops in `hops`; 0 if they are so many, or have so many values, that it says
 * nothing. */
static uint32_t
open_hops(const struct pint_decoder *d, const struct sets *s, uint64_t open,
	  uint32_t hops[OPEN_MAX])
{
	uint32_t n = 0, most = 1, limit = d->code.bits < 8 ? 1u << d->code.bits : 256;
	uint64_t product = 1;

	for (; open; open &= open - 1) {
		uint32_t hop = (uint32_t)__builtin_ctzll(open);

		if (n == OPEN_MAX)
			return 0;
		hops[n++] = hop;
		product *= s->count[hop];
		most = s->count[hop] > most ? s->count[hop] : most;
		if (product / most >= limit)
			return 0;
	}
	return n;
}

/* Several hops are open: each keeps what the others can complete. */
static bool
keep_sums(const struct pint_decoder *d, struct sets *s, const struct equation *e, uint32_t target,
	  uint64_t open, uint64_t *changed)
{
	struct symbols symbols[OPEN_MAX];
	uint32_t hops[OPEN_MAX], n = open_hops(d, s, open, hops);

	for (uint32_t i = 0; i < n; i++)
		symbols[i] = symbols_of(d, s, hops[i], e);
	for (uint32_t i = 0; i < n; i++) {
		struct symbols sums = { { 0 } };

		symbols_add(&sums, target);
		for (uint32_t j = 0; j < n; j++)
			if (j != i)
				sums = symbols_sum(&sums, &symbols[j]);
		if (!keep(d, s, hops[i], e, 0, &sums, changed))
			return false;
	}
	return true;
}

/* `several`: only if several hops are open, else only if not. */
static bool
apply(const struct pint_decoder *d, struct sets *s, const struct equation *e, bool several,
      uint64_t *changed)
{
	uint64_t open = e->acting & ~s->fixed;
	uint32_t target = e->symbol;

	if (several != (__builtin_popcountll(open) > 1))
		return true;
	for (uint64_t rest = e->acting & s->fixed; rest; rest &= rest - 1)
		target ^= symbol_of(d, e, d->universe.values[s->only[__builtin_ctzll(rest)]]);
	if (several)
		return keep_sums(d, s, e, target, open, changed);
	if (!open)
		return target == 0;
	return keep(d, s, (uint32_t)__builtin_ctzll(open), e, target, NULL, changed);
}

/* The equations that see one of these hops. */
static bool
apply_all(const struct pint_decoder *d, struct sets *s, uint64_t hops, bool several,
	  uint64_t *changed)
{
	for (uint32_t i = 0; i < d->nequations; i++)
		if (d->equations[i].acting & hops &&
		    !apply(d, s, &d->equations[i], several, changed))
			return false;
	return true;
}

/* The values that can follow those of `bits`, into d->reach. */
static void
mark_neighbours(const struct pint_decoder *d, const uint64_t *bits)
{
	const struct pint_universe *u = &d->universe;

	memset(d->reach, 0, d->words * sizeof(*d->reach));
	for (uint32_t w = 0; w < d->words; w++) {
		for (uint64_t rest = bits[w]; rest; rest &= rest - 1) {
			uint32_t v = w * 64 + (uint32_t)__builtin_ctzll(rest);

			for (uint32_t l = u->links[v]; l < u->links[v + 1]; l++)
				d->reach[u->next[l] / 64] |= UINT64_C(1) << u->next[l] % 64;
		}
	}
}

static bool
has_neighbour(const struct pint_universe *u, uint32_t v, const uint64_t *bits)
{
	for (uint32_t l = u->links[v]; l < u->links[v + 1]; l++)
		if (bits[u->next[l] / 64] >> u->next[l] % 64 & 1)
			return true;
	return false;
}

/* Those of `kept` that have a neighbour in `bits`, into d->reach. */
static void
ask_neighbours(const struct pint_decoder *d, const uint64_t *kept, const uint64_t *bits)
{
	for (uint32_t w = 0; w < d->words; w++) {
		d->reach[w] = 0;
		for (uint64_t rest = kept[w]; rest; rest &= rest - 1)
			if (has_neighbour(&d->universe, w * 64 + (uint32_t)__builtin_ctzll(rest), bits))
				d->reach[w] |= rest & -rest;
	}
}

/* Hop `to` keeps the neighbours of hop `from`. Few of these are gone through; where they are many, the first neighbour of a value is mostly
 * one of them. */
static bool
follow(const struct pint_decoder *d, struct sets *s, uint32_t from, uint32_t to, uint64_t *changed)
{
	const uint64_t *bits = bits_of(d, s, from);
	uint64_t *kept = bits_of(d, s, to);
	uint32_t count = 0;

	if (s->count[from] < s->count[to] / 2)
		mark_neighbours(d, bits);
	else
		ask_neighbours(d, kept, bits);
	for (uint32_t w = 0; w < d->words; w++) {
		kept[w] &= d->reach[w];
		count += (uint32_t)__builtin_popcountll(kept[w]);
	}
	return shrunk(d, s, to, count, changed);
}

/* Along the path and back: what changes in passing goes on. */
static bool
follow_links(const struct pint_decoder *d, struct sets *s, uint64_t changed, uint64_t *next)
{
	for (uint32_t i = 0; i + 1 < d->hops; i++)
		if ((changed | *next) >> i & 1 && s->count[i] < d->universe.n &&
		    !follow(d, s, i, i + 1, next))
			return false;
	for (uint32_t i = d->hops; --i > 0;)
		if ((changed | *next) >> i & 1 && s->count[i] < d->universe.n &&
		    !follow(d, s, i, i - 1, next))
			return false;
	return true;
}

/* No hop has a value that another one is known to have. */
static bool
exclude(const struct pint_decoder *d, struct sets *s, uint64_t *changed)
{
	while (s->fixed & ~s->excluded) {
		uint32_t hop = (uint32_t)__builtin_ctzll(s->fixed & ~s->excluded), v = s->only[hop];

		s->excluded |= UINT64_C(1) << hop;
		for (uint32_t i = 0; i < d->hops; i++) {
			uint64_t *word = bits_of(d, s, i) + v / 64, bit = UINT64_C(1) << v % 64;

			if (i == hop || !(*word & bit))
				continue;
			*word &= ~bit;
			if (!shrunk(d, s, i, s->count[i] - 1, changed))
				return false;
		}
	}
	return true;
}

/* Sums take the most time: they are done when nothing else changes anything. */
bool
pint_narrow(struct pint_decoder *d, struct sets *s, uint64_t changed)
{
	uint64_t unsummed = changed;

	while (changed | unsummed) {
		uint64_t next = 0;
		bool sums = !changed;

		if (!apply_all(d, s, sums ? unsummed : changed, sums, &next))
			return false;
		if (d->universe.links && !follow_links(d, s, changed, &next))
			return false;
		if (d->options.simple && !exclude(d, s, &next))
			return false;
		unsummed = sums ? next : unsummed | next;
		changed = next;
	}
	return true;
}
