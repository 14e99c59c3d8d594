/* writes_walk.c - walks what runs in a control, in its order: what may be written, and what of it behind a drop mark that may still
 * stand at the end. */
#include "plan/writes_walk.h"

#define WALKS_MAX 20000 /* bodies walked for their arguments' sake; a program with more may write everything */

static void walk_stmt(struct writes_walk *k, const struct p4_node *n);
static void walk_expr(struct writes_walk *k, const struct p4_node *n);
static void walk_block_decl(struct writes_walk *k, const struct p4_node *decl);
static void walk_body(struct writes_walk *k, const struct p4_node *decl);

static struct writes_flow
join(struct writes_flow x, struct writes_flow y)
{
	return (struct writes_flow){ x.reached || y.reached, x.marked || y.marked };
}

static void
extern_effects(struct writes_walk *k, const struct p4_node *call)
{
	struct str name = call->u.call.target->name;

	if (str_is(name, "mark_to_drop")) {
		k->w->marks = true;
		k->w->mark_calls++;
		k->at.marked = k->at.reached;
		map_put(&k->w->std, STR("egress_spec"), k);
		map_put(&k->w->std, STR("mcast_grp"), k);
	} else if (str_starts(name, STR("clone"))) {
		k->w->clones_e2e = k->w->clones_i2e = true;
	} else if (str_starts(name, STR("resubmit"))) {
		k->w->resubmits = true;
	} else if (str_starts(name, STR("recirculate"))) {
		k->w->recirculates = true;
	} else if (str_is(name, "truncate")) {
		k->w->truncates = true;
	}
}

static void
walk_args(struct writes_walk *k, const struct p4_node *call, const struct p4_list *params)
{
	for (uint32_t i = 0; i < call->u.call.nordered; i++) {
		const struct p4_node *arg = call->u.call.ordered[i];
		enum p4_dir dir = params && i < params->n ? params->v[i]->u.var.dir : P4_DIR_NONE;

		if (!arg)
			continue;
		walk_expr(k, arg);
		if (dir == P4_DIR_OUT || dir == P4_DIR_INOUT)
			writes_add(k, arg);
	}
}

/* The body of what is called, with its parameters standing for the arguments: what it writes to them counts, field by
 * field. An `out` argument is written as a whole in any case. */
static void
follow_call(struct writes_walk *k, const struct p4_node *call, const struct p4_list *params)
{
	const struct p4_node *t = call->u.call.target;
	uint32_t before = k->bindings.n;

	for (uint32_t i = 0; i < call->u.call.nordered && i < params->n; i++) {
		const struct p4_node *arg = call->u.call.ordered[i];
		struct writes_binding b = { .param = params->v[i] };

		if (!arg)
			continue;
		walk_expr(k, arg);
		b.root = writes_path(k, arg, &b.path);
		if (params->v[i]->u.var.dir == P4_DIR_OUT)
			writes_add(k, arg);
		if (b.root >= 0 && params->v[i]->u.var.dir == P4_DIR_INOUT)
			vec_push(k->a, &k->bindings, b);
	}
	if (k->bindings.n > before)
		walk_body(k, t);
	else
		walk_block_decl(k, t);
	for (uint32_t i = before; k->at.marked && i < k->bindings.n; i++)
		writes_copy_back(k, &k->bindings.v[i]);
	k->bindings.n = before;
}

