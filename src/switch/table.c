#include "switch/table.h"

#include <errno.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/diag.h"
#include "switch/memory.h"
#include "switch/table_own.h"

#define SIZE_DEFAULT 1024
#define LARGE 2048 /* entries that may be more than the cache holds beside all else */
#define LINE 64
#define SIZE_MOST (1u << 28) /* handles and trie blocks have 31 bits; nobody has memory for more */

/* --- making --- */

bool
sw_table_has_priority(const struct ps_table_info *info)
{
	for (uint32_t i = 0; i < info->nkeys; i++)
		if (info->keys[i].match == PS_TERNARY || info->keys[i].match == PS_RANGE ||
		    info->keys[i].match == PS_OPTIONAL)
			return true;
	return false;
}

static bool
has_match(const struct ps_table_info *info, enum ps_match match)
{
	for (uint32_t i = 0; i < info->nkeys; i++)
		if (info->keys[i].match == match)
			return true;
	return false;
}

static enum ps_table_kind
kind_of(const struct ps_table_info *info)
{
	if (!info->nkeys || !info->key_size)
		return PS_TABLE_NO_KEY;
	if (has_match(info, PS_RANGE))
		return PS_TABLE_RANGE;
	if (sw_table_has_priority(info))
		return PS_TABLE_TERNARY;
	/* A selector's inputs are in the key but aren't matched: one mask, one group. */
	if (has_match(info, PS_LPM) || has_match(info, PS_SELECTOR))
		return PS_TABLE_LPM;
	return PS_TABLE_EXACT;
}

/* A prefix of a single number of up to 32 bits. */
static bool
has_trie(const struct ps_table_info *info)
{
	return info->nkeys == 1 && info->keys[0].match == PS_LPM && info->keys[0].width <= 32 && info->keys[0].width > 0 &&
	       info->keys[0].offset == 0;
}

/* A single number that is small enough for an index. */
static bool
is_direct(const struct ps_table_info *info)
{
	return kind_of(info) == PS_TABLE_EXACT && info->nkeys == 1 && info->keys[0].width <= PS_DIRECT_BITS && info->keys[0].offset == 0;
}

/* Sets the low `width` bits of the field. */
static void
fill_field(uint64_t *words, const struct ps_key_info *k)
{
	uint8_t *p = (uint8_t *)words + k->offset;

	for (uint32_t i = 0; i < k->width; i++)
		p[i / 8] |= (uint8_t)(1u << (i % 8));
}

static struct ps_range_field
range_field(const struct ps_key_info *k)
{
	uint64_t mask = k->width < 64 ? (UINT64_C(1) << k->width) - 1 : UINT64_MAX;

	if (k->size > 8)
		return (struct ps_range_field){ .offset = k->offset, .size = k->size };
	return (struct ps_range_field){ .word = k->offset / 8, .mask = mask << k->offset % 8 * 8 };
}

static void
describe_key(struct table *o)
{
	const struct ps_table_info *info = o->info;

	o->full = alloc(o->t.words, sizeof(*o->full));
	o->range_bits = alloc(o->t.words, sizeof(*o->range_bits));
	o->selector = alloc(o->t.words, sizeof(*o->selector));
	o->t.selector = o->selector;
	o->ranges = alloc(info->nkeys, sizeof(*o->ranges));
	for (uint32_t i = 0; i < info->nkeys; i++) {
		const struct ps_key_info *k = &info->keys[i];

		if (k->match == PS_RANGE) {
			o->ranges[o->t.nranges++] = range_field(k);
			fill_field(o->range_bits, k);
		} else {
			fill_field(k->match == PS_SELECTOR ? o->selector : o->full, k);
		}
	}
	o->t.ranges = o->ranges;
}

static uint32_t
largest_data(const struct ps_table_info *info, const struct ps_action_info *actions)
{
	uint32_t size = actions[info->default_entry.action].data_size;

	for (uint32_t i = 0; i < info->nactions; i++)
		if (actions[info->actions[i]].data_size > size)
			size = actions[info->actions[i]].data_size;
	return size;
}

/* What a record holds, and where. Key and entry come first: they are what look-ups read, most often one line of the cache. */
static void
lay_out(struct table *o)
{
	uint32_t key = o->t.words * (uint32_t)sizeof(uint64_t), at;

	o->t.key_at = 0;
	o->t.entry_at = (key + 15) / 16 * 16;
	at = o->t.entry_at + (uint32_t)sizeof(struct ps_entry) + (o->data_size + 7) / 8 * 8;
	o->mask_at = at;
	at += o->t.kind == PS_TABLE_EXACT ? 0 : key;
	o->high_at = at;
	at += o->t.nranges ? key : 0;
	o->row_at = at;
	o->t.stride = (at + (uint32_t)sizeof(struct row) + LINE - 1) / LINE * LINE;
}

