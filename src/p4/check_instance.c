/* check_instance.c - constructors: instantiations, anonymous instances, type arguments inferred
 * from constructor arguments, bodies with abstract methods. */
#include "p4/checker.h"

struct p4_list *
p4_ctor_params(struct p4_node *decl)
{
	if (decl->kind == P4_METHOD)
		return &decl->u.func.params;
	if (decl->kind == P4_PACKAGE && !decl->u.block_decl.ctor_params.n)
		return &decl->u.block_decl.params;
	return &decl->u.block_decl.ctor_params;
}

void
p4_ctors(struct arena *a, struct p4_node *decl, struct p4_node ***ret, uint32_t *retn)
{
	const struct p4_list *methods = &decl->u.ext.methods;
	uint32_t n = 0;

	if (decl->kind != P4_EXTERN) {
		*ret = arena_copy(a, &decl, sizeof(decl));
		*retn = 1;
		return;
	}
	*ret = arena_array(a, struct p4_node *, methods->n + 1);
	for (uint32_t i = 0; i < methods->n; i++)
		if (!methods->v[i]->u.func.ret && str_eq(methods->v[i]->name, decl->name))
			(*ret)[n++] = methods->v[i];
	*retn = n;
}

/* Where a parser or control stops fitting the architecture's type. */
static void
explain_block(struct check *c, const struct p4_type *f, const struct p4_type *a)
{
	const struct p4_list *fp = p4_params_of(f->decl), *ap = p4_params_of(a->decl);
	struct p4_binds fb = p4_binds_of(f);

	if (fp->n != ap->n) {
		diag_note(c->d, p4_where(a->decl), "'%.*s' has %u parameters, but %u are expected",
			  STRA(a->decl->name), ap->n, fp->n);
		return;
	}
	for (uint32_t i = 0; i < fp->n; i++) {
		static const char *const dirs[] = { "no direction", "direction in", "direction out",
						    "direction inout" };
		struct p4_binds none = { 0 };
		struct p4_type *ft = p4_subst(c, &fb, fp->v[i]->type);
		if (fp->v[i]->u.var.dir != ap->v[i]->u.var.dir) {
			diag_note(c->d, p4_where(ap->v[i]), "parameter '%.*s' needs %s",
				  STRA(ap->v[i]->name), dirs[fp->v[i]->u.var.dir]);
			return;
		}
		if (!p4_has_vars(ft) && !p4_unify(c, &none, ft, ap->v[i]->type)) {
			diag_note(c->d, p4_where(ap->v[i]),
				  "parameter '%.*s' is %s, but must be %s", STRA(ap->v[i]->name),
				  p4_tt(c, ap->v[i]->type), p4_tt(c, ft));
			return;
		}
	}
	diag_note(c->d, p4_where(a->decl), "declared here");
}

static void
ctor_mismatch(struct check *c, const struct p4_node *arg, const struct p4_node *param,
	      struct p4_type *f, struct p4_type *a)
{
	bool blocks = (f->kind == P4_TY_PARSER || f->kind == P4_TY_CONTROL) && f->kind == a->kind;

	if (blocks)
		diag_error(c->d, arg->at, "'%.*s' does not fit parameter '%.*s', which is %s",
			   STRA(a->decl->name), STRA(param->name), p4_tt(c, f));
	else if (a->kind == P4_TY_TYPE)
		diag_error(c->d, arg->at,
			   "argument '%.*s': %s is a type; an instance of it is written with ()",
			   STRA(param->name), p4_tt(c, a->elem));
	else
		diag_error(c->d, arg->at, "argument '%.*s' must be %s, not %s", STRA(param->name),
			   p4_tt(c, f), p4_tt(c, a));
	diag_note(c->d, p4_where(param), "declared here");
	if (blocks)
		explain_block(c, f, a);
}

static bool
is_object(const struct p4_type *t)
{
	return t->kind == P4_TY_PARSER || t->kind == P4_TY_CONTROL || t->kind == P4_TY_PACKAGE ||
	       t->kind == P4_TY_EXTERN;
}