static void
walk_call(struct writes_walk *k, const struct p4_node *n)
{
	const struct p4_node *t = n->u.call.target;

	if (n->u.call.object)
		walk_expr(k, n->u.call.object);
	switch (n->u.call.what) {
	case P4_CALL_EXTERN:
		extern_effects(k, n);
		if (!str_is(t->name, "mark_to_drop"))
			walk_args(k, n, &t->u.func.params);
		break;
	case P4_CALL_METHOD:
		walk_args(k, n, &t->u.func.params);
		break;
	case P4_CALL_FUNCTION:
	case P4_CALL_ACTION:
		follow_call(k, n, &t->u.func.params);
		break;
	case P4_CALL_TABLE_APPLY:
		walk_block_decl(k, t);
		break;
	case P4_CALL_APPLY:
		follow_call(k, n, &t->u.block_decl.params);
		break;
	case P4_CALL_SET_VALID:
	case P4_CALL_SET_INVALID:
	case P4_CALL_PUSH_FRONT:
	case P4_CALL_POP_FRONT:
		writes_add(k, n->u.call.object);
		break;
	case P4_CALL_NONE:
	case P4_CALL_IS_VALID:
	case P4_CALL_MIN_SIZE_BITS:
	case P4_CALL_MIN_SIZE_BYTES:
	case P4_CALL_MAX_SIZE_BITS:
	case P4_CALL_MAX_SIZE_BYTES:
	case P4_CALL_CONSTRUCTOR:
		break;
	}
}

static void
walk_expr(struct writes_walk *k, const struct p4_node *n)
{
	struct writes_flow before;

	if (!n)
		return;
	switch ((int)n->kind) { /* what can contain a call */
	case P4_CALL:
		walk_call(k, n);
		break;
	case P4_MEMBER:
		walk_expr(k, n->u.member.object);
		break;
	case P4_UNARY:
		walk_expr(k, n->u.unary.a);
		break;
	case P4_BINARY:
		walk_expr(k, n->u.binary.a);
		before = k->at;
		walk_expr(k, n->u.binary.b);
		k->at = join(k->at, before); /* && and || may stop after the first */
		break;
	case P4_TERNARY:
		walk_expr(k, n->u.ternary.cond);
		before = k->at;
		walk_expr(k, n->u.ternary.a);
		k->at = join(k->at, before);
		walk_expr(k, n->u.ternary.b);
		k->at = join(k->at, before);
		break;
	case P4_CAST:
		walk_expr(k, n->u.cast.a);
		break;
	case P4_SLICE:
		walk_expr(k, n->u.slice.object);
		break;
	case P4_LIST_EXPR:
	case P4_STRUCT_EXPR:
		vec_each(item, &n->u.list.items)
			walk_expr(k, (*item)->kind == P4_NAMED_EXPR ? (*item)->u.named.expr : *item);
		break;
	default:
		break;
	}
}

static void
walk_list(struct writes_walk *k, const struct p4_list *l)
{
	vec_each(n, l)
		walk_stmt(k, *n);
}

static void
walk_if(struct writes_walk *k, const struct p4_node *n)
{
	struct writes_flow before, then;

	walk_expr(k, n->u.if_.cond);
	before = k->at;
	walk_stmt(k, n->u.if_.then);
	then = k->at;
	k->at = before;
	walk_stmt(k, n->u.if_.otherwise);
	k->at = join(then, k->at);
}

static const struct p4_node *
table_of(const struct p4_node *switch_stmt)
{
	const struct p4_node *e = switch_stmt->u.switch_.expr;

	if (!switch_stmt->u.switch_.on_action_run || e->kind != P4_MEMBER || e->u.member.object->kind != P4_CALL)
		return NULL;
	e = e->u.member.object->u.call.target;
	return e && e->kind == P4_TABLE ? e : NULL;
}

static bool
has_label(const struct p4_node *n, const struct p4_node *action)
{
	vec_each(c, &n->u.switch_.cases) {
		const struct p4_node *label = (*c)->u.case_.label;

		if (label && label->kind == P4_NAME && label->u.ref.decl == action)
			return true;
	}
	return false;
}

/* Where the packet is when it enters a case: `action` has run (NULL: one that no case names). */
static struct writes_flow
after_action(struct writes_walk *k, const struct p4_node *n, const struct p4_node *table, struct writes_flow before,
	     const struct p4_node *action)
{
	struct writes_flow after = before;

	if (action)
		after = (struct writes_flow){ 0 };
	vec_each(ref, &table->u.table.actions) {
		const struct p4_node *a = (*ref)->u.action_ref.decl;

		if (!a || (action ? a != action : has_label(n, a)))
			continue;
		k->at = before;
		walk_block_decl(k, a);
		after = join(after, k->at);
	}
	return after;
}

