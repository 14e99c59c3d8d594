/* unshare.c - every control instance that is changed in its own way gets a declaration of its own.
 * Instances keep their names, so the control plane sees no difference. */
#include "weave/effects.h"
#include "weave/weaver.h"

static bool
tracked(const struct role *r)
{
	return r->marks || r->resubmits;
}

struct references {
	const struct p4_node *decl;
	uint32_t n;
};

static bool
count_visit(void *user, struct p4_node **at)
{
	struct references *r = user;

	r->n += (*at)->kind == P4_T_NAME && (*at)->u.ref.decl == r->decl;
	return true;
}

/* May this instance keep the declaration as its own? Not when another one has it, nor when a
 * control that is never instantiated names it. */
static bool
alone(struct weaver *w, const struct p4_inst *inst)
{
	struct references r = { .decl = inst->decl };

	vec_each (other, &w->p4->all)
		if (*other != inst && (*other)->decl == inst->decl)
			return false;
	tree_walk(&w->tree, count_visit, &r);
	return r.n <= 1;
}

struct retarget {
	struct p4_node *instance, *old, *fresh;
};

static bool
retarget(void *user, struct p4_node **at)
{
	const struct retarget *t = user;
	struct p4_node *n = *at, *o = n->kind == P4_CALL ? tree_plain(n->u.call.object) : NULL;

	if (o && n->u.call.what == P4_CALL_APPLY && o->kind == P4_NAME &&
	    o->u.ref.decl == t->instance && n->u.call.target == t->old)
		n->u.call.target = t->fresh;
	return true;
}

static void
insert_after(struct weaver *w, const struct p4_node *decl, struct p4_node *fresh)
{
	struct p4_list *decls = &w->tree->u.program.decls;
	struct p4_list one = { 0 };

	vec_push(w->a, &one, fresh);
	for (uint32_t i = 0; i < decls->n; i++)
		if (decls->v[i] == decl) {
			weave_splice(w, decls, i + 1, &one);
			return;
		}
	bug("control %.*s is not in the program", STRA(decl->name));
}

static struct p4_node *
type_name(struct p4_node *type)
{
	return type->kind == P4_T_SPECIALIZED ? type->u.specialized.base : type;
}

static void
give_own(struct weaver *w, struct p4_inst *inst)
{
	struct p4_node *old = inst->decl, *fresh, *name;
	struct tree_map map;
	struct retarget t;

	if (inst->at->kind != P4_INSTANCE) {
		diag_error(w->d, inst->at->at,
			   "control '%.*s' is applied by its type in several places, and queries "
			   "need to tell "
			   "them apart",
			   STRA(old->name));
		diag_hint(w->d, "make an instance with a name for each");
		return;
	}
	fresh = tree_copy(w->a, old, &map);
	fresh->name = weave_fresh(w, str_fmt(w->a, "%.*s_%.*s_%.*s", STRA(w->n.prefix),
					     STRA(old->name), STRA(inst->name)));
	insert_after(w, old, fresh);
	inst->decl = fresh;
	name = type_name(inst->at->u.instance.type);
	name->name = fresh->name;
	name->u.ref.decl = fresh;
	vec_each (child, &inst->children)
		(*child)->at = tree_mapped(&map, (*child)->at);
	t = (struct retarget){ inst->at, old, fresh };
	tree_walk(&inst->parent->decl, retarget, &t);
}

static void
visit(struct weaver *w, struct p4_inst *inst)
{
	vec_each (child, &inst->children) {
		if ((*child)->decl->kind != P4_CONTROL || !effects_of(w, (*child)->decl))
			continue;
		if ((*child)->at->kind == P4_CALL &&
		    (*child)->at->u.call.what == P4_CALL_CONSTRUCTOR) {
			diag_error(w->d, (*child)->at->at,
				   "queries can't follow drops into a control that is a "
				   "constructor's argument");
			continue;
		}
		if (!alone(w, *child))
			give_own(w, *child);
		visit(w, *child);
	}
}

void
weave_unshare(struct weaver *w)
{
	if (w->roles[0].decl == w->roles[1].decl) {
		diag_error(w->d, w->roles[0].decl->at,
			   "control '%.*s' is both ingress and egress: queries need two controls",
			   STRA(w->roles[0].decl->name));
		return;
	}
	vec_each (inst, &w->p4->all)
		for (uint32_t i = 0; i < 2; i++)
			if (*inst != w->roles[i].inst && (*inst)->decl == w->roles[i].decl)
				diag_error(w->d, (*inst)->at->at,
					   "control '%.*s' can't be used inside another control "
					   "when it is ingress or "
					   "egress itself",
					   STRA((*inst)->decl->name));
	for (uint32_t i = 0; i < 2; i++)
		if (tracked(&w->roles[i]))
			visit(w, w->roles[i].inst);
}
