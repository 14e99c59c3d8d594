/* table_own.h - what the files of the tables share: a table's own part, and what its records hold. Inside the switch only.
 *
 * A record is the key (bits outside of its mask 0), the entry, the key's mask, in tables with ranges the high ends, and two words of
 * our own. Records lie by handle in memory that is reserved when the table is made: nothing ever moves.
 */
#ifndef SWITCH_TABLE_OWN_H
#define SWITCH_TABLE_OWN_H

#include "switch/hash.h"
#include "switch/table.h"
#include "switch/trie.h"

struct row {
	uint32_t worse; /* handle + 1: same group and masked key, but a worse priority (ternary); 0: none */
	bool used;
};

struct sw_group {
	struct ps_group g; /* first */
	struct sw_hash hash;
	uint32_t place; /* ternary: 64 times its plane, and its bit */
};

struct table {
	struct ps_table t; /* first */
	const struct ps_table_info *info;
	const struct ps_action_info *actions;
	uint64_t *full;	      /* all bits of all fields, but not of selectors' and ranges' */
	uint64_t *range_bits; /* all bits of ranges */
	uint64_t *selector;   /* all bits of selectors' inputs */
	struct ps_choice *choices; /* size + 1 of them; NULL as long as no entry is a group */
	struct ps_range_field *ranges;
	uint32_t mask_at, high_at, row_at; /* in a record */
	uint32_t data_size;		   /* the largest action's */
	uint32_t handles;		   /* all used ones are below */
	uint32_t low;			   /* no handle below is free */
	uint32_t count, size;
	uint32_t rows_cap, groups_cap; /* room in t.rows and t.groups */
	struct sw_hash exact;
	uint32_t *direct; /* t.direct */
	struct sw_trie trie;
	struct ps_group **groups; /* t.groups */
	struct ps_plane **planes; /* t.planes */
	uint64_t *rows;		  /* t.rows */
	uint16_t *sieve_may;	  /* t.sieve.may */
	uint8_t *sieve_counts;	  /* entries, by bucket and place of their group */
	uint64_t *sieve_mask;	  /* t.sieve.mask */
	uint64_t work;		  /* slots, rows and groups that the last change touched */
};

static inline struct table *
sw_own(const struct ps_table *t)
{
	return t->owner;
}

static inline uint8_t *
sw_record(const struct table *o, uint32_t handle)
{
	return o->t.records + (size_t)handle * o->t.stride;
}

static inline uint64_t *
sw_row_key(const struct table *o, uint32_t handle)
{
	return (uint64_t *)(void *)(sw_record(o, handle) + o->t.key_at);
}

static inline uint64_t *
sw_row_mask(const struct table *o, uint32_t handle)
{
	return (uint64_t *)(void *)(sw_record(o, handle) + o->mask_at);
}

static inline uint64_t *
sw_row_high(const struct table *o, uint32_t handle)
{
	return (uint64_t *)(void *)(sw_record(o, handle) + o->high_at);
}

static inline struct row *
sw_row(const struct table *o, uint32_t handle)
{
	return (struct row *)(void *)(sw_record(o, handle) + o->row_at);
}

static inline struct ps_entry *
sw_row_entry(const struct table *o, uint32_t handle)
{
	return (struct ps_entry *)(void *)(sw_record(o, handle) + o->t.entry_at);
}

static inline uint32_t
sw_bits_in(const uint64_t *mask, uint32_t words)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < words; i++)
		n += (uint32_t)__builtin_popcountll(mask[i]);
	return n;
}

/* table_group.c: LPM and ternary. `handle`'s record is complete in all of these. */
struct sw_group *sw_groups_find(const struct table *o, const uint64_t *mask); /* NULL: no entry has it */
void sw_groups_put(struct table *o, uint32_t handle);
void sw_groups_remove(struct table *o, uint32_t handle);
/* Is there another record with its mask and key, and in ternary tables its priority? */
bool sw_groups_know(const struct table *o, uint32_t handle);
/* handle + 1 of the longest prefix of at least `least` bits that covers its own, and is shorter; 0: none. */
uint32_t sw_groups_wider(const struct table *o, uint32_t handle, uint32_t least);
void sw_groups_drop(struct table *o);

/* table_plane.c: which of many masks a key may hit. A group of a ternary table has a place as long as it lives. */
void sw_planes_init(struct table *o);
void sw_planes_drop(struct table *o);
void sw_planes_add(struct table *o, struct sw_group *g);
void sw_planes_remove(struct table *o, const struct sw_group *g);
/* A key of the group, masked. It stays known when it goes: that costs a probe, no more. */
void sw_planes_note(struct table *o, const struct sw_group *g, const uint64_t *key);

/* table_sieve.c: which of a few masks a key may hit; kept from the first moment that there are many entries on. */
void sw_sieve_drop(struct table *o);
void sw_sieve_add(struct table *o, const struct sw_group *g);
void sw_sieve_forget(struct table *o, const struct sw_group *g);
void sw_sieve_put(struct table *o, const struct sw_group *g, uint32_t handle);
void sw_sieve_remove(struct table *o, const struct sw_group *g, uint32_t handle);

/* table_range.c: rows in order of priority. */
void sw_rows_put(struct table *o, uint32_t handle);
void sw_rows_remove(struct table *o, uint32_t handle);
bool sw_rows_know(const struct table *o, uint32_t handle);

#endif
