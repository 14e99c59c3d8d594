/* check_callee.c - one call against what it calls: arguments, inferred type arguments, directions, the result's type. */
#include "p4/checker.h"

/* Says why the arguments do not fit. */
void
p4_explain_args(struct check *c, const struct p4_node *n, const struct p4_node *decl,
	     const struct p4_list *params)
{
	const struct p4_list *args = &n->u.call.args;
	uint32_t required = 0;

	for (uint32_t i = 0; i < args->n; i++) {
		const struct p4_node *arg = args->v[i];
		struct str *names = arena_array(c->a, struct str, params->n + 1);
		bool known = !arg->name.n, twice = false;
		for (uint32_t k = 0; k < params->n; k++) {
			names[k] = params->v[k]->name;
			known = known || str_eq(names[k], arg->name);
		}
		for (uint32_t k = 0; k < i; k++)
			twice = twice || (arg->name.n && str_eq(args->v[k]->name, arg->name));
		if (!known || twice) {
			diag_error(c->d, p4_where(arg),
				   known ? "argument '%.*s' is given twice"
					 : "no parameter is named '%.*s'",
				   STRA(arg->name));
			if (!known)
				diag_nearest(c->d, arg->name, names, params->n);
			diag_note(c->d, p4_where(decl), "declared here");
			return;
		}
		if ((args->v[0]->name.n > 0) != (arg->name.n > 0)) {
			diag_error(c->d, arg->at, "either all arguments are named or none");
			return;
		}
	}
	for (uint32_t k = 0; k < params->n; k++)
		required += !params->v[k]->u.var.init && !p4_is_optional(params->v[k]);
	diag_error(c->d, p4_where(n->u.call.callee),
		   "'%.*s' takes %s%u argument%s, but %u %s given", STRA(decl->name),
		   required < params->n ? "up to " : "", params->n, params->n == 1 ? "" : "s",
		   args->n, args->n == 1 ? "is" : "are");
	diag_note(c->d, p4_where(decl), "declared here");
}

/* Type arguments: as written, or to be inferred. */
static bool
start_types(struct check *c, struct p4_callee *f)
{
	struct p4_list *written = &f->n->u.call.type_args;
	bool ok = true;

	f->binds = p4_binds_make(c, f->type_params);
	if (!written->n)
		return true;
	if (written->n != f->type_params->n) {
		diag_error(c->d, f->n->at, "'%.*s' takes %u type argument%s, not %u",
			   STRA(f->decl->name), f->type_params->n,
			   f->type_params->n == 1 ? "" : "s", written->n);
		diag_note(c->d, p4_where(f->decl), "declared here");
		return false;
	}
	for (uint32_t i = 0; i < written->n; i++) {
		f->binds.types[i] = p4_resolve(c, written->v[i]);
		ok = ok && !p4_is_bad(f->binds.types[i]);
	}
	return ok;
}

bool
p4_is_dontcare(const struct p4_node *arg)
{
	return arg && arg->u.arg.expr && arg->u.arg.expr->kind == P4_DONTCARE;
}

