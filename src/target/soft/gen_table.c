/* gen_table.c - the program's lists (actions, tables, registers...) and the functions that apply tables. */
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

const struct gen_object *
gen_object(const struct gen *g, const struct p4_inst *inst)
{
	for (uint32_t i = 0; i < g->objects.n; i++)
		if (g->objects.v[i].inst == inst)
			return &g->objects.v[i];
	return NULL;
}

/* The object that an expression names: an instance, a constructor parameter, or a constructor call in place. */
const struct gen_object *
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

/* The key of a look-up as a C struct; its values are stored one by one. */
static void
write_key(struct gen *g, const struct p4_node *t, uint32_t index)
{
	uint32_t n = t->u.table.keys.n;
	const struct p4_type **types = arena_array(g->a, const struct p4_type *, n + 1);
	const char **names = arena_array(g->a, const char *, n + 1);

	for (uint32_t i = 0; i < n; i++) {
		types[i] = t->u.table.keys.v[i]->u.key.expr->type;
		names[i] = gen_text(g, "k%u", i);
		if (!gen_is_scalar(types[i])) {
			gen_fail(g, t->u.table.keys.v[i], "a key must be a number, bool, enum or error");
			return;
		}
	}
	gen_data_struct(g, gen_text(g, "key%u", index), types, names, n);
	fprintf(g->code, "\tstruct key%u key;\n\n\tmemset(&key, 0, sizeof(key));\n", index);
	for (uint32_t i = 0; i < n; i++)
		fprintf(g->code, "\tkey.k%u = %s;\n", i, gen_expr(g, t->u.table.keys.v[i]->u.key.expr));
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

/* A function that collects a burst's keys of a table of the ingress control and asks for the memory of their look-ups. */
static void
write_ahead(struct gen *g, const struct gen_table *t, uint32_t index)
{
	const struct p4_list *keys = &t->decl->u.table.keys;

	if (t->inst != g->p->v1.ingress || !keys->n)
		return;
	for (uint32_t i = 0; i < keys->n; i++)
		if (!is_early(gen_expr(g, keys->v[i]->u.key.expr)))
			return;
	fprintf(g->code, "\nstatic void\nahead%u(const struct ps_ctx *ctx, struct ps_packet *const *pkts, uint32_t n)\n{\n"
		"\tstruct key%u keys[PS_BURST];\n\n\tmemset(keys, 0, n * sizeof(keys[0]));\n\tfor (uint32_t i = 0; i < n; i++) {\n"
		"\tconst struct ps_run run = { .pkt = pkts[i] }, *const R = &run;\n", index, index);
	for (uint32_t i = 0; i < keys->n; i++)
		fprintf(g->code, "\tkeys[i].k%u = %s;\n", i, gen_expr(g, keys->v[i]->u.key.expr));
	fprintf(g->code, "\t}\n\tps_table_ahead(ctx->tables[%u], keys, n);\n}\n", index);
	vec_push(g->a, &g->ahead, index);
}

void
gen_ahead(struct gen *g)
{
	static const char head[] = "static void\nahead(const struct ps_ctx *ctx, struct ps_packet *const *pkts, uint32_t n)";

	fprintf(g->protos, "%s;\n", head);
	fprintf(g->code, "\n%s\n{\n\t(void)ctx, (void)pkts, (void)n;\n", head);
	for (uint32_t i = 0; i < g->ahead.n; i++)
		fprintf(g->code, "\tif (ctx->tables[%u]->large)\n\t\tahead%u(ctx, pkts, n);\n", g->ahead.v[i], g->ahead.v[i]);
	fprintf(g->code, "}\n");
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

/* What the switch makes of the keys (src/switch/table.c). */
static const char *
kind_of(const struct p4_node *t)
{
	bool exact = true, lpm = true, range = false;

	if (!t->u.table.keys.n)
		return "PS_TABLE_NO_KEY";
	for (uint32_t i = 0; i < t->u.table.keys.n; i++) {
		struct str match = t->u.table.keys.v[i]->u.key.match->name;

		exact &= str_is(match, "exact");
		lpm &= str_is(match, "exact") || str_is(match, "lpm") || str_is(match, "selector");
		range |= str_is(match, "range");
	}
	return exact ? "PS_TABLE_EXACT" : lpm ? "PS_TABLE_LPM" : range ? "PS_TABLE_RANGE" : "PS_TABLE_TERNARY";
}

void
gen_table(struct gen *g, const struct p4_inst *inst, const struct p4_node *decl)
{
	uint32_t index = gen_table_index(g, inst, decl);
	const struct gen_table t = g->tables.v[index];
	struct gen_fn fn = { .kind = GEN_JOB_TABLE, .inst = inst };
	const char *head;

	g->fn = &fn;
	gen_bind_block(g, inst);
	head = gen_text(g, "static inline const struct ps_entry *\n%s(struct ps_run *R, struct frame%u *F)",
			gen_function(g, GEN_JOB_TABLE, inst, decl), gen_inst_number(g, inst));
	fprintf(g->protos, "%s;\n", head);
	fprintf(g->code, "\n%s\n{\n\tconst struct ps_entry *e;\n", head);
	gen_line(g, decl);
	write_key(g, decl, index);
	if (t.profile_index >= 0)
		fprintf(g->code, "\te = ps_table_lookup(R->ctx->tables[%u], &key);\n", index);
	else
		fprintf(g->code, "\te = ps_table_find(R->ctx->tables[%u], &key, %s, sizeof(key) / 8);\n", index, kind_of(decl));
	write_direct(g, &t);
	if (g->o->notes)
		fprintf(g->code, "\tps_note(R, PS_NOTE_TABLE, %u, NULL, e);\n", index);
	write_cases(g, &t, index);
	if (gen_may(g, decl, GEN_MAY_MARK))
		fprintf(g->code, "\tps_context(R, PS_NONE, PS_NONE, 0);\n");
	fprintf(g->code, "\treturn e;\n}\n");
	write_ahead(g, &t, index);
	g->fn = NULL;
}
