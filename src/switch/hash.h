/* hash.h - changing the hash tables that look-ups probe (packetscope/table.h). Inside the switch only.
 *
 * A table that has become too small, or whose filter is full of keys that are gone, moves into new memory a few slots at a time, with
 * each insertion that follows: no change costs more than a bounded number of steps, however many keys there are.
 */
#ifndef SWITCH_HASH_H
#define SWITCH_HASH_H

#include "packetscope/table.h"

/* A hash table and what only changes need. `h` is what look-ups see. */
struct sw_hash {
	struct ps_hash *h;
	const struct ps_table *t;
	const uint64_t *mask; /* NULL: exact */
	uint32_t used;	      /* keys */
	uint32_t gone;	      /* removed since the filter was made */
	uint32_t moved;	      /* slots of h->old that have been moved */
	uint64_t *filter;     /* for `filter_last` + 1 slots; look-ups don't see it while the table grows */
	uint32_t filter_last;
	bool filtered;
};

void sw_hash_init(struct sw_hash *s, struct ps_hash *h, const struct ps_table *t, const uint64_t *mask, bool filtered);
void sw_hash_free(struct sw_hash *s);
/* The handle + 1 of the key, 0: it isn't there. `key` is masked already. */
uint32_t sw_hash_get(const struct sw_hash *s, const uint64_t *key);
/* Puts the key of the record `handle`, which is there already, or replaces the handle of an equal key. Returns the slots touched. */
uint64_t sw_hash_put(struct sw_hash *s, uint32_t handle);
/* The key must be there. */
void sw_hash_remove(struct sw_hash *s, const uint64_t *key);

#endif
