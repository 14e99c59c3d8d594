#include "switch/trie.h"

#include <stdlib.h>

#include "switch/memory.h"

#define ROOT_BITS 16
#define ROOT_SLOTS ((size_t)1 << ROOT_BITS)
#define BLOCK ((size_t)256)
#define INNER_MAX (1u << 24) /* blocks of the last level */

void
sw_trie_init(struct sw_trie *s, struct ps_trie *t, uint32_t width, uint32_t size)
{
	*s = (struct sw_trie){ .t = t, .size = size };
	s->cap = ROOT_SLOTS + (size < INNER_MAX ? size : INNER_MAX);
	s->spare = sw_reserve(s->cap * sizeof(*s->spare));
	s->lengths = sw_reserve(size);
	*t = (struct ps_trie){
		.root = sw_reserve(ROOT_SLOTS * sizeof(*t->root)),
		.blocks = sw_reserve(s->cap * BLOCK * sizeof(*t->blocks)),
		.over = sw_reserve(s->cap * sizeof(*t->over)),
		.shift = 32 - width,
	};
}

void
sw_trie_free(struct sw_trie *s)
{
	struct ps_trie *t = s->t;

	if (!t)
		return;
	sw_release(t->root, ROOT_SLOTS * sizeof(*t->root));
	sw_release(t->blocks, s->cap * BLOCK * sizeof(*t->blocks));
	sw_release(t->over, s->cap * sizeof(*t->over));
	sw_release(s->spare, s->cap * sizeof(*s->spare));
	sw_release(s->lengths, s->size);
	*t = (struct ps_trie){ .root = NULL };
	s->t = NULL;
}

static uint32_t *
block_at(const struct sw_trie *s, uint32_t slot)
{
	return s->t->blocks + (slot & ~PS_TRIE_BLOCK) * BLOCK;
}

/* The block below a slot; made when there is none. */
static uint32_t *
below(struct sw_trie *s, uint32_t *slot)
{
	uint32_t number;

	if (!(*slot & PS_TRIE_BLOCK)) {
		number = s->nspare ? s->spare[--s->nspare] : s->nblocks++;
		s->t->over[number] = *slot;
		*slot = number | PS_TRIE_BLOCK;
	}
	return block_at(s, *slot);
}

/* A block that knows no prefix is gone. */
static void
collapse(struct sw_trie *s, uint32_t *slot)
{
	const uint32_t *b = block_at(s, *slot);

	for (size_t i = 0; i < BLOCK; i++)
		if (b[i])
			return;
	s->spare[s->nspare++] = *slot & ~PS_TRIE_BLOCK;
	*slot = s->t->over[*slot & ~PS_TRIE_BLOCK];
}

/* A change of the slots that a prefix covers: those with `from` (0: with any shorter prefix) get `to`. */
struct change {
	uint32_t value, length; /* value: of 32 bits, whatever the field's width */
	uint32_t from, to;
};

static void
change_slots(struct sw_trie *s, const struct change *c, uint32_t *slots, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t *slot = slots[i] & PS_TRIE_BLOCK ? &s->t->over[slots[i] & ~PS_TRIE_BLOCK] : &slots[i];

		if (c->from ? *slot == c->from : !*slot || s->lengths[*slot - 1] <= c->length)
			*slot = c->to;
	}
	s->work += n;
}

static void
change(struct sw_trie *s, const struct change *c)
{
	uint32_t *root = &s->t->root[c->value >> 16], *middle, *inner;

	s->work = 0;
	if (c->length <= 16) {
		change_slots(s, c, root, (size_t)1 << (16 - c->length));
		return;
	}
	middle = below(s, root) + (c->value >> 8 & 255);
	if (c->length <= 24) {
		change_slots(s, c, middle, (size_t)1 << (24 - c->length));
	} else {
		inner = below(s, middle) + (c->value & 255);
		change_slots(s, c, inner, (size_t)1 << (32 - c->length));
		if (!c->to)
			collapse(s, middle);
	}
	if (!c->to)
		collapse(s, root);
}

void
sw_trie_put(struct sw_trie *s, uint32_t value, uint32_t length, uint32_t handle)
{
	struct change c = { .value = value << s->t->shift, .length = length, .to = handle + 1 };

	s->lengths[handle] = (uint8_t)length;
	change(s, &c);
}

uint32_t
sw_trie_level(uint32_t length)
{
	return length <= 16 ? 0 : length <= 24 ? 17 : 25;
}

void
sw_trie_remove(struct sw_trie *s, uint32_t value, uint32_t length, uint32_t handle, uint32_t wider)
{
	struct change c = { .value = value << s->t->shift, .length = length, .from = handle + 1, .to = wider };

	change(s, &c);
}
