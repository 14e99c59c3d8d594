/* exit.c - code behind the user's must run whatever the user's does: `exit` anywhere, and `return`
 * in the control's own body, become a flag and what looks at it. Only controls that can stop are
 * touched, and only where code follows (exit_control.c).
 *
 * In the woven control's own body the rest of a block is put under `if (!stop)`, as the woven code
 * still follows. In actions and in controls inside, `return` does the same with less text. */
#include "weave/exit.h"

static bool
return_visit(void *user, struct p4_node **at)
{
	bool *found = user;

	*found |= (*at)->kind == P4_RETURN;
	return !*found;
}

bool
exits_may_stop(struct exits *x, struct p4_node *n)
{
	bool found = false;

	if (!n)
		return false;
	if (exits_in(x, n))
		return true;
	if (x->mode == EXIT_GUARD)
		tree_walk(&n, return_visit, &found);
	return found;
}

static struct p4_node *
set_stop(struct exits *x)
{
	return weave_stmt(x->w, str_fmt(x->w->a, "%.*s = true;", STRA(x->w->n.stop)));
}

/* Leaves the loop or the body when the flag is set. */
static struct p4_node *
leave_if(struct exits *x)
{
	return weave_stmt(x->w, str_fmt(x->w->a, "if (%.*s) { %s; }", STRA(x->w->n.stop),
					  x->mode == EXIT_GUARD ? "break" : "return"));
}

static struct p4_node *
unless_stopped(struct exits *x, struct p4_list body)
{
	struct p4_node *n = weave_stmt(x->w, str_fmt(x->w->a, "if (!%.*s) { }", STRA(x->w->n.stop)));

	n->u.if_.then->u.block.stmts = body;
	return n;
}

static void
rewrite_branch(struct exits *x, struct p4_node **at, bool tail, bool loop)
{
	struct p4_list list = { 0 };
	struct p4_node *block;

	if (!*at || !exits_may_stop(x, *at))
		return;
	if ((*at)->kind == P4_BLOCK) {
		exits_rewrite_list(x, &(*at)->u.block.stmts, tail, loop);
		return;
	}
	vec_push(x->w->a, &list, *at);
	exits_rewrite_list(x, &list, tail, loop);
	if (list.n == 1 && list.v[0]->kind == P4_IF) {
		*at = list.v[0];
		return;
	}
	block = tree_block(x->w->a, (*at)->at);
	block->u.block.stmts = list;
	*at = block;
}

static void
rewrite_stop(struct exits *x, struct exit_pieces *out, struct p4_node *n, bool tail, bool loop)
{
	bool guarded = x->mode == EXIT_GUARD && !loop;
	struct p4_node *set = set_stop(x);

	set->comment = n->comment;
	exits_put(x, out, set, guarded);
	if (guarded || (tail && !loop))
		return;
	exits_put(x, out, p4_node_make(x->w->a, x->mode == EXIT_GUARD ? P4_BREAK : P4_RETURN, n->at), false);
}

/* Under guards the flag is seen behind a statement; otherwise whatever sets it has left already. */
static bool
falls_through(const struct exits *x, bool loop)
{
	return x->mode == EXIT_GUARD && !loop;
}

static void
rewrite_if(struct exits *x, struct exit_pieces *out, struct p4_node *n, bool tail, bool loop)
{
	bool inside = exits_may_stop(x, n->u.if_.then) || exits_may_stop(x, n->u.if_.otherwise);

	exits_hoist(x, out, &n->u.if_.cond);
	rewrite_branch(x, &n->u.if_.then, tail, loop);
	rewrite_branch(x, &n->u.if_.otherwise, tail, loop);
	exits_put(x, out, n, inside && falls_through(x, loop));
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

	exits_rewrite_list(x, stmts, tail, loop);
	if (!stopped || stmts->n == 0)
		return;
	if (x->mode == EXIT_GUARD) {
		vec_push(x->w->a, &wrapped, unless_stopped(x, *stmts));
		*stmts = wrapped;
	} else {
		vec_push(x->w->a, &check, leave_if(x));
		weave_splice(x->w, stmts, 0, &check);
	}
}