/* One record more than fit: an entry is looked at before it is refused. */
static size_t
records_size(const struct table *o)
{
	return ((size_t)o->size + 1) * o->t.stride;
}

static void
set_entry(const struct table *o, struct ps_entry *e, uint16_t action, const void *data)
{
	size_t size = o->actions[action].data_size;

	if (size > o->data_size)
		bug("table %s has no action %u", o->info->name, action);
	e->action = action;
	memset(e->data, 0, o->data_size);
	if (data && size)
		memcpy(e->data, data, size);
}

/* Outside of the records. */
static struct ps_entry *
entry_make(const struct table *o, uint16_t action, const void *data)
{
	struct ps_entry *e = alloc(1, sizeof(*e) + o->data_size + 16);

	set_entry(o, e, action, data);
	return e;
}

static void
start_empty(struct table *o)
{
	o->t.records = sw_reserve(records_size(o));
	if (o->t.kind == PS_TABLE_EXACT)
		sw_hash_init(&o->exact, &o->t.exact, &o->t, NULL, false);
	if (is_direct(o->info))
		o->t.direct = o->direct = alloc(1u << PS_DIRECT_BITS, sizeof(*o->direct));
	if (has_trie(o->info))
		sw_trie_init(&o->trie, &o->t.trie, o->info->keys[0].width, o->size + 1);
}

static struct table *
make_empty(const struct ps_table_info *info, const struct ps_action_info *actions)
{
	struct table *o = alloc(1, sizeof(*o));

	o->info = info;
	o->actions = actions;
	o->size = info->size ? info->size : SIZE_DEFAULT;
	if (o->size < info->nentries)
		o->size = info->nentries;
	if (o->size > SIZE_MOST)
		o->size = SIZE_MOST;
	o->t.owner = o;
	o->t.kind = kind_of(info);
	o->t.words = info->key_size / 8;
	o->data_size = largest_data(info, actions);
	describe_key(o);
	if (o->t.kind == PS_TABLE_TERNARY)
		sw_planes_init(o);
	lay_out(o);
	start_empty(o);
	return o;
}

struct ps_table *
sw_table_make(const struct ps_table_info *info, const struct ps_action_info *actions)
{
	struct table *o = make_empty(info, actions);

	sw_table_set_default(&o->t, info->default_entry.action, info->default_entry.data);
	for (uint32_t i = 0; i < info->nentries; i++) {
		const struct ps_entry_init *e = &info->entries[i];
		uint32_t handle;

		/* Of two const entries with the same match the first counts. */
		sw_table_insert(&o->t, e->value, e->mask, e->priority, e->action, e->data, &handle);
	}
	return &o->t;
}

static void
choice_clear(struct ps_choice *c)
{
	for (uint32_t i = 0; i < c->n; i++)
		free((void *)(uintptr_t)c->v[i]);
	free(c->v);
	*c = (struct ps_choice){ NULL, 0 };
}

/* All entries, and the memory that they were in. */
static void
drop_all(struct table *o)
{
	sw_groups_drop(o);
	sw_hash_free(&o->exact);
	free(o->direct);
	sw_trie_free(&o->trie);
	sw_release(o->t.records, records_size(o));
	o->handles = o->low = o->count = o->t.nrows = 0;
	o->t.large = false;
}

void
sw_table_free(struct ps_table *t)
{
	struct table *o;

	if (!t)
		return;
	o = sw_own(t);
	drop_all(o);
	free(o->groups);
	free(o->rows);
	free(o->full);
	free(o->range_bits);
	free(o->selector);
	for (uint32_t i = 0; o->choices && i <= o->size; i++)
		choice_clear(&o->choices[i]);
	free(o->choices);
	free(o->ranges);
	free((void *)(uintptr_t)t->default_entry);
	free(o);
}

void
sw_table_clear(struct ps_table *t)
{
	struct table *o = sw_own(t);

	drop_all(o);
	start_empty(o);
}

/* --- inserting --- */

static void
set_mask(const struct table *o, uint64_t *to, const void *mask)
{
	memcpy(to, o->full, o->t.words * sizeof(*to));
	for (uint32_t i = 0; mask && i < o->info->nkeys; i++) {
		const struct ps_key_info *k = &o->info->keys[i];
		const uint8_t *from = (const uint8_t *)mask + k->offset;

		if (k->match == PS_LPM || k->match == PS_TERNARY || k->match == PS_OPTIONAL)
			for (uint32_t b = 0; b < k->size; b++)
				((uint8_t *)to)[k->offset + b] &= from[b];
	}
}

