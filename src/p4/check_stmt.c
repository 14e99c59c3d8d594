/* check_stmt.c - statements, local variables and constants. */
#include "p4/checker.h"

static void
check_var(struct check *c, struct p4_node *n)
{
	struct p4_type *t = n->u.var.type ? p4_resolve(c, n->u.var.type) : c->bad;
	char *what = str_cstr(c->a, str_fmt(c->a, "the initial value of '%.*s'", STRA(n->name)));

	n->type = t;
	if (!p4_is_bad(t) && !p4_is_value_type(t)) {
		diag_error(c->d, n->u.var.type->at, "a variable can't be %s", p4_tt(c, t));
		if (t->kind == P4_TY_INT)
			diag_hint(c->d, "give it a width, as in bit<32> or int<32>");
		n->type = c->bad;
	}
	if (n->u.var.init)
		p4_check_as(c, &n->u.var.init, n->type, what);
	p4_env_add(c, n);
}

static void
check_const(struct check *c, struct p4_node *n)
{
	struct p4_type *t = p4_resolve(c, n->u.var.type);
	char *what = str_cstr(c->a, str_fmt(c->a, "the value of '%.*s'", STRA(n->name)));

	n->type = t;
	n->is_const = false;
	n->value = NULL;
	if (!p4_is_bad(t) && !p4_is_value_type(t) && t->kind != P4_TY_INT &&
	    t->kind != P4_TY_STRING && t->kind != P4_TY_LIST) {
		diag_error(c->d, n->u.var.type->at, "a constant can't be %s", p4_tt(c, t));
		n->type = c->bad;
	}
	if (p4_check_as(c, &n->u.var.init, n->type, what)) {
		const struct p4_node *init = n->u.var.init;
		n->is_const = init->is_const;
		n->value = init->value;
		if (!p4_compile_time(c, init)) {
			diag_error(c->d, init->at, "%s must be known at compile time", what);
			n->type = c->bad;
		}
	} else {
		n->type = c->bad;
	}
	p4_env_add(c, n);
}

static void
check_instance(struct check *c, struct p4_node *n)
{
	if (c->place == P4_AT_APPLY)
		diag_error(c->d, p4_where(n), "instances are made among the declarations of a control, not in its apply block");
	p4_check_instance(c, n);
}

void
p4_check_local(struct check *c, struct p4_node *n)
{
	if (n->kind == P4_VAR)
		check_var(c, n);
	else if (n->kind == P4_CONST)
		check_const(c, n);
	else if (n->kind == P4_INSTANCE)
		check_instance(c, n);
}

static void
check_assign(struct check *c, struct p4_node *n)
{
	struct p4_node **left = &n->u.assign.left, *before;
	struct p4_type *t;

	if (n->u.assign.op == P4_OP_NONE) {
		t = p4_check_expr(c, left);
		p4_check_expr(c, &n->u.assign.right);
		if (p4_is_bad(t) || !p4_check_lvalue(c, *left, "the left side"))
			return;
		p4_coerce(c, &n->u.assign.right, t, "the right side");
		return;
	}
	before = *left;
	t = p4_check_binary(c, n, n->u.assign.op, left, &n->u.assign.right);
	if (p4_is_bad(t) || !p4_check_lvalue(c, before, "the left side"))
		return;
	if (*left != before || !p4_type_eq(t, before->type))
		diag_error(c->d, n->at, "%s= gives %s, which can't be stored in %s",
			   p4_op_text(n->u.assign.op), p4_tt(c, t), p4_tt(c, before->type));
	*left = before;
}

static void
check_if(struct check *c, struct p4_node *n)
{
	p4_check_as(c, &n->u.if_.cond, c->bool_, "the condition");
	p4_check_stmt(c, n->u.if_.then);
	if (n->u.if_.otherwise)
		p4_check_stmt(c, n->u.if_.otherwise);
}

/* --- switch ------------------------------------------------------------------------------- */

/* The action of this name in a table's list. */
static struct p4_node *
table_action(const struct p4_node *table, struct str name)
{
	for (uint32_t i = 0; i < table->u.table.actions.n; i++) {
		const struct p4_node *ref = table->u.table.actions.v[i];
		if (str_eq(ref->u.action_ref.action->name, name))
			return ref->u.action_ref.decl;
	}
	return NULL;
}

static void
check_action_label(struct check *c, struct p4_node *label, const struct p4_node *table)
{
	const struct p4_list *refs = &table->u.table.actions;
	struct str *names = arena_array(c->a, struct str, refs->n + 1);

	if (label->kind != P4_NAME) {
		diag_error(c->d, label->at, "the labels of a switch on action_run are actions");
		return;
	}
	label->u.ref.decl = table_action(table, label->name);
	if (label->u.ref.decl) {
		label->type = p4_type_make(c, P4_TY_ACTION, label->u.ref.decl);
		return;
	}
	for (uint32_t i = 0; i < refs->n; i++)
		names[i] = refs->v[i]->u.action_ref.action->name;
	label->type = c->bad;
	diag_error(c->d, label->at, "table '%.*s' has no action '%.*s'", STRA(table->name),
		   STRA(label->name));
	diag_nearest(c->d, label->name, names, refs->n);
	diag_note(c->d, p4_where(table), "declared here");
}

