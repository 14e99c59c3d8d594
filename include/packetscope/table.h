/* table.h - match-action tables as generated code looks into them: one inline function. The switch builds and
 * changes them (src/switch/table.h); a look-up only reads.
 *
 * Exact keys sit in one hash table with linear probing, key beside pointer, at most half full. LPM, ternary and
 * optional keys are a list of such hash tables, one per distinct mask ("group"): for LPM the longest prefix comes
 * first and the first hit wins (a single LPM field of up to 32 bits has a trie of 16, 8 and 8 bits instead); for ternary the group with the best entry comes first, and the search ends when
 * no later group can hold a better one. Tables with a range are walked in order of priority.
 */
#ifndef PACKETSCOPE_TABLE_H
#define PACKETSCOPE_TABLE_H

#include <stddef.h>
#include <string.h>

#include "packetscope/program.h"

enum ps_table_kind { PS_TABLE_NO_KEY, PS_TABLE_EXACT, PS_TABLE_LPM, PS_TABLE_TERNARY, PS_TABLE_RANGE };

/* slots: (1 + words) 64-bit words each: address of the ps_entry (0: free), then the key. */
struct ps_hash {
	uint64_t *slots;
	uint32_t last; /* number of slots - 1; a power of two less one */
	uint32_t used;
};

struct ps_group {
	struct ps_hash hash;
	const uint64_t *mask; /* words of it */
	int32_t priority;     /* of the best entry inside; among equals the lowest handle */
	uint32_t handle;
	uint32_t prefix; /* bits set in the mask: LPM's order */
};

/* Slots of 32 bits: 0, an entry's handle + 1, or PS_TRIE_BLOCK + the number of a block of 256 slots. */
#define PS_TRIE_BLOCK 0x80000000u
struct ps_trie {
	uint32_t *root; /* by the upper 16 bits; NULL: the table has no trie */
	uint32_t *blocks;
	const struct ps_entry **entries; /* by handle */
	uint32_t shift; /* 32 - the field's width */
};

/* A field of a range match inside the key. */
struct ps_range_field {
	uint16_t offset, size;
};

struct ps_range_row { /* in order of priority, then handle */
	const struct ps_entry *entry;
	const uint64_t *value; /* low ends where the field is a range */
	const uint64_t *mask;  /* of the other fields; 0 under ranges */
	const uint64_t *high;
};

/* An entry whose `group` has PS_GROUP set stands for a group of an action selector: one copy of it per member, with the
 * member's action and parameters. Other entries of tables with an action profile already have their member's. */
#define PS_GROUP 0x80000000u
struct ps_choice {
	const struct ps_entry **v;
	uint32_t n;
};

struct ps_table {
	enum ps_table_kind kind;
	uint32_t words; /* of the key */
	const struct ps_entry *default_entry;
	struct ps_hash exact;
	struct ps_trie trie;
	struct ps_group *groups; /* in the order of search */
	uint32_t ngroups;
	struct ps_range_row *rows;
	uint32_t nrows;
	const struct ps_range_field *ranges;
	uint32_t nranges;
	const struct ps_choice *choices; /* by ps_entry.counter; NULL: no entry is a group */
	const uint64_t *selector;	 /* the bits of the key that choose a member */
	bool large;  /* its memory is not in the cache: ps_table_ahead is worth its time */
	void *owner; /* the switch's own part */
};

static inline uint64_t
ps_key_hash(const uint64_t *key, const uint64_t *mask, uint32_t words)
{
	uint64_t h = 0x9e3779b97f4a7c15u;

	for (uint32_t i = 0; i < words; i++) {
		h ^= mask ? key[i] & mask[i] : key[i];
		h *= 0xff51afd7ed558ccdu;
		h ^= h >> 32;
	}
	return h;
}

static inline const struct ps_entry *
ps_hash_find(const struct ps_hash *hash, const uint64_t *key, uint32_t words)
{
	uint64_t at = ps_key_hash(key, NULL, words);

	for (;; at++) {
		const uint64_t *slot = hash->slots + (at & hash->last) * (1 + words);
		uint64_t differs = 0;

		if (!slot[0])
			return NULL;
		for (uint32_t i = 0; i < words; i++)
			differs |= slot[1 + i] ^ key[i];
		if (!differs)
			return (const struct ps_entry *)(uintptr_t)slot[0];
	}
}

static inline const struct ps_entry *
ps_hash_find_masked(const struct ps_hash *hash, const uint64_t *key, const uint64_t *mask, uint32_t words)
{
	uint64_t at = ps_key_hash(key, mask, words);

	for (;; at++) {
		const uint64_t *slot = hash->slots + (at & hash->last) * (1 + words);
		uint64_t differs = 0;

		if (!slot[0])
			return NULL;
		for (uint32_t i = 0; i < words; i++)
			differs |= slot[1 + i] ^ (key[i] & mask[i]);
		if (!differs)
			return (const struct ps_entry *)(uintptr_t)slot[0];
	}
}

