#include "switch/table.h"

#include <errno.h>
#include <stdlib.h>

#include "base/diag.h"
#include "switch/hash.h"
#include "switch/memory.h"
#include "switch/trie.h"

#define SIZE_DEFAULT 1024
#define LARGE 2048 /* entries that may be more than the cache holds beside all else */

/* What an entry was made from. */
struct row {
	struct row *worse; /* same group and masked key, but a worse priority (ternary) */
	struct ps_entry *entry;
	uint64_t *value, *mask, *high; /* words of the key each; high: NULL without ranges */
	int32_t priority;
};

struct table {
	struct ps_table t;
	const struct ps_table_info *info;
	const struct ps_action_info *actions;
	uint64_t *full; /* all bits of all fields, but not of selectors' and ranges' */
	uint64_t *range_bits; /* all bits of ranges */
	uint64_t *selector; /* all bits of selectors' inputs */
	struct ps_choice *choices; /* size + 1 of them; NULL as long as no entry is a group */
	struct ps_range_field *ranges;
	struct row **rows; /* by handle; NULL: free */
	uint32_t nrows, cap;
	uint32_t low; /* no handle below is free */
	uint32_t count, size;
	uint32_t rows_cap, groups_cap; /* room in t.rows and t.groups */
	struct sw_trie trie;
};

static struct table *
own(const struct ps_table *t)
{
	return t->owner;
}

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

/* Sets the low `width` bits of the field. */
static void
fill_field(uint64_t *words, const struct ps_key_info *k)
{
	uint8_t *p = (uint8_t *)words + k->offset;

	for (uint32_t i = 0; i < k->width; i++)
		p[i / 8] |= (uint8_t)(1u << (i % 8));
}

static void
describe_key(struct table *o)
{
	const struct ps_table_info *info = o->info;

	o->full = sw_alloc(o->t.words, sizeof(*o->full));
	o->range_bits = sw_alloc(o->t.words, sizeof(*o->range_bits));
	o->selector = sw_alloc(o->t.words, sizeof(*o->selector));
	o->t.selector = o->selector;
	o->ranges = sw_alloc(info->nkeys, sizeof(*o->ranges));
	for (uint32_t i = 0; i < info->nkeys; i++) {
		const struct ps_key_info *k = &info->keys[i];

		if (k->match == PS_RANGE) {
			o->ranges[o->t.nranges++] = (struct ps_range_field){ k->offset, k->size };
			fill_field(o->range_bits, k);
		} else {
			fill_field(k->match == PS_SELECTOR ? o->selector : o->full, k);
		}
	}
	o->t.ranges = o->ranges;
}

static struct ps_entry *
entry_make(const struct table *o, uint16_t action, const void *data)
{
	size_t size = o->actions[action].data_size;
	struct ps_entry *e = sw_alloc(1, sizeof(*e) + size + 16);

	e->action = action;
	if (data && size)
		memcpy(e->data, data, size);
	return e;
}

