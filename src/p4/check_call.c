/* check_call.c - calls: overloads by number and names of arguments, inference, directions, and
 * which thing may be called from where (P4_16 specification, appendix "Restrictions on compile time
 * and run time calls"). */
#include "p4/checker.h"

/* --- arguments ---------------------------------------------------------------------------- */

/* What is being called, as the functions below need it. */
struct callee {
	struct p4_node *n; /* P4_CALL */
	struct p4_node *decl;
	const struct p4_list *params;
	const struct p4_list *type_params;
	struct p4_binds owner; /* type arguments of the object */
	struct p4_binds binds; /* type arguments of the call */
	struct p4_type *ret;
	bool action;
};

/* Says why the arguments do not fit. */
static void
explain_args(struct check *c, const struct p4_node *n, const struct p4_node *decl,
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
start_types(struct check *c, struct callee *f)
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

static bool
is_dontcare(const struct p4_node *arg)
{
	return arg && arg->u.arg.expr && arg->u.arg.expr->kind == P4_DONTCARE;
}

static bool
infer_types(struct check *c, struct callee *f, struct p4_node **args)
{
	bool ok = true, omitted = false;

	for (uint32_t i = 0; i < f->params->n; i++) {
		struct p4_type *formal, *actual;
		omitted = omitted || !args[i];
		if (!args[i] || is_dontcare(args[i]))
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
check_arg(struct check *c, const struct callee *f, struct p4_node *arg, const struct p4_node *param)
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
		const struct p4_type *given = args[i] && !is_dontcare(args[i]) ? args[i]->u.arg.expr->type : NULL;
		bool whole = p->type->kind == P4_TY_VAR && given && given->kind == P4_TY_STRUCT;

		if ((p->u.var.dir == P4_DIR_OUT || p->u.var.dir == P4_DIR_INOUT) && (whole || is_nested(p->type))) {
			diag_error(c->d, n->at, "an extern can't return a struct%s", whole ? "" : " of structs");
			diag_note(c->d, p4_where(p), "declared here");
			return;
		}
	}
}

static struct p4_type *
finish(struct check *c, struct callee *f)
{
	struct p4_node *n = f->n, **args = arena_array(c->a, struct p4_node *, f->params->n + 1);
	bool ok;

	n->u.call.target = f->decl;
	if (!p4_order_args(f->params, &n->u.call.args, args)) {
		explain_args(c, n, f->decl, f->params);
		return c->bad;
	}
	ok = start_types(c, f) && infer_types(c, f, args);
	n->u.call.nordered = f->params->n;
	n->u.call.ordered = arena_array(c->a, struct p4_node *, f->params->n + 1);
	for (uint32_t i = 0; ok && i < f->params->n; i++) {
		const struct p4_node *param = f->params->v[i];
		if (is_dontcare(args[i])) {
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

static struct callee
callee_of(struct p4_node *n, struct p4_node *decl)
{
	struct callee f = { .n = n,
			    .decl = decl,
			    .params = &decl->u.func.params,
			    .type_params = &decl->u.func.type_params };

	if (decl->u.func.ret)
		f.ret = decl->u.func.ret->type;
	f.action = decl->kind == P4_ACTION;
	return f;
}

/* --- where what may be called ------------------------------------------------------------- */

static const char *
place_text(struct check *c)
{
	switch (c->place) {
	case P4_AT_TOP:
		return "at the top level";
	case P4_AT_PARSER:
		return "among the declarations of a parser";
	case P4_AT_STATE:
		return "in a parser state";
	case P4_AT_CONTROL:
		return "among the declarations of a control";
	case P4_AT_APPLY:
		return "in an apply block";
	case P4_AT_ACTION:
		return "in an action";
	case P4_AT_FUNCTION:
		return "in a function";
	case P4_AT_TABLE:
		return "in a table";
	}
	return "";
}

static void
refuse_place(struct check *c, const struct p4_node *n, const char *what, bool ok)
{
	if (!ok)
		diag_error(c->d, n->at, "%s can't be called %s", what, place_text(c));
}

/* --- functions, actions, extern functions ------------------------------------------------- */

static struct p4_node *
choose(struct check *c, struct p4_node *n, struct p4_node **decls, uint32_t count)
{
	int32_t k = p4_pick(decls, count, &n->u.call.args, false);

	if (k >= 0)
		return decls[k];
	if (count == 1) {
		explain_args(c, n, decls[0], &decls[0]->u.func.params);
		return NULL;
	}
	diag_error(c->d, p4_where(n->u.call.callee),
		   k == -1 ? "no '%.*s' takes these %u arguments"
			   : "more than one '%.*s' takes these %u arguments",
		   STRA(decls[0]->name), n->u.call.args.n);
	for (uint32_t i = 0; i < count && i < 4; i++)
		diag_note(c->d, p4_where(decls[i]), "one is declared here");
	return NULL;
}

/* Arguments of a call that went wrong are checked all the same: more mistakes in one run. */
static struct p4_type *
give_up(struct check *c, struct p4_node *n)
{
	for (uint32_t i = 0; i < n->u.call.args.n; i++)
		if (!is_dontcare(n->u.call.args.v[i]) && !n->u.call.args.v[i]->u.arg.expr->type)
			p4_check_expr(c, &n->u.call.args.v[i]->u.arg.expr);
	return c->bad;
}

static bool
check_static_assert(struct check *c, const struct p4_node *n)
{
	const struct p4_node *check = n->u.call.nordered ? n->u.call.ordered[0] : NULL;
	const struct p4_node *text = n->u.call.nordered > 1 ? n->u.call.ordered[1] : NULL;

	if (!check || !check->is_const || check->value->kind != P4_V_BOOL || check->value->b)
		return true;
	if (text && text->is_const)
		diag_error(c->d, n->at, "static_assert failed: %.*s", STRA(text->value->s));
	else
		diag_error(c->d, n->at, "static_assert failed");
	return false;
}

static struct p4_type *
call_name(struct check *c, struct p4_node *n)
{
	struct p4_node *callee = n->u.call.callee, *decl;
	struct p4_sym *sym = p4_env_find(c, callee->name, callee->u.ref.absolute);
	VEC(struct p4_node *) decls = { 0 };
	struct callee f;
	struct p4_type *t;

	/* Within an action its name stands for what it hides, when only that can be called so. */
	if (sym && sym->decl == c->callable && p4_pick(&sym->decl, 1, &n->u.call.args, false) < 0 &&
	    p4_env_find(c, callee->name, true))
		sym = p4_env_find(c, callee->name, true);
	for (const struct p4_sym *s = sym; s; s = s->next)
		if (s->decl != c->callable || !sym->next) /* a function can't mean itself */
			vec_push(c->a, &decls, s->decl);
	decl = decls.n ? decls.v[0] : NULL;
	if (!decl) {
		p4_unknown(c, callee, "function or action", false);
		return give_up(c, n);
	}
	if (decl->kind != P4_FUNCTION && decl->kind != P4_EXTERN_FUNCTION &&
	    decl->kind != P4_ACTION) {
		diag_error(c->d, callee->at, "'%.*s' can't be called", STRA(callee->name));
		if (decl->kind == P4_TABLE || decl->kind == P4_INSTANCE)
			diag_hint(c->d, "a %s is run by %.*s.apply(...)",
				  decl->kind == P4_TABLE ? "table" : "parser or control",
				  STRA(callee->name));
		diag_note(c->d, p4_where(decl), "declared here");
		return give_up(c, n);
	}
	decl = choose(c, n, decls.v, decls.n);
	if (!decl)
		return give_up(c, n);
	callee->u.ref.decl = decl;
	callee->type =
		p4_type_make(c, decl->kind == P4_ACTION ? P4_TY_ACTION : P4_TY_FUNCTION, decl);
	if (decl == c->callable) {
		diag_error(c->d, n->at, "'%.*s' calls itself: there is no recursion",
			   STRA(decl->name));
		return give_up(c, n);
	}
	n->u.call.what = decl->kind == P4_FUNCTION ? P4_CALL_FUNCTION
			 : decl->kind == P4_ACTION ? P4_CALL_ACTION
						   : P4_CALL_EXTERN;
	if (decl->kind == P4_ACTION)
		refuse_place(c, n, "an action",
			     c->place == P4_AT_APPLY || c->place == P4_AT_ACTION);
	else if (decl->kind == P4_EXTERN_FUNCTION && str_is(decl->name, "verify") &&
		 decl->u.func.params.n == 2)
		refuse_place(c, n, "verify", c->place == P4_AT_STATE);
	else if (!str_is(decl->name, "static_assert"))
		refuse_place(c, n, "a function", c->place != P4_AT_TOP);
	f = callee_of(n, decl);
	t = finish(c, &f);
	if (!p4_is_bad(t) && decl->kind == P4_EXTERN_FUNCTION &&
	    str_is(decl->name, "static_assert") && !check_static_assert(c, n))
		return c->bad;
	return t;
}

/* --- methods ------------------------------------------------------------------------------ */

static struct p4_type *
call_extern_method(struct check *c, struct p4_node *n, struct p4_type *object)
{
	struct p4_node *callee = n->u.call.callee, *ext = object->decl, *decl;
	VEC(struct p4_node *) decls = { 0 };
	struct str *names = arena_array(c->a, struct str, ext->u.ext.methods.n + 1);
	struct callee f;
	struct p4_type *t;

	for (uint32_t i = 0; i < ext->u.ext.methods.n; i++) {
		struct p4_node *m = ext->u.ext.methods.v[i];
		names[i] = m->name;
		if (m->u.func.ret && str_eq(m->name, callee->name))
			vec_push(c->a, &decls, m);
	}
	if (!decls.n) {
		diag_error(c->d, p4_where(callee), "no method '%.*s' in %s", STRA(callee->name),
			   p4_tt(c, object));
		diag_nearest(c->d, callee->name, names, ext->u.ext.methods.n);
		diag_note(c->d, p4_where(ext), "declared here");
		return give_up(c, n);
	}
	decl = choose(c, n, decls.v, decls.n);
	if (!decl)
		return give_up(c, n);
	refuse_place(c, n, "a method", c->place != P4_AT_TOP);
	n->u.call.what = P4_CALL_METHOD;
	callee->u.member.decl = decl;
	f = callee_of(n, decl);
	f.owner = p4_binds_of(object);
	t = finish(c, &f);
	if (!p4_is_bad(t))
		p4_check_packet_call(c, n, ext);
	return t;
}

static struct p4_type *
call_block(struct check *c, struct p4_node *n, struct p4_type *t, bool direct)
{
	static const struct p4_list none;
	struct callee f = { .n = n,
			    .decl = t->decl,
			    .params = &t->decl->u.block_decl.params,
			    .type_params = &none,
			    .owner = p4_binds_of(t) };

	n->u.call.what = P4_CALL_APPLY;
	n->u.call.target = t->decl;
	if (t->kind == P4_TY_PARSER)
		refuse_place(c, n, "a parser", c->place == P4_AT_STATE);
	else
		refuse_place(c, n, "a control", c->place == P4_AT_APPLY);
	if (t->decl == c->block) {
		diag_error(c->d, n->at, "'%.*s' applies itself: there is no recursion",
			   STRA(t->decl->name));
		return give_up(c, n);
	}
	if (direct && (!t->decl->u.block_decl.has_body || t->decl->u.block_decl.ctor_params.n)) {
		diag_error(
			c->d, n->at,
			t->decl->u.block_decl.has_body
				? "'%.*s' has constructor parameters: make an instance of it first"
				: "'%.*s' is only a type: it has no body",
			STRA(t->decl->name));
		diag_note(c->d, p4_where(t->decl), "declared here");
		return give_up(c, n);
	}
	return finish(c, &f);
}

static struct p4_type *
expect_args(struct check *c, struct p4_node *n, uint32_t want, struct p4_type *t)
{
	if (n->u.call.args.n == want)
		return t;
	diag_error(c->d, p4_where(n->u.call.callee), "'%.*s' takes %u argument%s, but %u %s given",
		   STRA(n->u.call.callee->name), want, want == 1 ? "" : "s", n->u.call.args.n,
		   n->u.call.args.n == 1 ? "is" : "are");
	return give_up(c, n);
}

static struct p4_type *
call_size(struct check *c, struct p4_node *n, struct p4_type *t, enum p4_call_kind what)
{
	bool ok = true;

	n->u.call.what = what;
	t = t->kind == P4_TY_TYPE ? t->elem : t;
	p4_size_bits(t, true, &ok);
	if (!ok && !p4_has_vars(t)) {
		diag_error(c->d, n->at, "%s has no size in bits", p4_tt(c, t));
		return c->bad;
	}
	return expect_args(c, n, 0, c->int_);
}

/* push_front(n), pop_front(n) */
static struct p4_type *
call_stack(struct check *c, struct p4_node *n, enum p4_call_kind what)
{
	struct p4_node **slot;

	n->u.call.what = what;
	if (p4_is_bad(expect_args(c, n, 1, c->void_)))
		return c->bad;
	p4_check_lvalue(c, n->u.call.object, "the stack");
	slot = &n->u.call.args.v[0]->u.arg.expr;
	p4_check_expr(c, slot);
	if (p4_is_bad((*slot)->type))
		return c->bad;
	p4_decay(c, slot);
	if (((*slot)->type->kind != P4_TY_INT && (*slot)->type->kind != P4_TY_BIT) ||
	    !(*slot)->is_const || (*slot)->value->i.neg) {
		diag_error(c->d, (*slot)->at,
			   "the count must be a constant number that is not negative");
		return c->bad;
	}
	n->u.call.ordered = arena_array(c->a, struct p4_node *, 1);
	n->u.call.ordered[0] = *slot;
	n->u.call.nordered = 1;
	return c->void_;
}

static struct p4_type *
call_validity(struct check *c, struct p4_node *n, enum p4_call_kind what)
{
	n->u.call.what = what;
	if (what != P4_CALL_IS_VALID)
		p4_check_lvalue(c, n->u.call.object, "the header");
	return expect_args(c, n, 0, what == P4_CALL_IS_VALID ? c->bool_ : c->void_);
}

static struct p4_type *
call_table(struct check *c, struct p4_node *n, struct p4_type *t)
{
	n->u.call.what = P4_CALL_TABLE_APPLY;
	n->u.call.target = t->decl;
	refuse_place(c, n, "a table", c->place == P4_AT_APPLY);
	return expect_args(c, n, 0, p4_type_make(c, P4_TY_APPLY_RESULT, t->decl));
}

static enum p4_call_kind
size_method(struct str name)
{
	return str_is(name, "minSizeInBits")	? P4_CALL_MIN_SIZE_BITS
	       : str_is(name, "minSizeInBytes") ? P4_CALL_MIN_SIZE_BYTES
	       : str_is(name, "maxSizeInBits")	? P4_CALL_MAX_SIZE_BITS
	       : str_is(name, "maxSizeInBytes") ? P4_CALL_MAX_SIZE_BYTES
						: P4_CALL_NONE;
}

static struct p4_type *
call_member(struct check *c, struct p4_node *n)
{
	struct p4_node *callee = n->u.call.callee;
	struct p4_type *t = p4_check_expr(c, &callee->u.member.object);
	struct str name = callee->name;
	bool is_type = t->kind == P4_TY_TYPE, header = t->kind == P4_TY_HEADER;

	callee->u.member.what = P4_MEMBER_METHOD;
	callee->type = p4_type_make(c, P4_TY_FUNCTION, NULL);
	n->u.call.object = callee->u.member.object;
	if (p4_is_bad(t))
		return give_up(c, n);
	if (size_method(name) != P4_CALL_NONE && t->kind != P4_TY_EXTERN)
		return call_size(c, n, t, size_method(name));
	if (is_type && (t->elem->kind == P4_TY_PARSER || t->elem->kind == P4_TY_CONTROL) &&
	    str_is(name, "apply"))
		return call_block(c, n, t->elem, true);
	if ((t->kind == P4_TY_PARSER || t->kind == P4_TY_CONTROL) && str_is(name, "apply"))
		return call_block(c, n, t, false);
	if (t->kind == P4_TY_TABLE && str_is(name, "apply"))
		return call_table(c, n, t);
	if (t->kind == P4_TY_EXTERN)
		return call_extern_method(c, n, t);
	if ((header || t->kind == P4_TY_UNION) && str_is(name, "isValid"))
		return call_validity(c, n, P4_CALL_IS_VALID);
	if (header && str_is(name, "setValid"))
		return call_validity(c, n, P4_CALL_SET_VALID);
	if (header && str_is(name, "setInvalid"))
		return call_validity(c, n, P4_CALL_SET_INVALID);
	if (t->kind == P4_TY_STACK && str_is(name, "push_front"))
		return call_stack(c, n, P4_CALL_PUSH_FRONT);
	if (t->kind == P4_TY_STACK && str_is(name, "pop_front"))
		return call_stack(c, n, P4_CALL_POP_FRONT);
	diag_error(c->d, p4_where(callee), "%s has no method '%.*s'", p4_tt(c, t), STRA(name));
	if (header) {
		const struct str methods[] = { STR("isValid"), STR("setValid"), STR("setInvalid") };
		diag_nearest(c->d, name, methods, 3);
	}
	return give_up(c, n);
}

static struct p4_type *
call_constructor(struct check *c, struct p4_node *n, struct p4_type *t)
{
	struct p4_list *args = &n->u.call.type_args;

	n->u.call.what = P4_CALL_CONSTRUCTOR;
	if (p4_is_bad(t))
		return give_up(c, n);
	n->u.call.target = t->decl;
	if (c->block && t->decl == c->block) {
		diag_error(c->d, n->at,
			   "'%.*s' can't contain an instance of itself: there is no recursion",
			   STRA(t->decl->name));
		return give_up(c, n);
	}
	if (args->n && t->decl && t == t->decl->type && p4_type_params(t->decl)->n == args->n) {
		struct p4_type **v = arena_array(c->a, struct p4_type *, args->n);
		for (uint32_t i = 0; i < args->n; i++)
			v[i] = p4_resolve(c, args->v[i]);
		t = p4_specialize(c, t->decl, v, args->n);
	}
	t = p4_check_construct(c, n, t, &n->u.call.args, &n->u.call.ordered, &n->u.call.nordered);
	for (uint32_t i = 0; t->kind == P4_TY_EXTERN && i < t->decl->u.ext.methods.n; i++)
		if (t->decl->u.ext.methods.v[i]->u.func.is_abstract) {
			diag_error(
				c->d, n->at,
				"%s has abstract methods: only a declaration can make an instance",
				p4_tt(c, t));
			return c->bad;
		}
	return t;
}

struct p4_type *
p4_check_call(struct check *c, struct p4_node *n)
{
	struct p4_node *callee = n->u.call.callee;
	struct p4_sym *sym;

	n->u.call.what = P4_CALL_NONE;
	n->u.call.target = n->u.call.object = NULL;
	n->u.call.ordered = NULL;
	n->u.call.nordered = n->u.call.nbound = 0;
	if (callee->kind == P4_TYPE_EXPR)
		return call_constructor(c, n, p4_resolve_generic(c, callee->u.type_expr.type));
	if (callee->kind == P4_MEMBER)
		return call_member(c, n);
	if (callee->kind != P4_NAME) {
		p4_check_expr(c, &n->u.call.callee);
		if (!p4_is_bad(n->u.call.callee->type))
			diag_error(c->d, callee->at, "this can't be called");
		return give_up(c, n);
	}
	sym = p4_env_find(c, callee->name, callee->u.ref.absolute);
	if (sym && p4_is_type_decl(sym->decl)) {
		callee->u.ref.decl = sym->decl;
		callee->type = sym->decl->type;
		return call_constructor(c, n, sym->decl->type ? sym->decl->type : c->bad);
	}
	return call_name(c, n);
}