static void
walk_switch(struct writes_walk *k, const struct p4_node *n)
{
	const struct p4_node *table = table_of(n);
	struct writes_flow before = k->at, any, out, in = { 0 };
	bool caught = false;

	walk_expr(k, n->u.switch_.expr);
	any = k->at;
	if (table)
		any = after_action(k, n, table, before, NULL);
	out = (struct writes_flow){ 0 };
	vec_each(c, &n->u.switch_.cases) {
		const struct p4_node *label = (*c)->u.case_.label;
		bool named = label && label->kind == P4_NAME && label->u.ref.decl;

		caught |= label && label->kind == P4_DEFAULT;
		in = join(in, table && named ? after_action(k, n, table, before, label->u.ref.decl) : any);
		if (!(*c)->u.case_.body)
			continue; /* falls through */
		k->at = in;
		walk_stmt(k, (*c)->u.case_.body);
		out = join(out, k->at);
		in = (struct writes_flow){ 0 };
	}
	out = join(out, in);
	k->at = caught ? out : join(out, any);
}

/* A body that may run again finds itself behind its own marks. */
static void
walk_loop(struct writes_walk *k, const struct p4_node *body, const struct p4_list *update, const struct p4_node *cond)
{
	struct writes_flow before;

	do {
		before = k->at;
		walk_expr(k, cond);
		walk_stmt(k, body);
		if (update)
			walk_list(k, update);
		k->at = join(k->at, before);
	} while (k->at.marked && !before.marked);
}

static void
leave(struct writes_walk *k, bool exit)
{
	if (!exit)
		k->returned = join(k->returned, k->at);
	k->at = (struct writes_flow){ 0 };
}

/* Is it egress_spec or mcast_grp, which undo a mark? */
static bool
undoes_mark(struct writes_walk *k, const struct p4_node *left)
{
	struct str path;

	return left->kind == P4_MEMBER && writes_path(k, left, &path) == 2 &&
	       (str_is(path, "egress_spec") || str_is(path, "mcast_grp"));
}

static void
walk_stmt(struct writes_walk *k, const struct p4_node *n)
{
	if (!n)
		return;
	switch ((int)n->kind) { /* statements */
	case P4_BLOCK:
		walk_list(k, &n->u.block.stmts);
		break;
	case P4_ASSIGN:
		walk_expr(k, n->u.assign.right);
		k->constant = n->u.assign.left->kind == P4_MEMBER && n->u.assign.right->is_const ? n->u.assign.right : NULL;
		writes_add(k, n->u.assign.left);
		k->constant = NULL;
		if (undoes_mark(k, n->u.assign.left))
			k->at.marked = false;
		break;
	case P4_VAR:
		walk_expr(k, n->u.var.init);
		break;
	case P4_CALL_STMT:
		walk_expr(k, n->u.call_stmt.call);
		break;
	case P4_IF:
		walk_if(k, n);
		break;
	case P4_SWITCH:
		walk_switch(k, n);
		break;
	case P4_RETURN:
		walk_expr(k, n->u.ret.expr);
		leave(k, false);
		break;
	case P4_EXIT:
		k->w->exits = true;
		leave(k, true);
		break;
	case P4_FOR:
		walk_list(k, &n->u.for_.init);
		walk_loop(k, n->u.for_.body, &n->u.for_.update, n->u.for_.cond);
		break;
	case P4_FOR_IN:
		writes_add(k, n->u.for_in.var);
		walk_loop(k, n->u.for_in.body, NULL, NULL);
		break;
	default:
		break;
	}
}