static bool
infer_types(struct check *c, struct p4_callee *f, struct p4_node **args)
{
	bool ok = true, omitted = false;

	for (uint32_t i = 0; i < f->params->n; i++) {
		struct p4_type *formal, *actual;
		omitted = omitted || !args[i];
		if (!args[i] || p4_is_dontcare(args[i]))
			continue;
		actual = p4_check_expr(c, &args[i]->u.arg.expr);
		formal = p4_subst(c, &f->owner, f->params->v[i]->type);
		if (p4_is_bad(actual) || p4_is_bad(formal)) {
			ok = false;
			continue;
		}
		if (actual->kind == P4_TY_TYPE) {
			diag_error(c->d, args[i]->at, "a value is needed, but this names %s",
				   p4_tt(c, actual->elem));
			ok = false;
			continue;
		}
		if (actual->kind == P4_TY_TABLE || actual->kind == P4_TY_ACTION || actual->kind == P4_TY_STATE ||
		    actual->kind == P4_TY_FUNCTION) {
			diag_error(c->d, args[i]->at, "a value is needed, but this names %s", p4_tt(c, actual));
			ok = false;
			continue;
		}
		if (p4_has_vars(formal) && !p4_unify(c, &f->binds, formal, actual)) {
			diag_error(c->d, args[i]->at, "argument '%.*s' must be %s, not %s",
				   STRA(f->params->v[i]->name),
				   p4_tt(c, p4_subst(c, &f->binds, formal)), p4_tt(c, actual));
			diag_note(c->d, p4_where(f->params->v[i]), "declared here");
			ok = false;
		}
	}
	for (uint32_t i = 0; ok && i < f->binds.n; i++)
		if (f->binds.types[i] && !p4_is_argument_type(f->binds.types[i])) {
			diag_error(c->d, f->n->at, "type argument '%.*s' of '%.*s' can't be %s",
				   STRA(f->binds.params[i]->name), STRA(f->decl->name),
				   p4_tt(c, f->binds.types[i]));
			return false;
		}
	for (uint32_t i = 0; ok && i < f->binds.n; i++)
		if (!f->binds.types[i] && omitted) {
			f->binds.types[i] = c->dontcare; /* only an omitted argument could tell */
		} else if (!f->binds.types[i]) {
			diag_error(c->d, f->n->at,
				   "type argument '%.*s' of '%.*s' can't be inferred",
				   STRA(f->binds.params[i]->name), STRA(f->decl->name));
			diag_hint(c->d, "write it: %.*s<...>(...)", STRA(f->decl->name));
			return false;
		}
	return ok;
}

static bool
check_reference(struct check *c, const struct p4_node *arg, const struct p4_node *param,
		struct p4_type *t)
{
	struct p4_binds none = { 0 };

	if (p4_unify(c, &none, t, arg->type))
		return true;
	diag_error(c->d, arg->at, "argument '%.*s' must be %s, not %s", STRA(param->name),
		   p4_tt(c, t), p4_tt(c, arg->type));
	diag_note(c->d, p4_where(param), "declared here");
	return false;
}

static bool
check_out_arg(struct check *c, struct p4_node *arg, const struct p4_node *param, struct p4_type *t,
	      const char *what)
{
	if (!p4_check_lvalue(c, arg, what)) {
		diag_note(c->d, p4_where(param), "the %s parameter is declared here",
			  param->u.var.dir == P4_DIR_OUT ? "out" : "inout");
		return false;
	}
	if (t->kind == P4_TY_DONTCARE || p4_type_eq(arg->type, t) || p4_is_bad(arg->type))
		return true;
	diag_error(c->d, arg->at, "%s must be %s, not %s", what, p4_tt(c, t), p4_tt(c, arg->type));
	diag_note(c->d, p4_where(param), "declared here");
	return false;
}

static bool
check_arg(struct check *c, const struct p4_callee *f, struct p4_node *arg, const struct p4_node *param)
{
	struct p4_type *t = p4_subst(c, &f->binds, p4_subst(c, &f->owner, param->type));
	struct p4_node **slot = &arg->u.arg.expr;
	char *what = str_cstr(c->a, str_fmt(c->a, "argument '%.*s'", STRA(param->name)));

	if (p4_is_bad(t) || p4_is_bad((*slot)->type))
		return false;
	if (param->u.var.dir == P4_DIR_OUT || param->u.var.dir == P4_DIR_INOUT)
		return check_out_arg(c, *slot, param, t, what);
	if (t->kind == P4_TY_EXTERN || t->kind == P4_TY_PARSER || t->kind == P4_TY_CONTROL)
		return check_reference(c, *slot, param, t);
	if (!p4_coerce(c, slot, t, what)) {
		diag_note(c->d, p4_where(param), "declared here");
		return false;
	}
	if (p4_has_vars(param->type) && !p4_need_width(c, *slot))
		return false;
	if (param->u.var.dir == P4_DIR_NONE && !f->action && (*slot)->type->kind != P4_TY_EXTERN &&
	    !p4_compile_time(c, *slot)) {
		diag_error(c->d, (*slot)->at,
			   "%s must be known at compile time: its parameter has no direction",
			   what);
		diag_note(c->d, p4_where(param), "declared here");
		return false;
	}
	return true;
}

