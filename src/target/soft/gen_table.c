/* gen_table.c - the program's lists (actions, tables, registers...) and the functions that apply tables. */
#include "packetscope/table.h"
#include "target/soft/gen.h"

const struct p4_node *
gen_property(const struct p4_node *table, const char *name)
{
	for (uint32_t i = 0; i < table->u.table.properties.n; i++)
		if (str_is(table->u.table.properties.v[i]->name, name))
			return table->u.table.properties.v[i]->u.property.value;
	return NULL;
}

/* --- collecting ------------------------------------------------------------------------------------------------- */

static void
add_action(struct gen *g, const struct p4_inst *inst, const struct p4_node *decl)
{
	struct str name = decl->name;
	struct p4_node *a = p4_annotation(decl, "name");

	if (inst)
		name = p4_control_name(g->a, inst, decl);
	else if (a && a->u.annotation.args.n == 1 && a->u.annotation.args.v[0]->kind == P4_STRING)
		name = a->u.annotation.args.v[0]->u.string;
	if (!inst && name.n > 0 && name.p[0] == '.')
		name = str_sub(name, 1, name.n);
	vec_push(g->a, &g->actions, (struct gen_action){ .inst = inst, .decl = decl, .name = str_cstr(g->a, name) });
}

static uint32_t
arg_number(const struct p4_inst *inst, uint32_t i)
{
	const struct p4_value *v = i < inst->nargs ? inst->args[i] : NULL;

	if (!v)
		return 0;
	if (v->kind == P4_V_ENUM && v->member)
		return v->member->u.member_decl.ordinal;
	return v->kind == P4_V_INT && big_fits_u64(v->i) && big_u64(v->i) <= UINT32_MAX ? (uint32_t)big_u64(v->i) : 0;
}

static void
add_object(struct gen *g, const struct p4_inst *inst)
{
	static const struct {
		const char *name;
		enum gen_object_kind kind;
		bool direct;
		int8_t size, units; /* which argument, -1: none */
	} kinds[] = {
		{ "register", GEN_REGISTER, false, 0, -1 }, { "counter", GEN_COUNTER, false, 0, 1 },
		{ "direct_counter", GEN_COUNTER, true, -1, 0 }, { "meter", GEN_METER, false, 0, 1 },
		{ "direct_meter", GEN_METER, true, -1, 0 }, { "action_profile", GEN_PROFILE, false, 0, -1 },
		{ "action_selector", GEN_PROFILE, false, 1, -1 },
	};

	for (uint32_t i = 0; i < g->objects.n; i++)
		if (g->objects.v[i].inst == inst)
			return;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct gen_object o = { .inst = inst, .kind = kinds[i].kind, .direct = kinds[i].direct };

		if (!str_is(inst->decl->name, kinds[i].name))
			continue;
		o.index = g->counts[o.kind]++;
		o.size = kinds[i].size >= 0 ? arg_number(inst, (uint32_t)kinds[i].size) : 0;
		o.units = kinds[i].units >= 0 ? (uint8_t)arg_number(inst, (uint32_t)kinds[i].units) : 0;
		if (!o.direct && o.size == 0)
			gen_fail(g, inst->at, "'%.*s' has no cells", STRA(inst->path));
		vec_push(g->a, &g->objects, o);
	}
}

static int32_t
property_object(struct gen *g, const struct p4_inst *inst, const struct p4_node *value)
{
	const struct gen_object *o;
	struct gen_fn fn = { .kind = GEN_JOB_CONTROL, .inst = inst };

	if (!value)
		return -1;
	g->fn = &fn;
	o = gen_object_of(g, value);
	g->fn = NULL;
	if (o)
		return (int32_t)o->index;
	gen_fail(g, value, "this table property can't be executed");
	return -1;
}

static void
add_table(struct gen *g, const struct p4_inst *inst, const struct p4_node *decl)
{
	struct gen_table t = { .inst = inst, .decl = decl };

	t.name = str_cstr(g->a, p4_control_name(g->a, inst, decl));
	t.counter_index = property_object(g, inst, gen_property(decl, "counters"));
	t.meter_index = property_object(g, inst, gen_property(decl, "meters"));
	t.profile_index = property_object(g, inst, gen_property(decl, "implementation"));
	vec_push(g->a, &g->tables, t);
}

