/* local.c - a top-level action that must see its control's variables is copied into the control,
 * under the name that the control plane knows. */
#include "weave/effects.h"

struct search {
	struct weaver *w;
	uint32_t effects;
	VEC(struct p4_node *) found; /* callees before callers */
};

static void consider(struct search *s, struct p4_node *action);

static bool
look(void *user, struct p4_node **at)
{
	struct p4_node *n = *at;

	if (n->kind == P4_ACTION_REF)
		consider(user, n->u.action_ref.decl);
	else if (n->kind == P4_CALL && n->u.call.what == P4_CALL_ACTION)
		consider(user, n->u.call.target);
	return true;
}

static void
consider(struct search *s, struct p4_node *action)
{
	if (!action || action->kind != P4_ACTION || action->u.func.owner ||
	    !(effects_of(s->w, action) & s->effects))
		return;
	vec_each (seen, &s->found)
		if (*seen == action)
			return;
	tree_walk(&action->u.func.body, look, s);
	vec_push(s->w->a, &s->found, action);
}

/* The copy's name at the control plane stays that of the original. Of several copies only the first can have
 * it; the others' names end in it, which tables find as well. */
static void
keep_name(struct weaver *w, struct p4_node *action, bool first)
{
	struct p4_node *note = p4_annotation(action, "name"), *text;
	struct str name = note ? note->u.annotation.args.v[0]->u.string : action->name;

	if (note && first)
		return;
	if (!note) {
		note = p4_node_make(w->a, P4_ANNOTATION, action->at);
		note->name = STR("name");
		note->u.annotation.has_body = true;
		vec_push(w->a, &action->annotations, note);
	}
	if (name.n && name.p[0] == '.')
		name = str_sub(name, 1, name.n);
	text = p4_node_make(w->a, P4_STRING, action->at);
	text->u.string = first ? str_fmt(w->a, ".%.*s", STRA(name)) : name;
	note->u.annotation.body = str_fmt(w->a, "\"%.*s\"", STRA(text->u.string));
	note->u.annotation.args = (struct p4_list){ 0 };
	vec_push(w->a, &note->u.annotation.args, text);
}

static bool
absolute(void *user, struct p4_node **at)
{
	struct p4_node *n = *at;

	(void)user;
	if (n->kind == P4_ACTION_REF && n->u.action_ref.decl && n->u.action_ref.decl->u.func.owner)
		n->u.action_ref.action->u.ref.absolute = false;
	if (n->kind == P4_CALL && n->u.call.what == P4_CALL_ACTION &&
	    n->u.call.target->u.func.owner)
		n->u.call.callee->u.ref.absolute = false;
	return true;
}

static void
copy_in(struct weaver *w, struct p4_node *control, struct p4_node *action, uint32_t at,
	struct tree_map *m)
{
	struct p4_node *fresh = tree_copy(w->a, action, NULL);
	struct p4_list one = { 0 };
	bool first = true;

	vec_each (seen, &w->localized)
		first &= *seen != action;
	vec_push(w->a, &w->localized, action);
	vec_each (local, &control->u.block_decl.locals)
		if (str_eq((*local)->name, action->name))
			diag_error(w->d, (*local)->at,
				   "'%.*s' hides a top-level action that this control uses too, "
				   "and queries need "
				   "to follow",
				   STRA(action->name));
	keep_name(w, fresh, first);
	fresh->u.func.owner = control;
	fresh->comment = STR("moved here from the top level: it must see this control's variables");
	vec_push(w->a, &m->pairs, (struct tree_pair){ action, fresh });
	vec_push(w->a, &one, fresh);
	weave_splice(w, &control->u.block_decl.locals, at, &one);
}

void
weave_localize(struct weaver *w, struct p4_node *control, uint32_t effects)
{
	struct search s = { .w = w, .effects = effects };
	struct tree_map m = { 0 };

	tree_walk(&control, look, &s);
	vec_each (action, &s.found)
		copy_in(w, control, *action, m.pairs.n, &m);
	if (s.found.n == 0)
		return;
	tree_sort_map(&m);
	tree_remap(control, &m);
	tree_walk(&control, absolute, NULL);
}
