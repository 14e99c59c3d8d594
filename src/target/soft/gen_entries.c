/* gen_entries.c - tables as the descriptor tells them: keys, permitted actions, constant entries, defaults. */
#include "target/soft/gen.h"

uint32_t
gen_layout(uint32_t *end, uint32_t bytes)
{
	uint32_t align = bytes < 8 ? bytes : 8, at = (*end + align - 1) / align * align;

	*end = at + bytes;
	return at;
}

void
gen_data_struct(struct gen *g, const char *name, const struct p4_type *const *types, const char *const *names, uint32_t n)
{
	struct gen_buf text = { 0 };
	uint32_t end = 0;

	for (uint32_t i = 0; i < n; i++) {
		uint32_t before = end, at = gen_layout(&end, gen_bytes(types[i]));

		if (at > before)
			gen_add(g, &text, "\tuint8_t pad%u[%u];\n", i, at - before);
		gen_add(g, &text, "\t%s %s;\n", gen_type(g, types[i]), names[i]);
	}
	if (end % 8 || n == 0)
		gen_add(g, &text, "\tuint8_t pad[%u];\n", n == 0 ? 8 : 8 - end % 8);
	fprintf(g->types, "struct %s {\n%s} __attribute__((packed, aligned(8)));\n", name, gen_done(&text));
}

/* --- actions -------------------------------------------------------------------------------------------------------- */

/* The parameters that entries carry. */
static uint32_t
data_params(const struct p4_node *action, const struct p4_node **ret)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < action->u.func.params.n; i++)
		if (action->u.func.params.v[i]->u.var.dir == P4_DIR_NONE && !gen_is_extern(action->u.func.params.v[i]->type))
			ret[n++] = action->u.func.params.v[i];
	return n;
}

void
gen_action_data(struct gen *g, uint32_t index)
{
	struct gen_action *a = &g->actions.v[index];
	uint32_t max = a->decl->u.func.params.n + 1, n;
	const struct p4_node **params = arena_array(g->a, const struct p4_node *, max);
	const struct p4_type **types = arena_array(g->a, const struct p4_type *, max);
	const char **names = arena_array(g->a, const char *, max);
	uint32_t end = 0;

	if (a->has_data)
		return;
	a->has_data = true;
	n = data_params(a->decl, params);
	for (uint32_t i = 0; i < n; i++) {
		types[i] = params[i]->type;
		names[i] = gen_text(g, "f_%.*s", STRA(params[i]->name));
		if (!gen_is_scalar(types[i])) {
			gen_fail(g, params[i], "action parameter '%.*s' of a table's action must be a number, bool, enum or error",
				 STRA(params[i]->name));
			return;
		}
	}
	gen_data_struct(g, gen_text(g, "data%u", index), types, names, n);
	if (n > 0)
		fprintf(g->info, "static const struct ps_param_info params%u[] = {\n", index);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t bytes = gen_bytes(types[i]);

		fprintf(g->info, "\t{ %s, %u, %u, %u, %u },\n", gen_quote(g, params[i]->name), gen_width(types[i]), gen_is_signed(types[i]),
			gen_layout(&end, bytes), bytes);
	}
	if (n > 0)
		fprintf(g->info, "};\n");
	a->nparams = n;
}

/* An action with constant arguments: the name of its data's static, and its index. */
static const char *
action_constant(struct gen *g, const struct gen_table *t, const struct p4_node *ref, uint32_t *index)
{
	const struct p4_node *decl = ref->u.action_ref.decl, *p;
	const struct p4_list *args = &ref->u.action_ref.args;
	uint32_t n = gen_temp(g);
	const char *text = "";

	*index = gen_action_index(g, decl->u.func.owner ? t->inst : NULL, decl);
	gen_action_data(g, *index);
	for (uint32_t i = 0; i < args->n; i++)
		for (uint32_t k = 0; k < decl->u.func.params.n; k++) {
			p = decl->u.func.params.v[k];
			if (p->u.var.dir != P4_DIR_NONE || !(args->v[i]->name.n ? str_eq(args->v[i]->name, p->name) : i == k))
				continue;
			if (!gen_const(g, args->v[i]->u.arg.expr))
				gen_fail(g, args->v[i], "the argument must be a constant");
			else
				text = gen_text(g, "%s.f_%.*s = %s, ", text, STRA(p->name),
						gen_value(g, args->v[i], gen_const(g, args->v[i]->u.arg.expr), p->type));
		}
	fprintf(g->info, "static const struct data%u init%u = { %s };\n", *index, n, *text ? text : "0");
	return gen_text(g, "&init%u", n);
}