/* What was woven in comes last, so that actions of the user's have the same numbers in all programs made of his: entries hold them. */
static bool
is_woven(const struct gen_action *a)
{
	const char *dot = strrchr(a->name, '.'), *last = dot ? dot + 1 : a->name;
	size_t digits = strncmp(last, "ps", 2) == 0 ? strspn(last + 2, "0123456789") : 0;

	return strncmp(last, "ps", 2) == 0 && last[2 + digits] == '_';
}

static void
woven_last(struct gen *g)
{
	struct gen_action *all = arena_copy(g->a, g->actions.v, g->actions.n * sizeof(*all));
	uint32_t n = 0;

	for (uint32_t round = 0; round < 2; round++)
		for (uint32_t i = 0; i < g->actions.n; i++)
			if (is_woven(&all[i]) == (round == 1))
				g->actions.v[n++] = all[i];
}

void
gen_collect(struct gen *g)
{
	const struct p4_program *p = g->p;

	for (uint32_t i = 0; i < p->tree->u.program.decls.n; i++)
		if (p->tree->u.program.decls.v[i]->kind == P4_ACTION)
			add_action(g, NULL, p->tree->u.program.decls.v[i]);
	for (uint32_t i = 0; i < p->globals.n; i++)
		if (p->globals.v[i]->decl->kind == P4_EXTERN)
			add_object(g, p->globals.v[i]);
	for (uint32_t i = 0; i < p->all.n; i++) {
		const struct p4_inst *inst = p->all.v[i];

		if (inst->decl->kind == P4_EXTERN)
			add_object(g, inst);
		for (uint32_t k = 0; k < inst->actions.n; k++)
			add_action(g, inst, inst->actions.v[k]);
	}
	woven_last(g);
	for (uint32_t i = 0; i < p->all.n; i++)
		for (uint32_t k = 0; k < p->all.v[i]->tables.n; k++)
			add_table(g, p->all.v[i], p->all.v[i]->tables.v[k]);
	for (uint32_t i = 0; i < p->all.n; i++)
		gen_collect_sets(g, p->all.v[i]);
	if (g->actions.n >= 0xffff || g->tables.n >= 0xffff)
		gen_fail(g, p->tree, "the program has more than 65534 actions or tables");
}

uint32_t
gen_table_index(const struct gen *g, const struct p4_inst *inst, const struct p4_node *decl)
{
	for (uint32_t i = 0; i < g->tables.n; i++)
		if (g->tables.v[i].decl == decl && g->tables.v[i].inst == inst)
			return i;
	bug("table '%.*s' was not collected", STRA(decl->name));
}

struct gen_object *
gen_object(const struct gen *g, const struct p4_inst *inst)
{
	for (uint32_t i = 0; i < g->objects.n; i++)
		if (g->objects.v[i].inst == inst)
			return &g->objects.v[i];
	return NULL;
}

/* The object that an expression names: an instance, a constructor parameter, or a constructor call in place. */
struct gen_object *
gen_object_of(struct gen *g, const struct p4_node *e)
{
	const struct p4_inst *inst = g->fn->inst;
	const struct p4_node *decl;
	const struct p4_value *v;

	while (e->kind == P4_ARG)
		e = e->u.arg.expr;
	decl = e->kind == P4_NAME ? e->u.ref.decl : NULL;
	v = decl ? gen_ctor_arg(g, decl) : e->value;
	for (uint32_t i = 0; decl && decl->kind == P4_PARAM && i < g->passed.n; i++)
		if (g->passed.v[i].inst == inst && g->passed.v[i].param == decl)
			return g->passed.v[i].object;
	if (v && v->kind == P4_V_INSTANCE)
		return gen_object(g, v->inst);
	if (decl && decl->kind == P4_INSTANCE)
		return gen_object(g, p4_inst_find(g->p, inst, decl));
	for (uint32_t i = 0; inst && i < inst->children.n; i++)
		if (inst->children.v[i]->at == e)
			return gen_object(g, inst->children.v[i]);
	return NULL;
}

/* --- applying ----------------------------------------------------------------------------------------------------- */