static inline const struct ps_entry *
ps_lookup_trie(const struct ps_table *t, const uint64_t *key)
{
	uint32_t k = (uint32_t)key[0] << t->trie.shift, slot = t->trie.root[k >> 16];

	if (slot & PS_TRIE_BLOCK) {
		slot = t->trie.blocks[(size_t)(slot & ~PS_TRIE_BLOCK) * 256 + (k >> 8 & 255)];
		if (slot & PS_TRIE_BLOCK)
			slot = t->trie.blocks[(size_t)(slot & ~PS_TRIE_BLOCK) * 256 + (k & 255)];
	}
	return slot ? t->trie.entries[slot - 1] : t->default_entry;
}

static inline const struct ps_entry *
ps_lookup_lpm(const struct ps_table *t, const uint64_t *key)
{
	if (t->trie.root)
		return ps_lookup_trie(t, key);
	for (uint32_t g = 0; g < t->ngroups; g++) {
		const struct ps_group *group = &t->groups[g];
		const struct ps_entry *e =
			t->words == 1 ? ps_hash_find_masked(&group->hash, key, group->mask, 1) :
			t->words == 2 ? ps_hash_find_masked(&group->hash, key, group->mask, 2) :
					ps_hash_find_masked(&group->hash, key, group->mask, t->words);

		if (e)
			return e;
	}
	return t->default_entry;
}

static inline const struct ps_entry *
ps_lookup_ternary(const struct ps_table *t, const uint64_t *key)
{
	const struct ps_entry *best = NULL;

	for (uint32_t i = 0; i < t->ngroups; i++) {
		const struct ps_group *g = &t->groups[i];
		const struct ps_entry *e;

		if (best && (g->priority > best->priority ||
			     (g->priority == best->priority && g->handle > best->handle)))
			break;
		e = t->words == 1 ? ps_hash_find_masked(&g->hash, key, g->mask, 1) :
		    t->words == 2 ? ps_hash_find_masked(&g->hash, key, g->mask, 2) :
				    ps_hash_find_masked(&g->hash, key, g->mask, t->words);
		if (e && (!best || e->priority < best->priority ||
			  (e->priority == best->priority && e->handle < best->handle)))
			best = e;
	}
	return best ? best : t->default_entry;
}

/* -1, 0, 1 for native integers of `size` bytes (8k: words, least significant first). */
static inline int
ps_compare(const uint8_t *a, const uint8_t *b, uint32_t size)
{
	if (size == 2) {
		uint16_t x, y;

		memcpy(&x, a, 2);
		memcpy(&y, b, 2);
		return x < y ? -1 : x > y;
	}
	if (size == 4) {
		uint32_t x, y;

		memcpy(&x, a, 4);
		memcpy(&y, b, 4);
		return x < y ? -1 : x > y;
	}
	/* Little endian: the last byte weighs most, whatever the size. */
	for (uint32_t i = size; i-- > 0;)
		if (a[i] != b[i])
			return a[i] < b[i] ? -1 : 1;
	return 0;
}

static inline bool
ps_range_matches(const struct ps_table *t, const struct ps_range_row *row, const uint64_t *key)
{
	for (uint32_t i = 0; i < t->words; i++)
		if ((key[i] ^ row->value[i]) & row->mask[i])
			return false;
	for (uint32_t i = 0; i < t->nranges; i++) {
		uint32_t at = t->ranges[i].offset, size = t->ranges[i].size;
		const uint8_t *k = (const uint8_t *)key + at;

		if (ps_compare(k, (const uint8_t *)row->value + at, size) < 0 ||
		    ps_compare(k, (const uint8_t *)row->high + at, size) > 0)
			return false;
	}
	return true;
}

static inline const struct ps_entry *
ps_lookup_range(const struct ps_table *t, const uint64_t *key)
{
	for (uint32_t i = 0; i < t->nrows; i++)
		if (ps_range_matches(t, &t->rows[i], key))
			return t->rows[i].entry;
	return t->default_entry;
}

static inline const struct ps_entry *
ps_choose(const struct ps_table *t, const struct ps_entry *e, const uint64_t *key)
{
	const struct ps_choice *c;

	if (!t->choices || !(e->group & PS_GROUP))
		return e;
	c = &t->choices[e->counter];
	/* An empty group is no hit. */
	if (!c->n)
		return t->default_entry->group & PS_GROUP ? e : t->default_entry;
	return c->v[((ps_key_hash(key, t->selector, t->words) >> 32) * c->n) >> 32];
}

/* A key's words. It was written field by field: compilers must not take that for other memory than what is read here. */
static inline __attribute__((always_inline)) const uint64_t *
ps_key_words(const void *key)
{
	__asm__("" : "+r"(key) : : "memory");
	return (const uint64_t *)__builtin_assume_aligned(key, 8);
}

