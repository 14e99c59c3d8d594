/* exit_control.c - which controls must be rewritten because the program may stop in them, and the
 * flag that they share. */
#include "weave/exit.h"

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
	struct exits x = { w, EXIT_RETURN };

	weave_localize(w, control, EFFECT_EXIT);
	vec_each (l, &control->u.block_decl.locals)
		if ((*l)->kind == P4_ACTION && (effects_of(w, *l) & EFFECT_EXIT))
			exits_rewrite_list(&x, &(*l)->u.func.body->u.block.stmts, true, false);
	x.mode = guarded ? EXIT_GUARD : EXIT_RETURN;
	exits_rewrite_list(&x, &control->u.block_decl.body->u.block.stmts, true, false);
	declare_flag(w, control);
}

void
weave_exits(struct weaver *w)
{
	struct stopping s = { .w = w };

	for (uint32_t i = 0; i < 2; i++) {
		struct role *r = &w->roles[i];
		struct exits x = { w, EXIT_GUARD };

		fflush(r->post.f);
		if (r->post.n == 0 || !exits_may_stop(&x, r->decl->u.block_decl.body))
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
