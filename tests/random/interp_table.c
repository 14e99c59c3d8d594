/* interp_table.c - tables as lists of entries, looked through from the first to the last. */
#include <stdlib.h>

#include "interp.h"

static const char *
match_of(const struct table *t, uint32_t i)
{
	const struct p4_node *m = t->decl->u.table.keys.v[i]->u.key.match;
	static const char *const names[] = { "exact", "lpm", "ternary", "range", "optional" };

	for (uint32_t k = 0; k < 5; k++)
		if (str_is(m->name, names[k]))
			return names[k];
	return "";
}

static bool
is_match(const struct table *t, uint32_t i, const char *name)
{
	return strcmp(match_of(t, i), name) == 0;
}

static struct entry *
entry_make(struct interp *it, const struct table *t)
{
	struct entry *e = arena_new(it->a, struct entry);
	uint32_t n = t->decl->u.table.keys.n;

	e->value = arena_array(it->a, u128, n + 1);
	e->mask = arena_array(it->a, u128, n + 1);
	e->prefix = arena_array(it->a, uint32_t, n + 1);
	e->any = arena_array(it->a, bool, n + 1);
	return e;
}

/* --- what the program states ----------------------------------------------------------------------- */

static void
entry_action(struct interp *it, struct entry *e, const struct p4_node *ref)
{
	const struct p4_list *params = &ref->u.action_ref.decl->u.func.params;
	uint32_t first = 0;

	e->action = ref->u.action_ref.decl;
	while (first < params->n && params->v[first]->u.var.dir != P4_DIR_NONE)
		first++;
	e->nargs = params->n - first;
	e->args = arena_array(it->a, struct val *, e->nargs + 1);
	for (uint32_t i = 0; i < e->nargs && first + i < ref->u.action_ref.args.n; i++)
		e->args[i] = val_copy(it->a, eval(it, ref->u.action_ref.args.v[first + i]));
}

static u128
number_in(struct interp *it, const struct p4_node *n)
{
	return eval(it, n)->bits;
}

/* &&& of an lpm key: a prefix's length is that of the ones at the mask's front. */
static void
entry_key(struct interp *it, const struct table *t, struct entry *e, uint32_t i, const struct p4_node *k)
{
	uint32_t w = width_of(t->decl->u.table.keys.v[i]->u.key.expr->type);

	e->prefix[i] = w;
	e->mask[i] = mask_of(w);
	if (k->kind == P4_DEFAULT || k->kind == P4_DONTCARE) {
		e->any[i] = true;
		e->prefix[i] = 0;
		e->mask[i] = is_match(t, i, "range") ? mask_of(w) : 0;
	} else if (k->kind == P4_MASK || k->kind == P4_RANGE) {
		e->value[i] = number_in(it, k->u.pair.a);
		e->mask[i] = number_in(it, k->u.pair.b);
		for (e->prefix[i] = 0; e->prefix[i] < w && e->mask[i] >> (w - 1 - e->prefix[i]) & 1;)
			e->prefix[i]++;
	} else {
		e->value[i] = number_in(it, k);
		if (is_match(t, i, "range"))
			e->mask[i] = e->value[i];
	}
}

static bool
has_priority(const struct table *t)
{
	for (uint32_t i = 0; i < t->decl->u.table.keys.n; i++)
		if (!is_match(t, i, "exact") && !is_match(t, i, "lpm"))
			return true;
	return false;
}

/* Earlier ones win: the list is gone through in order. */
static void
stated_entries(struct interp *it, struct table *t)
{
	const struct p4_list *entries = &t->decl->u.table.entries;

	for (uint32_t i = 0; i < entries->n; i++) {
		const struct p4_node *n = entries->v[i];
		const struct p4_list *keys = &n->u.entry.keys;
		struct entry *e = entry_make(it, t);

		if (keys->n == 1 && keys->v[0]->kind == P4_LIST_EXPR)
			keys = &keys->v[0]->u.list.items;
		for (uint32_t k = 0; k < keys->n && k < t->decl->u.table.keys.n; k++)
			entry_key(it, t, e, k, keys->v[k]);
		entry_action(it, e, n->u.entry.action);
		e->handle = i;
		e->priority = (int64_t)i;
		if (n->u.entry.priority && n->u.entry.priority->value) /* the largest wins */
			e->priority = -big_i64(n->u.entry.priority->value->i);
		vec_push(it->a, &t->entries, e);
	}
}

