/* bmv2_fill.c - hidden parameters of entries: an action can't know which entry runs it, so its last parameter says (docs/manifest.md,
 * "Extras"). Whoever loads the entries may have passed anything; here they get what they should have. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "device/bmv2_groups.h"

#define ENTRIES (1u << 24)
#define PARAMS 256
#define PARAM_BYTES (1u << 16)
#define EVERY 10 /* calls after which tables are gone through though the number of their entries is the same */

enum entry_type { ENTRY_NONE, ENTRY_DATA, ENTRY_MEMBER, ENTRY_GROUP };

/* What an entry (or a default action) does, as it was read. Texts are malloc'd. */
struct entry {
	uint32_t handle;
	enum entry_type type;
	char *action;
	struct str params[PARAMS];
	uint32_t nparams;
};

static void
free_entry(struct entry *e)
{
	free(e->action);
	for (uint32_t i = 0; i < e->nparams; i++)
		free((char *)(uintptr_t)e->params[i].p);
	*e = (struct entry){ 0 };
}

static void
get_params(struct thrift *t, struct entry *e)
{
	uint32_t n = thrift_get_list(t, THRIFT_STRING, PARAMS);

	for (uint32_t i = 0; i < n; i++) {
		struct str *s = &e->params[e->nparams];

		s->p = thrift_get_text(t, PARAM_BYTES, &s->n);
		if (!s->p)
			return;
		e->nparams++;
	}
}

static void
get_action(struct thrift *t, struct entry *e)
{
	enum thrift_type type;
	int16_t field;
	uint32_t n;

	while (thrift_get_field(t, &type, &field)) {
		if (field == 1 && thrift_is(t, type, THRIFT_I32))
			e->type = (enum entry_type)thrift_get_i32(t);
		else if (field == 2 && !e->action && thrift_is(t, type, THRIFT_STRING))
			e->action = thrift_get_text(t, 4096, &n);
		else if (field == 3 && !e->nparams && thrift_is(t, type, THRIFT_LIST))
			get_params(t, e);
		else
			thrift_skip(t, type);
	}
}

static void
get_entry(struct thrift *t, struct entry *e)
{
	enum thrift_type type;
	int16_t field;

	while (thrift_get_field(t, &type, &field)) {
		if (field == 3 && thrift_is(t, type, THRIFT_I32))
			e->handle = (uint32_t)thrift_get_i32(t);
		else if (field == 4 && thrift_is(t, type, THRIFT_STRUCT))
			get_action(t, e);
		else
			thrift_skip(t, type);
	}
}

/* --- which of them are to be changed ------------------------------------------------------------- */

static uint64_t
number_of(struct str s)
{
	uint64_t v = 0;

	for (uint32_t i = 0; i < s.n; i++)
		v = v << 8 | (uint8_t)s.p[i];
	return v;
}

/* Puts the code where it belongs; false when it is there, or when the action has none. */
static bool
set_code(struct bmv2 *b, struct str table, struct entry *e, uint32_t entry)
{
	char code[4];

	if (e->type != ENTRY_DATA || !e->action || !e->nparams)
		return false;
	vec_each(x, &b->config.manifest->extras) {
		struct str *last = &e->params[e->nparams - 1];
		uint32_t value = x->code | entry;

		if (!str_eq(x->table, table) || !str_is(x->action, e->action))
			continue;
		if (number_of(*last) == value)
			return false;
		for (unsigned i = 0; i < 4; i++)
			code[i] = (char)(value >> (24 - 8 * i));
		free((char *)(uintptr_t)last->p);
		last->p = malloc(4);
		last->n = last->p ? 4 : 0;
		if (last->p)
			memcpy((char *)(uintptr_t)last->p, code, 4);
		return last->p != NULL;
	}
	return false;
}

static int
send_entry(struct bmv2 *b, struct str table, const struct entry *e, bool is_default)
{
	int16_t field = 3;

	if (!bmv2_call(b, is_default ? "bm_mt_set_default_action" : "bm_mt_modify_entry"))
		return -ENOTCONN;
	thrift_put_text(b->thrift, 2, table);
	if (!is_default)
		thrift_put_i32(b->thrift, field++, (int32_t)e->handle);
	thrift_put_text(b->thrift, field++, str_from(e->action));
	thrift_put_list(b->thrift, field, THRIFT_STRING, e->nparams);
	for (uint32_t i = 0; i < e->nparams; i++)
		thrift_put_item(b->thrift, e->params[i]);
	thrift_ask(b->thrift, THRIFT_VOID);
	return bmv2_end(b);
}

