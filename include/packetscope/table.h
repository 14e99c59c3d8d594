/* table.h - match-action tables as generated code looks into them. The switch builds and changes them (src/switch/table.h); a
 * look-up only reads.
 *
 * Entries lie in records of one size, by handle, each with the key it was made from: what a look-up compares and what it returns
 * are neighbours. Exact keys are found by one hash table with linear probing, at most half full, whose slots hold a
 * handle and 32 bits of the key's hash, or if they are short (ports) by an array. LPM, ternary and optional keys are a list of such hash tables, one per distinct mask
 * ("group"), each with a filter of bits that tells most masks off before memory is read: for LPM the longest prefix comes first and
 * the first hit wins (a single LPM field of up to 32 bits has a trie of 16, 8 and 8 bits instead); for ternary the group with the best
 * entry comes first, and the search ends when no later group can hold a better one; where they are many, a table of bits tells for each byte of
 * the key which groups may have it. Tables with a range are walked in order of priority.
 */
#ifndef PACKETSCOPE_TABLE_H
#define PACKETSCOPE_TABLE_H

#include <stddef.h>
#include <string.h>

#include "packetscope/program.h"

/* PS_TABLE_TRIE: an LPM table that most probably has a trie; PS_TABLE_DIRECT: an exact one whose key is an index. Words of programs alone,
 * to the switch they are PS_TABLE_LPM and PS_TABLE_EXACT. */
enum ps_table_kind { PS_TABLE_NO_KEY, PS_TABLE_EXACT, PS_TABLE_LPM, PS_TABLE_TERNARY, PS_TABLE_RANGE, PS_TABLE_TRIE, PS_TABLE_DIRECT };

/* Slots: the upper half of the key's hash, then handle + 1; 0: free. While a table grows, keys wait in `old` to be moved. */
struct ps_hash {
	uint64_t *slots;
	const uint64_t *filter; /* 8 bits a slot, one set for each key by its hash; while the table grows a word of ones */
	uint32_t filter_last;	/* words - 1 */
	uint32_t last;		/* number of slots - 1; a power of two less one */
	uint32_t old_last;
	uint64_t *old; /* NULL: the table doesn't grow */
};

struct ps_group {
	struct ps_hash hash;
	const uint64_t *mask; /* words of it */
	int32_t priority;     /* of the best entry inside; among equals the lowest handle */
	uint32_t handle;
	uint32_t prefix; /* bits set in the mask: LPM's order */
};

/* Up to 64 groups of a ternary table, and which of them may have an entry that agrees with a key, byte by byte: of each of the
 * table's ps_table.key_bytes 256 words, one for each value that the byte may have, with a bit for each group. */
#define PS_PLANE_BYTES 16 /* of the key; what comes later is not looked at */
struct ps_plane {
	uint64_t used;
	uint64_t (*may)[256];
	const struct ps_group *groups[64];
};

/* Ternary tables with many entries: which groups may have one that agrees with a key, by what their masks have in common. A bit for each of
 * the first places in the first plane, by the hash of the key under `mask`. */
#define PS_SIEVE_GROUPS 16
#define PS_SIEVE_LAST 0xffffu
struct ps_sieve {
	const uint16_t *may; /* NULL: nothing is known */
	const uint64_t *mask;
	uint64_t always; /* groups of the plane that it doesn't know of */
};

/* Slots of 32 bits: 0, an entry's handle + 1, or PS_TRIE_BLOCK + the number of a block of 256 slots. A slot knows the prefixes of
 * its own level only; where a block's slot is 0, over[block] counts, what the slot above would be without the block. */
#define PS_TRIE_BLOCK 0x80000000u
struct ps_trie {
	uint32_t *root; /* by the upper 16 bits; NULL: the table has no trie */
	uint32_t *blocks;
	uint32_t *over;
	uint32_t shift; /* 32 - the field's width */
};

/* A field of a range match inside the key: of up to 64 bits those of a word, else bytes. */
struct ps_range_field {
	uint64_t mask;
	uint32_t word;
	uint16_t offset, size; /* size 0: mask and word */
};