static struct table *
make_empty(const struct ps_table_info *info, const struct ps_action_info *actions)
{
	struct table *o = sw_alloc(1, sizeof(*o));

	o->info = info;
	o->actions = actions;
	o->size = info->size ? info->size : SIZE_DEFAULT;
	if (o->size < info->nentries)
		o->size = info->nentries;
	o->t.owner = o;
	o->t.kind = kind_of(info);
	o->t.words = info->key_size / 8;
	describe_key(o);
	if (o->t.kind == PS_TABLE_EXACT)
		sw_hash_init(&o->t.exact, o->t.words);
	if (has_trie(info))
		sw_trie_init(&o->trie, &o->t.trie, info->keys[0].width);
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
row_free(struct row *r)
{
	if (!r)
		return;
	free(r->entry);
	free(r->value);
	free(r->mask);
	free(r->high);
	free(r);
}

static void
choice_clear(struct ps_choice *c)
{
	for (uint32_t i = 0; i < c->n; i++)
		free((void *)(uintptr_t)c->v[i]);
	free(c->v);
	*c = (struct ps_choice){ NULL, 0 };
}

static void
drop_groups(struct table *o)
{
	for (uint32_t i = 0; i < o->t.ngroups; i++) {
		free(o->t.groups[i].hash.slots);
		free((void *)(uintptr_t)o->t.groups[i].mask);
	}
	o->t.ngroups = 0;
}

static void
drop_rows(struct table *o)
{
	for (uint32_t i = 0; i < o->nrows; i++)
		row_free(o->rows[i]);
	o->nrows = o->low = o->count = o->t.nrows = 0;
}

void
sw_table_free(struct ps_table *t)
{
	struct table *o;

	if (!t)
		return;
	o = own(t);
	drop_groups(o);
	drop_rows(o);
	sw_trie_free(&o->trie);
	free(t->groups);
	free(t->rows);
	free(t->exact.slots);
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
	struct table *o = own(t);

	drop_groups(o);
	drop_rows(o);
	if (t->kind == PS_TABLE_EXACT) {
		free(t->exact.slots);
		sw_hash_init(&t->exact, t->words);
	}
	if (t->trie.root) {
		sw_trie_free(&o->trie);
		sw_trie_init(&o->trie, &t->trie, o->info->keys[0].width);
	}
}

/* --- inserting --- */

static struct row *
row_make(const struct table *o, const void *value, const void *mask, int32_t priority)
{
	struct row *r = sw_alloc(1, sizeof(*r));
	uint32_t words = o->t.words;

	r->priority = sw_table_has_priority(o->info) ? priority : 0;
	r->value = sw_alloc(words, sizeof(uint64_t));
	r->mask = sw_dup(o->full, words * sizeof(uint64_t));
	if (words)
		memcpy(r->value, value, words * sizeof(uint64_t));
	if (o->t.nranges)
		r->high = sw_dup(mask ? mask : value, words * sizeof(uint64_t));
	for (uint32_t i = 0; mask && i < o->info->nkeys; i++) {
		const struct ps_key_info *k = &o->info->keys[i];
		const uint8_t *from = (const uint8_t *)mask + k->offset;
		uint8_t *to = (uint8_t *)r->mask + k->offset;

		if (k->match == PS_LPM || k->match == PS_TERNARY || k->match == PS_OPTIONAL)
			for (uint32_t b = 0; b < k->size; b++)
				to[b] &= from[b];
	}
	for (uint32_t i = 0; i < words; i++) {
		r->value[i] &= r->mask[i] | o->range_bits[i];
		if (r->high)
			r->high[i] &= o->range_bits[i];
	}
	return r;
}

static uint32_t
bits_in(const uint64_t *mask, uint32_t words)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < words; i++)
		n += (uint32_t)__builtin_popcountll(mask[i]);
	return n;
}

static struct ps_group *
group_find(const struct table *o, const uint64_t *mask)
{
	for (uint32_t i = 0; i < o->t.ngroups; i++)
		if (!memcmp(o->t.groups[i].mask, mask, o->t.words * sizeof(*mask)))
			return &o->t.groups[i];
	return NULL;
}

static bool
group_before(const struct table *o, const struct ps_group *a, const struct ps_group *b)
{
	if (o->t.kind == PS_TABLE_LPM)
		return a->prefix > b->prefix;
	return a->priority != b->priority ? a->priority < b->priority : a->handle < b->handle;
}

/* Moves group i forward to where it belongs; returns its place. */
static struct ps_group *
group_sift(struct table *o, uint32_t i)
{
	struct ps_group *g = o->t.groups;

	for (; i > 0 && group_before(o, &g[i], &g[i - 1]); i--) {
		struct ps_group swap = g[i];

		g[i] = g[i - 1];
		g[i - 1] = swap;
	}
	return &g[i];
}

static struct ps_group *
group_make(struct table *o, const struct row *r, uint32_t handle)
{
	struct ps_group *g;

	if (o->t.ngroups == o->groups_cap) {
		uint32_t cap = o->groups_cap ? o->groups_cap * 2 : 8;

		o->t.groups = sw_grow(o->t.groups, o->groups_cap, cap, sizeof(*o->t.groups));
		o->groups_cap = cap;
	}
	g = &o->t.groups[o->t.ngroups++];
	*g = (struct ps_group){
		.mask = sw_dup(r->mask, o->t.words * sizeof(uint64_t)),
		.priority = r->priority,
		.handle = handle,
		.prefix = bits_in(r->mask, o->t.words),
	};
	sw_hash_init(&g->hash, o->t.words);
	return group_sift(o, o->t.ngroups - 1);
}

static struct row *
row_of(const struct table *o, const uint64_t *slot)
{
	const struct ps_entry *e = (const struct ps_entry *)(uintptr_t)slot[0];

	return e ? o->rows[e->handle] : NULL;
}

