/* Commands about parsers' value sets, which are tables without actions. A value is a word for each of its fields, as the keys of
 * tables are written, or one word for all of them: the fields' bits one after the other, the first field's first. */
#include <errno.h>
#include <stdio.h>

#include "base/arena.h"
#include "switch/apply.h"
#include "switch/table.h"

struct value {
	uint8_t *value, *mask; /* as sw_table_insert has them */
};

static bool
bit_at(const uint8_t *p, uint32_t i)
{
	return p[i / 8] >> (i % 8) & 1;
}

/* Bits low.. of a number as field k of the key. */
static void
cut(const uint8_t *from, uint32_t low, const struct ps_key_info *k, uint8_t *key)
{
	for (uint32_t i = 0; i < k->width; i++)
		if (!from || bit_at(from, low + i))
			key[k->offset + i / 8] |= (uint8_t)(1u << (i % 8));
}

/* A mask (NULL: none is stated) of a field. */
static bool
set_mask(const struct ps_key_info *k, const uint8_t *mask, uint32_t low, const struct value *v)
{
	uint32_t set = 0;

	for (uint32_t i = 0; mask && i < k->width; i++)
		set += bit_at(mask, low + i);
	if (k->match == PS_RANGE && !mask)
		memcpy(v->mask + k->offset, v->value + k->offset, k->size);
	else
		cut(mask, low, k, v->mask);
	return !mask || k->match == PS_TERNARY || set == k->width;
}

static bool
read_whole(struct apply *ap, const struct ps_table_info *t, const struct sw_match *m, const struct value *v)
{
	uint8_t *a, *b = NULL;
	uint32_t width = 0, size;
	char what[200];

	for (uint32_t i = 0; i < t->nkeys; i++)
		width += t->keys[i].width;
	size = (width + 63) / 64 * 8;
	a = arena_alloc(ap->arena, size + 8u);
	snprintf(what, sizeof(what), "a value of '%s'", t->name);
	if (m->form == SW_MASKED)
		b = arena_alloc(ap->arena, size + 8u);
	if (!sw_value(ap->arena, ap->diags, m->a, width, false, what, a, size) ||
	    (b && !sw_value(ap->arena, ap->diags, m->b, width, false, what, b, size)))
		return false;
	for (uint32_t i = 0; i < t->nkeys; i++) {
		const struct ps_key_info *k = &t->keys[i];

		width -= k->width;
		cut(a, width, k, v->value);
		if (set_mask(k, b, width, v))
			continue;
		diag_error(ap->diags, m->b.at, "field '%s' of '%s' is not ternary: its mask must have all bits", k->name, t->name);
		return false;
	}
	return true;
}

static bool
read_value(struct apply *ap, const struct ps_table_info *t, const struct sw_command *c, const struct value *v)
{
	const struct sw_match *m = c->matches;
	bool ok = true;

	if (c->nmatches == 1 && (m->form == SW_PLAIN || (m->form == SW_MASKED && t->nkeys > 1)))
		return read_whole(ap, t, m, v);
	if (c->nmatches != t->nkeys) {
		diag_error(ap->diags, span_join(m[0].at, m[c->nmatches - 1].at), "a value of '%s' has %u field%s, here %s %u", t->name,
			t->nkeys, t->nkeys == 1 ? "" : "s", c->nmatches == 1 ? "is" : "are", c->nmatches);
		return false;
	}
	for (uint32_t i = 0; i < t->nkeys; i++) {
		const struct ps_key_info *k = &t->keys[i];

		ok = sw_apply_field(ap, k, c, &m[i], v->value + k->offset, v->mask + k->offset) && ok;
	}
	return ok;
}

static void
add(struct apply *ap, uint32_t table, const struct sw_command *c, const struct value *v)
{
	struct ps_table *t = sw_apply_shadow(ap, table);
	uint32_t handle;
	int err = sw_table_insert(t, v->value, v->mask, 0, 0, NULL, &handle);

	if (err && err != -EEXIST) /* a set has a value once, however often it is added */
		diag_error(ap->diags, c->at, "value set '%s' is full: its size is %u", ap->program->tables[table].name,
			sw_table_size(t));
}

static bool
is_same(const struct ps_table *a, uint32_t i, const struct ps_table *b)
{
	uint32_t size = sw_table_info(a)->key_size;
	const void *va, *ma, *ha, *vb, *mb, *hb;

	return !sw_table_match(a, i, &va, &ma, &ha) && !sw_table_match(b, 0, &vb, &mb, &hb) && !memcmp(va, vb, size) &&
	       !memcmp(ma, mb, size) && (!ha || !memcmp(ha, hb, size));
}

static void
take_out(struct apply *ap, uint32_t table, const struct sw_command *c, const struct value *v)
{
	const struct ps_table_info *info = &ap->program->tables[table];
	struct ps_table *t = sw_apply_shadow(ap, table), *only = sw_table_make(info, ap->program->actions);
	uint32_t handle = 0, n = sw_table_handles(t);

	/* Alone in a set of its own it looks as it would in this one. */
	if (sw_table_insert(only, v->value, v->mask, 0, 0, NULL, &handle))
		n = 0;
	while (handle < n && !is_same(t, handle, only))
		handle++;
	sw_table_free(only);
	if (handle < n)
		sw_table_delete(t, handle);
	else if (!ap->doubtful[table])
		diag_error(ap->diags, c->matches[0].at, "value set '%s' has no such value", info->name);
}

void
sw_apply_set(struct apply *ap, const struct sw_command *c)
{
	const struct ps_program *p = ap->program;
	int i = sw_apply_find(ap, c->target, p->tables + p->ntables, p->nsets, sw_table_name, "value set");
	uint32_t table = p->ntables + (uint32_t)i, size;
	struct value v;

	if (i < 0)
		return;
	if (c->kind == SW_SET_CLEAR) {
		sw_table_clear(sw_apply_shadow(ap, table));
		return;
	}
	size = p->tables[table].key_size + 16u;
	v = (struct value){ arena_alloc(ap->arena, size), arena_alloc(ap->arena, size) };
	if (!read_value(ap, &p->tables[table], c, &v))
		ap->doubtful[table] = true;
	else if (c->kind == SW_SET_ADD)
		add(ap, table, c, &v);
	else
		take_out(ap, table, c, &v);
}