static void
rewrite_switch(struct exits *x, struct exit_pieces *out, struct p4_node *n, bool tail, bool loop)
{
	struct p4_node *e = tree_plain(n->u.switch_.expr), *call = NULL, *table = NULL;
	bool stops = exits_may_stop(x, n);

	if (e->kind == P4_MEMBER && e->u.member.what == P4_MEMBER_ACTION_RUN)
		call = tree_plain(e->u.member.object);
	if (call && call->kind == P4_CALL && exits_in(x, call))
		table = call->u.call.target;
	else
		exits_hoist(x, out, &n->u.switch_.expr);
	for (uint32_t i = 0; i < n->u.switch_.cases.n; i++) {
		struct p4_node *body = n->u.switch_.cases.v[i]->u.case_.body;

		if (body)
			rewrite_case(x, body, table && case_exits(x, n, i, table), tail, loop);
	}
	exits_put(x, out, n, stops && (table || falls_through(x, loop)));
}

static void
rewrite_loop(struct exits *x, struct exit_pieces *out, struct p4_node *n)
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
	exits_put(x, out, n, x->mode == EXIT_GUARD);
}

static void
rewrite_call(struct exits *x, struct exit_pieces *out, struct p4_node *n)
{
	struct p4_node *call = n->u.call_stmt.call;

	for (uint32_t i = 0; i < call->u.call.args.n; i++)
		if (exits_in(x, call->u.call.args.v[i])) {
			exits_hoist_operands(x, out, call);
			break;
		}
	exits_put(x, out, n, exits_in(x, call));
}

void
exits_rewrite(struct exits *x, struct exit_pieces *out, struct p4_node *n, bool tail, bool loop)
{
	switch ((int)n->kind) { /* all that may stop */
	case P4_EXIT:
		rewrite_stop(x, out, n, tail, loop);
		return;
	case P4_RETURN:
		if (x->mode == EXIT_GUARD)
			rewrite_stop(x, out, n, tail, loop);
		else
			exits_put(x, out, n, false);
		return;
	case P4_BLOCK:
		exits_rewrite_list(x, &n->u.block.stmts, tail, loop);
		exits_put(x, out, n, falls_through(x, loop));
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
		exits_hoist(x, out, &n->u.assign.right);
		exits_put(x, out, n, false);
		return;
	case P4_VAR:
		if (exits_is_plain_call(n->u.var.init)) {
			exits_put(x, out, n, true);
			return;
		}
		exits_hoist(x, out, &n->u.var.init);
		exits_put(x, out, n, false);
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
guard(struct exits *x, const struct exit_pieces *pieces)
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
		const struct exit_piece *p = &pieces->list.v[i];
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
leave(struct exits *x, const struct exit_pieces *pieces, bool tail)
{
	struct p4_list out = { 0 };

	for (uint32_t i = 0; i < pieces->list.n; i++) {
		vec_push(x->w->a, &out, pieces->list.v[i].n);
		if (pieces->list.v[i].stops && !(tail && i + 1 == pieces->list.n))
			vec_push(x->w->a, &out, leave_if(x));
	}
	return out;
}

void
exits_rewrite_list(struct exits *x, struct p4_list *list, bool tail, bool loop)
{
	struct exit_pieces pieces = { 0 };

	for (uint32_t i = 0; i < list->n; i++)
		if (exits_may_stop(x, list->v[i]))
			exits_rewrite(x, &pieces, list->v[i], tail && i + 1 == list->n, loop);
		else
			exits_put(x, &pieces, list->v[i], false);
	*list = x->mode == EXIT_GUARD && !loop ? guard(x, &pieces) : leave(x, &pieces, tail && !loop);
}