const char *
gen_table_apply(struct gen *g, const struct p4_node *call)
{
	const struct p4_node *t = call->u.call.target;
	uint32_t n = gen_temp(g);

	bool in_key = g->fn->kind == GEN_JOB_TABLE && !gen_may(g, t, GEN_MAY_EXIT);

	if ((g->fn->kind != GEN_JOB_CONTROL && !in_key) || !g->fn->inst)
		return gen_fail(g, call, "a table can only be applied in a control");
	return gen_text(g, "({ const struct ps_entry *e%u_ = %s(R, F);%s e%u_; })", n,
			gen_function(g, GEN_JOB_TABLE, g->fn->inst, t), gen_may(g, t, GEN_MAY_EXIT) ? " if (R->exited) return;" : "", n);
}

/* The 64-bit words of a key as expressions of the values k0, k1...: bits that are put together in registers need not come back from
 * memory in another size than they went there. */
static uint32_t
key_words(struct gen *g, const struct p4_list *keys, const char **words)
{
	uint32_t end = 0, n;

	for (uint32_t i = 0; i < keys->n; i++) {
		const struct p4_type *t = keys->v[i]->u.key.expr->type;
		uint32_t bytes = gen_bytes(t), at = gen_layout(&end, bytes);

		for (uint32_t k = 0; k < (bytes + 7) / 8; k++) {
			const char **w = &words[at / 8 + k], *value = gen_text(g, "(uint64_t)k%u", i);

			if (gen_is_wide(t))
				value = gen_text(g, "k%u.w[%u]", i, k);
			else if (bytes == 16)
				value = gen_text(g, "(uint64_t)(k%u >> %u)", i, 64 * k);
			else if (at % 8)
				value = gen_text(g, "%s << %u", value, at % 8 * 8);
			*w = *w ? gen_text(g, "%s | %s", *w, value) : value;
		}
	}
	n = (end + 7) / 8;
	return n ? n : 1;
}

static uint32_t
most_key_words(const struct p4_list *keys)
{
	uint32_t n = 1;

	for (uint32_t i = 0; i < keys->n; i++)
		n += (gen_bytes(keys->v[i]->u.key.expr->type) + 7) / 8;
	return n;
}

/* Evaluates a look-up's key and stores its words behind `to`, which is so many words long. */
static uint32_t
write_key(struct gen *g, const struct p4_list *keys, const char *to)
{
	const char **words = arena_array(g->a, const char *, most_key_words(keys));
	uint32_t n = key_words(g, keys, words);

	for (uint32_t i = 0; i < keys->n; i++) {
		const struct p4_node *e = keys->v[i]->u.key.expr;

		fprintf(g->code, "\tconst %s k%u = %s;\n", gen_type(g, e->type), i, gen_expr(g, e));
	}
	for (uint32_t i = 0; i < n; i++)
		fprintf(g->code, "\t%s[%u] = %s;\n", to, i, words[i] ? words[i] : "0");
	return n;
}

/* Keys of constant entries are told field by field. */
static bool
declare_key(struct gen *g, const struct p4_list *keys, uint32_t index)
{
	const struct p4_type **types = arena_array(g->a, const struct p4_type *, keys->n + 1);
	const char **names = arena_array(g->a, const char *, keys->n + 1);

	for (uint32_t i = 0; i < keys->n; i++) {
		types[i] = keys->v[i]->u.key.expr->type;
		names[i] = gen_text(g, "k%u", i);
		if (!gen_is_scalar(types[i])) {
			gen_fail(g, keys->v[i], "a key must be a number, bool, enum or error");
			return false;
		}
	}
	gen_data_struct(g, gen_text(g, "key%u", index), types, names, keys->n);
	return true;
}

/* --- looking ahead ------------------------------------------------------------------------------------------------ */

/* A place in headers or metadata, which has its value, or something like it, before the control runs. */
static bool
is_early(const char *text)
{
	static const char *const places[] = { "PHV->h.", "PHV->m.", "R->pkt->std." };

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (strncmp(text, places[i], strlen(places[i])) == 0)
			return strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.->[]") == strlen(text);
	return false;
}