/* An entry whose `group` has PS_GROUP set stands for a group of an action selector: one copy of it per member, with the
 * member's action and parameters. Other entries of tables with an action profile already have their member's. */
#define PS_GROUP 0x80000000u
struct ps_choice {
	const struct ps_entry **v;
	uint32_t n;
};

#define PS_DIRECT_BITS 10 /* a port has 9 */

struct ps_table {
	enum ps_table_kind kind;
	uint32_t words; /* of the key */
	uint32_t stride, key_at, entry_at; /* of a record: its size, where key and entry are */
	uint32_t ngroups, nrows, nranges;
	uint8_t *records; /* by handle */
	const struct ps_entry *default_entry;
	struct ps_hash exact;
	const uint32_t *direct; /* exact, one number of up to PS_DIRECT_BITS: handle + 1 or 0 by key; NULL: the key is none such */
	struct ps_trie trie;
	struct ps_group *const *groups; /* in the order of search */
	struct ps_plane *const *planes; /* ternary: the same groups; of use when they are many */
	uint32_t nplanes, nkey_bytes;
	struct ps_sieve sieve;
	uint8_t key_bytes[PS_PLANE_BYTES];
	const uint64_t *rows; /* in order of priority, then handle: values, masks, high ends, the handle */
	const struct ps_range_field *ranges;
	const struct ps_choice *choices; /* by ps_entry.counter; NULL: no entry is a group */
	const uint64_t *selector;	 /* the bits of the key that choose a member */
	bool large;  /* its memory is not in the cache: ps_table_match_all is worth its time */
	void *owner; /* the switch's own part */
};

static inline const struct ps_entry *
ps_entry_of(const struct ps_table *t, uint32_t handle)
{
	return (const struct ps_entry *)(const void *)(t->records + (size_t)handle * t->stride + t->entry_at);
}

/* The key of an entry; bits outside of its mask are 0. */
static inline const uint64_t *
ps_key_of(const struct ps_table *t, uint32_t handle)
{
	return (const uint64_t *)(const void *)(t->records + (size_t)handle * t->stride + t->key_at);
}

static inline uint64_t
ps_key_hash(const uint64_t *key, const uint64_t *mask, uint32_t words)
{
	uint64_t h = 0;

	/* A sum of products: no word waits for the one before it. */
	for (uint32_t i = 0; i < words; i++)
		h += (mask ? key[i] & mask[i] : key[i]) * (0xff51afd7ed558ccdu + i * 0x9e3779b97f4a7c16u);
	if (words > 1) /* low bits of late words are still low bits: one more round */
		h = (h ^ h >> 32) * 0xd6e8feb86659fd93u;
	return h ^ h >> 32;
}

static inline bool
ps_key_equal(const uint64_t *known, const uint64_t *key, const uint64_t *mask, uint32_t words)
{
	uint64_t differs = 0;

	for (uint32_t i = 0; i < words; i++)
		differs |= known[i] ^ (mask ? key[i] & mask[i] : key[i]);
	return !differs;
}

/* The handle + 1 of the key whose hash is `hash`, or 0. */
static inline uint32_t
ps_slots_find(const struct ps_table *t, const uint64_t *slots, uint32_t last, const uint64_t *key, const uint64_t *mask,
	uint32_t words, uint64_t hash)
{
	for (uint64_t at = hash;; at++) {
		uint64_t slot = slots[at & last];

		if (!slot)
			return 0;
		if (slot >> 32 == hash >> 32 && (uint32_t)slot &&
		    ps_key_equal(ps_key_of(t, (uint32_t)slot - 1), key, mask, words))
			return (uint32_t)slot;
	}
}

static inline bool
ps_filter_says_no(const struct ps_hash *h, uint64_t hash)
{
	return !(h->filter[hash >> 30 & h->filter_last] >> (hash >> 24 & 63) & 1);
}

