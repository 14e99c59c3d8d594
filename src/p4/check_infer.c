/* check_infer.c - type parameters: substitution and inference. */
#include "p4/checker.h"

struct p4_binds
p4_binds_make(struct check *c, const struct p4_list *params)
{
	return (struct p4_binds){ params->v, arena_array(c->a, struct p4_type *, params->n + 1),
				  params->n };
}

struct p4_binds
p4_binds_of(const struct p4_type *t)
{
	struct p4_list *params = p4_type_params(t->decl);
	uint32_t n = params->n < t->nargs ? params->n : t->nargs;

	return (struct p4_binds){ params->v, t->args, n };
}

static struct p4_type **
find(const struct p4_binds *b, const struct p4_node *param)
{
	for (uint32_t i = 0; i < b->n; i++)
		if (b->params[i] == param)
			return &b->types[i];
	return NULL;
}

static bool
is_structlike(const struct p4_type *t)
{
	return t->kind == P4_TY_STRUCT || t->kind == P4_TY_HEADER || t->kind == P4_TY_UNION;
}

static struct p4_type *
subst_args(struct check *c, const struct p4_binds *b, struct p4_type *t)
{
	struct p4_type **args = arena_array(c->a, struct p4_type *, t->nargs + 1), *r;

	for (uint32_t i = 0; i < t->nargs; i++)
		args[i] = p4_subst(c, b, t->args[i]);
	if (is_structlike(t))
		return p4_specialize(c, t->decl, args, t->nargs);
	r = p4_type_make(c, t->kind, t->decl);
	*r = *t;
	r->args = args;
	return r;
}

struct p4_type *
p4_subst(struct check *c, const struct p4_binds *b, struct p4_type *t)
{
	struct p4_type **bound, *r;

	if (!b->n || !p4_has_vars(t))
		return t;
	if (t->kind == P4_TY_VAR) {
		bound = find(b, t->decl);
		return bound && *bound ? *bound : t;
	}
	if (t->nargs)
		return subst_args(c, b, t);
	r = p4_type_make(c, t->kind, t->decl);
	*r = *t;
	if (t->elem)
		r->elem = p4_subst(c, b, t->elem);
	return r;
}

static bool
is_number(const struct p4_type *t)
{
	t = p4_type_strip(t);
	return t->kind == P4_TY_BIT || t->kind == P4_TY_SIGNED;
}

/* `int` gives way to a type with a width; serializable enums to nothing. */
static bool
bind(struct check *c, struct p4_type **bound, struct p4_type *a)
{
	struct p4_type *old = *bound;

	if (!old || old->kind == P4_TY_DONTCARE || (old->kind == P4_TY_INT && is_number(a))) {
		*bound = a;
		return true;
	}
	if (a->kind == P4_TY_DONTCARE || (a->kind == P4_TY_INT && is_number(old)))
		return true;
	if (p4_type_eq(old, a) || p4_can_coerce(c, a, old))
		return true;
	if (p4_can_coerce(c, old, a)) {
		*bound = a;
		return true;
	}
	return false;
}

struct p4_list *
p4_params_of(struct p4_node *decl)
{
	if (decl->kind == P4_PARSER || decl->kind == P4_CONTROL || decl->kind == P4_PACKAGE)
		return &decl->u.block_decl.params;
	return &decl->u.func.params;
}

static bool unify(struct check *c, struct p4_binds *b, struct p4_type *f, struct p4_type *a);

static bool
may_be_missing(const struct p4_node *param)
{
	return p4_is_optional(param) || param->u.var.init;
}

/* A parser or control with the architecture's type: equal parameters, one by one. */
static bool
unify_blocks(struct check *c, struct p4_binds *b, struct p4_type *f, struct p4_type *a)
{
	const struct p4_list *fp = p4_params_of(f->decl), *ap = p4_params_of(a->decl);
	struct p4_binds fb = p4_binds_of(f), ab = p4_binds_of(a);
	uint32_t i = 0, k = 0;

	for (; i < fp->n && k < ap->n; i++, k++) {
		struct p4_type *ft = p4_subst(c, &fb, fp->v[i]->type);
		struct p4_type *at = p4_subst(c, &ab, ap->v[k]->type);
		if (fp->v[i]->u.var.dir != ap->v[k]->u.var.dir || !unify(c, b, ft, at)) {
			if (!may_be_missing(fp->v[i]))
				return false;
			k--;
		}
	}
	while (i < fp->n && may_be_missing(fp->v[i]))
		i++;
	return i == fp->n && k == ap->n;
}

