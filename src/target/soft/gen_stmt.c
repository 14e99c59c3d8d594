/* gen_stmt.c - statements. Loops use labels of their own, since `break` means something else inside C's switch. */
#include "target/soft/gen.h"

uint32_t
gen_line_of(const struct gen *g, const struct p4_node *n)
{
	struct place place;

	if (n->at.begin == 0 || !source_place(diags_sources(g->d), n->at.begin, &place))
		return 0;
	return place.line;
}

/* #line keeps the compiler's and debuggers' eyes on the user's program. */
void
gen_line(struct gen *g, const struct p4_node *n)
{
	struct place place;

	if (g->o->no_lines || n->at.begin == 0 || !source_place(diags_sources(g->d), n->at.begin, &place))
		return;
	if (place.source == g->source)
		fprintf(g->code, "#line %u\n", place.line);
	else
		fprintf(g->code, "#line %u %s\n", place.line, gen_quote(g, place.source->name));
	g->source = place.source;
}

void
gen_stmts(struct gen *g, const struct p4_list *l)
{
	for (uint32_t i = 0; i < l->n; i++)
		gen_stmt(g, l->v[i]);
}

/* A local variable of the C function. Without initializer it is 0 and its headers are invalid. */
void
gen_variable(struct gen *g, const struct p4_node *var)
{
	const char *name = gen_text(g, "v_%.*s_%u", STRA(var->name), var->id);
	const char *t = gen_type(g, var->type);

	fprintf(g->code, "\t%s %s = %s;\n", t, name,
		var->u.var.init ? gen_expr_as(g, var->u.var.init, var->type) : gen_is_scalar(var->type) && !gen_is_wide(var->type) ?
		"0" : "{ 0 }");
	gen_bind(g, var, name);
}

/* --- assignments ---------------------------------------------------------------------------------------- */

/* The value to store; `old` is the text of what the place holds. */
static const char *
assigned(struct gen *g, const struct p4_node *s, const char *old)
{
	const struct p4_node *l = s->u.assign.left, *r = s->u.assign.right;
	enum p4_op op = s->u.assign.op;
	const char *b;

	if (op == P4_OP_NONE)
		return gen_expr_as(g, r, l->type);
	b = op == P4_SHL || op == P4_SHR ? gen_distance(g, r) : gen_expr_as(g, r, op == P4_CONCAT ? r->type : l->type);
	return gen_binary(g, s, op, l->type, old ? old : gen_expr(g, l), r->type, b, r);
}

static bool
test_run_time_index(const struct p4_node *n, void *ctx)
{
	(void)ctx;
	return n->kind == P4_INDEX && !n->u.index.index->is_const;
}

/* A place whose evaluation does something is evaluated once, and first. */
static void
assign_place(struct gen *g, const struct p4_node *s)
{
	const struct p4_node *l = s->u.assign.left;
	struct gen_spot spot;

	if (l->kind == P4_SLICE || *gen_stored(g, l)) {
		gen_fail(g, l, "a call in the index of this place can't be executed");
		return;
	}
	spot = gen_spot(g, l, "w_");
	fprintf(g->code, "\t{%s %s = %s; }\n", spot.find, spot.place, assigned(g, s, spot.value));
}

static void
assign(struct gen *g, const struct p4_node *s)
{
	const struct p4_node *l = s->u.assign.left;
	bool effects = gen_has_effects(s->u.assign.right);
	struct gen_spot spot;

	if (!gen_is_lvalue(l)) {
		gen_fail(g, l, "this can't be assigned to");
		return;
	}
	if (gen_has_effects(l))
		assign_place(g, s);
	else if (effects && l->kind != P4_SLICE && gen_any(l, test_run_time_index, NULL)) {
		spot = gen_spot(g, l, "w_");
		fprintf(g->code, "\t{%s %s = %s; %s }\n", spot.find, spot.place, assigned(g, s, NULL), gen_stored(g, l));
	} else if (effects)
		fprintf(g->code, "\t{ %s w_ = %s; %s }\n", gen_type(g, l->type), assigned(g, s, NULL), gen_store(g, l, "w_"));
	else
		fprintf(g->code, "\t%s\n", gen_store(g, l, assigned(g, s, NULL)));
}

