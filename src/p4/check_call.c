/* check_call.c - calls: overloads by number and names of arguments, inference, directions, and
 * which thing may be called from where (P4_16 specification, appendix "Restrictions on compile time
 * and run time calls"). */
#include "p4/checker.h"

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
		p4_explain_args(c, n, decls[0], &decls[0]->u.func.params);
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
		if (!p4_is_dontcare(n->u.call.args.v[i]) && !n->u.call.args.v[i]->u.arg.expr->type)
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
	struct p4_callee f;
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
	f = p4_callee_of(n, decl);
	t = p4_check_callee(c, &f);
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
	struct p4_callee f;
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
	f = p4_callee_of(n, decl);
	f.owner = p4_binds_of(object);
	t = p4_check_callee(c, &f);
	if (!p4_is_bad(t))
		p4_check_packet_call(c, n, ext);
	return t;
}

static struct p4_type *
call_block(struct check *c, struct p4_node *n, struct p4_type *t, bool direct)
{
	static const struct p4_list none;
	struct p4_callee f = { .n = n,
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
	return p4_check_callee(c, &f);
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
