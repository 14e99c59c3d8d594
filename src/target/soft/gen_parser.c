/* gen_parser.c - parsers: one C function per instance, states as labels. It returns true when the packet was
 * rejected; R->off bytes are consumed either way. */
#include "target/soft/gen.h"

const char *
gen_error_number(struct gen *g, const char *name)
{
	for (uint32_t i = 0; i < g->p->errors.n; i++)
		if (str_is(g->p->errors.v[i]->name, name))
			return gen_text(g, "%u", i);
	return "0";
}

const char *
gen_reject(struct gen *g, const char *error)
{
	return gen_text(g, "{ R->error = %s; goto reject; }", gen_error_number(g, error));
}

static uint32_t
state_index(const struct p4_node *parser, const struct p4_node *state)
{
	for (uint32_t i = 0; i < parser->u.block_decl.states.n; i++)
		if (parser->u.block_decl.states.v[i] == state)
			return i;
	return parser->u.block_decl.states.n;
}

/* `goto` to what a transition names. Going back to an earlier state counts: a parser must come to an end. */
static const char *
jump(struct gen *g, const struct p4_node *target, uint32_t from)
{
	const struct p4_node *parser = g->fn->inst->decl;
	const char *count = "";
	uint32_t to;

	if (target->kind != P4_NAME || !target->u.ref.decl)
		return str_is(target->name, "accept") ? "goto accept;" : "goto reject;";
	to = state_index(parser, target->u.ref.decl);
	if (to == parser->u.block_decl.states.n)
		return gen_fail(g, target, "'%.*s' is no state of this parser", STRA(target->name));
	if (to <= from)
		count = gen_text(g, "if (++R->steps > PS_PARSER_STEPS) %s ", gen_reject(g, "ParserTimeout"));
	return gen_text(g, "%sgoto S%u_%.*s;", count, to, STRA(target->name));
}

/* --- select ------------------------------------------------------------------------------------------------ */

static const char *
compare(struct gen *g, const struct p4_type *t, const char *a, const char *b)
{
	if (gen_is_signed(t) && gen_width(t) <= 128)
		return gen_text(g, "ps_sext%s(%s, %u) <= ps_sext%s(%s, %u)", gen_width(t) > 64 ? "128" : "", a, gen_width(t),
				gen_width(t) > 64 ? "128" : "", b, gen_width(t));
	if (gen_is_wide(t))
		return gen_text(g, "({ %s x_ = %s, y_ = %s; ps_wide_cmp(x_.w, y_.w, %u) <= 0; })", gen_type(g, t), a, b,
				gen_words(gen_width(t)));
	return gen_text(g, "%s <= %s", a, b);
}

static bool
is_value_set(const struct p4_node *k)
{
	return k->kind == P4_NAME && k->u.ref.decl && k->u.ref.decl->kind == P4_VALUE_SET;
}

static const char *
match(struct gen *g, const struct p4_node *k, const struct p4_type *t, const char *value)
{
	const char *a, *b;

	while (k->kind == P4_ARG)
		k = k->u.arg.expr;
	if (k->kind == P4_DEFAULT || k->kind == P4_DONTCARE)
		return "1";
	if (is_value_set(k))
		return gen_in_set(g, k, &value, 1);
	if (k->kind != P4_MASK && k->kind != P4_RANGE)
		return gen_equal(g, k, t, value, gen_expr_as(g, k, t));
	a = gen_expr_as(g, k->u.pair.a, t);
	b = gen_expr_as(g, k->u.pair.b, t);
	if (k->kind == P4_MASK)
		return gen_equal(g, k, t, gen_binary(g, k, P4_BIT_AND, t, value, t, b, k), gen_binary(g, k, P4_BIT_AND, t, a, t, b, k));
	return gen_text(g, "(%s && %s)", compare(g, t, a, value), compare(g, t, value, b));
}

/* `select((a, b))` and cases `(x, y)` come as one list or as several elements. */
static const struct p4_list *
flat(const struct p4_list *l)
{
	const struct p4_node *only = l->n == 1 ? l->v[0] : NULL;

	while (only && only->kind == P4_ARG)
		only = only->u.arg.expr;
	return only && only->kind == P4_LIST_EXPR ? &only->u.list.items : l;
}