/* --- keys ------------------------------------------------------------------------------------------------------------ */

static const char *
key_text(struct gen *g, const struct p4_node *e)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out;
	struct str s;

	if (e->kind == P4_NAME)
		return gen_text(g, "%.*s", STRA(e->name));
	if (e->kind == P4_CAST && e->u.cast.implicit)
		return key_text(g, e->u.cast.a);
	if (e->kind == P4_MEMBER && e->u.member.object->kind != P4_TYPE_EXPR)
		return gen_text(g, "%s.%.*s", key_text(g, e->u.member.object), STRA(e->name));
	if (e->kind == P4_CALL && e->u.call.what == P4_CALL_IS_VALID)
		return gen_text(g, "%s.$valid$", key_text(g, e->u.call.object));
	if (e->kind == P4_SLICE)
		return gen_text(g, "%s[%u:%u]", key_text(g, e->u.slice.object), e->u.slice.hi_value, e->u.slice.lo_value);
	out = open_memstream(&text, &len);
	if (!out)
		bug("open_memstream");
	p4_print_node(out, e);
	fclose(out);
	s = str_dup(g->a, (struct str){ text, (uint32_t)len });
	free(text);
	return str_cstr(g->a, str_trim(s));
}

const char *
gen_key_name(struct gen *g, const struct p4_node *key)
{
	const struct p4_node *a = p4_annotation(key, "name");

	if (a && a->u.annotation.args.n == 1 && a->u.annotation.args.v[0]->kind == P4_STRING)
		return str_cstr(g->a, a->u.annotation.args.v[0]->u.string);
	return key_text(g, key->u.key.expr);
}

