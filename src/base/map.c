#include "base/map.h"

#include "base/arena.h"
#include "base/diag.h"

void
map_init(struct map *m, struct arena *a)
{
	*m = (struct map){ .arena = a };
}

/* The slot of `key`: the one that holds it, or the empty one where it would go. */
static uint32_t
slot_of(const struct map *m, struct str key)
{
	uint32_t i = (uint32_t)str_hash(key) & (m->nslots - 1);

	while (m->slots[i] && !str_eq(m->entries[m->slots[i] - 1].key, key))
		i = (i + 1) & (m->nslots - 1);
	return i;
}

static struct map_entry *
find(const struct map *m, struct str key)
{
	uint32_t index;

	if (!m->n)
		return NULL;
	index = m->slots[slot_of(m, key)];
	return index ? &m->entries[index - 1] : NULL;
}

void *
map_get(const struct map *m, struct str key)
{
	struct map_entry *e = find(m, key);

	return e ? e->value : NULL;
}

bool
map_has(const struct map *m, struct str key)
{
	return find(m, key) != NULL;
}

/* Doubles both arrays: slots stay at most half full. */
static void
grow(struct map *m)
{
	uint32_t cap = m->cap ? m->cap * 2 : 8;
	struct map_entry *entries;

	if (cap > UINT32_MAX / 4)
		bug("a map of more than %u entries", m->cap);
	entries = arena_array(m->arena, struct map_entry, cap);
	if (m->n)
		memcpy(entries, m->entries, m->n * sizeof(*entries));
	m->entries = entries;
	m->cap = cap;
	m->nslots = cap * 2;
	m->slots = arena_array(m->arena, uint32_t, m->nslots);
	for (uint32_t i = 0; i < m->n; i++)
		m->slots[slot_of(m, entries[i].key)] = i + 1;
}

void *
map_put(struct map *m, struct str key, void *value)
{
	struct map_entry *e = find(m, key);

	if (e) {
		void *previous = e->value;

		e->value = value;
		return previous;
	}
	if (m->n == m->cap)
		grow(m);
	m->entries[m->n] = (struct map_entry){ key, value };
	m->slots[slot_of(m, key)] = ++m->n;
	return NULL;
}
