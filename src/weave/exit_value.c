/* exit_value.c - what has a value (t.apply().hit) is computed before the statement that uses it, so
 * that the statement can be skipped. */
#include "p4/kids.h"
#include "weave/exit.h"

static struct p4_node *
temporary(struct exits *x, struct exit_pieces *out, struct p4_node *init, const struct p4_type *type,
	  bool stops)
{
	struct weaver *w = x->w;
	const struct p4_type *t = p4_type_strip(type);
	struct str name = weave_fresh(w, str_fmt(w->a, "%.*s_value_of", STRA(w->n.prefix)));
	struct p4_node *var;

	if (t->kind != P4_TY_BOOL && t->kind != P4_TY_BIT && t->kind != P4_TY_SIGNED) {
		diag_error(w->d, init ? init->at : w->tree->at,
			   "this expression runs an action that may exit, and queries can't take "
			   "it apart");
		diag_hint(w->d, "apply the table in a statement of its own");
		return init;
	}
	/* p4c can't know that it is not read where nothing was assigned */
	var = weave_stmt(w, str_fmt(w->a, "%.*s %.*s = %s;", STRA(p4_type_text(w->a, t)), STRA(name),
				  t->kind == P4_TY_BOOL ? "false" : "0"));
	if (init)
		var->u.var.init = init;
	exits_put(x, out, var, stops);
	return tree_name(w->a, name);
}

bool
exits_is_plain_call(const struct p4_node *n)
{
	for (;;) {
		if (n->kind == P4_MEMBER)
			n = n->u.member.object;
		else if (n->kind == P4_UNARY)
			n = n->u.unary.a;
		else if (n->kind == P4_CAST)
			n = n->u.cast.a;
		else
			return n->kind == P4_CALL && n->u.call.what == P4_CALL_TABLE_APPLY;
	}
}

static struct p4_node *
assign(struct weaver *w, struct p4_node *to, struct p4_node *value)
{
	struct p4_node *n = p4_node_make(w->a, P4_ASSIGN, value->at);
	struct p4_node *block = tree_block(w->a, value->at);

	n->u.assign.left = tree_name(w->a, to->name);
	n->u.assign.right = value;
	vec_push(w->a, &block->u.block.stmts, n);
	return block;
}

/* a && b: b only runs when a holds. */
static struct p4_node *
hoist_logic(struct exits *x, struct exit_pieces *out, struct p4_node *n)
{
	struct weaver *w = x->w;
	bool first = exits_in(x, n->u.binary.a);
	struct p4_node *name, *branch;

	if (first && !exits_is_plain_call(n->u.binary.a))
		exits_hoist(x, out, &n->u.binary.a);
	name = temporary(x, out, n->u.binary.a, n->type, first);
	if (!exits_in(x, n->u.binary.b)) {
		n->u.binary.a = name;
		return n;
	}
	branch = p4_node_make(w->a, P4_IF, n->at);
	branch->u.if_.cond = name;
	if (n->u.binary.op == P4_OR) {
		branch->u.if_.cond = p4_node_make(w->a, P4_UNARY, n->at);
		branch->u.if_.cond->u.unary.op = P4_NOT;
		branch->u.if_.cond->u.unary.a = name;
	}
	branch->u.if_.then = assign(w, name, n->u.binary.b);
	exits_rewrite(x, out, branch, false, false);
	return tree_name(w->a, name->name);
}

static struct p4_node *
hoist_choice(struct exits *x, struct exit_pieces *out, struct p4_node *n)
{
	struct weaver *w = x->w;
	struct p4_node *name, *branch = p4_node_make(w->a, P4_IF, n->at);

	exits_hoist(x, out, &n->u.ternary.cond);
	if (!exits_in(x, n->u.ternary.a) && !exits_in(x, n->u.ternary.b))
		return n;
	name = temporary(x, out, NULL, n->type, false);
	if (!name)
		return n;
	branch->u.if_.cond = n->u.ternary.cond;
	branch->u.if_.then = assign(w, name, n->u.ternary.a);
	branch->u.if_.otherwise = assign(w, name, n->u.ternary.b);
	exits_rewrite(x, out, branch, false, false);
	return name;
}

/* What is computed before `n` itself, in order. */
struct operands {
	VEC(struct p4_node **) list;
};

static void
list_operands(struct weaver *w, struct p4_node *n, struct operands *ret)
{
	struct p4_kids k;

	if (n->kind == P4_CALL) {
		vec_each (arg, &n->u.call.args)
			vec_push(w->a, &ret->list, &(*arg)->u.arg.expr);
		return;
	}
	p4_kids(n, &k);
	for (uint32_t i = 0; i < k.n; i++) {
		if (k.v[i].one)
			vec_push(w->a, &ret->list, k.v[i].one);
		else
			vec_each (item, k.v[i].all)
				vec_push(w->a, &ret->list, item);
	}
}

/* Operands in order: those before the call are kept, as it may change what they read. */
void
exits_hoist_operands(struct exits *x, struct exit_pieces *out, struct p4_node *n)
{
	struct operands operands = { 0 };
	uint32_t last = 0;

	list_operands(x->w, n, &operands);
	for (uint32_t i = 0; i < operands.list.n; i++)
		if (exits_in(x, *operands.list.v[i]))
			last = i;
	for (uint32_t i = 0; i < operands.list.n && i <= last; i++) {
		struct p4_node **at = operands.list.v[i];

		if (exits_in(x, *at))
			exits_hoist(x, out, at);
		else if (!(*at)->is_const && n->kind == P4_BINARY)
			*at = temporary(x, out, *at, (*at)->type, false);
	}
}

void
exits_hoist(struct exits *x, struct exit_pieces *out, struct p4_node **at)
{
	struct p4_node *n = *at;

	if (!exits_in(x, n))
		return;
	if (exits_is_plain_call(n))
		*at = temporary(x, out, n, n->type, true);
	else if (n->kind == P4_BINARY && (n->u.binary.op == P4_AND || n->u.binary.op == P4_OR))
		*at = hoist_logic(x, out, n);
	else if (n->kind == P4_TERNARY)
		*at = hoist_choice(x, out, n);
	else
		exits_hoist_operands(x, out, n);
}
