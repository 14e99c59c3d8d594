#include "switch/trie.h"

#include <stdlib.h>

#include "switch/memory.h"

#define ROOT_BITS 16
#define ROOT_SLOTS (1u << ROOT_BITS)
#define BLOCK 256u

void
sw_trie_init(struct sw_trie *s, struct ps_trie *t, uint32_t width)
{
	*s = (struct sw_trie){ .t = t };
	*t = (struct ps_trie){ .root = sw_alloc(ROOT_SLOTS, sizeof(*t->root)), .shift = 32 - width };
}

void
sw_trie_free(struct sw_trie *s)
{
	if (!s->t)
		return;
	free(s->t->root);
	free(s->t->blocks);
	free(s->t->entries);
	free(s->spare);
	free(s->lengths);
	*s->t = (struct ps_trie){ .root = NULL };
	s->t = NULL;
}

static uint32_t *
block_at(const struct sw_trie *s, uint32_t slot)
{
	return s->t->blocks + (size_t)(slot & ~PS_TRIE_BLOCK) * BLOCK;
}

/* A block whose slots all hold `fill`. */
static uint32_t
block_make(struct sw_trie *s, uint32_t fill)
{
	uint32_t number;

	if (s->nspare) {
		number = s->spare[--s->nspare];
	} else {
		if (s->nblocks == s->cap) {
			uint32_t cap = s->cap ? s->cap * 2 : 16;

			uint32_t *blocks = sw_alloc_large((size_t)cap * BLOCK, sizeof(*blocks));

			if (s->cap)
				memcpy(blocks, s->t->blocks, (size_t)s->cap * BLOCK * sizeof(*blocks));
			free(s->t->blocks);
			s->t->blocks = blocks;
			s->spare = sw_grow(s->spare, s->cap, cap, sizeof(*s->spare));
			s->cap = cap;
		}
		number = s->nblocks++;
	}
	for (uint32_t i = 0; i < BLOCK; i++)
		block_at(s, number)[i] = fill;
	return number | PS_TRIE_BLOCK;
}

/* A change of the slots that a prefix covers: those with `from` (0: with any shorter prefix) get `to`. */
struct change {
	uint32_t value, length; /* value: of 32 bits, whatever the field's width */
	uint32_t from, to;
};

static bool
applies(const struct sw_trie *s, const struct change *c, uint32_t slot)
{
	if (c->from)
		return slot == c->from;
	return !slot || s->lengths[slot - 1] <= c->length;
}

/* Whole blocks below a slot. */
static void
change_all(struct sw_trie *s, const struct change *c, uint32_t *slots, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		if (slots[i] & PS_TRIE_BLOCK)
			change_all(s, c, block_at(s, slots[i]), BLOCK);
		else if (applies(s, c, slots[i]))
			slots[i] = c->to;
	}
}

/* A block of equal slots is worth one slot. */
static void
collapse(struct sw_trie *s, uint32_t *slot)
{
	const uint32_t *b = block_at(s, *slot);

	for (uint32_t i = 0; i < BLOCK; i++)
		if (b[i] != b[0] || (b[i] & PS_TRIE_BLOCK))
			return;
	s->spare[s->nspare++] = *slot & ~PS_TRIE_BLOCK;
	*slot = b[0];
}

/* The slots of one level: `base` is the level's first, `bits` what it tells apart, `above` the bits before it. base 0 is the root;
 * others are found by number, because making a block may move all of them. */
static void
change_level(struct sw_trie *s, const struct change *c, uint32_t base, uint32_t above, uint32_t bits)
{
	uint32_t *slots = base ? block_at(s, base) : s->t->root;
	uint32_t below = 32 - above - bits, at = c->value >> below & ((1u << bits) - 1), block;

	if (c->length <= above + bits) {
		change_all(s, c, slots + at, 1u << (above + bits - c->length));
		return;
	}
	block = slots[at];
	if (!(block & PS_TRIE_BLOCK)) {
		block = block_make(s, block);
		slots = base ? block_at(s, base) : s->t->root;
		slots[at] = block;
	}
	change_level(s, c, block, above + bits, 8);
	slots = base ? block_at(s, base) : s->t->root;
	if (c->from)
		collapse(s, &slots[at]);
}

static void
room_for(struct sw_trie *s, uint32_t handle)
{
	uint32_t cap = handle < 8 ? 16 : handle * 2;

	if (handle < s->nentries)
		return;
	s->t->entries = sw_grow(s->t->entries, s->nentries, cap, sizeof(*s->t->entries));
	s->lengths = sw_grow(s->lengths, s->nentries, cap, sizeof(*s->lengths));
	s->nentries = cap;
}

void
sw_trie_put(struct sw_trie *s, uint32_t value, uint32_t length, const struct ps_entry *e)
{
	struct change c = { .value = value << s->t->shift, .length = length, .to = e->handle + 1 };

	room_for(s, e->handle);
	s->t->entries[e->handle] = e;
	s->lengths[e->handle] = (uint8_t)length;
	change_level(s, &c, 0, 0, ROOT_BITS);
}

void
sw_trie_replace(struct sw_trie *s, const struct ps_entry *e)
{
	s->t->entries[e->handle] = e;
}

void
sw_trie_remove(struct sw_trie *s, uint32_t value, uint32_t length, uint32_t handle, const struct ps_entry *wider)
{
	struct change c = { .value = value << s->t->shift, .length = length, .from = handle + 1,
			    .to = wider ? wider->handle + 1 : 0 };

	change_level(s, &c, 0, 0, ROOT_BITS);
	s->t->entries[handle] = NULL;
}
