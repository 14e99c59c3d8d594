/* exit.c - code behind the user's must run whatever the user's does: `exit` anywhere, and `return`
 * in the control's own body, become a flag and what looks at it. Only controls that can stop are
 * touched, and only where code follows.
 *
 * In the woven control's own body the rest of a block is put under `if (!stop)`, as the woven code
 * still follows. In actions and in controls inside, `return` does the same with less text. What has
 * a value (t.apply().hit) is computed before the statement that uses it, so that the statement can
 * be skipped. */
#include "weave/mark.h"

enum mode { GUARD, RETURN };

struct piece {
	struct p4_node *n;
	bool stops; /* may set the flag: what follows must look */
};
struct pieces {
	VEC(struct piece) list;
};

struct exits {
	struct weaver *w;
	enum mode mode;
};

static void rewrite_list(struct exits *x, struct p4_list *list, bool tail, bool loop);
static void rewrite_stmt(struct exits *x, struct pieces *out, struct p4_node *n, bool tail,
			 bool loop);

/* --- what may stop -----------------------------------------------------------------------------
 */

static bool
return_visit(void *user, struct p4_node **at)
{
	bool *found = user;

	*found |= (*at)->kind == P4_RETURN;
	return !*found;
}

static bool
exits_in(struct exits *x, struct p4_node *n)
{
	return effects_in(x->w, n) & EFFECT_EXIT;
}

static bool
may_stop(struct exits *x, struct p4_node *n)
{
	bool found = false;

	if (!n)
		return false;
	if (exits_in(x, n))
		return true;
	if (x->mode == GUARD)
		tree_walk(&n, return_visit, &found);
	return found;
}

/* --- small makers ------------------------------------------------------------------------------
 */

static struct p4_node *
one_stmt(struct exits *x, struct str text)
{
	return weave_stmts(x->w, text).v[0];
}

static struct p4_node *
set_stop(struct exits *x)
{
	return one_stmt(x, str_fmt(x->w->a, "%.*s = true;", STRA(x->w->n.stop)));
}

/* Leaves the loop or the body when the flag is set. */
static struct p4_node *
leave_if(struct exits *x)
{
	return one_stmt(x, str_fmt(x->w->a, "if (%.*s) { %s; }", STRA(x->w->n.stop),
				   x->mode == GUARD ? "break" : "return"));
}

static struct p4_node *
unless_stopped(struct exits *x, struct p4_list body)
{
	struct p4_node *n = one_stmt(x, str_fmt(x->w->a, "if (!%.*s) { }", STRA(x->w->n.stop)));

	n->u.if_.then->u.block.stmts = body;
	return n;
}

static void
put(struct exits *x, struct pieces *out, struct p4_node *n, bool stops)
{
	vec_push(x->w->a, &out->list, (struct piece){ n, stops });
}

/* --- values of calls that may stop -------------------------------------------------------------
 */

static struct p4_node *
temporary(struct exits *x, struct pieces *out, struct p4_node *init, const struct p4_type *type,
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
	var = one_stmt(x, str_fmt(w->a, "%.*s %.*s = %s;", STRA(p4_type_text(w->a, t)), STRA(name),
				  t->kind == P4_TY_BOOL ? "false" : "0"));
	if (init)
		var->u.var.init = init;
	put(x, out, var, stops);
	return tree_name(w->a, name);
}

/* t.apply().hit, !t.apply().hit: nothing else happens in it. */
static bool
is_plain_call(struct p4_node *n)
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

static void hoist(struct exits *x, struct pieces *out, struct p4_node **at);

/* a && b: b only runs when a holds. */
static struct p4_node *
hoist_logic(struct exits *x, struct pieces *out, struct p4_node *n)
{
	struct weaver *w = x->w;
	bool first = exits_in(x, n->u.binary.a);
	struct p4_node *name, *branch;

	if (first && !is_plain_call(n->u.binary.a))
		hoist(x, out, &n->u.binary.a);
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
	rewrite_stmt(x, out, branch, false, false);
	return tree_name(w->a, name->name);
}

static struct p4_node *
hoist_choice(struct exits *x, struct pieces *out, struct p4_node *n)
{
	struct weaver *w = x->w;
	struct p4_node *name, *branch = p4_node_make(w->a, P4_IF, n->at);

	hoist(x, out, &n->u.ternary.cond);
	if (!exits_in(x, n->u.ternary.a) && !exits_in(x, n->u.ternary.b))
		return n;
	name = temporary(x, out, NULL, n->type, false);
	if (!name)
		return n;
	branch->u.if_.cond = n->u.ternary.cond;
	branch->u.if_.then = assign(w, name, n->u.ternary.a);
	branch->u.if_.otherwise = assign(w, name, n->u.ternary.b);
	rewrite_stmt(x, out, branch, false, false);
	return name;
}