/* Type arguments: the written ones, `_` and missing ones still open. */
static struct p4_binds
start_binds(struct check *c, struct p4_type *type)
{
	struct p4_list *params = p4_type_params(type->decl);
	struct p4_binds b = p4_binds_make(c, params);

	for (uint32_t i = 0; i < b.n && type != type->decl->type; i++)
		b.types[i] = type->args[i];
	return b;
}

static bool
infer_one(struct check *c, struct p4_binds *b, struct p4_node *param, const struct p4_node *expr,
	  struct p4_type *a)
{
	struct p4_type *f = param->type;

	if (p4_is_bad(f) || p4_is_bad(a))
		return false;
	if (p4_unify(c, b, f, a))
		return true;
	ctor_mismatch(c, expr, param, p4_subst(c, b, f), a);
	return false;
}

/* First from what is given, then from default values, whose types may mention the same parameters.
 */
static bool
infer_ctor(struct check *c, struct p4_binds *b, const struct p4_list *params, struct p4_node **args)
{
	bool ok = true, omitted = false;

	for (uint32_t i = 0; i < params->n; i++)
		if (args[i]) {
			struct p4_type *a = p4_check_expr(c, &args[i]->u.arg.expr);
			ok = infer_one(c, b, params->v[i], args[i]->u.arg.expr, a) && ok;
		}
	for (uint32_t i = 0; i < params->n; i++) {
		const struct p4_node *init = params->v[i]->u.var.init;
		if (!args[i] && init && init->type)
			ok = infer_one(c, b, params->v[i], init, p4_subst(c, b, init->type)) && ok;
		omitted = omitted || (!args[i] && !init);
	}
	for (uint32_t i = 0; omitted && i < b->n; i++)
		if (!b->types[i])
			b->types[i] = c->dontcare; /* only an omitted argument could tell */
	return ok;
}

/* Converts the arguments; ordered[i] is the expression for parameter i. */
static bool
convert_ctor(struct check *c, const struct p4_binds *b, const struct p4_list *params,
	     struct p4_node **args, struct p4_node **ordered)
{
	bool ok = true;

	for (uint32_t i = 0; i < params->n; i++) {
		struct p4_type *f = p4_subst(c, b, params->v[i]->type);
		struct p4_node **slot;
		ordered[i] = params->v[i]->u.var.init;
		if (!args[i])
			continue;
		slot = &args[i]->u.arg.expr;
		if (!is_object(f)) {
			char *what = str_cstr(
				c->a, str_fmt(c->a, "argument '%.*s'", STRA(params->v[i]->name)));
			ok = p4_coerce(c, slot, f, what) && ok;
		}
		if (ok && !p4_compile_time(c, *slot)) {
			diag_error(c->d, (*slot)->at,
				   "argument '%.*s' of a constructor must be known at compile time",
				   STRA(params->v[i]->name));
			ok = false;
		}
		ordered[i] = *slot;
	}
	return ok;
}

static struct p4_node *
pick_ctor(struct check *c, struct p4_node *at, struct p4_node *decl, struct p4_list *args)
{
	struct p4_node **ctors;
	uint32_t n;
	int32_t k;

	p4_ctors(c->a, decl, &ctors, &n);
	k = p4_pick(ctors, n, args, true);
	if (k >= 0)
		return ctors[k];
	if (n == 0) {
		diag_error(c->d, at->at, "extern '%.*s' has no constructor", STRA(decl->name));
	} else if (k == -2) {
		diag_error(c->d, at->at, "several constructors of '%.*s' take these arguments",
			   STRA(decl->name));
	} else if (n == 1) {
		const struct p4_list *params = p4_ctor_params(ctors[0]);
		diag_error(c->d, at->at, "'%.*s' takes %u constructor argument%s, but %u %s given",
			   STRA(decl->name), params->n, params->n == 1 ? "" : "s", args->n,
			   args->n == 1 ? "is" : "are");
	} else {
		diag_error(c->d, at->at, "no constructor of '%.*s' takes these arguments",
			   STRA(decl->name));
	}
	diag_note(c->d, p4_where(n ? ctors[0] : decl), "declared here");
	return NULL;
}