static bool
same_label(const struct p4_node *x, const struct p4_node *y)
{
	if (!x->type || !y->type || p4_is_bad(x->type) || p4_is_bad(y->type))
		return false;
	if (x->type->kind == P4_TY_ACTION && y->type->kind == P4_TY_ACTION)
		return x->u.ref.decl == y->u.ref.decl;
	return x->is_const && y->is_const && p4_value_eq(x->value, y->value);
}

static void
check_label(struct check *c, struct p4_node *n, uint32_t i, struct p4_type *t)
{
	struct p4_node **slot = &n->u.switch_.cases.v[i]->u.case_.label;

	if ((*slot)->kind == P4_DEFAULT) {
		if (i + 1 != n->u.switch_.cases.n)
			diag_error(c->d, (*slot)->at,
				   "`default` must be the last label of a switch");
		return;
	}
	if (n->u.switch_.on_action_run)
		check_action_label(c, *slot, t->decl);
	else if (p4_check_as(c, slot, t, "the label") && !p4_compile_time(c, *slot))
		diag_error(c->d, (*slot)->at, "the label of a switch must be a constant");
	for (uint32_t k = 0; k < i; k++) {
		const struct p4_node *other = n->u.switch_.cases.v[k]->u.case_.label;
		if (same_label(other, *slot)) {
			diag_error(c->d, (*slot)->at, "this label stands twice in the switch");
			diag_note(c->d, other->at, "first here");
			return;
		}
	}
}

static void
check_switch(struct check *c, struct p4_node *n)
{
	struct p4_type *t = p4_check_expr(c, &n->u.switch_.expr);
	const struct p4_type *s = p4_type_strip(t);

	n->u.switch_.on_action_run = t->kind == P4_TY_ACTION_ENUM;
	if (c->place == P4_AT_STATE)
		diag_error(c->d, n->at,
			   "switch works in controls, actions and functions, not in parsers");
	if (!n->u.switch_.on_action_run && !p4_is_bad(t) && !map_get(&c->match_kinds, STR("exact")))
		diag_error(c->d, n->at, "a switch on a value needs match_kind exact: include core.p4");
	if (!p4_is_bad(t) && t->kind != P4_TY_ACTION_ENUM && s->kind != P4_TY_BIT &&
	    s->kind != P4_TY_SIGNED && s->kind != P4_TY_ENUM && s->kind != P4_TY_ERROR) {
		diag_error(c->d, n->u.switch_.expr->at,
			   "switch works on bit<>, int<>, enums, errors and action_run, not on %s",
			   p4_tt(c, t));
		t = c->bad;
	}
	for (uint32_t i = 0; i < n->u.switch_.cases.n; i++) {
		struct p4_node *k = n->u.switch_.cases.v[i];
		if (!p4_is_bad(t))
			check_label(c, n, i, t);
		if (k->u.case_.body)
			p4_check_stmt(c, k->u.case_.body);
	}
}

/* --- loops -------------------------------------------------------------------------------- */

static void
check_for(struct check *c, struct p4_node *n)
{
	p4_env_push(c);
	for (uint32_t i = 0; i < n->u.for_.init.n; i++)
		p4_check_stmt(c, n->u.for_.init.v[i]);
	if (n->u.for_.cond)
		p4_check_as(c, &n->u.for_.cond, c->bool_, "the condition");
	for (uint32_t i = 0; i < n->u.for_.update.n; i++)
		p4_check_stmt(c, n->u.for_.update.v[i]);
	c->loops++;
	p4_check_stmt(c, n->u.for_.body);
	c->loops--;
	p4_env_pop(c);
}

static void
check_loop_range(struct check *c, struct p4_node **slot, struct p4_type *t)
{
	struct p4_node *r = *slot;

	if (r->kind == P4_RANGE) {
		const struct p4_type *s = p4_type_strip(t);
		r->type = p4_type_of(c, P4_TY_SET, t);
		if (!p4_is_bad(t) && s->kind != P4_TY_BIT && s->kind != P4_TY_SIGNED) {
			diag_error(c->d, r->at, "a loop over a range needs a number, not %s",
				   p4_tt(c, t));
			return;
		}
		p4_check_as(c, &r->u.pair.a, t, "the start of the range");
		p4_check_as(c, &r->u.pair.b, t, "the end of the range");
		return;
	}
	p4_check_expr(c, slot);
	r = *slot;
	if (p4_is_bad(r->type) || p4_is_bad(t))
		return;
	if (r->kind == P4_LIST_EXPR) {
		for (uint32_t i = 0; i < r->u.list.items.n; i++)
			p4_coerce(c, &r->u.list.items.v[i], t, "the element");
		r->type = p4_type_of(c, P4_TY_LIST, t);
	} else if ((r->type->kind != P4_TY_STACK && r->type->kind != P4_TY_LIST) ||
		   !p4_type_eq(r->type->elem, t)) {
		diag_error(c->d, r->at, "a loop over %s needs a range, list or stack of it, not %s",
			   p4_tt(c, t), p4_tt(c, r->type));
	}
}