/* Operands in order: those before the call are kept, as it may change what they read. */
static void
hoist_operands(struct exits *x, struct pieces *out, struct p4_node *n)
{
	struct tree_kids k;
	struct p4_node **slots[64];
	uint32_t count = 0, last = 0;

	tree_kids(n, &k);
	if (n->kind == P4_CALL) {
		for (uint32_t i = 0; i < n->u.call.args.n && count < 64; i++)
			slots[count++] = &n->u.call.args.v[i]->u.arg.expr;
	} else {
		for (uint32_t i = 0; i < k.nlists; i++)
			for (uint32_t j = 0; j < k.list[i]->n && count < 64; j++)
				slots[count++] = &k.list[i]->v[j];
		for (uint32_t i = 0; i < k.nslots && count < 64; i++)
			slots[count++] = k.slot[i];
	}
	for (uint32_t i = 0; i < count; i++)
		if (exits_in(x, *slots[i]))
			last = i;
	for (uint32_t i = 0; i < count && i <= last; i++)
		if (exits_in(x, *slots[i]))
			hoist(x, out, slots[i]);
		else if (!(*slots[i])->is_const && n->kind == P4_BINARY)
			*slots[i] = temporary(x, out, *slots[i], (*slots[i])->type, false);
}

/* Takes calls that may stop out of an expression. */
static void
hoist(struct exits *x, struct pieces *out, struct p4_node **at)
{
	struct p4_node *n = *at;

	if (!exits_in(x, n))
		return;
	if (is_plain_call(n))
		*at = temporary(x, out, n, n->type, true);
	else if (n->kind == P4_BINARY && (n->u.binary.op == P4_AND || n->u.binary.op == P4_OR))
		*at = hoist_logic(x, out, n);
	else if (n->kind == P4_TERNARY)
		*at = hoist_choice(x, out, n);
	else
		hoist_operands(x, out, n);
}

/* --- statements --------------------------------------------------------------------------------
 */

static void
rewrite_branch(struct exits *x, struct p4_node **at, bool tail, bool loop)
{
	struct p4_list list = { 0 };
	struct p4_node *block;

	if (!*at || !may_stop(x, *at))
		return;
	if ((*at)->kind == P4_BLOCK) {
		rewrite_list(x, &(*at)->u.block.stmts, tail, loop);
		return;
	}
	vec_push(x->w->a, &list, *at);
	rewrite_list(x, &list, tail, loop);
	if (list.n == 1 && list.v[0]->kind == P4_IF) {
		*at = list.v[0];
		return;
	}
	block = tree_block(x->w->a, (*at)->at);
	block->u.block.stmts = list;
	*at = block;
}

static void
rewrite_stop(struct exits *x, struct pieces *out, struct p4_node *n, bool tail, bool loop)
{
	bool guarded = x->mode == GUARD && !loop;
	struct p4_node *set = set_stop(x);

	set->comment = n->comment;
	put(x, out, set, guarded);
	if (guarded || (tail && !loop))
		return;
	put(x, out, p4_node_make(x->w->a, x->mode == GUARD ? P4_BREAK : P4_RETURN, n->at), false);
}

/* Under guards the flag is seen behind a statement; otherwise whatever sets it has left already. */
static bool
falls_through(const struct exits *x, bool loop)
{
	return x->mode == GUARD && !loop;
}

static void
rewrite_if(struct exits *x, struct pieces *out, struct p4_node *n, bool tail, bool loop)
{
	bool inside = may_stop(x, n->u.if_.then) || may_stop(x, n->u.if_.otherwise);

	hoist(x, out, &n->u.if_.cond);
	rewrite_branch(x, &n->u.if_.then, tail, loop);
	rewrite_branch(x, &n->u.if_.otherwise, tail, loop);
	put(x, out, n, inside && falls_through(x, loop));
}