static bool
may_instantiate(struct check *c, const struct p4_node *at, const struct p4_type *t)
{
	const char *where = c->place == P4_AT_TOP ? "at the top level"
			    : c->place == P4_AT_FUNCTION || c->place == P4_AT_ACTION
				    ? "in a function or action"
			    : c->block && c->block->kind == P4_PARSER ? "in a parser"
								      : "in a control";
	bool ok = true;

	if (c->block && t->decl == c->block) {
		diag_error(c->d, at->at,
			   "'%.*s' can't contain an instance of itself: there is no recursion",
			   STRA(t->decl->name));
		return false;
	}
	if (c->place == P4_AT_FUNCTION || c->place == P4_AT_ACTION)
		ok = false;
	else if (t->kind == P4_TY_PARSER)
		ok = c->place != P4_AT_TOP && c->block && c->block->kind == P4_PARSER;
	else if (t->kind == P4_TY_CONTROL)
		ok = c->place != P4_AT_TOP && c->block && c->block->kind == P4_CONTROL;
	else if (t->kind == P4_TY_PACKAGE)
		ok = c->place == P4_AT_TOP;
	if (!ok)
		diag_error(c->d, at->at, "%s can't be instantiated %s", p4_tt(c, t), where);
	return ok;
}

/* A default value spoke of a parameter that nothing else bound. */
static bool
is_own_param(const struct p4_binds *b, const struct p4_type *t)
{
	for (uint32_t i = 0; t->kind == P4_TY_VAR && i < b->n; i++)
		if (b->params[i] == t->decl)
			return true;
	return false;
}

struct p4_type *
p4_check_construct(struct check *c, struct p4_node *at, struct p4_type *type, struct p4_list *args,
		   struct p4_node ***retordered, uint32_t *retn)
{
	struct p4_node *ctor, **given, **ordered;
	const struct p4_list *params;
	struct p4_binds b;

	if (!is_object(type)) {
		diag_error(c->d, at->at, "%s has no constructor", p4_tt(c, type));
		return c->bad;
	}
	if ((type->kind == P4_TY_PARSER || type->kind == P4_TY_CONTROL) &&
	    !type->decl->u.block_decl.has_body) {
		diag_error(c->d, at->at, "%s is only a type: it has no body to make an instance of",
			   p4_tt(c, type));
		diag_note(c->d, p4_where(type->decl), "declared here");
		return c->bad;
	}
	ctor = pick_ctor(c, at, type->decl, args);
	if (!ctor)
		return c->bad;
	params = p4_ctor_params(ctor);
	given = arena_array(c->a, struct p4_node *, params->n + 1);
	ordered = arena_array(c->a, struct p4_node *, params->n + 1);
	if (!p4_order_args(params, args, given))
		return c->bad;
	b = start_binds(c, type);
	if (!infer_ctor(c, &b, params, given) || !convert_ctor(c, &b, params, given, ordered))
		return c->bad;
	for (uint32_t i = 0; i < b.n; i++)
		if (!b.types[i] || is_own_param(&b, b.types[i])) {
			diag_error(c->d, at->at,
				   "type argument '%.*s' of '%.*s' can't be inferred: write it",
				   STRA(b.params[i]->name), STRA(type->decl->name));
			diag_note(c->d, p4_where(type->decl), "declared here");
			return c->bad;
		}
	*retordered = ordered;
	*retn = params->n;
	return b.n ? p4_specialize(c, type->decl, b.types, b.n) : type;
}

/* --- bodies ------------------------------------------------------------------------------- */

static struct p4_node *
find_abstract(struct p4_node *ext, struct str name)
{
	for (uint32_t i = 0; i < ext->u.ext.methods.n; i++) {
		struct p4_node *m = ext->u.ext.methods.v[i];
		if (m->u.func.is_abstract && str_eq(m->name, name))
			return m;
	}
	return NULL;
}