void
tables_make(struct interp *it)
{
	for (uint32_t i = 0; i < it->p->all.n; i++) {
		const struct p4_inst *inst = it->p->all.v[i];

		it->inst = inst;
		for (uint32_t k = 0; k < inst->tables.n; k++) {
			struct table *t = arena_new(it->a, struct table);

			t->inst = inst;
			t->decl = inst->tables.v[k];
			t->name = p4_control_name(it->a, inst, t->decl);
			stated_entries(it, t);
			if (t->decl->u.table.default_action) {
				t->normal = entry_make(it, t);
				entry_action(it, t->normal, t->decl->u.table.default_action);
				t->normal->handle = INTERP_NONE;
			}
			vec_push(it->a, &it->tables, t);
		}
	}
	it->inst = NULL;
}

/* --- applying -------------------------------------------------------------------------------------- */

static bool
key_matches(const struct table *t, const struct entry *e, uint32_t i, const struct val *v)
{
	uint32_t w = width_of(v->type);

	if (e->any[i])
		return true;
	if (is_match(t, i, "exact") || is_match(t, i, "optional"))
		return v->bits == e->value[i];
	if (is_match(t, i, "range"))
		return e->value[i] <= v->bits && v->bits <= e->mask[i];
	if (is_match(t, i, "ternary"))
		return (v->bits & e->mask[i]) == (e->value[i] & e->mask[i]);
	return e->prefix[i] == 0 || v->bits >> (w - e->prefix[i]) == e->value[i] >> (w - e->prefix[i]);
}

/* The lpm key's length; of several lpm keys there is at most one. */
static uint32_t
prefix_of(const struct table *t, const struct entry *e)
{
	for (uint32_t i = 0; i < t->decl->u.table.keys.n; i++)
		if (is_match(t, i, "lpm"))
			return e->prefix[i];
	return 0;
}

static bool
better(const struct table *t, const struct entry *a, const struct entry *b)
{
	if (!b)
		return true;
	if (has_priority(t))
		return a->priority < b->priority;
	return prefix_of(t, a) > prefix_of(t, b);
}

static struct entry *
look_up(const struct table *t, struct val *const *keys)
{
	struct entry *best = NULL;

	for (uint32_t i = 0; i < t->entries.n; i++) {
		bool all = true;

		for (uint32_t k = 0; k < t->decl->u.table.keys.n && all; k++)
			all = key_matches(t, t->entries.v[i], k, keys[k]);
		if (all && better(t, t->entries.v[i], best))
			best = t->entries.v[i];
	}
	return best;
}

/* Arguments for parameters with a direction come from the table's list of actions. */
static const struct p4_node *
listed(const struct table *t, const struct p4_node *action)
{
	for (uint32_t i = 0; i < t->decl->u.table.actions.n; i++)
		if (t->decl->u.table.actions.v[i]->u.action_ref.decl == action)
			return t->decl->u.table.actions.v[i];
	return NULL;
}

static void
run_entry(struct interp *it, struct table *t, struct entry *e)
{
	const struct p4_node *ref = listed(t, e->action), *outer = it->why_action;
	struct table *table = it->why_table;
	struct entry *entry = it->why_entry;

	it->why_table = t;
	it->why_entry = e;
	it->why_action = NULL;
	run_action(it, e->action, ref ? ref->u.action_ref.args.v : NULL, e->args);
	it->why_table = table;
	it->why_entry = entry;
	it->why_action = outer;
}

/* By the last part of its control-plane name. */
static const struct p4_node *
action_named(struct interp *it, const struct table *t, const char *name)
{
	for (uint32_t i = 0; i < t->decl->u.table.actions.n; i++) {
		const struct p4_node *a = t->decl->u.table.actions.v[i]->u.action_ref.decl;
		struct str full = p4_control_name(it->a, a->u.func.owner ? t->inst : NULL, a);
		int64_t dot = str_rfind(full, '.');

		if (str_is(dot < 0 ? full : str_sub(full, (uint32_t)dot + 1, full.n), name))
			return a;
	}
	return NULL;
}

