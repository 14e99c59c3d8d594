/* Ternary tables with many entries: one look at what masks have in common tells off most of those that a key cannot hit.
 *
 * Entries are counted by bucket and group, so that a bit goes with the last of them. */
#include <stdlib.h>

#include "base/alloc.h"
#include "switch/memory.h"
#include "switch/table_own.h"

#define FROM 256 /* entries: enough to see what masks there are, few enough to count at once */
#define LEAST 12 /* bits that masks must have in common to be sieved together */
#define MANY UINT8_MAX /* a count that stays: nobody knows how many there are */

static size_t
may_size(void)
{
	return ((size_t)PS_SIEVE_LAST + 1) * sizeof(uint16_t);
}

static size_t
counts_size(void)
{
	return ((size_t)PS_SIEVE_LAST + 1) * PS_SIEVE_GROUPS;
}

static uint64_t
bit_of(const struct sw_group *g)
{
	return UINT64_C(1) << g->place % 64;
}

static bool
covers(const struct table *o, const uint64_t *mask)
{
	return ps_key_equal(o->sieve_mask, o->sieve_mask, mask, o->t.words);
}

static bool
is_sieved(const struct table *o, const struct sw_group *g)
{
	return g->place < PS_SIEVE_GROUPS && !(o->t.sieve.always & bit_of(g));
}

/* The bits of the largest group's mask that the others have too; masks with too few of them are left out. */
static void
choose_mask(struct table *o)
{
	const struct ps_group *largest = o->groups[0];
	uint64_t *both;

	for (uint32_t i = 1; i < o->t.ngroups; i++)
		if (((struct sw_group *)(void *)o->groups[i])->hash.used > ((const struct sw_group *)(const void *)largest)->hash.used)
			largest = o->groups[i];
	both = sw_dup(largest->mask, o->t.words * sizeof(*both));
	o->sieve_mask = sw_dup(largest->mask, o->t.words * sizeof(*both));
	for (uint32_t i = 0; i < o->t.ngroups; i++) {
		for (uint32_t w = 0; w < o->t.words; w++)
			both[w] = o->sieve_mask[w] & o->groups[i]->mask[w];
		if (sw_bits_in(both, o->t.words) >= LEAST)
			memcpy(o->sieve_mask, both, o->t.words * sizeof(*both));
	}
	free(both);
}

static void
start(struct table *o)
{
	choose_mask(o);
	o->sieve_may = sw_reserve(may_size());
	o->sieve_counts = sw_reserve(counts_size());
	o->t.sieve = (struct ps_sieve){ .may = o->sieve_may, .mask = o->sieve_mask };
	for (uint32_t i = 0; i < o->t.ngroups; i++)
		sw_sieve_add(o, (struct sw_group *)(void *)o->groups[i]);
	for (uint32_t i = 0; i < o->handles; i++)
		if (sw_row(o, i)->used)
			sw_sieve_put(o, sw_groups_find(o, sw_row_mask(o, i)), i);
	o->work += o->handles;
}

void
sw_sieve_drop(struct table *o)
{
	sw_release(o->sieve_may, may_size());
	sw_release(o->sieve_counts, counts_size());
	free(o->sieve_mask);
	o->t.sieve = (struct ps_sieve){ .may = NULL };
	o->sieve_may = NULL;
	o->sieve_counts = NULL;
	o->sieve_mask = NULL;
}

void
sw_sieve_add(struct table *o, const struct sw_group *g)
{
	if (o->t.sieve.may && g->place < 64 && (g->place >= PS_SIEVE_GROUPS || !covers(o, g->g.mask)))
		o->t.sieve.always |= bit_of(g);
}

void
sw_sieve_forget(struct table *o, const struct sw_group *g)
{
	if (g->place < 64)
		o->t.sieve.always &= ~bit_of(g);
}

static uint8_t *
count_of(const struct table *o, const struct sw_group *g, uint32_t bucket)
{
	return &o->sieve_counts[(size_t)bucket * PS_SIEVE_GROUPS + g->place];
}

void
sw_sieve_put(struct table *o, const struct sw_group *g, uint32_t handle)
{
	uint32_t bucket;

	if (!o->t.sieve.may && o->t.kind == PS_TABLE_TERNARY && o->count >= FROM) {
		start(o);
		return;
	}
	if (!o->t.sieve.may || !is_sieved(o, g))
		return;
	bucket = ps_sieve_bucket(&o->t, sw_row_key(o, handle), o->t.words);
	if (*count_of(o, g, bucket) < MANY)
		++*count_of(o, g, bucket);
	o->sieve_may[bucket] |= (uint16_t)bit_of(g);
}

void
sw_sieve_remove(struct table *o, const struct sw_group *g, uint32_t handle)
{
	uint32_t bucket;

	if (!o->t.sieve.may || !is_sieved(o, g))
		return;
	bucket = ps_sieve_bucket(&o->t, sw_row_key(o, handle), o->t.words);
	if (*count_of(o, g, bucket) < MANY && !--*count_of(o, g, bucket))
		o->sieve_may[bucket] &= (uint16_t)~bit_of(g);
}