/* What the switch makes of the keys (src/switch/table.c). */
static const char *
kind_of(const struct p4_node *t)
{
	bool exact = true, lpm = true, range = false;
	uint32_t width;

	if (!t->u.table.keys.n)
		return "PS_TABLE_NO_KEY";
	width = gen_width(t->u.table.keys.v[0]->u.key.expr->type);
	if (t->u.table.keys.n == 1 && str_is(t->u.table.keys.v[0]->u.key.match->name, "lpm") &&
	    width <= 32)
		return "PS_TABLE_TRIE";
	for (uint32_t i = 0; i < t->u.table.keys.n; i++) {
		struct str match = t->u.table.keys.v[i]->u.key.match->name;

		exact &= str_is(match, "exact");
		lpm &= str_is(match, "exact") || str_is(match, "lpm") || str_is(match, "selector");
		range |= str_is(match, "range");
	}
	if (exact && t->u.table.keys.n == 1 && width > 0 && width <= PS_DIRECT_BITS)
		return "PS_TABLE_DIRECT";
	return exact ? "PS_TABLE_EXACT" : lpm ? "PS_TABLE_LPM" : range ? "PS_TABLE_RANGE" : "PS_TABLE_TERNARY";
}

static bool
looks_ahead(struct gen *g, const struct gen_table *t)
{
	const struct p4_list *keys = &t->decl->u.table.keys;

	if (t->inst != g->p->v1.ingress || !keys->n)
		return false;
	for (uint32_t i = 0; i < keys->n; i++)
		if (!is_early(gen_expr(g, keys->v[i]->u.key.expr)))
			return false;
	return true;
}

/* A function that looks up a burst's keys of a table of the ingress control, as they are before that runs. */
static void
write_ahead(struct gen *g, const struct gen_table *t, uint32_t index)
{
	fprintf(g->code, "\nstatic bool\nahead%u(const struct ps_ctx *ctx, struct ps_packet *const *pkts, uint32_t n, struct ahead *ahead)\n{\n"
		"\tfor (uint32_t i = 0; i < n; i++) {\n\tconst struct ps_run run = { .pkt = pkts[i] }, *const R = &run;\n", index);
	write_key(g, &t->decl->u.table.keys, gen_text(g, "ahead->keys%u[i]", index));
	fprintf(g->code, "\t}\n\treturn ps_table_match_all(ctx->tables[%u], ahead->keys%u, n, ahead->found%u);\n}\n", index, index, index);
	vec_push(g->a, &g->ahead, index);
}

void
gen_ahead(struct gen *g)
{
	static const char head[] = "static inline bool\nahead(const struct ps_ctx *ctx, struct ps_packet *const *pkts, uint32_t n, struct ahead *ahead)";

	fprintf(g->types, "struct ahead {\n");
	for (uint32_t i = 0; i < g->ahead.n; i++) {
		uint32_t t = g->ahead.v[i];

		fprintf(g->types, "\tbool has%u;\n\tuint64_t keys%u[PS_BURST][sizeof(struct key%u) / 8];\n\tconst struct ps_entry *found%u[PS_BURST];\n",
			t, t, t, t);
	}
	fprintf(g->types, "\tbool nothing;\n};\n");
	fprintf(g->protos, "%s;\n", head);
	fprintf(g->code, "\n%s\n{\n\t(void)ctx, (void)pkts, (void)n, (void)ahead;\n\tbool any = false;\n\n", head);
	for (uint32_t i = 0; i < g->ahead.n; i++)
		fprintf(g->code, "\tahead->has%u = ctx->tables[%u]->large && ahead%u(ctx, pkts, n, ahead);\n\tany |= ahead->has%u;\n", g->ahead.v[i],
			g->ahead.v[i], g->ahead.v[i], g->ahead.v[i]);
	fprintf(g->code, "\treturn any;\n}\n");
}

/* Finds the entry e of the key in `key`. What was found beforehand holds if the key is still the same: entries don't change meanwhile. */
static void
write_match(struct gen *g, const struct gen_table *t, uint32_t index, bool ahead)
{
	if (ahead)
		fprintf(g->code, "\tconst struct ahead *A = R->ahead;\n\tif (A && A->has%u && ps_key_equal(A->keys%u[R->place], key, NULL, sizeof(key) / 8))\n"
			"\t\te = A->found%u[R->place];\n\telse\n\t", index, index, index);
	if (t->profile_index >= 0)
		fprintf(g->code, "\te = ps_table_match(R->ctx->tables[%u], key);\n\te = ps_choose(R->ctx->tables[%u], e, key);\n", index, index);
	else
		fprintf(g->code, "\te = ps_table_find(R->ctx->tables[%u], key, %s, sizeof(key) / 8);\n", index, kind_of(t->decl));
}