/* What an entry is to match, written to its record. */
static void
set_match(const struct table *o, uint32_t handle, const void *value, const void *mask)
{
	uint64_t *key = sw_row_key(o, handle), *bits = sw_row_mask(o, handle), *high = sw_row_high(o, handle);
	size_t size = o->t.words * sizeof(uint64_t);

	memcpy(key, value, size);
	if (o->t.nranges)
		memcpy(high, mask ? mask : value, size);
	if (o->t.kind == PS_TABLE_EXACT)
		bits = o->full;
	else
		set_mask(o, bits, mask);
	for (uint32_t i = 0; i < o->t.words; i++) {
		key[i] &= bits[i] | o->range_bits[i];
		if (o->t.nranges)
			high[i] &= o->range_bits[i];
	}
}

static bool
is_known(const struct table *o, uint32_t handle)
{
	switch (o->t.kind) {
	case PS_TABLE_NO_KEY:
		return false;
	case PS_TABLE_EXACT:
	case PS_TABLE_DIRECT:
		return sw_hash_get(&o->exact, sw_row_key(o, handle));
	case PS_TABLE_LPM:
	case PS_TABLE_TRIE:
	case PS_TABLE_TERNARY:
		return sw_groups_know(o, handle);
	case PS_TABLE_RANGE:
		return sw_rows_know(o, handle);
	}
	bug("table kind %d", (int)o->t.kind);
}

/* A mask with holes, which nothing but a test would give an LPM field, ends the trie: groups know any mask. */
static void
put_trie(struct table *o, uint32_t handle)
{
	uint64_t mask = sw_row_mask(o, handle)[0];
	uint32_t length = sw_bits_in(&mask, 1);

	if (length && mask != (o->full[0] & ~(o->full[0] >> length))) {
		sw_trie_free(&o->trie);
		return;
	}
	sw_trie_put(&o->trie, (uint32_t)sw_row_key(o, handle)[0], length, handle);
	o->work += o->trie.work;
}

/* The record is complete: look-ups may find it. */
static void
put(struct table *o, uint32_t handle)
{
	sw_row(o, handle)->used = true;
	if (o->handles <= handle)
		o->handles = handle + 1;
	o->count++;
	o->t.large = o->count > LARGE;
	o->work = 1;
	if (o->t.kind == PS_TABLE_EXACT)
		o->work += sw_hash_put(&o->exact, handle);
	else if (o->t.kind == PS_TABLE_RANGE)
		sw_rows_put(o, handle);
	else if (o->t.kind != PS_TABLE_NO_KEY)
		sw_groups_put(o, handle);
	if (o->t.trie.root)
		put_trie(o, handle);
	if (o->direct)
		o->direct[sw_row_key(o, handle)[0]] = handle + 1;
}

uint32_t
sw_table_next_handle(const struct ps_table *t)
{
	struct table *o = sw_own(t);

	while (o->low < o->handles && sw_row(o, o->low)->used)
		o->low++;
	return o->low;
}

int
sw_table_insert(struct ps_table *t, const void *value, const void *mask, int32_t priority, uint16_t action,
	const void *data, uint32_t *ret_handle)
{
	struct table *o = sw_own(t);
	uint32_t handle = sw_table_next_handle(t);
	struct ps_entry *e;

	if (t->kind == PS_TABLE_NO_KEY)
		return -EINVAL;
	e = sw_row_entry(o, handle);
	e->priority = sw_table_has_priority(o->info) ? priority : 0;
	e->handle = e->counter = handle;
	e->group = 0;
	e->hit = true;
	set_entry(o, e, action, data);
	set_match(o, handle, value, mask);
	if (is_known(o, handle))
		return -EEXIST;
	if (o->count >= o->size)
		return -ENOSPC;
	put(o, handle);
	if (ret_handle)
		*ret_handle = handle;
	return 0;
}

/* --- changing --- */

static bool
is_used(const struct table *o, uint32_t handle)
{
	return handle < o->handles && sw_row(o, handle)->used;
}

int
sw_table_modify(struct ps_table *t, uint32_t handle, uint16_t action, const void *data)
{
	struct table *o = sw_own(t);

	if (!is_used(o, handle))
		return -ENOENT;
	set_entry(o, sw_row_entry(o, handle), action, data);
	sw_row_entry(o, handle)->group = 0;
	o->work = 1;
	return 0;
}