/* May the action that leads to case i have exited? Labels without a body share the next one's. */
static bool
case_exits(struct exits *x, const struct p4_node *n, uint32_t i, struct p4_node *table)
{
	for (uint32_t k = i + 1; k-- > 0;) {
		const struct p4_node *label = n->u.switch_.cases.v[k]->u.case_.label;

		if (k < i && n->u.switch_.cases.v[k]->u.case_.body)
			return false;
		if (label->kind == P4_DEFAULT)
			return true;
		vec_each (ref, &table->u.table.actions)
			if (str_eq((*ref)->u.action_ref.action->name, label->name) &&
			    (effects_of(x->w, (*ref)->u.action_ref.decl) & EFFECT_EXIT))
				return true;
	}
	return false;
}

static void
rewrite_case(struct exits *x, struct p4_node *body, bool stopped, bool tail, bool loop)
{
	struct p4_list *stmts = &body->u.block.stmts, wrapped = { 0 }, check = { 0 };

	rewrite_list(x, stmts, tail, loop);
	if (!stopped || stmts->n == 0)
		return;
	if (x->mode == GUARD) {
		vec_push(x->w->a, &wrapped, unless_stopped(x, *stmts));
		*stmts = wrapped;
	} else {
		vec_push(x->w->a, &check, leave_if(x));
		weave_splice(x->w, stmts, 0, &check);
	}
}

static void
rewrite_switch(struct exits *x, struct pieces *out, struct p4_node *n, bool tail, bool loop)
{
	struct p4_node *e = tree_plain(n->u.switch_.expr), *call = NULL, *table = NULL;
	bool stops = may_stop(x, n);

	if (e->kind == P4_MEMBER && e->u.member.what == P4_MEMBER_ACTION_RUN)
		call = tree_plain(e->u.member.object);
	if (call && call->kind == P4_CALL && exits_in(x, call))
		table = call->u.call.target;
	else
		hoist(x, out, &n->u.switch_.expr);
	for (uint32_t i = 0; i < n->u.switch_.cases.n; i++) {
		struct p4_node *body = n->u.switch_.cases.v[i]->u.case_.body;

		if (body)
			rewrite_case(x, body, table && case_exits(x, n, i, table), tail, loop);
	}
	put(x, out, n, stops && (table || falls_through(x, loop)));
}

static void
rewrite_loop(struct exits *x, struct pieces *out, struct p4_node *n)
{
	bool head = false;

	if (n->kind == P4_FOR) {
		head = n->u.for_.cond && exits_in(x, n->u.for_.cond);
		vec_each (s, &n->u.for_.init)
			head |= exits_in(x, *s);
		vec_each (s, &n->u.for_.update)
			head |= exits_in(x, *s);
	}
	if (head)
		diag_error(x->w->d, n->at,
			   "the head of this loop runs an action that may exit, and queries can't "
			   "take it apart");
	rewrite_branch(x, n->kind == P4_FOR ? &n->u.for_.body : &n->u.for_in.body, false, true);
	put(x, out, n, x->mode == GUARD);
}

static void
rewrite_call(struct exits *x, struct pieces *out, struct p4_node *n)
{
	struct p4_node *call = n->u.call_stmt.call;

	for (uint32_t i = 0; i < call->u.call.args.n; i++)
		if (exits_in(x, call->u.call.args.v[i])) {
			hoist_operands(x, out, call);
			break;
		}
	put(x, out, n, exits_in(x, call));
}

static void
rewrite_stmt(struct exits *x, struct pieces *out, struct p4_node *n, bool tail, bool loop)
{
	switch ((int)n->kind) { /* all that may stop */
	case P4_EXIT:
		rewrite_stop(x, out, n, tail, loop);
		return;
	case P4_RETURN:
		if (x->mode == GUARD)
			rewrite_stop(x, out, n, tail, loop);
		else
			put(x, out, n, false);
		return;
	case P4_BLOCK:
		rewrite_list(x, &n->u.block.stmts, tail, loop);
		put(x, out, n, falls_through(x, loop));
		return;
	case P4_IF:
		rewrite_if(x, out, n, tail, loop);
		return;
	case P4_SWITCH:
		rewrite_switch(x, out, n, tail, loop);
		return;
	case P4_FOR:
	case P4_FOR_IN:
		rewrite_loop(x, out, n);
		return;
	case P4_CALL_STMT:
		rewrite_call(x, out, n);
		return;
	case P4_ASSIGN:
		hoist(x, out, &n->u.assign.right);
		put(x, out, n, false);
		return;
	case P4_VAR:
		if (is_plain_call(n->u.var.init)) {
			put(x, out, n, true);
			return;
		}
		hoist(x, out, &n->u.var.init);
		put(x, out, n, false);
		return;
	default:
		bug("a %s may exit?", p4_kind_text(n->kind));
	}
}

