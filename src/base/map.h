/* map.h - a hash map from strings to pointers that remembers insertion order, in an arena.
 * Walking it is deterministic: entries come in the order in which they were put. */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stdbool.h>

#include "base/str.h"

struct arena;

struct map_entry {
	struct str key;
	void *value;
};

struct map {
	struct arena *arena;
	struct map_entry *entries; /* insertion order */
	uint32_t n, cap;
	uint32_t *slots; /* index + 1 into entries */
	uint32_t nslots;
};

void map_init(struct map *m, struct arena *a);
/* The value under `key`, NULL when absent. */
void *map_get(const struct map *m, struct str key);
bool map_has(const struct map *m, struct str key);
/* Puts or replaces; returns the previous value or NULL. The key's bytes are not copied. */
void *map_put(struct map *m, struct str key, void *value);

#endif