/* Does a struct hold further ones? */
static bool
is_nested(const struct p4_type *t)
{
	for (uint32_t i = 0; t->kind == P4_TY_STRUCT && i < t->nfields; i++) {
		enum p4_type_kind kind = t->fields[i].type->kind;
		if (kind == P4_TY_STRUCT || kind == P4_TY_HEADER || kind == P4_TY_UNION || kind == P4_TY_STACK)
			return true;
	}
	return false;
}

/* Externs of targets fill in flat values only; what a type parameter stands for, bits or headers. */
static void
check_results(struct check *c, const struct p4_node *n, const struct p4_list *params, struct p4_node *const *args)
{
	for (uint32_t i = 0; i < params->n; i++) {
		const struct p4_node *p = params->v[i];
		const struct p4_type *given = args[i] && !p4_is_dontcare(args[i]) ? args[i]->u.arg.expr->type : NULL;
		bool whole = p->type->kind == P4_TY_VAR && given && given->kind == P4_TY_STRUCT;

		if ((p->u.var.dir == P4_DIR_OUT || p->u.var.dir == P4_DIR_INOUT) && (whole || is_nested(p->type))) {
			diag_error(c->d, n->at, "an extern can't return a struct%s", whole ? "" : " of structs");
			diag_note(c->d, p4_where(p), "declared here");
			return;
		}
	}
}

struct p4_type *
p4_check_callee(struct check *c, struct p4_callee *f)
{
	struct p4_node *n = f->n, **args = arena_array(c->a, struct p4_node *, f->params->n + 1);
	bool ok;

	n->u.call.target = f->decl;
	if (!p4_order_args(f->params, &n->u.call.args, args)) {
		p4_explain_args(c, n, f->decl, f->params);
		return c->bad;
	}
	ok = start_types(c, f) && infer_types(c, f, args);
	n->u.call.nordered = f->params->n;
	n->u.call.ordered = arena_array(c->a, struct p4_node *, f->params->n + 1);
	for (uint32_t i = 0; ok && i < f->params->n; i++) {
		const struct p4_node *param = f->params->v[i];
		if (p4_is_dontcare(args[i])) {
			if (param->u.var.dir == P4_DIR_OUT)
				continue;
			diag_error(c->d, args[i]->at, "_ can only stand for an out argument");
			ok = false;
		} else if (args[i]) {
			ok = check_arg(c, f, args[i], param) && ok;
			n->u.call.ordered[i] = args[i]->u.arg.expr;
		} else {
			n->u.call.ordered[i] = param->u.var.init;
		}
	}
	if (f->decl->kind == P4_EXTERN_FUNCTION || (f->decl->kind == P4_METHOD && !str_is(f->decl->u.func.owner->name, "packet_in")))
		check_results(c, n, f->params, args);
	n->u.call.bound = f->binds.types;
	n->u.call.nbound = f->binds.n;
	if (!f->ret)
		return c->void_;
	if (!ok && p4_has_vars(f->ret))
		return c->bad;
	return ok ? p4_subst(c, &f->binds, p4_subst(c, &f->owner, f->ret)) : c->bad;
}

struct p4_callee
p4_callee_of(struct p4_node *n, struct p4_node *decl)
{
	struct p4_callee f = { .n = n,
			    .decl = decl,
			    .params = &decl->u.func.params,
			    .type_params = &decl->u.func.type_params };

	if (decl->u.func.ret)
		f.ret = decl->u.func.ret->type;
	f.action = decl->kind == P4_ACTION;
	return f;
}