/* A variable that later guards must see is declared before its own guard, and gets its value
 * inside. */
static void
declare_before(struct exits *x, struct p4_list *out, struct p4_list *under, struct p4_node *var)
{
	struct p4_node *set;

	vec_push(x->w->a, out, var);
	if (!var->u.var.init)
		return;
	set = p4_node_make(x->w->a, P4_ASSIGN, var->at);
	set->u.assign.left = tree_name(x->w->a, var->name);
	set->u.assign.right = var->u.var.init;
	var->u.var.init = NULL;
	vec_push(x->w->a, under, set);
}

/* Pieces behind the first that may stop go under guards, up to the next that may stop. */
static struct p4_list
guard(struct exits *x, const struct pieces *pieces)
{
	struct p4_list out = { 0 }, under = { 0 };
	uint32_t first = 0, last = pieces->list.n, i;

	while (first < last && !pieces->list.v[first].stops)
		first++;
	for (i = 0; i < last && i <= first; i++)
		vec_push(x->w->a, &out, pieces->list.v[i].n);
	while (last > i && !pieces->list.v[last - 1].stops)
		last--;
	if (last == pieces->list.n &&
	    last > i) /* the last guard begins behind the last but one that may stop */
		do
			last--;
		while (last > i && !pieces->list.v[last - 1].stops);
	for (; i < pieces->list.n; i++) {
		const struct piece *p = &pieces->list.v[i];
		enum p4_kind kind = p->n->kind;

		if (i < last && kind == P4_VAR)
			declare_before(x, &out, &under, p->n);
		else if (i < last && (kind == P4_CONST || kind == P4_INSTANCE))
			vec_push(x->w->a, &out, p->n);
		else
			vec_push(x->w->a, &under, p->n);
		if (under.n && (p->stops || i + 1 == pieces->list.n)) {
			vec_push(x->w->a, &out, unless_stopped(x, under));
			under = (struct p4_list){ 0 };
		}
	}
	return out;
}

static struct p4_list
leave(struct exits *x, const struct pieces *pieces, bool tail)
{
	struct p4_list out = { 0 };

	for (uint32_t i = 0; i < pieces->list.n; i++) {
		vec_push(x->w->a, &out, pieces->list.v[i].n);
		if (pieces->list.v[i].stops && !(tail && i + 1 == pieces->list.n))
			vec_push(x->w->a, &out, leave_if(x));
	}
	return out;
}

static void
rewrite_list(struct exits *x, struct p4_list *list, bool tail, bool loop)
{
	struct pieces pieces = { 0 };

	for (uint32_t i = 0; i < list->n; i++)
		if (may_stop(x, list->v[i]))
			rewrite_stmt(x, &pieces, list->v[i], tail && i + 1 == list->n, loop);
		else
			put(x, &pieces, list->v[i], false);
	*list = x->mode == GUARD && !loop ? guard(x, &pieces) : leave(x, &pieces, tail && !loop);
}

/* --- controls ----------------------------------------------------------------------------------
 */

struct stopping {
	struct weaver *w;
	VEC(struct p4_node *) controls; /* that are rewritten */
	bool found;
};

static bool
listed(const struct stopping *s, const struct p4_node *control)
{
	vec_each (c, &s->controls)
		if (*c == control)
			return true;
	return false;
}

static bool
is_top(const struct weaver *w, const struct p4_node *control)
{
	const struct p4_inst *all[] = { w->p4->v1.verify, w->p4->v1.ingress, w->p4->v1.egress,
					w->p4->v1.compute, w->p4->v1.deparser };

	for (uint32_t i = 0; i < 5; i++)
		if (all[i] && all[i]->decl == control)
			return true;
	return false;
}

/* Controls inside that may exit. */
static bool
reach_visit(void *user, struct p4_node **at)
{
	struct stopping *s = user;
	struct p4_node *n = *at, *target;

	if (n->kind != P4_CALL || n->u.call.what != P4_CALL_APPLY)
		return true;
	target = n->u.call.target;
	if (target->kind != P4_CONTROL || !(effects_of(s->w, target) & EFFECT_EXIT))
		return true;
	if (!target->u.block_decl.has_body) {
		diag_error(s->w->d, n->at,
			   "the control that is applied here, a constructor's parameter, may exit, "
			   "and queries need to "
			   "follow it");
	} else if (!listed(s, target)) {
		vec_push(s->w->a, &s->controls, target);
		tree_walk(&target->u.block_decl.body, reach_visit, s);
	}
	return true;
}

