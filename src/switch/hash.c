#include "switch/hash.h"

#include <stdlib.h>

#include "base/diag.h"
#include "switch/memory.h"

#define SLOTS_FIRST 8

void
sw_hash_init(struct ps_hash *h, uint32_t words)
{
	h->slots = sw_alloc(SLOTS_FIRST, (1 + words) * sizeof(uint64_t));
	h->last = SLOTS_FIRST - 1;
	h->used = 0;
}

static uint64_t *
slot_at(const struct ps_hash *h, uint64_t at, uint32_t words)
{
	return h->slots + (at & h->last) * (1 + words);
}

uint64_t *
sw_hash_slot(const struct ps_hash *h, const uint64_t *key, uint32_t words)
{
	uint64_t at = ps_key_hash(key, NULL, words);

	for (;; at++) {
		uint64_t *slot = slot_at(h, at, words);

		if (!slot[0] || !memcmp(slot + 1, key, words * sizeof(*key)))
			return slot;
	}
}

static void
hash_grow(struct ps_hash *h, uint32_t words)
{
	struct ps_hash old = *h;

	h->last = h->last * 2 + 1;
	h->slots = sw_alloc_large((size_t)h->last + 1, (1 + words) * sizeof(uint64_t));
	for (uint64_t i = 0; i <= old.last; i++) {
		const uint64_t *from = slot_at(&old, i, words);

		if (from[0])
			memcpy(sw_hash_slot(h, from + 1, words), from, (1 + words) * sizeof(*from));
	}
	free(old.slots);
}

void
sw_hash_put(struct ps_hash *h, const uint64_t *key, uint32_t words, const struct ps_entry *e)
{
	uint64_t *slot;

	if (((uint64_t)h->used + 1) * 2 > h->last)
		hash_grow(h, words);
	slot = sw_hash_slot(h, key, words);
	if (!slot[0]) {
		h->used++;
		memcpy(slot + 1, key, words * sizeof(*key));
	}
	slot[0] = (uint64_t)(uintptr_t)e;
}

/* Those that probing had pushed past the slot move back. */
void
sw_hash_remove(struct ps_hash *h, const uint64_t *key, uint32_t words)
{
	uint64_t *hole = sw_hash_slot(h, key, words);
	uint64_t at = (uint64_t)(hole - h->slots) / (1 + words), next = at;

	if (!hole[0])
		bug("a table's entry is not in its hash");
	h->used--;
	for (;;) {
		uint64_t *slot, home;

		next = (next + 1) & h->last;
		slot = slot_at(h, next, words);
		if (!slot[0])
			break;
		home = ps_key_hash(slot + 1, NULL, words) & h->last;
		if (((next - home) & h->last) < ((next - at) & h->last))
			continue;
		memcpy(slot_at(h, at, words), slot, (1 + words) * sizeof(*slot));
		at = next;
	}
	slot_at(h, at, words)[0] = 0;
}
