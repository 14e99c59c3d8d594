#include "weave/effects.h"

static bool
own_param(struct p4_node *n)
{
	const struct p4_node *root = tree_root(n);

	return root && root->kind == P4_PARAM;
}

bool
effects_is_std(const struct weaver *w, struct p4_node *n)
{
	n = tree_plain(n);
	return n && n->type && weave_is(n->type, w->std_decl) && own_param(n);
}

bool
effects_is_spec(const struct weaver *w, struct p4_node *n)
{
	n = tree_plain(n);
	while (n && n->kind == P4_SLICE)
		n = tree_plain(n->u.slice.object);
	if (!n || n->kind != P4_MEMBER)
		return false;
	if (!str_is(n->name, "egress_spec") && !str_is(n->name, "mcast_grp"))
		return false;
	return effects_is_std(w, n->u.member.object);
}

static const struct p4_list *
params_of(const struct p4_node *target)
{
	if (!target)
		return NULL;
	if (target->kind == P4_CONTROL || target->kind == P4_PARSER)
		return &target->u.block_decl.params;
	if (target->kind == P4_TABLE)
		return NULL;
	return &target->u.func.params;
}

static uint32_t
extern_effects(struct weaver *w, struct p4_node *call)
{
	struct str name = call->u.call.target->name;

	if (str_is(name, "mark_to_drop"))
		return call->u.call.nordered == 0 || !call->u.call.ordered[0] ||
				       effects_is_std(w, call->u.call.ordered[0])
			       ? EFFECT_MARK
			       : 0;
	return str_starts(name, STR("resubmit")) ? EFFECT_RESUBMIT : 0;
}

uint32_t
effects_of_call(struct weaver *w, struct p4_node *call)
{
	const struct p4_list *params = params_of(call->u.call.target);
	uint32_t e = 0;

	switch (call->u.call.what) {
	case P4_CALL_EXTERN:
		e = extern_effects(w, call);
		if (e)
			return e;
		break;
	case P4_CALL_FUNCTION:
	case P4_CALL_ACTION:
	case P4_CALL_TABLE_APPLY:
	case P4_CALL_APPLY:
		e = effects_of(w, call->u.call.target);
		break;
	case P4_CALL_METHOD:
	case P4_CALL_NONE:
	case P4_CALL_IS_VALID:
	case P4_CALL_SET_VALID:
	case P4_CALL_SET_INVALID:
	case P4_CALL_PUSH_FRONT:
	case P4_CALL_POP_FRONT:
	case P4_CALL_MIN_SIZE_BITS:
	case P4_CALL_MIN_SIZE_BYTES:
	case P4_CALL_MAX_SIZE_BITS:
	case P4_CALL_MAX_SIZE_BYTES:
	case P4_CALL_CONSTRUCTOR:
		break;
	}
	for (uint32_t i = 0; params && i < params->n && i < call->u.call.nordered; i++)
		if (call->u.call.ordered[i] && params->v[i]->u.var.dir >= P4_DIR_OUT &&
		    effects_is_spec(w, call->u.call.ordered[i]))
			e |= EFFECT_SPEC;
	return e;
}

struct finder {
	struct weaver *w;
	uint32_t effects;
};

static bool
look(void *user, struct p4_node **at)
{
	struct finder *f = user;
	struct p4_node *n = *at;

	if (n->kind == P4_CALL)
		f->effects |= effects_of_call(f->w, n);
	else if (n->kind == P4_EXIT)
		f->effects |= EFFECT_EXIT;
	else if (n->kind == P4_ACTION_REF && n->u.action_ref.decl)
		f->effects |= effects_of(f->w, n->u.action_ref.decl);
	else if (n->kind == P4_ASSIGN && (effects_is_spec(f->w, n->u.assign.left) ||
					  effects_is_std(f->w, n->u.assign.left)))
		f->effects |= EFFECT_SPEC;
	return true;
}

uint32_t
effects_in(struct weaver *w, struct p4_node *n)
{
	struct finder f = { .w = w };

	if (n)
		tree_walk(&n, look, &f);
	return f.effects;
}

/* A control that is a constructor's parameter may be any that is an argument somewhere. */
static uint32_t
effects_of_arguments(struct weaver *w)
{
	uint32_t e = 0;

	vec_each (inst, &w->p4->all)
		for (uint32_t i = 0; (*inst)->parent && i < (*inst)->nargs; i++) {
			const struct p4_value *v = (*inst)->args[i];

			if (v && v->kind == P4_V_INSTANCE && v->inst &&
			    v->inst->decl->kind == P4_CONTROL)
				e |= effects_of(w, v->inst->decl);
		}
	return e;
}

uint32_t
effects_of(struct weaver *w, struct p4_node *decl)
{
	struct effects_known k = { .decl = decl };

	if (!decl)
		return 0;
	vec_each (seen, &w->effects)
		if (seen->decl == decl)
			return seen->effects;
	if (decl->kind == P4_CONTROL && !decl->u.block_decl.has_body)
		k.effects = effects_of_arguments(w);
	else if (decl->kind == P4_CONTROL)
		k.effects = effects_in(w, decl->u.block_decl.body);
	else if (decl->kind == P4_ACTION || decl->kind == P4_FUNCTION)
		k.effects = effects_in(w, decl->u.func.body);
	else if (decl->kind == P4_TABLE)
		k.effects = effects_in(w, decl);
	vec_push(w->a, &w->effects, k);
	return k.effects;
}
