/* decoder.c - a decoder's memory, and from digests to equations. */
#include "pint/decoder.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RECORDS_MAX UINT16_MAX

/* --- its memory --- */

static struct pint_options
with_defaults(const struct pint_options *given)
{
	struct pint_options o = given ? *given : (struct pint_options){ 0 };

	o.max_hops = o.max_hops && o.max_hops < PINT_HOPS ? o.max_hops : PINT_HOPS;
	o.max_records = !o.max_records		      ? 4096
			: o.max_records < RECORDS_MAX ? o.max_records
						      : RECORDS_MAX;
	o.confidence = o.confidence ? o.confidence : 16;
	return o;
}

static bool
links_are_right(const struct pint_universe *u)
{
	if (u->links[0])
		return false;
	for (uint32_t v = 0; v < u->n; v++)
		if (u->links[v + 1] < u->links[v])
			return false;
	for (uint32_t l = 0; l < u->links[u->n]; l++)
		if (u->next[l] >= u->n)
			return false;
	return true;
}

static void *
copied(const void *from, size_t n, size_t size)
{
	void *to = malloc(n * size + 1);

	if (to && n)
		memcpy(to, from, n * size);
	return to;
}

static bool
copy_universe(struct pint_decoder *d, const struct pint_universe *u)
{
	if (!u->n || (u->links && !links_are_right(u)))
		return false;
	d->universe.n = u->n;
	d->universe.values = copied(u->values, u->n, sizeof(*u->values));
	if (!u->links)
		return d->universe.values != NULL;
	d->universe.links = copied(u->links, u->n + 1, sizeof(*u->links));
	d->universe.next = copied(u->next, u->links[u->n], sizeof(*u->next));
	return d->universe.values && d->universe.links && d->universe.next;
}

static bool
make_sets(struct pint_decoder *d)
{
	d->words = (d->universe.n + 63) / 64;
	d->reach = calloc(d->words, sizeof(*d->reach));
	for (uint32_t i = 0; i < LEVELS; i++) {
		d->levels[i].bits =
			calloc((size_t)d->options.max_hops * d->words, sizeof(*d->levels[i].bits));
		if (!d->levels[i].bits)
			return false;
	}
	return d->reach != NULL;
}

/* The number of walks of each length: ends[v] of them end at v. Kept below 1 by scaling, which
 * `bits` adds up. */
static bool
count_walks(struct pint_decoder *d)
{
	const struct pint_universe *u = &d->universe;
	double *ends = malloc(2 * u->n * sizeof(*ends)), *before = ends ? ends + u->n : NULL,
	       sum = u->n;

	if (!ends)
		return false;
	d->path_bits[1] = log2(sum);
	for (uint32_t v = 0; v < u->n; v++)
		ends[v] = 1 / sum;
	for (uint32_t hops = 2; hops <= PINT_HOPS; hops++) {
		memcpy(before, ends, u->n * sizeof(*ends));
		memset(ends, 0, u->n * sizeof(*ends));
		sum = 0;
		for (uint32_t v = 0; v < u->n; v++)
			for (uint32_t l = u->links[v]; l < u->links[v + 1]; l++)
				ends[u->next[l]] += before[v], sum += before[v];
		d->path_bits[hops] = d->path_bits[hops - 1] + (sum > 0 ? log2(sum) : 0);
		for (uint32_t v = 0; sum > 0 && v < u->n; v++)
			ends[v] /= sum;
	}
	free(ends);
	return true;
}

static bool
count_paths(struct pint_decoder *d)
{
	double bits =
		d->universe.n ? log2(d->universe.n) : (double)d->code.fragments * d->code.bits;

	if (d->universe.links)
		return count_walks(d);
	for (uint32_t hops = 1; hops <= PINT_HOPS; hops++)
		d->path_bits[hops] = bits * hops;
	return true;
}

struct pint_decoder *
pint_decoder_make(const struct pint_code *c, const struct pint_universe *u,
		  const struct pint_options *o)
{
	struct pint_decoder *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->code = *c;
	d->options = with_defaults(o);
	d->digest_bits = (uint32_t)c->bits * c->copies;
	d->record_bytes = 4 + (d->digest_bits + 7) / 8;
	d->path_bytes = u && u->n <= 65536 ? 2 : 4;
	d->room = d->options.max_records * c->copies;
	d->equations = malloc(d->room * sizeof(*d->equations));
	d->path = calloc(PINT_HOPS, sizeof(*d->path));
	if ((u ? copy_universe(d, u) && make_sets(d) : c->fragments > 0) && count_paths(d) &&
	    d->equations && d->path) {
		pint_count_doubt(d);
		return d;
	}
	pint_decoder_free(d);
	return NULL;
}

void
pint_decoder_free(struct pint_decoder *d)
{
	if (!d)
		return;
	free((void *)d->universe.values);
	free((void *)d->universe.links);
	free((void *)d->universe.next);
	for (uint32_t i = 0; i < LEVELS; i++)
		free(d->levels[i].bits);
	free(d->reach);
	free(d->path);
	free(d->equations);
	free(d);
}

/* --- decoding --- */

void
pint_begin(struct pint_decoder *d, uint32_t hops)
{
	d->hops = hops;
	d->nequations = 0;
}

static struct equation
make_equation(const struct pint_decoder *d, uint32_t copy, struct pint_digest r)
{
	const struct pint_code *c = &d->code;
	struct equation e = { .acting = pint_acting(c, copy, r.pid, d->hops) };

	e.symbol = r.digest >> (copy * c->bits) & (UINT32_MAX >> (32 - c->bits));
	if (!c->fragments)
		e.key = pint_mix(c->value_seed[copy] ^ r.pid);
	else if (c->fragments > 1)
		e.key = pint_fragment(c, copy, r.pid) * c->bits;
	return e;
}

void
pint_take(struct pint_decoder *d, struct pint_digest r)
{
	for (uint32_t copy = 0; copy < d->code.copies; copy++)
		d->equations[d->nequations++] = make_equation(d, copy, r);
}

enum pint_result
pint_solve(struct pint_decoder *d)
{
	enum pint_result result = d->universe.n ? pint_solve_sets(d) : pint_solve_raw(d);
	uint32_t digests = d->nequations / d->code.copies;

	return result == PINT_DECODED && digests < pint_packets_min(d, d->hops) ? PINT_MORE
										: result;
}

uint32_t
pint_packets_min(const struct pint_decoder *d, uint32_t hops)
{
	return (uint32_t)ceil((d->path_bits[hops] + d->options.confidence) / d->digest_bits);
}

enum pint_result
pint_decode(struct pint_decoder *d, uint32_t hops, const struct pint_digest *digests, uint32_t n,
	    uint32_t *ret_values)
{
	uint32_t skipped = n > d->options.max_records ? n - d->options.max_records : 0;
	enum pint_result result;

	if (hops < 1 || hops > d->options.max_hops)
		return PINT_LONG;
	pint_begin(d, hops);
	for (uint32_t i = skipped; i < n; i++)
		pint_take(d, digests[i]);
	result = pint_solve(d);
	for (uint32_t i = 0; i < hops && result == PINT_DECODED; i++)
		ret_values[i] = d->universe.n ? d->universe.values[d->path[i]] : d->path[i];
	return result;
}
