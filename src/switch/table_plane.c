/* Ternary tables with many masks: for each byte of the key, which groups may have an entry with a value of it. */
#include <stdlib.h>

#include "base/alloc.h"
#include "switch/memory.h"
#include "switch/table_own.h"

/* The key's bytes that a mask can say something about. */
void
sw_planes_init(struct table *o)
{
	for (uint32_t i = 0; i < o->t.words * 8 && o->t.nkey_bytes < PS_PLANE_BYTES; i++)
		if (((const uint8_t *)o->full)[i])
			o->t.key_bytes[o->t.nkey_bytes++] = (uint8_t)i;
}

void
sw_planes_drop(struct table *o)
{
	for (uint32_t i = 0; i < o->t.nplanes; i++) {
		free(o->planes[i]->may);
		free(o->planes[i]);
	}
	free(o->planes);
	o->t.planes = o->planes = NULL;
	o->t.nplanes = 0;
}

static void
add_plane(struct table *o)
{
	struct ps_plane *p = alloc(1, sizeof(*p));

	p->may = alloc(o->t.nkey_bytes, sizeof(*p->may));
	o->t.planes = o->planes = sw_grow(o->planes, o->t.nplanes, o->t.nplanes + 1, sizeof(struct ps_plane *));
	o->planes[o->t.nplanes++] = p;
}

static uint32_t
free_place(struct table *o)
{
	for (uint32_t i = 0; i < o->t.nplanes; i++)
		if (o->planes[i]->used != UINT64_MAX)
			return 64 * i + (uint32_t)__builtin_ctzll(~o->planes[i]->used);
	add_plane(o);
	return 64 * (o->t.nplanes - 1);
}

void
sw_planes_add(struct table *o, struct sw_group *g)
{
	struct ps_plane *p;
	uint64_t bit;

	if (o->t.kind != PS_TABLE_TERNARY)
		return;
	g->place = free_place(o);
	p = o->planes[g->place / 64];
	bit = UINT64_C(1) << g->place % 64;
	/* What an earlier group of this place knew is forgotten; a byte that the mask leaves out may have any value. */
	for (uint32_t k = 0; k < o->t.nkey_bytes; k++) {
		bool any = !((const uint8_t *)g->g.mask)[o->t.key_bytes[k]];

		for (uint32_t v = 0; v < 256; v++)
			p->may[k][v] = any ? p->may[k][v] | bit : p->may[k][v] & ~bit;
	}
	p->groups[g->place % 64] = &g->g;
	p->used |= bit;
	o->work += o->t.nkey_bytes;
}

void
sw_planes_remove(struct table *o, const struct sw_group *g)
{
	if (o->t.kind == PS_TABLE_TERNARY)
		o->planes[g->place / 64]->used &= ~(UINT64_C(1) << g->place % 64);
}

void
sw_planes_note(struct table *o, const struct sw_group *g, const uint64_t *key)
{
	uint64_t bit = UINT64_C(1) << g->place % 64;

	if (o->t.kind != PS_TABLE_TERNARY)
		return;
	for (uint32_t k = 0; k < o->t.nkey_bytes; k++) {
		uint8_t mask = ((const uint8_t *)g->g.mask)[o->t.key_bytes[k]], value = ((const uint8_t *)key)[o->t.key_bytes[k]];
		uint8_t rest = (uint8_t)~mask, some = 0;

		/* All values whose masked bits are the key's: with each subset of the other bits. */
		while (mask) {
			o->planes[g->place / 64]->may[k][value | some] |= bit;
			some = (uint8_t)((some - rest) & rest);
			if (!some)
				break;
		}
	}
}
