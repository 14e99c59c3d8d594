#include "switch/hash.h"

#include <stdlib.h>

#include "base/diag.h"
#include "switch/memory.h"

#define SLOTS_FIRST 8
#define MOVES 16 /* slots that an insertion moves; more than 2, so that a move ends before the next is needed */

/* In `old`: a key that has been removed. No handle, but not free either. */
#define DEAD ((uint64_t)1 << 32)

static size_t
slots_size(uint32_t last)
{
	return ((size_t)last + 1) * sizeof(uint64_t);
}

static size_t
filter_size(uint32_t last)
{
	return (size_t)last + 1; /* 8 bits a slot */
}

static const uint64_t all_ones = UINT64_MAX;

static void
filter_make(struct sw_hash *s, uint32_t last)
{
	s->filter = s->filtered ? sw_reserve(filter_size(last)) : NULL;
	s->filter_last = last;
}

/* Look-ups may trust it. */
static void
filter_use(struct sw_hash *s)
{
	s->h->filter = s->filter ? s->filter : &all_ones;
	s->h->filter_last = s->filter ? s->filter_last >> 3 : 0;
}

static void
filter_drop(struct sw_hash *s)
{
	sw_release(s->filter, filter_size(s->filter_last));
	s->filter = NULL;
	filter_use(s);
}

void
sw_hash_init(struct sw_hash *s, struct ps_hash *h, const struct ps_table *t, const uint64_t *mask, bool filtered)
{
	*s = (struct sw_hash){ .h = h, .t = t, .mask = mask, .filtered = filtered };
	*h = (struct ps_hash){ .last = SLOTS_FIRST - 1, .slots = sw_reserve(slots_size(SLOTS_FIRST - 1)) };
	filter_make(s, h->last);
	filter_use(s);
}

void
sw_hash_free(struct sw_hash *s)
{
	struct ps_hash *h = s->h;

	if (!h)
		return;
	sw_release(h->slots, slots_size(h->last));
	sw_release(h->old, slots_size(h->old_last));
	filter_drop(s);
	*h = (struct ps_hash){ .slots = NULL };
	s->h = NULL;
}

static void
note(struct sw_hash *s, uint64_t hash)
{
	if (s->filter)
		s->filter[hash >> 30 & s->filter_last >> 3] |= (uint64_t)1 << (hash >> 24 & 63);
}

uint32_t
sw_hash_get(const struct sw_hash *s, const uint64_t *key)
{
	const struct ps_hash *h = s->h;
	uint64_t hash = ps_key_hash(key, NULL, s->t->words);
	uint32_t found = ps_slots_find(s->t, h->slots, h->last, key, NULL, s->t->words, hash);

	return !found && h->old ? ps_slots_find(s->t, h->old, h->old_last, key, NULL, s->t->words, hash) : found;
}

/* The slot of the key among `slots`, NULL: it isn't there. */
static uint64_t *
slot_of(const struct sw_hash *s, uint64_t *slots, uint32_t last, const uint64_t *key)
{
	uint64_t hash = ps_key_hash(key, NULL, s->t->words);

	for (uint64_t at = hash; slots[at & last]; at++) {
		uint64_t slot = slots[at & last];

		if (slot >> 32 == hash >> 32 && (uint32_t)slot &&
		    ps_key_equal(ps_key_of(s->t, (uint32_t)slot - 1), key, NULL, s->t->words))
			return &slots[at & last];
	}
	return NULL;
}

static uint64_t
hash_of(const struct sw_hash *s, uint32_t handle)
{
	return ps_key_hash(ps_key_of(s->t, handle), NULL, s->t->words);
}

/* Into a free slot of the present ones; returns the slots touched. */
static uint64_t
place(struct sw_hash *s, uint32_t handle)
{
	struct ps_hash *h = s->h;
	uint64_t hash = hash_of(s, handle), at = hash;

	while (h->slots[at & h->last])
		at++;
	h->slots[at & h->last] = hash >> 32 << 32 | (handle + 1);
	note(s, hash);
	return at - hash + 1;
}

static void
grow_start(struct sw_hash *s)
{
	struct ps_hash *h = s->h;
	bool crowded = s->used * 4 > h->last; /* else the filter's stale bits are the reason */

	h->old = h->slots;
	h->old_last = h->last;
	filter_drop(s);
	if (crowded)
		h->last = h->last * 2 + 1;
	h->slots = sw_reserve(slots_size(h->last));
	filter_make(s, h->last);
	s->moved = s->gone = 0;
}

/* A key stays in `old` when it has moved: those behind it must be found until they have moved too. */
static uint64_t
grow_step(struct sw_hash *s)
{
	struct ps_hash *h = s->h;
	uint64_t work = 0;

	for (uint32_t i = 0; i < MOVES && s->moved <= h->old_last; i++) {
		uint32_t handle = (uint32_t)h->old[s->moved++];

		work += handle ? place(s, handle - 1) : 1;
	}
	if (s->moved <= h->old_last)
		return work;
	sw_release(h->old, slots_size(h->old_last));
	h->old = NULL;
	filter_use(s);
	return work;
}

uint64_t
sw_hash_put(struct sw_hash *s, uint32_t handle)
{
	struct ps_hash *h = s->h;
	const uint64_t *key = ps_key_of(s->t, handle);
	uint64_t *now = slot_of(s, h->slots, h->last, key), *before = h->old ? slot_of(s, h->old, h->old_last, key) : NULL;
	uint64_t work = 1;

	if (now)
		*now = *now >> 32 << 32 | (handle + 1);
	if (before)
		*before = *before >> 32 << 32 | (handle + 1);
	if (now || before)
		return work;
	if (!h->old && ((uint64_t)s->used + s->gone + 1) * 2 > h->last)
		grow_start(s);
	if (h->old)
		work += grow_step(s);
	s->used++;
	return work + place(s, handle);
}

/* Those that probing had pushed past the slot move back. */
static void
close_gap(struct sw_hash *s, uint64_t at)
{
	struct ps_hash *h = s->h;

	for (uint64_t next = at + 1; h->slots[next & h->last]; next++) {
		uint64_t slot = h->slots[next & h->last], home = hash_of(s, (uint32_t)slot - 1);

		if (((next - home) & h->last) < ((next - at) & h->last))
			continue;
		h->slots[at & h->last] = slot;
		at = next;
	}
	h->slots[at & h->last] = 0;
}

void
sw_hash_remove(struct sw_hash *s, const uint64_t *key)
{
	struct ps_hash *h = s->h;
	uint64_t *before = h->old ? slot_of(s, h->old, h->old_last, key) : NULL;
	uint64_t *now = slot_of(s, h->slots, h->last, key);

	if (!now && !before)
		bug("a table's entry is not in its hash");
	if (before)
		*before = DEAD;
	if (now)
		close_gap(s, (uint64_t)(now - h->slots));
	s->used--;
	s->gone += s->filtered;
}