static inline const struct ps_entry *
ps_table_match(const struct ps_table *t, const void *key)
{
	const uint64_t *k = ps_key_words(key);
	const struct ps_entry *e;

	switch (t->kind) {
	case PS_TABLE_EXACT:
		e = t->words == 1 ? ps_hash_find(&t->exact, k, 1) :
		    t->words == 2 ? ps_hash_find(&t->exact, k, 2) : ps_hash_find(&t->exact, k, t->words);
		return e ? e : t->default_entry;
	case PS_TABLE_LPM:
		return ps_lookup_lpm(t, k);
	case PS_TABLE_TERNARY:
		return ps_lookup_ternary(t, k);
	case PS_TABLE_RANGE:
		return ps_lookup_range(t, k);
	case PS_TABLE_NO_KEY:
		break;
	}
	return t->default_entry;
}

/* The same as ps_table_match for a table whose kind and key size are constants of the program; without action profiles. */
static inline __attribute__((always_inline)) const struct ps_entry *
ps_table_find(const struct ps_table *t, const void *key, enum ps_table_kind kind, uint32_t words)
{
	uint64_t k[2] = { 0, 0 };
	const struct ps_entry *e;

	if (words <= 2)
		memcpy(k, key, words * sizeof(*k));
	if (kind == PS_TABLE_EXACT && words <= 2) {
		e = ps_hash_find(&t->exact, k, words);
		return e ? e : t->default_entry;
	}
	if (kind == PS_TABLE_LPM && words == 1 && t->trie.root)
		return ps_lookup_trie(t, k);
	return ps_table_match(t, key);
}

/* --- looking ahead: the memory that look-ups of a burst will read is asked for before the first of them waits for it --- */

/* Compilers take a function that only prefetches for one that does nothing, and leave its calls out. */
#define PS_HAS_EFFECTS __asm__ volatile("")

static inline void
ps_trie_ahead(const struct ps_trie *t, const uint64_t *keys, uint32_t n)
{
	uint32_t slots[PS_BURST];

	for (uint32_t i = 0; i < n; i++)
		__builtin_prefetch(&t->root[(uint32_t)keys[i] << t->shift >> 16]);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t k = (uint32_t)keys[i] << t->shift;

		slots[i] = t->root[k >> 16];
		if (slots[i] & PS_TRIE_BLOCK)
			__builtin_prefetch(&t->blocks[(size_t)(slots[i] & ~PS_TRIE_BLOCK) * 256 + (k >> 8 & 255)]);
	}
	for (uint32_t i = 0; i < n; i++) {
		uint32_t k = (uint32_t)keys[i] << t->shift;

		if (slots[i] & PS_TRIE_BLOCK)
			slots[i] = t->blocks[(size_t)(slots[i] & ~PS_TRIE_BLOCK) * 256 + (k >> 8 & 255)];
		if (slots[i] & PS_TRIE_BLOCK)
			__builtin_prefetch(&t->blocks[(size_t)(slots[i] & ~PS_TRIE_BLOCK) * 256 + (k & 255)]);
		else if (slots[i])
			__builtin_prefetch(&t->entries[slots[i] - 1]);
	}
	for (uint32_t i = 0; i < n; i++) {
		if (!slots[i] || slots[i] & PS_TRIE_BLOCK)
			continue;
		__builtin_prefetch(t->entries[slots[i] - 1]);
		__builtin_prefetch(t->entries[slots[i] - 1]->data);
	}
	PS_HAS_EFFECTS;
}

static inline void
ps_hash_ahead(const struct ps_hash *h, const uint64_t *keys, uint32_t words, uint32_t n)
{
	uint64_t at[PS_BURST];

	for (uint32_t i = 0; i < n; i++) {
		at[i] = (ps_key_hash(keys + (size_t)i * words, NULL, words) & h->last) * (1 + words);
		__builtin_prefetch(&h->slots[at[i]]);
	}
	for (uint32_t i = 0; i < n; i++)
		__builtin_prefetch((const void *)(uintptr_t)h->slots[at[i]]);
	for (uint32_t i = 0; i < n; i++)
		__builtin_prefetch((const uint8_t *)(uintptr_t)h->slots[at[i]] + offsetof(struct ps_entry, data));
	PS_HAS_EFFECTS;
}

/* n (up to PS_BURST) keys, one after the other. A key that is wrong costs time only. */
static inline void
ps_table_ahead(const struct ps_table *t, const void *keys, uint32_t n)
{
	const uint64_t *k = ps_key_words(keys);

	if (t->trie.root)
		ps_trie_ahead(&t->trie, k, n);
	else if (t->kind == PS_TABLE_EXACT)
		ps_hash_ahead(&t->exact, k, t->words, n);
	else
		for (uint32_t g = 0; g < t->ngroups && g < 8; g++)
			for (uint32_t i = 0; i < n; i++)
				__builtin_prefetch(&t->groups[g].hash.slots[(ps_key_hash(k + (size_t)i * t->words,
					t->groups[g].mask, t->words) & t->groups[g].hash.last) * (1 + t->words)]);
	PS_HAS_EFFECTS;
}

/* What matches `key` (key_size bytes, aligned to 8): an entry, or the default entry. Never NULL. */
static inline const struct ps_entry *
ps_table_lookup(const struct ps_table *t, const void *key)
{
	return ps_choose(t, ps_table_match(t, key), ps_key_words(key));
}

#endif