static void
check_override(struct check *c, struct p4_node *n, struct p4_type *t, struct p4_node *method)
{
	const struct p4_list *p = &n->u.func.params, *q = &method->u.func.params;
	struct p4_binds b = p4_binds_of(t);
	bool same = p->n <= q->n && n->u.func.type_params.n == method->u.func.type_params.n;

	for (uint32_t i = p->n; same && i < q->n; i++)
		same = p4_is_optional(q->v[i]);

	for (uint32_t i = 0; same && i < p->n; i++)
		same = p->v[i]->u.var.dir == q->v[i]->u.var.dir &&
		       (p4_has_vars(p->v[i]->type) || p4_is_bad(p->v[i]->type) ||
			p4_type_eq(p->v[i]->type, p4_subst(c, &b, q->v[i]->type)));
	if (same && n->u.func.ret && method->u.func.ret && !p4_has_vars(n->u.func.ret->type))
		same = p4_type_eq(n->u.func.ret->type, p4_subst(c, &b, method->u.func.ret->type));
	if (same)
		return;
	diag_error(c->d, p4_where(n),
		   "'%.*s' does not have the parameters and result of the abstract method",
		   STRA(n->name));
	diag_note(c->d, p4_where(method), "declared here");
}

static void
check_member_of_body(struct check *c, struct p4_node *m, struct p4_type *t)
{
	struct p4_node *method;

	if (m->kind != P4_FUNCTION) {
		p4_check_local(c, m);
		return;
	}
	p4_check_function(c, m, P4_AT_FUNCTION);
	method = find_abstract(t->decl, m->name);
	if (method) {
		check_override(c, m, t, method);
	} else {
		diag_error(c->d, p4_where(m), "extern '%.*s' has no abstract method '%.*s'",
			   STRA(t->decl->name), STRA(m->name));
		diag_note(c->d, p4_where(t->decl), "declared here");
	}
}

/* Methods see the top level and each other, not the control around them. */
static void
check_body(struct check *c, struct p4_node *n, struct p4_type *t)
{
	struct p4_env *scope = c->scope;
	struct p4_node *object = c->object;

	c->scope = c->top;
	c->object = n;
	p4_env_push(c);
	for (uint32_t i = 0; i < n->u.instance.body.n; i++)
		check_member_of_body(c, n->u.instance.body.v[i], t);
	c->scope = scope;
	c->object = object;
}

static void
check_abstract_given(struct check *c, const struct p4_node *n, const struct p4_type *t)
{
	for (uint32_t i = 0; i < t->decl->u.ext.methods.n; i++) {
		const struct p4_node *m = t->decl->u.ext.methods.v[i];
		bool found = false;
		if (!m->u.func.is_abstract || p4_annotation(m, "optional"))
			continue;
		for (uint32_t k = 0; k < n->u.instance.body.n; k++)
			found = found || str_eq(n->u.instance.body.v[k]->name, m->name);
		if (!found) {
			diag_error(c->d, p4_where(n),
				   "'%.*s' must give abstract method '%.*s' a body", STRA(n->name),
				   STRA(m->name));
			diag_note(c->d, p4_where(m), "declared here");
		}
	}
}

void
p4_check_instance(struct check *c, struct p4_node *n)
{
	struct p4_type *t = p4_resolve_generic(c, n->u.instance.type);
	struct p4_node **ordered;
	uint32_t count;

	n->type = c->bad;
	if (!p4_is_bad(t) && (!is_object(t) || may_instantiate(c, n, t)))
		n->type = p4_check_construct(c, n, t, &n->u.instance.args, &ordered, &count);
	t = n->type;
	if (t->kind == P4_TY_EXTERN) {
		if (n->u.instance.has_body)
			check_body(c, n, t);
		check_abstract_given(c, n, t);
	} else if (n->u.instance.has_body && !p4_is_bad(t)) {
		diag_error(c->d, p4_where(n),
			   "only instances of externs with abstract methods have a body");
	}
	p4_env_add(c, n);
}