/* --- branches --------------------------------------------------------------------------------------------- */

static void
branch(struct gen *g, const struct p4_node *s)
{
	fprintf(g->code, "\tif (%s) {\n", gen_expr(g, s->u.if_.cond));
	gen_stmt(g, s->u.if_.then);
	if (s->u.if_.otherwise) {
		fprintf(g->code, "\t} else {\n");
		gen_stmt(g, s->u.if_.otherwise);
	}
	fprintf(g->code, "\t}\n");
}

static const struct p4_inst *
action_inst(const struct gen *g, const struct p4_node *action)
{
	return action->u.func.owner ? g->fn->inst : NULL;
}

static void
switch_action(struct gen *g, const struct p4_node *s)
{
	fprintf(g->code, "\tswitch (%s) {\n", gen_expr(g, s->u.switch_.expr));
	for (uint32_t i = 0; i < s->u.switch_.cases.n; i++) {
		const struct p4_node *c = s->u.switch_.cases.v[i], *label = c->u.case_.label;

		if (label->kind == P4_DEFAULT || label->kind == P4_DONTCARE)
			fprintf(g->code, "\tdefault:\n");
		else if (label->kind == P4_NAME && label->u.ref.decl && label->u.ref.decl->kind == P4_ACTION)
			fprintf(g->code, "\tcase %u:\n", gen_action_index(g, action_inst(g, label->u.ref.decl), label->u.ref.decl));
		else
			gen_fail(g, label, "this case label can't be executed");
		if (!c->u.case_.body)
			continue;
		fprintf(g->code, "\t{\n");
		gen_stmt(g, c->u.case_.body);
		fprintf(g->code, "\t} break;\n");
	}
	fprintf(g->code, "\t}\n");
}

/* Cases as a chain of comparisons; the C compiler makes a jump table of it where that pays. */
static void
switch_value(struct gen *g, const struct p4_node *s)
{
	const struct p4_node *e = s->u.switch_.expr, *otherwise = NULL;
	uint32_t n = gen_temp(g);
	const char *cond = "";
	bool is_default = false;

	fprintf(g->code, "\t{ %s s%u_ = %s;\n\tif (0) {\n", gen_type(g, e->type), n, gen_expr(g, e));
	for (uint32_t i = 0; i < s->u.switch_.cases.n; i++) {
		const struct p4_node *c = s->u.switch_.cases.v[i], *label = c->u.case_.label;

		if (label->kind == P4_DEFAULT || label->kind == P4_DONTCARE)
			is_default = true;
		else
			cond = gen_text(g, "%s%s%s", cond, *cond ? " || " : "",
					gen_equal(g, label, e->type, gen_text(g, "s%u_", n), gen_expr_as(g, label, e->type)));
		if (!c->u.case_.body)
			continue;
		if (is_default) {
			otherwise = c->u.case_.body;
		} else {
			fprintf(g->code, "\t} else if (%s) {\n", cond);
			gen_stmt(g, c->u.case_.body);
		}
		cond = "";
		is_default = false;
	}
	fprintf(g->code, "\t} else {\n");
	if (otherwise)
		gen_stmt(g, otherwise);
	fprintf(g->code, "\t} }\n");
}

static void
select_case(struct gen *g, const struct p4_node *s)
{
	const struct p4_node *e = s->u.switch_.expr;

	if (s->u.switch_.on_action_run || (e->type && e->type->kind == P4_TY_ACTION_ENUM))
		switch_action(g, s);
	else
		switch_value(g, s);
}

/* --- loops ------------------------------------------------------------------------------------------------ */