/* Inlined for its number of words, however large the program is. */
static inline __attribute__((always_inline)) const struct ps_entry *
ps_find_hashed(const struct ps_table *t, const struct ps_hash *h, const uint64_t *key, const uint64_t *mask, uint32_t words, uint64_t hash)
{
	uint32_t found = ps_slots_find(t, h->slots, h->last, key, mask, words, hash);

	if (__builtin_expect(!found && h->old, 0))
		found = ps_slots_find(t, h->old, h->old_last, key, mask, words, hash);
	return found ? ps_entry_of(t, found - 1) : NULL;
}

static inline __attribute__((always_inline)) const struct ps_entry *
ps_hash_find(const struct ps_table *t, const struct ps_hash *h, const uint64_t *key, const uint64_t *mask, uint32_t words)
{
	uint64_t hash = ps_key_hash(key, mask, words);

	return mask && ps_filter_says_no(h, hash) ? NULL : ps_find_hashed(t, h, key, mask, words, hash);
}

static inline const struct ps_entry *
ps_lookup_exact(const struct ps_table *t, const uint64_t *key, uint32_t words)
{
	const struct ps_entry *e = ps_hash_find(t, &t->exact, key, NULL, words);

	return e ? e : t->default_entry;
}

static inline const struct ps_entry *
ps_lookup_direct(const struct ps_table *t, const uint64_t *key)
{
	uint32_t found = t->direct[key[0] & ((1u << PS_DIRECT_BITS) - 1)];

	return found ? ps_entry_of(t, found - 1) : t->default_entry;
}

/* The handle + 1 of the longest prefix, or 0. */
static inline uint32_t
ps_trie_find(const struct ps_trie *t, uint32_t key)
{
	uint32_t k = key << t->shift, slot = t->root[k >> 16], block, inner;

	if (!(slot & PS_TRIE_BLOCK))
		return slot;
	block = slot & ~PS_TRIE_BLOCK;
	slot = t->blocks[(size_t)block * 256 + (k >> 8 & 255)];
	if (slot & PS_TRIE_BLOCK) {
		inner = slot & ~PS_TRIE_BLOCK;
		slot = t->blocks[(size_t)inner * 256 + (k & 255)];
		slot = slot ? slot : t->over[inner];
	}
	return slot ? slot : t->over[block];
}

/* Inlined for its number of words. */
static inline __attribute__((always_inline)) const struct ps_entry *
ps_lookup_lpm(const struct ps_table *t, const uint64_t *key, uint32_t words)
{
	for (uint32_t g = 0; g < t->ngroups; g++) {
		const struct ps_entry *e = ps_hash_find(t, &t->groups[g]->hash, key, t->groups[g]->mask, words);

		if (e)
			return e;
	}
	return t->default_entry;
}

/* Not inlined: only tests make masks that no trie can hold. */
static __attribute__((noinline, unused)) const struct ps_entry *
ps_lookup_without_trie(const struct ps_table *t, const uint64_t *key)
{
	return ps_lookup_lpm(t, key, 1);
}

static inline const struct ps_entry *
ps_lookup_trie(const struct ps_table *t, const uint64_t *key)
{
	uint32_t found;

	if (__builtin_expect(!t->trie.root, 0))
		return ps_lookup_without_trie(t, key);
	found = ps_trie_find(&t->trie, (uint32_t)key[0]);
	return found ? ps_entry_of(t, found - 1) : t->default_entry;
}

static inline bool
ps_is_better(const struct ps_entry *e, const struct ps_entry *best)
{
	return !best || e->priority < best->priority || (e->priority == best->priority && e->handle < best->handle);
}

/* Can no entry of the group be better? */
static inline bool
ps_is_worse(const struct ps_group *g, const struct ps_entry *best)
{
	return best && (g->priority > best->priority || (g->priority == best->priority && g->handle > best->handle));
}

#define PS_GROUPS_FEW 16 /* masks, of which a sieve leaves few enough */

static inline __attribute__((always_inline)) uint32_t
ps_sieve_bucket(const struct ps_table *t, const uint64_t *key, uint32_t words)
{
	return ps_key_hash(key, t->sieve.mask, words) & PS_SIEVE_LAST;
}

