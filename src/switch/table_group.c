/* LPM and ternary tables: groups of entries with the same mask, each with a hash table. */
#include <stdlib.h>

#include "switch/memory.h"
#include "base/alloc.h"
#include "switch/table_own.h"

static struct sw_group *
group_of(struct ps_group *g)
{
	return (struct sw_group *)(void *)g;
}

struct sw_group *
sw_groups_find(const struct table *o, const uint64_t *mask)
{
	for (uint32_t i = 0; i < o->t.ngroups; i++)
		if (!memcmp(o->groups[i]->mask, mask, o->t.words * sizeof(*mask)))
			return group_of(o->groups[i]);
	return NULL;
}

static bool
comes_before(const struct table *o, const struct ps_group *a, const struct ps_group *b)
{
	if (o->t.kind == PS_TABLE_LPM)
		return a->prefix > b->prefix;
	return a->priority != b->priority ? a->priority < b->priority : a->handle < b->handle;
}

/* Moves the group forward to where it belongs. */
static void
sift(struct table *o, struct sw_group *g)
{
	uint32_t i = 0;

	while (o->groups[i] != &g->g)
		i++;
	for (; i > 0 && comes_before(o, o->groups[i], o->groups[i - 1]); i--) {
		o->groups[i] = o->groups[i - 1];
		o->groups[i - 1] = &g->g;
		o->work++;
	}
}

static struct sw_group *
make(struct table *o, uint32_t handle)
{
	const uint64_t *mask = sw_row_mask(o, handle);
	struct sw_group *g = alloc(1, sizeof(*g));

	if (o->t.ngroups == o->groups_cap) {
		uint32_t cap = o->groups_cap ? o->groups_cap * 2 : 8;

		o->t.groups = o->groups = sw_grow(o->groups, o->groups_cap, cap, sizeof(struct ps_group *));
		o->groups_cap = cap;
	}
	o->groups[o->t.ngroups++] = &g->g;
	g->g.mask = sw_dup(mask, o->t.words * sizeof(*mask));
	g->g.priority = sw_row_entry(o, handle)->priority;
	g->g.handle = handle;
	g->g.prefix = sw_bits_in(mask, o->t.words);
	sw_hash_init(&g->hash, &g->g.hash, &o->t, g->g.mask, true);
	sw_planes_add(o, g);
	sw_sieve_add(o, g);
	sift(o, g);
	return g;
}

static void
drop(struct sw_group *g)
{
	sw_hash_free(&g->hash);
	free((void *)(uintptr_t)g->g.mask);
	free(g);
}

void
sw_groups_drop(struct table *o)
{
	for (uint32_t i = 0; i < o->t.ngroups; i++)
		drop(group_of(o->groups[i]));
	o->t.ngroups = 0;
	sw_planes_drop(o);
	sw_sieve_drop(o);
}

static bool
better(const struct ps_entry *a, const struct ps_entry *b)
{
	return a->priority != b->priority ? a->priority < b->priority : a->handle < b->handle;
}

static void
improve(struct table *o, struct sw_group *g, const struct ps_entry *e)
{
	if (o->t.kind != PS_TABLE_TERNARY || e->priority > g->g.priority ||
	    (e->priority == g->g.priority && e->handle > g->g.handle))
		return;
	g->g.priority = e->priority;
	g->g.handle = e->handle;
	sift(o, g);
}

/* Links the row among those with the same mask and masked key, best first. */
void
sw_groups_put(struct table *o, uint32_t handle)
{
	struct sw_group *g = sw_groups_find(o, sw_row_mask(o, handle));
	const struct ps_entry *e = sw_row_entry(o, handle);
	uint32_t first, *link = &first;

	o->work += o->t.ngroups;
	if (g)
		improve(o, g, e);
	else
		g = make(o, handle);
	first = sw_hash_get(&g->hash, sw_row_key(o, handle));
	for (; *link && better(sw_row_entry(o, *link - 1), e); link = &sw_row(o, *link - 1)->worse)
		o->work++;
	sw_row(o, handle)->worse = *link;
	*link = handle + 1;
	sw_sieve_put(o, g, handle);
	if (first != handle + 1)
		return;
	o->work += sw_hash_put(&g->hash, handle);
	sw_planes_note(o, g, sw_row_key(o, handle));
}

static void
forget(struct table *o, struct sw_group *g)
{
	uint32_t i = 0;

	while (o->groups[i] != &g->g)
		i++;
	o->t.ngroups--;
	memmove(o->groups + i, o->groups + i + 1, (o->t.ngroups - i) * sizeof(struct ps_group *));
	sw_planes_remove(o, g);
	sw_sieve_forget(o, g);
	drop(g);
}

void
sw_groups_remove(struct table *o, uint32_t handle)
{
	struct sw_group *g = sw_groups_find(o, sw_row_mask(o, handle));
	uint32_t first = sw_hash_get(&g->hash, sw_row_key(o, handle)), *link = &first, worse = sw_row(o, handle)->worse;

	sw_sieve_remove(o, g, handle);
	if (first == handle + 1 && worse) {
		sw_hash_put(&g->hash, worse - 1);
		return;
	}
	if (first != handle + 1) {
		while (*link != handle + 1)
			link = &sw_row(o, *link - 1)->worse;
		*link = worse;
		return;
	}
	sw_hash_remove(&g->hash, sw_row_key(o, handle));
	if (!g->hash.used)
		forget(o, g); /* else its priority is now perhaps too good: that costs a probe, no more */
}

bool
sw_groups_know(const struct table *o, uint32_t handle)
{
	const struct sw_group *g = sw_groups_find(o, sw_row_mask(o, handle));
	uint32_t x = g ? sw_hash_get(&g->hash, sw_row_key(o, handle)) : 0;

	for (; x; x = sw_row(o, x - 1)->worse)
		if (sw_row_entry(o, x - 1)->priority == sw_row_entry(o, handle)->priority)
			return true;
	return false;
}

uint32_t
sw_groups_wider(const struct table *o, uint32_t handle, uint32_t least)
{
	uint32_t length = sw_bits_in(sw_row_mask(o, handle), o->t.words);

	for (uint32_t i = 0; i < o->t.ngroups; i++) {
		const struct sw_group *g = group_of(o->groups[i]);
		uint64_t key = sw_row_key(o, handle)[0] & g->g.mask[0];
		uint32_t found;

		if (g->g.prefix >= length || g->g.prefix < least)
			continue;
		found = sw_hash_get(&g->hash, &key);
		if (found)
			return found;
	}
	return 0;
}