static void
remove_trie(struct table *o, uint32_t handle)
{
	uint32_t length = sw_bits_in(sw_row_mask(o, handle), 1);

	sw_trie_remove(&o->trie, (uint32_t)sw_row_key(o, handle)[0], length, handle,
		sw_groups_wider(o, handle, sw_trie_level(length)));
	o->work += o->trie.work;
}

int
sw_table_delete(struct ps_table *t, uint32_t handle)
{
	struct table *o = sw_own(t);

	if (!is_used(o, handle))
		return -ENOENT;
	o->work = 1;
	if (t->trie.root)
		remove_trie(o, handle);
	if (o->direct)
		o->direct[sw_row_key(o, handle)[0]] = 0;
	if (t->kind == PS_TABLE_RANGE)
		sw_rows_remove(o, handle);
	else if (t->kind == PS_TABLE_EXACT)
		sw_hash_remove(&o->exact, sw_row_key(o, handle));
	else
		sw_groups_remove(o, handle);
	sw_row(o, handle)->used = false;
	o->count--;
	if (handle < o->low)
		o->low = handle;
	return 0;
}

void
sw_table_set_default(struct ps_table *t, uint16_t action, const void *data)
{
	struct table *o = sw_own(t);
	struct ps_entry *e = entry_make(o, action, data);

	e->handle = PS_DEFAULT_ENTRY;
	e->counter = o->size;
	free((void *)(uintptr_t)t->default_entry);
	t->default_entry = e;
}

void
sw_table_reset_default(struct ps_table *t)
{
	const struct ps_entry_init *e = &sw_own(t)->info->default_entry;

	sw_table_set_default(t, e->action, e->data);
}

struct ps_table *
sw_table_copy(const struct ps_table *t)
{
	const struct table *from = sw_own(t);
	struct table *o = make_empty(from->info, from->actions);

	sw_table_set_default(&o->t, t->default_entry->action, t->default_entry->data);
	sw_table_set_group(&o->t, PS_DEFAULT_ENTRY, t->default_entry->group);
	for (uint32_t i = 0; i < from->handles; i++) {
		if (!sw_row(from, i)->used)
			continue;
		memcpy(sw_record(o, i), sw_record(from, i), t->stride);
		put(o, i);
	}
	return &o->t;
}

int
sw_table_set_group(struct ps_table *t, uint32_t handle, uint32_t group)
{
	struct table *o = sw_own(t);

	if (handle == PS_DEFAULT_ENTRY) {
		((struct ps_entry *)(uintptr_t)t->default_entry)->group = group;
		return 0;
	}
	if (!is_used(o, handle))
		return -ENOENT;
	sw_row_entry(o, handle)->group = group;
	return 0;
}

void
sw_table_set_choice(struct ps_table *t, const struct ps_entry *e, const uint16_t *actions, const void *const *data,
	uint32_t n)
{
	struct table *o = sw_own(t);
	struct ps_choice *c;

	if (!o->choices)
		o->choices = alloc((size_t)o->size + 1, sizeof(*o->choices));
	t->choices = o->choices;
	c = &o->choices[e->counter];
	choice_clear(c);
	c->v = alloc(n, sizeof(*c->v));
	for (c->n = 0; c->n < n; c->n++) {
		struct ps_entry *copy = entry_make(o, actions[c->n], data[c->n]);

		copy->handle = e->handle;
		copy->hit = e->hit;
		copy->priority = e->priority;
		copy->counter = e->counter;
		c->v[c->n] = copy;
	}
}

const struct ps_entry *
sw_table_entry(const struct ps_table *t, uint32_t handle)
{
	const struct table *o = sw_own(t);

	return is_used(o, handle) ? sw_row_entry(o, handle) : NULL;
}

int
sw_table_match(const struct ps_table *t, uint32_t handle, const void **ret_value, const void **ret_mask,
	const void **ret_high)
{
	const struct table *o = sw_own(t);

	if (!is_used(o, handle))
		return -ENOENT;
	*ret_value = sw_row_key(o, handle);
	*ret_mask = t->kind == PS_TABLE_EXACT ? o->full : sw_row_mask(o, handle);
	*ret_high = t->nranges ? sw_row_high(o, handle) : NULL;
	return 0;
}

uint32_t
sw_table_handles(const struct ps_table *t)
{
	return sw_own(t)->handles;
}

uint32_t
sw_table_count(const struct ps_table *t)
{
	return sw_own(t)->count;
}

uint32_t
sw_table_size(const struct ps_table *t)
{
	return sw_own(t)->size;
}

uint64_t
sw_table_work(const struct ps_table *t)
{
	return sw_own(t)->work;
}

const struct ps_table_info *
sw_table_info(const struct ps_table *t)
{
	return sw_own(t)->info;
}