static void
walk_table(struct writes_walk *k, const struct p4_node *t)
{
	struct writes_flow before, after;
	bool marks = k->w->marks;

	vec_each(key, &t->u.table.keys)
		walk_expr(k, (*key)->u.key.expr);
	before = after = k->at;
	vec_each(ref, &t->u.table.actions) {
		const struct p4_node *action = (*ref)->u.action_ref.decl;

		if (!action)
			continue;
		k->at = before;
		k->w->marks = false;
		walk_block_decl(k, action);
		k->w->table_marks |= k->w->marks;
		marks |= k->w->marks;
		/* arguments bound in the list: out and inout ones are written when the action ends */
		for (uint32_t i = 0; i < (*ref)->u.action_ref.args.n && i < action->u.func.params.n; i++)
			if (action->u.func.params.v[i]->u.var.dir >= P4_DIR_OUT)
				writes_add(k, (*ref)->u.action_ref.args.v[i]->u.arg.expr);
		after = join(after, k->at);
	}
	k->w->marks = marks;
	k->at = after;
}

static void
walk_body(struct writes_walk *k, const struct p4_node *decl)
{
	struct writes_flow outer = k->returned;

	k->returned = (struct writes_flow){ 0 };
	if (k->bindings.n && ++k->walks > WALKS_MAX) {
		writes_add_all(k);
		k->returned = outer;
		return;
	}
	if (decl->kind == P4_ACTION || decl->kind == P4_FUNCTION) {
		walk_stmt(k, decl->u.func.body);
	} else if (decl->kind == P4_TABLE) {
		walk_table(k, decl);
	} else if (decl->kind == P4_CONTROL) {
		vec_each(l, &decl->u.block_decl.locals)
			if ((*l)->kind == P4_VAR)
				walk_stmt(k, *l);
		walk_stmt(k, decl->u.block_decl.body);
	} else if (decl->kind == P4_PARSER) {
		vec_each(s, &decl->u.block_decl.states)
			walk_list(k, &(*s)->u.state.stmts);
	}
	k->at = join(k->at, k->returned);
	k->returned = outer;
}

/* An action, a table or a control: each once, before marks and behind them, as long as no arguments make a difference. */
static void
walk_block_decl(struct writes_walk *k, const struct p4_node *decl)
{
	struct writes_walked done = { .decl = decl, .marked = k->at.marked };
	bool reached = k->at.reached, marks = k->w->marks;

	if (k->bindings.n) {
		walk_body(k, decl);
		return;
	}
	vec_each(s, &k->seen)
		if (s->decl == decl && s->marked == done.marked) {
			k->w->marks |= s->marks;
			k->at = (struct writes_flow){ reached && s->ends.reached, reached && s->ends.marked };
			return;
		}
	k->at.reached = true;
	k->w->marks = false;
	walk_body(k, decl);
	done.marks = k->w->marks;
	k->w->marks |= marks;
	done.ends = k->at;
	vec_push(k->a, &k->seen, done);
	k->at = (struct writes_flow){ reached && done.ends.reached, reached && done.ends.marked };
}

static struct writes_walk
start(struct arena *a, struct plan_program *p, const struct p4_inst *inst, struct plan_writes *w)
{
	struct writes_walk k = { .a = a, .p = p, .w = w, .at = { .reached = true } };
	const struct p4_list *params = &inst->decl->u.block_decl.params;
	uint32_t first = inst->decl->kind == P4_PARSER ? 1 : 0; /* a parser's first parameter is packet_in */

	for (uint32_t i = 0; i < 3 && first + i < params->n; i++)
		k.params[i] = params->v[first + i];
	writes_open(a, p, w);
	return k;
}

void
plan_writes_find(struct arena *a, struct plan_program *p, const struct p4_inst *inst, struct plan_writes *w)
{
	struct writes_walk k = start(a, p, inst, w);

	walk_block_decl(&k, inst->decl);
}

void
plan_writes_of(struct arena *a, struct plan_program *p, const struct p4_inst *inst, const struct p4_list *stmts, struct plan_writes *w)
{
	struct writes_walk k = start(a, p, inst, w);

	walk_list(&k, stmts);
}