static uint32_t
enter_loop(struct gen *g)
{
	uint32_t outer = g->fn->loop;

	g->fn->loop = gen_temp(g);
	return outer;
}

static void
loop(struct gen *g, const struct p4_node *s)
{
	uint32_t outer;

	fprintf(g->code, "\t{\n");
	gen_stmts(g, &s->u.for_.init);
	outer = enter_loop(g);
	fprintf(g->code, "\tfor (;;) {\n");
	if (s->u.for_.cond)
		fprintf(g->code, "\tif (!(%s)) break;\n", gen_expr(g, s->u.for_.cond));
	fprintf(g->code, "\tif (ps_runaway(R, %u)) break;\n", gen_line_of(g, s));
	fprintf(g->code, "\t{\n");
	gen_stmt(g, s->u.for_.body);
	fprintf(g->code, "\t}\n\tnext%u_:;\n", g->fn->loop);
	gen_stmts(g, &s->u.for_.update);
	fprintf(g->code, "\t}\n\tend%u_:;\n\t}\n", g->fn->loop);
	g->fn->loop = outer;
}

/* The body of a for-in, once per value of `text`. */
static void
loop_body(struct gen *g, const struct p4_node *s, const char *text)
{
	const struct p4_node *var = s->u.for_in.var;

	if (var->kind == P4_VAR) {
		const char *name = gen_text(g, "v_%.*s_%u", STRA(var->name), var->id);

		fprintf(g->code, "\t%s %s = %s;\n", gen_type(g, var->type), name, text);
		gen_bind(g, var, name);
	} else {
		fprintf(g->code, "\t%s\n", gen_store(g, var, text));
	}
	fprintf(g->code, "\t{\n");
	gen_stmt(g, s->u.for_in.body);
	fprintf(g->code, "\t}\n\tnext%u_:;\n", g->fn->loop);
}

static void
loop_range(struct gen *g, const struct p4_node *s, const struct p4_type *t)
{
	const struct p4_node *range = s->u.for_in.range;
	uint32_t n = g->fn->loop, w = gen_width(t);
	const char *c = gen_type(g, t), *sext = gen_is_signed(t) ? (w > 64 ? "ps_sext128" : "ps_sext") : NULL;

	fprintf(g->code, "\t%s i%u_ = %s, z%u_ = %s;\n", c, n, gen_expr_as(g, range->u.pair.a, t), n,
		gen_expr_as(g, range->u.pair.b, t));
	if (sext)
		fprintf(g->code, "\tif (%s(i%u_, %u) <= %s(z%u_, %u))\n", sext, n, w, sext, n, w);
	else
		fprintf(g->code, "\tif (i%u_ <= z%u_)\n", n, n);
	fprintf(g->code, "\tfor (;; i%u_ = %s) {\n", n, gen_fit(g, gen_text(g, "(%s)i%u_ + 1", w > 64 ? "ps_u128" : "uint64_t", n), w));
	loop_body(g, s, gen_text(g, "i%u_", n));
	fprintf(g->code, "\tif (i%u_ == z%u_) break;\n\t}\n", n, n);
}