static const char *
match_kind(struct gen *g, const struct p4_node *key)
{
	static const char *const kinds[][2] = {
		{ "exact", "PS_EXACT" }, { "lpm", "PS_LPM" }, { "ternary", "PS_TERNARY" }, { "range", "PS_RANGE" },
		{ "optional", "PS_OPTIONAL" }, { "selector", "PS_SELECTOR" },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (str_is(key->u.key.match->name, kinds[i][0]))
			return kinds[i][1];
	gen_fail(g, key->u.key.match, "the switch doesn't know match kind '%.*s'", STRA(key->u.key.match->name));
	return "PS_EXACT";
}

/* A key set element as two constants: value and mask, or low and high. */
static void
key_pair(struct gen *g, const struct p4_node *k, const struct p4_type *t, bool range, const char **value, const char **mask)
{
	uint32_t w = gen_width(t);
	struct big ones = big_sub(g->a, big_pow2(g->a, w), big_from_u64(g->a, 1));

	while (k->kind == P4_ARG)
		k = k->u.arg.expr;
	*value = gen_zero(g, t);
	*mask = gen_number(g, ones, w);
	if (k->kind == P4_DEFAULT || k->kind == P4_DONTCARE) {
		if (!range)
			*mask = gen_zero(g, t);
		return;
	}
	if (k->kind == P4_MASK || k->kind == P4_RANGE) {
		if (!gen_const(g, k->u.pair.a) || !gen_const(g, k->u.pair.b) || (k->kind == P4_RANGE) != range) {
			gen_fail(g, k, "this key can't be executed");
			return;
		}
		*value = gen_value(g, k, gen_const(g, k->u.pair.a), t);
		*mask = gen_value(g, k, gen_const(g, k->u.pair.b), t);
		return;
	}
	if (!gen_const(g, k)) {
		gen_fail(g, k, "the key of an entry must be a constant");
		return;
	}
	*value = gen_value(g, k, gen_const(g, k), t);
	if (range)
		*mask = *value;
}

/* --- entries that never change -------------------------------------------------------------------------------------- */

/* The numbers that a constant entry is for, when it has one key: from *low to *high. */
static bool
entry_range(struct gen *g, const struct p4_node *entry, uint64_t *low, uint64_t *high)
{
	const struct p4_list *keys = &entry->u.entry.keys;
	const struct p4_node *k = keys->n == 1 ? keys->v[0] : entry;
	struct big a, b;

	while (k->kind == P4_ARG)
		k = k->u.arg.expr;
	if (k == entry || k->kind == P4_DEFAULT || k->kind == P4_DONTCARE || k->kind == P4_MASK || k->kind == P4_LIST_EXPR)
		return false;
	if (!gen_const_int(g, k->kind == P4_RANGE ? k->u.pair.a : k, &a) || !gen_const_int(g, k->kind == P4_RANGE ? k->u.pair.b : k, &b))
		return false;
	if (!big_fits_u64(a) || !big_fits_u64(b))
		return false;
	*low = big_u64(a);
	*high = big_u64(b);
	return *low <= *high;
}

const char *
gen_constant_find(struct gen *g, const struct gen_table *t, uint32_t index)
{
	const struct p4_node *d = t->decl, *key = d->u.table.keys.n == 1 ? d->u.table.keys.v[0] : NULL;
	bool exact = key && str_is(key->u.key.match->name, "exact"), range = key && str_is(key->u.key.match->name, "range");
	uint64_t first = 0, low, high, last = 0;

	if (!d->u.table.const_entries || !d->u.table.entries.n || t->profile_index >= 0 || (!exact && !range) ||
	    key->u.key.expr->type->kind != P4_TY_BIT || gen_width(key->u.key.expr->type) > 64)
		return NULL;
	for (uint32_t i = 0; i < d->u.table.entries.n; i++, last = high) {
		const struct p4_node *e = d->u.table.entries.v[i];

		if (e->u.entry.priority || p4_annotation(e, "priority") || !entry_range(g, e, &low, &high))
			return NULL;
		first = i ? first : low;
		if (i && (exact ? low != last + 1 : low <= last))
			return NULL;
	}
	if (exact)
		return gen_text(g, "ps_table_dense(R->ctx->tables[%u], %s, %lluu, %u)", index, gen_expr(g, key->u.key.expr),
				(unsigned long long)first, d->u.table.entries.n);
	return gen_text(g, "ps_table_sorted(R->ctx->tables[%u], %s)", index, gen_expr(g, key->u.key.expr));
}

#define LAST_PRIORITY 0x3fffffff

/* --- entries ------------------------------------------------------------------------------------------------------- */

/* Smaller wins. Without a stated priority the order of the entries decides; the language's stated priorities
 * say that larger wins unless the table has largest_priority_wins = false, and entries between go on in steps of priority_delta.
 * @priority is BMv2's, smaller wins. */
static long long
entry_priority(struct gen *g, const struct p4_node *table, const struct p4_node *entry, uint32_t index)
{
	const struct p4_node *a = p4_annotation(entry, "priority"), *largest = gen_property(table, "largest_priority_wins");
	const struct p4_value *v = largest ? gen_const(g, largest) : NULL;
	bool smaller = v && v->kind == P4_V_BOOL && !v->b;
	const struct p4_node *delta = gen_property(table, "priority_delta");
	struct big n, step = { 0 };
	uint32_t from = index;
	long long p;

	if (a && a->u.annotation.args.n == 1 && a->u.annotation.args.v[0]->kind == P4_INT &&
	    big_fits_u64(a->u.annotation.args.v[0]->u.integer.value))
		return (long long)big_u64(a->u.annotation.args.v[0]->u.integer.value) & 0x7fffffff;
	while (from && !entry->u.entry.priority)
		entry = table->u.table.entries.v[--from];
	if (!entry->u.entry.priority)
		return index + 1;
	if (!gen_const_int(g, entry->u.entry.priority, &n) || !big_fits_i64(n) || big_i64(n) < 0 || big_i64(n) > LAST_PRIORITY) {
		gen_fail(g, entry->u.entry.priority, "a priority is a constant from 0 to %d", LAST_PRIORITY);
		return 0;
	}
	p = delta && gen_const_int(g, delta, &step) ? (long long)(big_u64(step) & 0xffffffff) : 1;
	p = big_i64(n) + (smaller ? p : -p) * (index - from);
	if (p < 0 || p > LAST_PRIORITY)
		gen_fail(g, table->u.table.entries.v[index], "this entry's priority would be %lld", p);
	return smaller ? p : LAST_PRIORITY + 1 - p;
}

static void
write_entry(struct gen *g, const struct gen_table *t, uint32_t index, uint32_t i, FILE *list)
{
	const struct p4_node *table = t->decl, *e = table->u.table.entries.v[i];
	const struct p4_list *keys = &e->u.entry.keys;
	const char *values = "", *masks = "", *v, *m, *data;
	uint32_t action;

	if (keys->n == 1 && keys->v[0]->kind == P4_LIST_EXPR && table->u.table.keys.n > 1)
		keys = &keys->v[0]->u.list.items;
	for (uint32_t k = 0; k < table->u.table.keys.n; k++) {
		const struct p4_node *key = table->u.table.keys.v[k];
		bool all = keys->n == 1 && table->u.table.keys.n > 1;
		const struct p4_node *element = all ? keys->v[0] : k < keys->n ? keys->v[k] : NULL;

		if (!element) {
			gen_fail(g, e, "the entry has %u keys, its table %u", keys->n, table->u.table.keys.n);
			return;
		}
		key_pair(g, element, key->u.key.expr->type, str_is(key->u.key.match->name, "range"), &v, &m);
		values = gen_text(g, "%s.k%u = %s, ", values, k, v);
		masks = gen_text(g, "%s.k%u = %s, ", masks, k, m);
	}
	data = action_constant(g, t, e->u.entry.action, &action);
	fprintf(g->info, "static const struct key%u value%u_%u = { %s }, mask%u_%u = { %s };\n", index, index, i, values, index, i, masks);
	fprintf(list, "\t{ &value%u_%u, &mask%u_%u, %lld, %u, %s },\n", index, i, index, i, entry_priority(g, table, e, i), action, data);
}

static void
write_entries(struct gen *g, const struct gen_table *t, uint32_t index)
{
	char *text = NULL;
	size_t len = 0;
	FILE *list = open_memstream(&text, &len);

	if (!list)
		bug("open_memstream");
	for (uint32_t i = 0; i < t->decl->u.table.entries.n; i++)
		write_entry(g, t, index, i, list);
	fclose(list);
	if (t->decl->u.table.entries.n)
		fprintf(g->info, "static const struct ps_entry_init entries%u[] = {\n%s};\n", index, text);
	free(text);
}

/* --- one table ------------------------------------------------------------------------------------------------------- */

static uint32_t
write_keys(struct gen *g, const struct gen_table *t, uint32_t index)
{
	const struct p4_list *l = &t->decl->u.table.keys;
	uint32_t end = 0;

	if (l->n)
		fprintf(g->info, "static const struct ps_key_info keys%u[] = {\n", index);
	for (uint32_t i = 0; i < l->n; i++) {
		const struct p4_type *type = l->v[i]->u.key.expr->type;
		uint32_t bytes = gen_bytes(type), at = gen_layout(&end, bytes);

		fprintf(g->info, "\t{ %s, %s, %u, %u, %u },\n", gen_quote(g, str_from(gen_key_name(g, l->v[i]))), match_kind(g, l->v[i]),
			gen_width(type), at, bytes);
	}
	if (l->n)
		fprintf(g->info, "};\n");
	return (end + 7) / 8 * 8;
}

static void
write_actions(struct gen *g, const struct gen_table *t, uint32_t index)
{
	const struct p4_list *l = &t->decl->u.table.actions;
	const char *text = "";

	for (uint32_t i = 0; i < l->n; i++) {
		const struct p4_node *decl = l->v[i]->u.action_ref.decl;
		uint32_t a = gen_action_index(g, decl->u.func.owner ? t->inst : NULL, decl);

		gen_action_data(g, a);
		text = gen_text(g, "%s%u, ", text, a);
	}
	fprintf(g->info, "static const uint16_t permitted%u[] = { %s0 };\nstatic const bool default_only%u[] = { ", index, text, index);
	for (uint32_t i = 0; i < l->n; i++)
		fprintf(g->info, "%s, ", p4_annotation(l->v[i], "defaultonly") ? "true" : "false");
	fprintf(g->info, "false };\n");
}

static uint32_t
no_action(struct gen *g)
{
	for (uint32_t i = 0; i < g->actions.n; i++)
		if (!g->actions.v[i].inst && str_is(g->actions.v[i].decl->name, "NoAction"))
			return i;
	gen_fail(g, g->p->tree, "the program has no NoAction (core.p4)");
	return 0;
}

static unsigned long long
table_size(struct gen *g, const struct gen_table *t)
{
	const struct p4_node *size = gen_property(t->decl, "size");
	struct big n;

	if (!size)
		return 1024;
	if (gen_const_int(g, size, &n) && big_fits_u64(n) && big_u64(n) <= 0x7fffffff)
		return big_u64(n);
	gen_fail(g, size, "a table's size must be a constant of at most 2147483647");
	return 0;
}

static const char *
table_info(struct gen *g, uint32_t index)
{
	const struct gen_table *t = &g->tables.v[index];
	const struct p4_node *d = t->decl;
	uint32_t key_size = write_keys(g, t, index), action;
	const char *data;

	write_actions(g, t, index);
	write_entries(g, t, index);
	if (d->u.table.default_action) {
		data = action_constant(g, t, d->u.table.default_action, &action);
	} else {
		action = no_action(g);
		gen_action_data(g, action);
		data = "NULL";
	}
	return gen_text(g,
		"\t{ .name = %s, .nkeys = %u, .keys = %s, .key_size = %u, .nactions = %u, .actions = permitted%u,\n"
		"\t  .default_only = default_only%u, .default_entry = { .action = %u, .data = %s }, .const_default = %d,\n"
		"\t  .const_entries = %d, .nentries = %u, .entries = %s, .size = %llu,\n"
		"\t  .direct_counter = %d, .direct_meter = %d, .profile = %d },\n",
		gen_quote(g, str_from(t->name)), d->u.table.keys.n, d->u.table.keys.n ? gen_text(g, "keys%u", index) : "NULL", key_size,
		d->u.table.actions.n, index, index, action, data, d->u.table.const_default, d->u.table.const_entries, d->u.table.entries.n,
		d->u.table.entries.n ? gen_text(g, "entries%u", index) : "NULL", table_size(g, t), t->counter_index, t->meter_index,
		t->profile_index);
}

void
gen_table_infos(struct gen *g)
{
	struct gen_buf text = { 0 };

	for (uint32_t i = 0; i < g->tables.n; i++) {
		struct gen_fn fn = { .kind = GEN_JOB_TABLE, .inst = g->tables.v[i].inst };

		g->fn = &fn;
		/* a table that is never applied still has entries and a place in the list */
		gen_function(g, GEN_JOB_TABLE, g->tables.v[i].inst, g->tables.v[i].decl);
		gen_function(g, GEN_JOB_CONTROL, g->tables.v[i].inst, g->tables.v[i].inst->decl);
		gen_add(g, &text, "%s", table_info(g, i));
		g->fn = NULL;
	}
	for (uint32_t i = 0; i < g->sets.n; i++) {
		struct gen_fn fn = { .kind = GEN_JOB_PARSER, .inst = g->sets.v[i].inst };

		g->fn = &fn;
		gen_add(g, &text, "%s", gen_set_info(g, i));
		g->fn = NULL;
	}
	if (g->tables.n + g->sets.n)
		fprintf(g->info, "static const struct ps_table_info tables[] = {\n%s};\n", gen_done(&text));
}
