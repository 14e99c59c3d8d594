/* table_burst.h - the look-ups of a burst, for generated code: memory is asked for before the first of them waits for it.
 */
#ifndef PACKETSCOPE_TABLE_BURST_H
#define PACKETSCOPE_TABLE_BURST_H

#include "packetscope/table.h"

static inline void
ps_record_ahead(const struct ps_table *t, uint32_t handle)
{
	const uint8_t *r = t->records + (size_t)handle * t->stride;

	__builtin_prefetch(r + t->key_at);
	__builtin_prefetch(r + t->entry_at + offsetof(struct ps_entry, data));
}

static inline void
ps_trie_all(const struct ps_table *table, const uint64_t *keys, uint32_t n, const struct ps_entry **ret)
{
	const struct ps_trie *t = &table->trie;
	uint32_t slots[PS_BURST];

	for (uint32_t i = 0; i < n; i++)
		__builtin_prefetch(&t->root[(uint32_t)keys[i] << t->shift >> 16]);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t k = (uint32_t)keys[i] << t->shift;

		slots[i] = t->root[k >> 16];
		if (!(slots[i] & PS_TRIE_BLOCK))
			continue;
		__builtin_prefetch(&t->blocks[(size_t)(slots[i] & ~PS_TRIE_BLOCK) * 256 + (k >> 8 & 255)]);
		__builtin_prefetch(&t->over[slots[i] & ~PS_TRIE_BLOCK]);
	}
	for (uint32_t i = 0; i < n; i++) {
		uint32_t k = (uint32_t)keys[i] << t->shift, block = slots[i] & ~PS_TRIE_BLOCK;

		if (slots[i] & PS_TRIE_BLOCK) {
			slots[i] = t->blocks[(size_t)block * 256 + (k >> 8 & 255)];
			slots[i] = slots[i] ? slots[i] : t->over[block];
		}
		if (slots[i] & PS_TRIE_BLOCK)
			__builtin_prefetch(&t->blocks[(size_t)(slots[i] & ~PS_TRIE_BLOCK) * 256 + (k & 255)]);
		else if (slots[i])
			ps_record_ahead(table, slots[i] - 1);
	}
	for (uint32_t i = 0; i < n; i++) {
		if (slots[i] & PS_TRIE_BLOCK)
			slots[i] = ps_trie_find(t, (uint32_t)keys[i]);
		ret[i] = slots[i] ? ps_entry_of(table, slots[i] - 1) : table->default_entry;
	}
}

static inline void
ps_hash_all(const struct ps_table *t, const uint64_t *keys, uint32_t words, uint32_t n, const struct ps_entry **ret)
{
	const struct ps_hash *h = &t->exact;
	uint64_t hash[PS_BURST];

	for (uint32_t i = 0; i < n; i++) {
		hash[i] = ps_key_hash(keys + (size_t)i * words, NULL, words);
		__builtin_prefetch(&h->slots[hash[i] & h->last]);
	}
	for (uint32_t i = 0; i < n; i++)
		for (uint64_t at = hash[i], slot; (slot = h->slots[at & h->last]) != 0; at++)
			if (slot >> 32 == hash[i] >> 32) {
				ps_record_ahead(t, (uint32_t)slot - 1);
				break;
			}
	for (uint32_t i = 0; i < n; i++) {
		const struct ps_entry *e = ps_find_hashed(t, h, keys + (size_t)i * words, NULL, words, hash[i]);

		ret[i] = e ? e : t->default_entry;
	}
}

/* A key that a mask's filter lets through. */
struct ps_probe {
	uint64_t hash;
	const struct ps_group *group;
	uint32_t key;
};

static inline __attribute__((always_inline)) uint32_t
ps_key_probes(const struct ps_table *t, const uint64_t *key, uint32_t words, uint32_t number, struct ps_probe *ret)
{
	uint32_t some = 0;

	for (uint64_t may = ps_sieve_groups(t, key, words); may; may &= may - 1) {
		const struct ps_group *g = t->planes[0]->groups[__builtin_ctzll(may)];
		uint64_t hash = ps_key_hash(key, g->mask, words);

		ret[some] = (struct ps_probe){ hash, g, number }; /* overwritten by the next one unless it counts: no branch to guess */
		some += !ps_filter_says_no(&g->hash, hash);
	}
	return some;
}

/* Nothing waits for what a key is until few candidates are left. */
static inline __attribute__((always_inline)) void
ps_groups_all(const struct ps_table *t, const uint64_t *keys, uint32_t words, uint32_t n, const struct ps_entry **ret)
{
	struct ps_probe probes[PS_GROUPS_FEW * PS_BURST + 1];
	uint32_t some = 0;

	for (uint32_t i = 0; i < n; i++)
		some += ps_key_probes(t, keys + (size_t)i * words, words, i, probes + some);
	for (uint32_t i = 0; i < some; i++) {
		const struct ps_hash *h = &probes[i].group->hash;

		__builtin_prefetch(&h->slots[probes[i].hash & h->last]);
	}
	for (uint32_t i = 0; i < some; i++) {
		const struct ps_hash *h = &probes[i].group->hash;
		uint64_t slot = h->slots[probes[i].hash & h->last];

		if (slot >> 32 == probes[i].hash >> 32 && (uint32_t)slot)
			ps_record_ahead(t, (uint32_t)slot - 1);
	}
	for (uint32_t i = 0; i < n; i++)
		ret[i] = NULL;
	for (uint32_t i = 0; i < some; i++) {
		const struct ps_probe *p = &probes[i];
		const struct ps_group *g = p->group;
		const struct ps_entry *e = ps_is_worse(g, ret[p->key]) ? NULL :
			ps_find_hashed(t, &g->hash, keys + (size_t)p->key * words, g->mask, words, p->hash);

		if (e && ps_is_better(e, ret[p->key]))
			ret[p->key] = e;
	}
	for (uint32_t i = 0; i < n; i++)
		ret[i] = ret[i] ? ret[i] : t->default_entry;
}

/* What ps_table_match finds for n (up to PS_BURST) keys, one after the other. False: these are better looked up one by one. */
static __attribute__((unused)) bool
ps_table_match_all(const struct ps_table *t, const void *keys, uint32_t n, const struct ps_entry **ret)
{
	const uint64_t *k = ps_key_words(keys);

	if (!t->large)
		return false;
	if (t->trie.root)
		ps_trie_all(t, k, n, ret);
	else if (t->kind == PS_TABLE_EXACT)
		ps_hash_all(t, k, t->words, n, ret);
	else if (t->kind != PS_TABLE_TERNARY || t->ngroups > PS_GROUPS_FEW || t->nplanes > 1 || !t->sieve.may)
		return false;
	else if (t->words == 1)
		ps_groups_all(t, k, 1, n, ret);
	else if (t->words == 2)
		ps_groups_all(t, k, 2, n, ret);
	else
		ps_groups_all(t, k, t->words, n, ret);
	return true;
}

#endif