static void
loop_elements(struct gen *g, const struct p4_node *s, const struct p4_type *t)
{
	const struct p4_node *range = s->u.for_in.range;
	const struct p4_type *rt = range->type ? p4_type_strip(range->type) : NULL;
	uint32_t n = g->fn->loop;

	if (rt && rt->kind == P4_TY_STACK && gen_is_lvalue(range)) {
		fprintf(g->code, "\t%s k%u_ = %s;\n\tfor (uint32_t i%u_ = 0; i%u_ < %u; i%u_++) {\n", gen_type(g, rt), n,
			gen_lvalue(g, range), n, n, rt->size, n);
		loop_body(g, s, gen_text(g, "k%u_.v[i%u_]", n, n));
		fprintf(g->code, "\t}\n");
		return;
	}
	while (range->kind == P4_CAST)
		range = range->u.cast.a;
	if (range->kind != P4_LIST_EXPR || range->u.list.items.n == 0) {
		gen_fail(g, range, "loops run over ranges, lists and header stacks only");
		return;
	}
	fprintf(g->code, "\t%s k%u_[%u];\n", gen_type(g, t), n, range->u.list.items.n);
	for (uint32_t i = 0; i < range->u.list.items.n; i++)
		fprintf(g->code, "\tk%u_[%u] = %s;\n", n, i, gen_expr_as(g, range->u.list.items.v[i], t));
	fprintf(g->code, "\tfor (uint32_t i%u_ = 0; i%u_ < %u; i%u_++) {\n", n, n, range->u.list.items.n, n);
	loop_body(g, s, gen_text(g, "k%u_[i%u_]", n, n));
	fprintf(g->code, "\t}\n");
}

static void
loop_in(struct gen *g, const struct p4_node *s)
{
	const struct p4_type *t = s->u.for_in.var->type;
	uint32_t outer = enter_loop(g);

	fprintf(g->code, "\t{\n");
	if (s->u.for_in.range->kind == P4_RANGE && gen_is_scalar(t) && !gen_is_wide(t))
		loop_range(g, s, t);
	else
		loop_elements(g, s, t);
	fprintf(g->code, "\tend%u_:;\n\t}\n", g->fn->loop);
	g->fn->loop = outer;
}

/* --- the rest ----------------------------------------------------------------------------------------------- */

static void
leave(struct gen *g, const struct p4_node *s)
{
	if (g->fn->kind == GEN_JOB_PARSER)
		gen_fail(g, s, "%s has no meaning in a parser", p4_kind_text(s->kind));
	else if (s->kind == P4_EXIT && g->fn->kind == GEN_JOB_FUNCTION)
		gen_fail(g, s, "exit can't be executed in a function");
	else if (s->kind == P4_EXIT)
		fprintf(g->code, "\tR->exited = true; return;\n");
	else if (s->u.ret.expr && g->fn->ret)
		fprintf(g->code, "\treturn %s;\n", gen_expr_as(g, s->u.ret.expr, g->fn->ret));
	else
		fprintf(g->code, "\treturn;\n");
}

static void
statement(struct gen *g, const struct p4_node *s)
{
	switch ((int)s->kind) {
	case P4_BLOCK:
		fprintf(g->code, "\t{\n");
		gen_stmts(g, &s->u.block.stmts);
		fprintf(g->code, "\t}\n");
		return;
	case P4_VAR:
		gen_variable(g, s);
		return;
	case P4_CONST:
		if (!s->value)
			gen_variable(g, s);
		return;
	case P4_ASSIGN:
		assign(g, s);
		return;
	case P4_CALL_STMT:
		fprintf(g->code, "\t%s;\n", gen_call(g, s->u.call_stmt.call));
		return;
	case P4_IF:
		branch(g, s);
		return;
	case P4_SWITCH:
		select_case(g, s);
		return;
	case P4_RETURN: case P4_EXIT:
		leave(g, s);
		return;
	case P4_FOR:
		loop(g, s);
		return;
	case P4_FOR_IN:
		loop_in(g, s);
		return;
	case P4_BREAK: case P4_CONTINUE:
		fprintf(g->code, "\tgoto %s%u_;\n", s->kind == P4_BREAK ? "end" : "next", g->fn->loop);
		return;
	case P4_EMPTY: case P4_INSTANCE: case P4_BAD:
		return;
	}
	gen_fail(g, s, "%s can't be executed here", p4_kind_text(s->kind));
}

void
gen_stmt(struct gen *g, const struct p4_node *s)
{
	if (++g->depth > GEN_DEPTH) {
		gen_fail(g, s, "statements are nested too deeply");
	} else {
		gen_line(g, s);
		statement(g, s);
	}
	g->depth--;
}