/* Whether it may be looked ahead for. */
static bool
write_find(struct gen *g, const struct gen_table *t, uint32_t index)
{
	const struct p4_list *keys = &t->decl->u.table.keys;
	const char *constant = gen_constant_find(g, t, index);
	bool ahead = !constant && looks_ahead(g, t);

	if (constant) {
		fprintf(g->code, "\te = %s;\n", constant);
		return false;
	}
	fprintf(g->code, "\tuint64_t key[sizeof(struct key%u) / 8];\n\n", index);
	write_key(g, keys, "key");
	write_match(g, t, index, ahead);
	return ahead;
}

static void
write_cases(struct gen *g, const struct gen_table *t, uint32_t index)
{
	const struct p4_list *l = &t->decl->u.table.actions;

	fprintf(g->code, "\tswitch (e->action) {\n");
	for (uint32_t i = 0; i < l->n; i++) {
		const struct p4_node *decl = l->v[i]->u.action_ref.decl;
		const struct p4_inst *inst = decl->u.func.owner ? t->inst : NULL;
		uint32_t a = gen_action_index(g, inst, decl);

		gen_action_data(g, a);
		fprintf(g->code, "\tcase %u: {\n\t\tconst struct data%u *d = (const void *)e->data;\n\t\t(void)d;\n", a, a);
		if (gen_may(g, decl, GEN_MAY_MARK))
			fprintf(g->code, "\t\tps_context(R, %u, %u, e->handle);\n", index, a);
		fprintf(g->code, "\t\t%s\n\t\tbreak;\n\t}\n", gen_entry_action(g, inst, decl, &l->v[i]->u.action_ref.args, "d"));
	}
	fprintf(g->code, "\t}\n");
}

static void
write_direct(struct gen *g, const struct gen_table *t)
{
	if (t->counter_index >= 0)
		fprintf(g->code, "\tif (e->hit) {\n\t\tstruct ps_counter_cell *c = &R->ctx->counters[%d][e->counter];\n"
			"\t\tc->packets++;\n\t\tc->bytes += R->pkt->std.packet_length;\n\t}\n", t->counter_index);
	if (t->meter_index >= 0)
		gen_touch(g, gen_text(g, "the meter of table %s", t->name), true);
	if (t->meter_index >= 0)
		fprintf(g->code, "\tR->color = e->hit ? R->ctx->meter(R->ctx->sw, %d, e->counter, R->pkt->std.packet_length) : 0;\n",
			t->meter_index);
}

void
gen_table(struct gen *g, const struct p4_inst *inst, const struct p4_node *decl)
{
	uint32_t index = gen_table_index(g, inst, decl);
	const struct gen_table t = g->tables.v[index];
	struct gen_fn fn = { .kind = GEN_JOB_TABLE, .inst = inst };
	const char *head;
	bool ahead;

	g->fn = &fn;
	gen_bind_block(g, inst);
	head = gen_text(g, "static inline const struct ps_entry *\n%s(struct ps_run *R, struct frame%u *F)",
			gen_function(g, GEN_JOB_TABLE, inst, decl), gen_inst_number(g, inst));
	fprintf(g->protos, "%s;\n", head);
	fprintf(g->code, "\n%s\n{\n\tconst struct ps_entry *e;\n", head);
	gen_line(g, decl);
	if (!declare_key(g, &decl->u.table.keys, index))
		return;
	ahead = write_find(g, &t, index);
	write_direct(g, &t);
	if (g->o->notes)
		fprintf(g->code, "\tps_note(R, PS_NOTE_TABLE, %u, NULL, e);\n", index);
	write_cases(g, &t, index);
	if (gen_may(g, decl, GEN_MAY_MARK))
		fprintf(g->code, "\tps_context(R, PS_NONE, PS_NONE, 0);\n");
	fprintf(g->code, "\treturn e;\n}\n");
	if (ahead)
		write_ahead(g, &t, index);
	g->fn = NULL;
}