static bool
unify_args(struct check *c, struct p4_binds *b, struct p4_type *f, struct p4_type *a)
{
	bool object = f->kind == P4_TY_PACKAGE || f->kind == P4_TY_EXTERN; /* these are never converted */

	if (f->nargs != a->nargs)
		return false;
	for (uint32_t i = 0; i < f->nargs; i++) {
		const struct p4_type *known = p4_subst(c, b, f->args[i]);
		if (object && !p4_has_vars(known) && known->kind != P4_TY_DONTCARE &&
		    a->args[i]->kind != P4_TY_DONTCARE && !p4_type_eq(known, a->args[i]))
			return false;
		if (!unify(c, b, f->args[i], a->args[i]))
			return false;
	}
	return true;
}

/* Initializers against the fields that they will fill. */
static bool
unify_fields(struct check *c, struct p4_binds *b, struct p4_type *f, struct p4_type *a)
{
	if (a->kind == P4_TY_TUPLE) {
		for (uint32_t i = 0; i < a->nargs && i < f->nfields; i++)
			if (!unify(c, b, f->fields[i].type, a->args[i]))
				return false;
		return a->nargs <= f->nfields;
	}
	for (uint32_t i = 0; i < a->nfields; i++) {
		int32_t k = p4_type_field_index(f, a->fields[i].name);
		if (k >= 0 && !unify(c, b, f->fields[k].type, a->fields[i].type))
			return false;
	}
	return true;
}

static bool
unify(struct check *c, struct p4_binds *b, struct p4_type *f, struct p4_type *a)
{
	struct p4_type **bound;

	if (f->kind == P4_TY_VAR && (bound = find(b, f->decl)))
		return bind(c, bound, a);
	if (f == a || p4_is_bad(f) || p4_is_bad(a))
		return true;
	if (f->kind == P4_TY_DONTCARE || a->kind == P4_TY_DONTCARE)
		return true;
	if (!p4_has_vars(f) && (p4_type_eq(f, a) || p4_can_coerce(c, a, f)))
		return true;
	if ((f->kind == P4_TY_PARSER || f->kind == P4_TY_CONTROL) && a->kind == f->kind)
		return f->decl == a->decl ? unify_args(c, b, f, a) : unify_blocks(c, b, f, a);
	if (is_structlike(f) && (a->kind == P4_TY_TUPLE || a->kind == P4_TY_STRUCT_INIT))
		return unify_fields(c, b, f, a);
	if (f->kind == P4_TY_LIST && a->kind == P4_TY_TUPLE) {
		for (uint32_t i = 0; i < a->nargs; i++)
			if (!unify(c, b, f->elem, a->args[i]))
				return false;
		return true;
	}
	if (f->kind != a->kind || f->decl != a->decl)
		return false;
	if (f->kind == P4_TY_STACK)
		return f->size == a->size && unify(c, b, f->elem, a->elem);
	if (f->elem && a->elem)
		return unify(c, b, f->elem, a->elem);
	if (f->nargs || a->nargs)
		return unify_args(c, b, f, a);
	return p4_type_eq(f, a);
}

struct p4_type *
p4_type_bind(struct arena *a, struct p4_type *t, struct p4_node *decl, struct p4_type **args,
	     uint32_t n)
{
	struct check c = { .a = a };
	struct p4_list *params = p4_type_params(decl);
	struct p4_binds b = { params->v, args, params->n < n ? params->n : n };

	return p4_subst(&c, &b, t);
}

bool
p4_unify(struct check *c, struct p4_binds *b, struct p4_type *formal, struct p4_type *actual)
{
	bool ok;

	if (!p4_descend(c, (struct span){ 0 }))
		return true;
	ok = unify(c, b, formal, actual);
	p4_ascend(c);
	return ok;
}