static bool
applies_visit(void *user, struct p4_node **at)
{
	struct stopping *s = user;
	const struct p4_node *n = *at;

	s->found |= n->kind == P4_CALL && n->u.call.what == P4_CALL_APPLY &&
		    listed(s, n->u.call.target);
	return !s->found;
}

/* Whoever applies a control that gets the flag has to have one too. */
static void
add_callers(struct stopping *s)
{
	for (bool more = true; more;) {
		more = false;
		vec_each (n, &s->w->tree->u.program.decls) {
			if ((*n)->kind != P4_CONTROL || !(*n)->u.block_decl.has_body ||
			    listed(s, *n))
				continue;
			s->found = false;
			tree_walk(&(*n)->u.block_decl.body, applies_visit, s);
			if (!s->found)
				continue;
			vec_push(s->w->a, &s->controls, *n);
			more = true;
		}
	}
}

static void
check_arguments(struct stopping *s)
{
	vec_each (i, &s->w->p4->all)
		if (listed(s, (*i)->decl) && (*i)->at->kind == P4_CALL &&
		    (*i)->at->u.call.what == P4_CALL_CONSTRUCTOR && !is_top(s->w, (*i)->decl))
			diag_error(s->w->d, (*i)->at->at,
				   "a control that may exit can't be a constructor's argument when "
				   "queries follow it");
}

static bool
pass_flag(void *user, struct p4_node **at)
{
	struct stopping *s = user;
	struct p4_node *n = *at;
	struct str stop = s->w->n.stop;

	if (n->kind == P4_CALL && n->u.call.what == P4_CALL_APPLY && listed(s, n->u.call.target))
		mark_add_arg(s->w, &n->u.call.args, stop, tree_name(s->w->a, stop));
	return true;
}

static void
declare_flag(struct weaver *w, struct p4_node *control)
{
	struct str text =
		str_fmt(w->a, "control c(inout bool %.*s) { bool %.*s = false; apply { } }",
			STRA(w->n.stop), STRA(w->n.stop));
	struct p4_list made = { 0 }, one = { 0 };
	struct p4_node *c;

	if (!p4_parse_decls(w->a, w->d, STR("woven code"), text, &made))
		bug("no flag");
	c = made.v[0];
	if (!is_top(w, control)) {
		vec_push(w->a, &control->u.block_decl.params, c->u.block_decl.params.v[0]);
		return;
	}
	vec_push(w->a, &one, c->u.block_decl.locals.v[0]);
	one.v[0]->comment = STR("for queries: set where the program exits or returns");
	weave_splice(w, &control->u.block_decl.locals, 0, &one);
}

static void
rewrite_control(struct stopping *s, struct p4_node *control, bool guarded)
{
	struct weaver *w = s->w;
	struct exits x = { w, RETURN };

	weave_localize(w, control, EFFECT_EXIT);
	vec_each (l, &control->u.block_decl.locals)
		if ((*l)->kind == P4_ACTION && (effects_of(w, *l) & EFFECT_EXIT))
			rewrite_list(&x, &(*l)->u.func.body->u.block.stmts, true, false);
	x.mode = guarded ? GUARD : RETURN;
	rewrite_list(&x, &control->u.block_decl.body->u.block.stmts, true, false);
	declare_flag(w, control);
}

void
weave_exits(struct weaver *w)
{
	struct stopping s = { .w = w };

	for (uint32_t i = 0; i < 2; i++) {
		struct role *r = &w->roles[i];
		struct exits x = { w, GUARD };

		fflush(r->post.f);
		if (r->post.n == 0 || !may_stop(&x, r->decl->u.block_decl.body))
			continue;
		vec_push(w->a, &s.controls, r->decl);
		tree_walk(&r->decl->u.block_decl.body, reach_visit, &s);
	}
	add_callers(&s);
	check_arguments(&s);
	/* effects are remembered per declaration, so they are asked for before anything changes */
	vec_each (c, &w->tree->u.program.decls)
		if ((*c)->kind == P4_CONTROL)
			vec_each (l, &(*c)->u.block_decl.locals)
				effects_of(w, *l);
	vec_each (c, &s.controls) {
		bool guarded = false;

		for (uint32_t i = 0; i < 2; i++)
			guarded |= *c == w->roles[i].decl && w->roles[i].post.n > 0;
		rewrite_control(&s, *c, guarded);
	}
	vec_each (c, &s.controls)
		tree_walk(c, pass_flag, &s);
}