static bool
better(const struct row *a, const struct row *b)
{
	return a->priority != b->priority ? a->priority < b->priority :
					    a->entry->handle < b->entry->handle;
}

/* Links the row among those with the same mask and masked key, best first. */
static void
put_grouped(struct table *o, struct row *r)
{
	struct ps_group *g = group_find(o, r->mask);
	struct row *first, **link;

	if (!g) {
		g = group_make(o, r, r->entry->handle);
	} else if (o->t.kind == PS_TABLE_TERNARY &&
		   (r->priority < g->priority ||
		    (r->priority == g->priority && r->entry->handle < g->handle))) {
		g->priority = r->priority;
		g->handle = r->entry->handle;
		g = group_sift(o, (uint32_t)(g - o->t.groups));
	}
	first = row_of(o, sw_hash_slot(&g->hash, r->value, o->t.words));
	for (link = &first; *link && better(*link, r); link = &(*link)->worse)
		;
	r->worse = *link;
	*link = r;
	sw_hash_put(&g->hash, r->value, o->t.words, first->entry);
}

/* Where a row with this priority and handle belongs among t.rows. */
static uint32_t
range_place(const struct table *o, int32_t priority, uint32_t handle)
{
	uint32_t lo = 0, hi = o->t.nrows;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		const struct ps_entry *e = o->t.rows[mid].entry;

		if (e->priority < priority || (e->priority == priority && e->handle < handle))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static void
put_range(struct table *o, struct row *r)
{
	uint32_t at = range_place(o, r->priority, r->entry->handle);

	if (o->t.nrows == o->rows_cap) {
		uint32_t cap = o->rows_cap ? o->rows_cap * 2 : 16;

		o->t.rows = sw_grow(o->t.rows, o->rows_cap, cap, sizeof(*o->t.rows));
		o->rows_cap = cap;
	}
	memmove(o->t.rows + at + 1, o->t.rows + at, (o->t.nrows - at) * sizeof(*o->t.rows));
	o->t.rows[at] = (struct ps_range_row){ r->entry, r->value, r->mask, r->high };
	o->t.nrows++;
}

static bool
range_is_known(const struct table *o, const struct row *r)
{
	size_t size = o->t.words * sizeof(uint64_t);

	for (uint32_t i = range_place(o, r->priority, 0);
	     i < o->t.nrows && o->t.rows[i].entry->priority == r->priority; i++) {
		const struct ps_range_row *x = &o->t.rows[i];

		if (!memcmp(x->value, r->value, size) && !memcmp(x->mask, r->mask, size) &&
		    !memcmp(x->high, r->high, size))
			return true;
	}
	return false;
}

static bool
is_known(const struct table *o, const struct row *r)
{
	const struct ps_group *g;

	switch (o->t.kind) {
	case PS_TABLE_NO_KEY:
		return false;
	case PS_TABLE_EXACT:
		return sw_hash_slot(&o->t.exact, r->value, o->t.words)[0];
	case PS_TABLE_LPM:
	case PS_TABLE_TERNARY:
		g = group_find(o, r->mask);
		for (const struct row *x = g ? row_of(o, sw_hash_slot(&g->hash, r->value, o->t.words)) :
					       NULL;
		     x; x = x->worse)
			if (x->priority == r->priority)
				return true;
		return false;
	case PS_TABLE_RANGE:
		return range_is_known(o, r);
	}
	bug("table kind %d", (int)o->t.kind);
}

/* A mask with holes, which nothing but a test would give an LPM field, ends the trie: groups know any mask. */
static void
put_trie(struct table *o, const struct row *r)
{
	uint32_t length;

	if (!o->t.trie.root)
		return;
	length = bits_in(r->mask, 1);
	if (length && r->mask[0] != (o->full[0] & ~(o->full[0] >> length)))
		sw_trie_free(&o->trie);
	else
		sw_trie_put(&o->trie, (uint32_t)r->value[0], length, r->entry);
}

static void
put(struct table *o, struct row *r, uint32_t handle)
{
	struct ps_entry *e = r->entry;

	if (handle >= o->cap) {
		uint32_t cap = handle < 8 ? 16 : handle * 2;

		o->rows = sw_grow(o->rows, o->cap, cap, sizeof(struct row *));
		o->cap = cap;
	}
	e->handle = e->counter = handle;
	e->hit = true;
	e->priority = r->priority;
	for (; o->nrows <= handle; o->nrows++)
		o->rows[o->nrows] = NULL;
	o->rows[handle] = r;
	o->count++;
	o->t.large = o->count > LARGE;
	if (o->t.kind == PS_TABLE_EXACT)
		sw_hash_put(&o->t.exact, r->value, o->t.words, e);
	else if (o->t.kind == PS_TABLE_RANGE)
		put_range(o, r);
	else if (o->t.kind != PS_TABLE_NO_KEY)
		put_grouped(o, r);
	put_trie(o, r);
}

uint32_t
sw_table_next_handle(const struct ps_table *t)
{
	struct table *o = own(t);

	while (o->low < o->nrows && o->rows[o->low])
		o->low++;
	return o->low;
}

int
sw_table_insert(struct ps_table *t, const void *value, const void *mask, int32_t priority, uint16_t action,
	const void *data, uint32_t *ret_handle)
{
	struct table *o = own(t);
	uint32_t handle = sw_table_next_handle(t);
	struct row *r;

	if (t->kind == PS_TABLE_NO_KEY)
		return -EINVAL;
	r = row_make(o, value, mask, priority);
	if (is_known(o, r) || o->count >= o->size) {
		int why = o->count >= o->size ? -ENOSPC : -EEXIST;

		if (is_known(o, r))
			why = -EEXIST;
		row_free(r);
		return why;
	}
	r->entry = entry_make(o, action, data);
	put(o, r, handle);
	if (ret_handle)
		*ret_handle = handle;
	return 0;
}

/* --- changing --- */

static struct row *
row_get(const struct ps_table *t, uint32_t handle)
{
	const struct table *o = own(t);

	return handle < o->nrows ? o->rows[handle] : NULL;
}

/* Points whatever look-ups find from `old` to `e`. */
static void
redirect(struct table *o, const struct row *r, const struct ps_entry *old, struct ps_entry *e)
{
	uint64_t *slot = NULL;

	if (o->t.kind == PS_TABLE_RANGE)
		o->t.rows[range_place(o, r->priority, old->handle)].entry = e;
	else if (o->t.kind == PS_TABLE_EXACT)
		slot = sw_hash_slot(&o->t.exact, r->value, o->t.words);
	else
		slot = sw_hash_slot(&group_find(o, r->mask)->hash, r->value, o->t.words);
	if (slot && slot[0] == (uint64_t)(uintptr_t)old)
		slot[0] = (uint64_t)(uintptr_t)e;
	if (o->t.trie.root)
		sw_trie_replace(&o->trie, e);
}

int
sw_table_modify(struct ps_table *t, uint32_t handle, uint16_t action, const void *data)
{
	struct table *o = own(t);
	struct row *r = row_get(t, handle);
	struct ps_entry *e, *old;

	if (!r)
		return -ENOENT;
	old = r->entry;
	e = entry_make(o, action, data);
	e->handle = old->handle;
	e->hit = true;
	e->priority = old->priority;
	e->counter = old->counter;
	redirect(o, r, old, e);
	r->entry = e;
	free(old);
	return 0;
}

static void
remove_grouped(struct table *o, struct row *r)
{
	struct ps_group *g = group_find(o, r->mask);
	struct row *first = row_of(o, sw_hash_slot(&g->hash, r->value, o->t.words));
	struct row **link = &first;

	while (*link != r)
		link = &(*link)->worse;
	*link = r->worse;
	if (first) {
		sw_hash_put(&g->hash, r->value, o->t.words, first->entry);
		return;
	}
	sw_hash_remove(&g->hash, r->value, o->t.words);
	if (g->hash.used)
		return; /* its priority is now perhaps too good: that costs a probe, no more */
	free(g->hash.slots);
	free((void *)(uintptr_t)g->mask);
	o->t.ngroups--;
	memmove(g, g + 1, (size_t)(o->t.groups + o->t.ngroups - g) * sizeof(*g));
}

/* What the addresses under the row's prefix find without it. */
static const struct ps_entry *
find_wider(const struct table *o, const struct row *r)
{
	for (uint32_t i = 0; i < o->t.ngroups; i++) {
		const struct ps_group *g = &o->t.groups[i];
		const struct ps_entry *e = NULL;

		if (g->prefix < bits_in(r->mask, 1))
			e = ps_hash_find_masked(&g->hash, r->value, g->mask, 1);
		if (e)
			return e;
	}
	return NULL;
}

int
sw_table_delete(struct ps_table *t, uint32_t handle)
{
	struct table *o = own(t);
	struct row *r = row_get(t, handle);

	if (!r)
		return -ENOENT;
	if (t->kind == PS_TABLE_RANGE) {
		uint32_t at = range_place(o, r->priority, handle);

		t->nrows--;
		memmove(t->rows + at, t->rows + at + 1, (t->nrows - at) * sizeof(*t->rows));
	} else if (t->kind == PS_TABLE_EXACT) {
		sw_hash_remove(&t->exact, r->value, t->words);
	} else {
		remove_grouped(o, r);
	}
	if (t->trie.root)
		sw_trie_remove(&o->trie, (uint32_t)r->value[0], bits_in(r->mask, 1), handle, find_wider(o, r));
	o->rows[handle] = NULL;
	o->count--;
	if (handle < o->low)
		o->low = handle;
	row_free(r);
	return 0;
}

void
sw_table_set_default(struct ps_table *t, uint16_t action, const void *data)
{
	struct table *o = own(t);
	struct ps_entry *e = entry_make(o, action, data);

	e->handle = PS_DEFAULT_ENTRY;
	e->counter = o->size;
	free((void *)(uintptr_t)t->default_entry);
	t->default_entry = e;
}

void
sw_table_reset_default(struct ps_table *t)
{
	const struct ps_entry_init *e = &own(t)->info->default_entry;

	sw_table_set_default(t, e->action, e->data);
}

struct ps_table *
sw_table_copy(const struct ps_table *t)
{
	const struct table *from = own(t);
	struct table *o = make_empty(from->info, from->actions);

	sw_table_set_default(&o->t, t->default_entry->action, t->default_entry->data);
	sw_table_set_group(&o->t, PS_DEFAULT_ENTRY, t->default_entry->group);
	for (uint32_t i = 0; i < from->nrows; i++) {
		const struct row *x = from->rows[i];
		size_t size = t->words * sizeof(uint64_t);
		struct row *r;

		if (!x)
			continue;
		r = sw_alloc(1, sizeof(*r));
		r->priority = x->priority;
		r->value = sw_dup(x->value, size);
		r->mask = sw_dup(x->mask, size);
		r->high = x->high ? sw_dup(x->high, size) : NULL;
		r->entry = entry_make(o, x->entry->action, x->entry->data);
		r->entry->group = x->entry->group;
		put(o, r, i);
	}
	return &o->t;
}

int
sw_table_set_group(struct ps_table *t, uint32_t handle, uint32_t group)
{
	struct row *r = row_get(t, handle);

	if (handle == PS_DEFAULT_ENTRY) {
		((struct ps_entry *)(uintptr_t)t->default_entry)->group = group;
		return 0;
	}
	if (!r)
		return -ENOENT;
	r->entry->group = group;
	return 0;
}

void
sw_table_set_choice(struct ps_table *t, const struct ps_entry *e, const uint16_t *actions, const void *const *data,
	uint32_t n)
{
	struct table *o = own(t);
	struct ps_choice *c;

	if (!o->choices)
		o->choices = sw_alloc((size_t)o->size + 1, sizeof(*o->choices));
	t->choices = o->choices;
	c = &o->choices[e->counter];
	choice_clear(c);
	c->v = sw_alloc(n, sizeof(*c->v));
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
	const struct row *r = row_get(t, handle);

	return r ? r->entry : NULL;
}

int
sw_table_match(const struct ps_table *t, uint32_t handle, const void **ret_value, const void **ret_mask,
	const void **ret_high)
{
	const struct row *r = row_get(t, handle);

	if (!r)
		return -ENOENT;
	*ret_value = r->value;
	*ret_mask = r->mask;
	*ret_high = r->high;
	return 0;
}

uint32_t
sw_table_handles(const struct ps_table *t)
{
	return own(t)->nrows;
}

uint32_t
sw_table_count(const struct ps_table *t)
{
	return own(t)->count;
}

uint32_t
sw_table_size(const struct ps_table *t)
{
	return own(t)->size;
}

const struct ps_table_info *
sw_table_info(const struct ps_table *t)
{
	return own(t)->info;
}