bool
table_apply(struct interp *it, const struct p4_node *decl, const struct p4_node **ret_action)
{
	struct table *t = NULL;
	struct val *keys[16];
	struct entry *e;
	bool hit;

	*ret_action = NULL;
	for (uint32_t i = 0; i < it->tables.n; i++)
		if (it->tables.v[i]->decl == decl && it->tables.v[i]->inst == it->inst)
			t = it->tables.v[i];
	if (!t) {
		interp_trouble(it, "a table that can't be found");
		return false;
	}
	for (uint32_t i = 0; i < decl->u.table.keys.n; i++)
		keys[i] = eval(it, decl->u.table.keys.v[i]->u.key.expr);
	if (it->flow != FLOW_ON)
		return false;
	e = decl->u.table.keys.n ? look_up(t, keys) : NULL;
	hit = e != NULL;
	e = e ? e : t->normal;
	if (!e) {
		*ret_action = action_named(it, t, "NoAction"); /* the default action when none is stated */
		return false;
	}
	*ret_action = e->action;
	run_entry(it, t, e);
	return hit;
}

/* --- what the control plane says ------------------------------------------------------------------- */

static u128
number(const char *s, char **end)
{
	u128 v = 0;

	if (s[0] == '0' && s[1] == 'x')
		for (s += 2;; s++) {
			int d = *s >= '0' && *s <= '9' ? *s - '0' : *s >= 'a' && *s <= 'f' ? *s - 'a' + 10 : -1;

			if (d < 0)
				break;
			v = v << 4 | (u128)d;
		}
	else
		for (; *s >= '0' && *s <= '9'; s++)
			v = v * 10 + (u128)(*s - '0');
	*end = (char *)(uintptr_t)s;
	return v;
}

static void
said_key(const struct table *t, struct entry *e, uint32_t i, const char *s)
{
	uint32_t w = width_of(t->decl->u.table.keys.v[i]->u.key.expr->type);
	char *end;

	e->prefix[i] = w;
	e->value[i] = e->mask[i] = number(s, &end);
	if (*end == '/')
		e->prefix[i] = (uint32_t)number(end + 1, &end);
	else if (*end == '&')
		e->mask[i] = number(end + 3, &end);
	else if (*end == '-')
		e->mask[i] = number(end + 2, &end);
	if (is_match(t, i, "optional"))
		e->any[i] = *s == '0' && strstr(s, "&&&0x0") != NULL;
}

static void
said_args(struct interp *it, struct entry *e, char *words[], uint32_t n)
{
	const struct p4_list *params = &e->action->u.func.params;

	e->args = arena_array(it->a, struct val *, params->n + 1);
	for (uint32_t i = 0; i < params->n; i++) {
		char *end;
		struct val *v;

		if (params->v[i]->u.var.dir != P4_DIR_NONE)
			continue;
		v = val_make(it->a, params->v[i]->type);
		v->bits = e->nargs < n ? number(words[e->nargs], &end) : 0;
		e->args[e->nargs++] = v;
	}
	e->priority = e->nargs < n ? (int64_t)strtoll(words[e->nargs], NULL, 0) : 0;
}

bool
table_command(struct interp *it, char *line)
{
	char *words[64], *save = NULL;
	uint32_t n = 0, nkeys;
	struct table *t = NULL;
	struct entry *e;
	bool add;

	for (char *w = strtok_r(line, " \n", &save); w && n < 64; w = strtok_r(NULL, " \n", &save))
		if (strcmp(w, "=>") != 0)
			words[n++] = w;
	if (n < 3)
		return false;
	add = strcmp(words[0], "table_add") == 0;
	for (uint32_t i = 0; i < it->tables.n; i++)
		if (str_is(it->tables.v[i]->name, words[1]))
			t = it->tables.v[i];
	if (!t)
		return false;
	nkeys = add ? t->decl->u.table.keys.n : 0;
	e = entry_make(it, t);
	e->action = action_named(it, t, words[2]);
	if (!e->action || n < 3 + nkeys)
		return false;
	for (uint32_t i = 0; i < nkeys; i++)
		said_key(t, e, i, words[3 + i]);
	said_args(it, e, words + 3 + nkeys, n - 3 - nkeys);
	e->handle = add ? t->entries.n : INTERP_NONE;
	if (add)
		vec_push(it->a, &t->entries, e);
	else
		t->normal = e;
	return true;
}
