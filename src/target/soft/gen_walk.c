/* gen_walk.c - walking statements and expressions, and what running a declaration may lead to. */
#include "target/soft/gen.h"

struct search {
	bool (*test)(const struct p4_node *n, void *ctx);
	void *ctx;
	uint32_t depth;
};

static bool search(struct search *s, const struct p4_node *n);

static bool
search_list(struct search *s, const struct p4_list *l)
{
	for (uint32_t i = 0; i < l->n; i++)
		if (search(s, l->v[i]))
			return true;
	return false;
}

static bool
search_call(struct search *s, const struct p4_node *n)
{
	for (uint32_t i = 0; i < n->u.call.nordered; i++)
		if (search(s, n->u.call.ordered[i]))
			return true;
	return search(s, n->u.call.object);
}

static bool
search_stmt(struct search *s, const struct p4_node *n)
{
	if (n->kind == P4_BLOCK)
		return search_list(s, &n->u.block.stmts);
	if (n->kind == P4_ASSIGN)
		return search(s, n->u.assign.left) || search(s, n->u.assign.right);
	if (n->kind == P4_CALL_STMT)
		return search(s, n->u.call_stmt.call);
	if (n->kind == P4_IF)
		return search(s, n->u.if_.cond) || search(s, n->u.if_.then) || search(s, n->u.if_.otherwise);
	if (n->kind == P4_SWITCH)
		return search(s, n->u.switch_.expr) || search_list(s, &n->u.switch_.cases);
	if (n->kind == P4_CASE)
		return search(s, n->u.case_.body);
	if (n->kind == P4_RETURN)
		return search(s, n->u.ret.expr);
	if (n->kind == P4_FOR)
		return search_list(s, &n->u.for_.init) || search(s, n->u.for_.cond) ||
		       search_list(s, &n->u.for_.update) || search(s, n->u.for_.body);
	if (n->kind == P4_FOR_IN)
		return search(s, n->u.for_in.range) || search(s, n->u.for_in.body);
	if (n->kind == P4_VAR || n->kind == P4_CONST)
		return search(s, n->u.var.init);
	return false;
}

static bool
search_expr(struct search *s, const struct p4_node *n)
{
	if (n->kind == P4_MEMBER)
		return search(s, n->u.member.object);
	if (n->kind == P4_INDEX)
		return search(s, n->u.index.object) || search(s, n->u.index.index);
	if (n->kind == P4_SLICE)
		return search(s, n->u.slice.object);
	if (n->kind == P4_UNARY)
		return search(s, n->u.unary.a);
	if (n->kind == P4_BINARY)
		return search(s, n->u.binary.a) || search(s, n->u.binary.b);
	if (n->kind == P4_TERNARY)
		return search(s, n->u.ternary.cond) || search(s, n->u.ternary.a) || search(s, n->u.ternary.b);
	if (n->kind == P4_CAST)
		return search(s, n->u.cast.a);
	if (n->kind == P4_CALL)
		return search_call(s, n);
	if (n->kind == P4_ARG)
		return search(s, n->u.arg.expr);
	if (n->kind == P4_NAMED_EXPR)
		return search(s, n->u.named.expr);
	if (n->kind == P4_LIST_EXPR || n->kind == P4_STRUCT_EXPR)
		return search_list(s, &n->u.list.items);
	if (n->kind == P4_MASK || n->kind == P4_RANGE)
		return search(s, n->u.pair.a) || search(s, n->u.pair.b);
	return false;
}

static bool
search(struct search *s, const struct p4_node *n)
{
	bool found;

	if (!n || s->depth > GEN_DEPTH)
		return false;
	if (s->test(n, s->ctx))
		return true;
	s->depth++;
	found = search_stmt(s, n) || search_expr(s, n);
	s->depth--;
	return found;
}

bool
gen_any(const struct p4_node *n, bool (*test)(const struct p4_node *n, void *ctx), void *ctx)
{
	struct search s = { test, ctx, 0 };

	return search(&s, n);
}

/* --- what calls lead to --------------------------------------------------------------------------- */

struct facts {
	struct gen *g;
	enum gen_fact fact;
};

static bool may_decl(struct gen *g, const struct p4_node *decl, enum gen_fact fact);

static bool
test_fact(const struct p4_node *n, void *ctx)
{
	struct facts *f = ctx;

	if (n->kind == P4_EXIT)
		return f->fact == GEN_MAY_EXIT;
	if (n->kind != P4_CALL || !n->u.call.target)
		return false;
	if (n->u.call.what == P4_CALL_EXTERN)
		return f->fact == GEN_MAY_MARK && str_is(n->u.call.target->name, "mark_to_drop");
	return may_decl(f->g, n->u.call.target, f->fact);
}

static bool
may_table(struct gen *g, const struct p4_node *table, enum gen_fact fact)
{
	const struct p4_list *l = &table->u.table.actions;

	for (uint32_t i = 0; i < l->n; i++)
		if (l->v[i]->u.action_ref.decl && may_decl(g, l->v[i]->u.action_ref.decl, fact))
			return true;
	return false;
}

/* Answers are kept two bits a fact: known, and true. A declaration that is being looked at counts as `no`: P4 has no
 * recursion, and a broken program must not hang us. */
static bool
may_decl(struct gen *g, const struct p4_node *decl, enum gen_fact fact)
{
	struct facts f = { g, fact };
	uint8_t known = (uint8_t)(fact << 4);
	bool yes = false;

	while (g->facts.n <= decl->id)
		vec_push(g->a, &g->facts, 0);
	if (g->facts.v[decl->id] & known)
		return g->facts.v[decl->id] & fact;
	g->facts.v[decl->id] |= known;
	if (decl->kind == P4_TABLE)
		yes = may_table(g, decl, fact);
	else if (decl->kind == P4_CONTROL)
		yes = gen_any(decl->u.block_decl.body, test_fact, &f);
	else if (decl->kind == P4_ACTION || decl->kind == P4_FUNCTION)
		yes = gen_any(decl->u.func.body, test_fact, &f);
	if (yes)
		g->facts.v[decl->id] |= (uint8_t)fact;
	return yes;
}

bool
gen_may(struct gen *g, const struct p4_node *n, enum gen_fact fact)
{
	struct facts f = { g, fact };

	if (n->kind == P4_TABLE || n->kind == P4_CONTROL || n->kind == P4_ACTION || n->kind == P4_FUNCTION)
		return may_decl(g, n, fact);
	return gen_any(n, test_fact, &f);
}

static bool
test_effect(const struct p4_node *n, void *ctx)
{
	enum p4_call_kind what;

	(void)ctx;
	if (n->kind != P4_CALL)
		return false;
	what = n->u.call.what;
	return what == P4_CALL_FUNCTION || what == P4_CALL_ACTION || what == P4_CALL_EXTERN ||
	       what == P4_CALL_METHOD || what == P4_CALL_TABLE_APPLY || what == P4_CALL_APPLY;
}

bool
gen_has_effects(const struct p4_node *e)
{
	return gen_any(e, test_effect, NULL);
}