/* The groups of the first plane that the key may hit. */
static inline __attribute__((always_inline)) uint64_t
ps_sieve_groups(const struct ps_table *t, const uint64_t *key, uint32_t words)
{
	return (t->sieve.may[ps_sieve_bucket(t, key, words)] | t->sieve.always) & t->planes[0]->used;
}

/* Many masks, or entries: only those masks are asked that may have the key's bytes. */
static __attribute__((noinline, unused)) const struct ps_entry *
ps_lookup_planes(const struct ps_table *t, const uint64_t *key, uint32_t words)
{
	const struct ps_entry *best = NULL;

	for (uint32_t i = 0; i < t->nplanes; i++) {
		const struct ps_plane *p = t->planes[i];
		uint64_t may = i || !t->sieve.may ? p->used : ps_sieve_groups(t, key, words);

		for (uint32_t k = 0; k < t->nkey_bytes && t->ngroups > PS_GROUPS_FEW; k++)
			may &= p->may[k][((const uint8_t *)key)[t->key_bytes[k]]];
		for (; may; may &= may - 1) {
			const struct ps_group *g = p->groups[__builtin_ctzll(may)];
			const struct ps_entry *e = ps_is_worse(g, best) ? NULL : ps_hash_find(t, &g->hash, key, g->mask, words);

			if (e && ps_is_better(e, best))
				best = e;
		}
	}
	return best ? best : t->default_entry;
}

static inline const struct ps_entry *
ps_lookup_ternary(const struct ps_table *t, const uint64_t *key, uint32_t words)
{
	const struct ps_entry *best = NULL;

	if (t->ngroups > PS_GROUPS_FEW || t->sieve.may)
		return ps_lookup_planes(t, key, words);
	for (uint32_t i = 0; i < t->ngroups && !ps_is_worse(t->groups[i], best); i++) {
		const struct ps_entry *e = ps_hash_find(t, &t->groups[i]->hash, key, t->groups[i]->mask, words);

		if (e && ps_is_better(e, best))
			best = e;
	}
	return best ? best : t->default_entry;
}

/* -1, 0, 1 for native integers of `size` bytes (8k: words, least significant first). */
static inline int
ps_compare(const uint8_t *a, const uint8_t *b, uint32_t size)
{
	/* Little endian: the last byte weighs most, whatever the size. */
	for (uint32_t i = size; i-- > 0;)
		if (a[i] != b[i])
			return a[i] < b[i] ? -1 : 1;
	return 0;
}

static inline bool
ps_in_range(const struct ps_range_field *f, const uint64_t *key, const uint64_t *low, const uint64_t *high)
{
	uint32_t at = f->offset, size = f->size;
	uint64_t v;

	if (!size) {
		v = key[f->word] & f->mask;
		return (v >= (low[f->word] & f->mask)) & (v <= (high[f->word] & f->mask));
	}
	return ps_compare((const uint8_t *)key + at, (const uint8_t *)low + at, size) >= 0 &&
	       ps_compare((const uint8_t *)key + at, (const uint8_t *)high + at, size) <= 0;
}

/* With one range that is part of a word, as most have: one branch a row, because what part of it a packet agrees with cannot be guessed. */
static inline __attribute__((always_inline)) const struct ps_entry *
ps_lookup_one_range(const struct ps_table *t, const uint64_t *key, uint32_t words)
{
	const uint64_t *row = t->rows, mask = t->ranges[0].mask, v = key[t->ranges[0].word] & mask;
	const uint32_t word = t->ranges[0].word;

	for (uint32_t n = t->nrows; n > 0; n--, row += 3 * words + 1) {
		uint64_t differs = (uint64_t)(v < (row[word] & mask)) | (v > (row[2 * words + word] & mask));

		for (uint32_t w = 0; w < words; w++)
			differs |= (key[w] ^ row[w]) & row[words + w];
		if (!differs)
			return ps_entry_of(t, (uint32_t)row[3 * words]);
	}
	return t->default_entry;
}