static const char *
case_condition(struct gen *g, const struct p4_node *c, const struct p4_list *exprs, uint32_t n)
{
	const struct p4_list *keys = flat(&c->u.select_case.keys);
	const char *cond = NULL;

	if (keys->n == 1 && (keys->v[0]->kind == P4_DEFAULT || keys->v[0]->kind == P4_DONTCARE))
		return "1";
	if (keys->n == 1 && is_value_set(keys->v[0])) {
		const char **values = arena_array(g->a, const char *, exprs->n + 1);

		for (uint32_t i = 0; i < exprs->n; i++)
			values[i] = gen_text(g, "k%u_%u", n, i);
		return gen_in_set(g, keys->v[0], values, exprs->n);
	}
	if (keys->n != exprs->n)
		return gen_fail(g, c, "this case has %u keys, select has %u", keys->n, exprs->n);
	for (uint32_t i = 0; i < keys->n; i++) {
		const char *m = match(g, keys->v[i], exprs->v[i]->type, gen_text(g, "k%u_%u", n, i));

		cond = cond ? gen_text(g, "%s && %s", cond, m) : m;
	}
	return cond ? cond : "1";
}

static void
select_state(struct gen *g, const struct p4_node *s, uint32_t from)
{
	const struct p4_list *exprs = flat(&s->u.select.exprs);
	uint32_t n = gen_temp(g);

	for (uint32_t i = 0; i < exprs->n; i++)
		fprintf(g->code, "\tconst %s k%u_%u = %s;\n", gen_type(g, exprs->v[i]->type), n, i, gen_expr(g, exprs->v[i]));
	for (uint32_t i = 0; i < s->u.select.cases.n; i++) {
		const struct p4_node *c = s->u.select.cases.v[i];
		const char *cond = case_condition(g, c, exprs, n);

		fprintf(g->code, "\tif (%s) { %s }\n", cond, jump(g, c->u.select_case.target, from));
		if (strcmp(cond, "1") == 0)
			return;
	}
	fprintf(g->code, "\t%s\n", gen_reject(g, "NoMatch"));
}

/* --- states -------------------------------------------------------------------------------------------------- */

static void
write_state(struct gen *g, const struct p4_node *s, uint32_t i)
{
	const struct p4_node *t = s->u.state.transition;

	fprintf(g->code, "S%u_%.*s: {\n", i, STRA(s->name));
	if (g->o->notes)
		fprintf(g->code, "\tps_note(R, PS_NOTE_STATE, 0, \"%.*s\", NULL);\n", STRA(s->name));
	gen_stmts(g, &s->u.state.stmts);
	if (t) {
		gen_line(g, t);
		if (t->u.transition.select)
			select_state(g, t->u.transition.select, i);
		else
			fprintf(g->code, "\t%s\n", jump(g, t->u.transition.target, i));
	} else {
		fprintf(g->code, "\tgoto reject;\n");
	}
	fprintf(g->code, "}\n");
}

static const char *
parameters(struct gen *g, const struct p4_inst *inst)
{
	const struct p4_list *l = &inst->decl->u.block_decl.params;
	const char *text = "";

	if (gen_is_top(g, inst))
		return text;
	for (uint32_t i = 0; i < l->n; i++)
		if (!gen_is_extern(l->v[i]->type))
			text = gen_text(g, "%s, %s", text, gen_param_decl(g, l->v[i]));
	return text;
}

void
gen_parser(struct gen *g, const struct p4_inst *inst)
{
	const struct p4_node *d = inst->decl;
	struct gen_fn fn = { .kind = GEN_JOB_PARSER, .inst = inst };
	uint32_t start = d->u.block_decl.states.n;
	const char *head;

	g->fn = &fn;
	gen_bind_block(g, inst);
	head = gen_text(g, "static bool\n%s(struct ps_run *R%s)", gen_function(g, GEN_JOB_PARSER, inst, d), parameters(g, inst));
	fprintf(g->protos, "%s;\n", head);
	fprintf(g->code, "\n%s\n{\n", head);
	for (uint32_t i = 0; i < d->u.block_decl.locals.n; i++) {
		const struct p4_node *local = d->u.block_decl.locals.v[i];

		if (local->kind == P4_VAR || (local->kind == P4_CONST && !local->value))
			gen_variable(g, local);
	}
	for (uint32_t i = 0; i < d->u.block_decl.states.n; i++)
		if (str_is(d->u.block_decl.states.v[i]->name, "start"))
			start = i;
	fprintf(g->code, start < d->u.block_decl.states.n ? "\tgoto S%u_start;\n" : "\tgoto reject;\n", start);
	for (uint32_t i = 0; i < d->u.block_decl.states.n; i++)
		write_state(g, d->u.block_decl.states.v[i], i);
	fprintf(g->code, "accept:\n\treturn false;\nreject:\n\treturn true;\n}\n");
	g->fn = NULL;
}