/* Entries that are constant were given their codes by the weaver; entries that are gone by now don't matter. */
static int
forgive(int e)
{
	return e == -EREMOTEIO ? 0 : e;
}

struct changes {
	struct entry *v;
	uint32_t n, cap;
};

static bool
keep(struct changes *c, const struct entry *e)
{
	if (c->n == c->cap) {
		uint32_t cap = c->cap * 2 + 16;
		struct entry *v = realloc(c->v, cap * sizeof(*v));

		if (!v)
			return false;
		c->v = v;
		c->cap = cap;
	}
	c->v[c->n++] = *e;
	return true;
}

/* The entries that are to be changed: all of them are read before the first is written. */
static int
read_entries(struct bmv2 *b, struct str table, struct changes *ret)
{
	uint32_t n = 0;

	if (!bmv2_call(b, "bm_mt_get_entries"))
		return -ENOTCONN;
	thrift_put_text(b->thrift, 2, table);
	if (thrift_ask(b->thrift, THRIFT_LIST))
		n = thrift_get_list(b->thrift, THRIFT_STRUCT, ENTRIES);
	for (uint32_t i = 0; i < n; i++) {
		struct entry e = { 0 };
		uint32_t number;

		get_entry(b->thrift, &e);
		/* the upper 8 bits of a handle count how often its number was given out */
		number = (e.handle & 0xffffff) + 1;
		if (!set_code(b, table, &e, number < 0xffffe ? number : 0xffffe) || !keep(ret, &e))
			free_entry(&e);
	}
	return bmv2_end(b);
}

static int
fill_default(struct bmv2 *b, struct str table, uint32_t *ret)
{
	struct entry d = { 0 };
	int e;

	if (!bmv2_call(b, "bm_mt_get_default_entry"))
		return -ENOTCONN;
	thrift_put_text(b->thrift, 2, table);
	if (thrift_ask(b->thrift, THRIFT_STRUCT))
		get_action(b->thrift, &d);
	e = bmv2_end(b);
	if (e == 0 && set_code(b, table, &d, 0xfffff)) {
		e = send_entry(b, table, &d, true);
		*ret += e == 0;
		e = forgive(e);
	}
	free_entry(&d);
	return e;
}

static int
fill_table(struct bmv2 *b, struct str table, uint32_t *ret)
{
	struct changes c = { 0 };
	int e = read_entries(b, table, &c);

	for (uint32_t i = 0; i < c.n; i++) {
		if (e == 0) {
			e = send_entry(b, table, &c.v[i], false);
			*ret += e == 0;
			e = forgive(e);
		}
		free_entry(&c.v[i]);
	}
	free(c.v);
	return e == 0 ? fill_default(b, table, ret) : e;
}

/* --- when ---------------------------------------------------------------------------------------- */

static int
count_entries(struct bmv2 *b, struct str table, int64_t *ret)
{
	*ret = 0;
	if (!bmv2_call(b, "bm_mt_get_num_entries"))
		return -ENOTCONN;
	thrift_put_text(b->thrift, 2, table);
	if (thrift_ask(b->thrift, THRIFT_I64))
		*ret = thrift_get_i64(b->thrift);
	return bmv2_end(b);
}

static void
list_tables(struct bmv2 *b)
{
	vec_each(x, &b->config.manifest->extras) {
		bool known = false;

		vec_each(t, &b->tables)
			known |= str_eq(t->name, x->table);
		if (!known)
			vec_push(b->arena, &b->tables, (struct bmv2_table){ x->table, -1 });
	}
}

int
bmv2_fill(struct bmv2 *b, uint32_t *ret)
{
	bool all = b->age++ % EVERY == 0;
	int e = 0;

	*ret = 0;
	if (!b->tables.n)
		list_tables(b);
	for (uint32_t i = 0; i < b->tables.n && e == 0; i++) {
		struct bmv2_table *t = &b->tables.v[i];
		int64_t n;

		e = count_entries(b, t->name, &n);
		if (e == 0 && (all || n != t->entries))
			e = fill_table(b, t->name, ret);
		if (e == 0)
			t->entries = n;
	}
	return e == 0 ? bmv2_fill_groups(b, ret) : e;
}