static inline __attribute__((always_inline)) const struct ps_entry *
ps_lookup_range(const struct ps_table *t, const uint64_t *key, uint32_t words)
{
	const uint64_t *row = t->rows;

	if (t->nranges == 1 && !t->ranges[0].size)
		return ps_lookup_one_range(t, key, words);
	for (uint32_t n = t->nrows; n > 0; n--, row += 3 * words + 1) {
		uint64_t differs = 0;
		uint32_t i = 0;

		for (uint32_t w = 0; w < words; w++)
			differs |= (key[w] ^ row[w]) & row[words + w];
		if (differs)
			continue;
		while (i < t->nranges && ps_in_range(&t->ranges[i], key, row, row + 2 * words))
			i++;
		if (i == t->nranges)
			return ps_entry_of(t, (uint32_t)row[3 * words]);
	}
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

/* A table whose entries never change and whose key is one number: entry i is for `first` + i, for n of them. */
static inline const struct ps_entry *
ps_table_dense(const struct ps_table *t, uint64_t key, uint64_t first, uint32_t n)
{
	return key - first < n ? ps_entry_of(t, (uint32_t)(key - first)) : t->default_entry;
}

/* The same with ranges that rise and don't overlap: the rows are in order. */
static inline const struct ps_entry *
ps_table_sorted(const struct ps_table *t, uint64_t key)
{
	const uint64_t *row = t->rows;

	for (uint32_t n = t->nrows, half; n > 1; n -= half) {
		half = n / 2;
		row += row[4 * half] <= key ? 4 * half : 0;
	}
	return key >= row[0] && key <= row[2] ? ps_entry_of(t, (uint32_t)row[3]) : t->default_entry;
}

/* A key's words. It was written field by field: compilers must not take that for other memory than what is read here. */
static inline __attribute__((always_inline)) const uint64_t *
ps_key_words(const void *key)
{
	__asm__("" : "+r"(key) : : "memory");
	return (const uint64_t *)__builtin_assume_aligned(key, 8);
}

/* The same for a key of a constant number of words. */
static inline __attribute__((always_inline)) const struct ps_entry *
ps_table_match_words(const struct ps_table *t, const uint64_t *k, enum ps_table_kind kind, uint32_t words)
{
	switch (kind) {
	case PS_TABLE_EXACT:
		return ps_lookup_exact(t, k, words);
	case PS_TABLE_LPM:
		return ps_lookup_lpm(t, k, words);
	case PS_TABLE_DIRECT:
		return ps_lookup_direct(t, k);
	case PS_TABLE_TRIE:
		return ps_lookup_trie(t, k);
	case PS_TABLE_TERNARY:
		return ps_lookup_ternary(t, k, words);
	case PS_TABLE_RANGE:
		return ps_lookup_range(t, k, words);
	case PS_TABLE_NO_KEY:
		break;
	}
	return t->default_entry;
}

static inline const struct ps_entry *
ps_table_match(const struct ps_table *t, const void *key)
{
	return ps_table_match_words(t, ps_key_words(key), t->trie.root ? PS_TABLE_TRIE : t->direct ? PS_TABLE_DIRECT : t->kind, t->words);
}

/* The same as ps_table_match for a table whose kind and key size are constants of the program; without action profiles. */
static inline __attribute__((always_inline)) const struct ps_entry *
ps_table_find(const struct ps_table *t, const void *key, enum ps_table_kind kind, uint32_t words)
{
	uint64_t k[4];

	if (!words)
		return t->default_entry;
	if (words > 4)
		return ps_table_match_words(t, ps_key_words(key), kind, words);
	memcpy(k, key, words * sizeof(*k));
	return ps_table_match_words(t, k, kind, words);
}

/* What matches `key` (key_size bytes, aligned to 8): an entry, or the default entry. Never NULL. */
static inline const struct ps_entry *
ps_table_lookup(const struct ps_table *t, const void *key)
{
	return ps_choose(t, ps_table_match(t, key), ps_key_words(key));
}

#endif