static void
check_for_in(struct check *c, struct p4_node *n)
{
	struct p4_node *var = n->u.for_in.var;

	p4_env_push(c);
	if (var->kind == P4_VAR)
		check_var(c, var);
	else if (!p4_is_bad(p4_check_expr(c, &n->u.for_in.var)))
		p4_check_lvalue(c, n->u.for_in.var, "the loop's variable");
	check_loop_range(c, &n->u.for_in.range, n->u.for_in.var->type);
	c->loops++;
	p4_check_stmt(c, n->u.for_in.body);
	c->loops--;
	p4_env_pop(c);
}

/* --- leaving ------------------------------------------------------------------------------ */

static void
check_return(struct check *c, struct p4_node *n)
{
	if (c->place == P4_AT_STATE) {
		diag_error(c->d, n->at, "a parser state ends with a transition, not with return");
		return;
	}
	if (!n->u.ret.expr) {
		if (c->ret && c->ret->kind != P4_TY_VOID && !p4_is_bad(c->ret))
			diag_error(c->d, n->at, "'%.*s' must return %s", STRA(c->callable->name),
				   p4_tt(c, c->ret));
		return;
	}
	p4_check_expr(c, &n->u.ret.expr);
	if (!c->ret || c->ret->kind == P4_TY_VOID)
		diag_error(c->d, n->u.ret.expr->at, "nothing is returned %s",
			   c->ret	 ? "from a void function"
			   : c->callable ? "from an action"
					 : "from a control");
	else
		p4_coerce(c, &n->u.ret.expr, c->ret, "the returned value");
}

bool
p4_always_returns(const struct p4_node *n)
{
	if (!n)
		return false;
	if (n->kind == P4_RETURN || n->kind == P4_EXIT)
		return true;
	if (n->kind == P4_IF)
		return n->u.if_.otherwise && p4_always_returns(n->u.if_.then) &&
		       p4_always_returns(n->u.if_.otherwise);
	if (n->kind == P4_BLOCK)
		for (uint32_t i = 0; i < n->u.block.stmts.n; i++)
			if (p4_always_returns(n->u.block.stmts.v[i]))
				return true;
	if (n->kind == P4_SWITCH) {
		const struct p4_list *cases = &n->u.switch_.cases;
		bool all = cases->n && cases->v[cases->n - 1]->u.case_.label->kind == P4_DEFAULT &&
			   cases->v[cases->n - 1]->u.case_.body;
		for (uint32_t i = 0; all && i < cases->n; i++)
			all = !cases->v[i]->u.case_.body ||
			      p4_always_returns(cases->v[i]->u.case_.body);
		return all;
	}
	return false;
}

void
p4_check_block(struct check *c, struct p4_node *block)
{
	p4_env_push(c);
	for (uint32_t i = 0; i < block->u.block.stmts.n; i++)
		p4_check_stmt(c, block->u.block.stmts.v[i]);
	p4_env_pop(c);
}

static void
check_kind(struct check *c, struct p4_node *n)
{
	switch ((uint32_t)n->kind) {
	case P4_BLOCK:
		p4_check_block(c, n);
		break;
	case P4_VAR:
	case P4_CONST:
	case P4_INSTANCE:
		p4_check_local(c, n);
		break;
	case P4_ASSIGN:
		check_assign(c, n);
		break;
	case P4_CALL_STMT:
		p4_check_expr(c, &n->u.call_stmt.call);
		break;
	case P4_IF:
		check_if(c, n);
		break;
	case P4_SWITCH:
		check_switch(c, n);
		break;
	case P4_RETURN:
		check_return(c, n);
		break;
	case P4_EXIT:
		if (c->place == P4_AT_STATE || c->place == P4_AT_FUNCTION)
			diag_error(c->d, n->at, "exit works in controls and actions, not in %s",
				   c->place == P4_AT_STATE ? "parsers" : "functions");
		break;
	case P4_FOR:
		check_for(c, n);
		break;
	case P4_FOR_IN:
		check_for_in(c, n);
		break;
	case P4_BREAK:
	case P4_CONTINUE:
		if (!c->loops)
			diag_error(c->d, n->at, "%s works only in a loop", p4_kind_text(n->kind));
		break;
	}
}

void
p4_check_stmt(struct check *c, struct p4_node *n)
{
	if (!n || !p4_descend(c, n->at))
		return;
	check_kind(c, n);
	p4_ascend(c);
}
