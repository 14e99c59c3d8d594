/* check_decl.c - declarations: types, externs, functions, actions, parsers, controls, packages. */
#include "p4/checker.h"

/* --- types -------------------------------------------------------------------------------- */

static void
check_typedef(struct check *c, struct p4_node *n)
{
	struct p4_node *target = n->u.alias.target;
	struct p4_type *t;

	if (target->kind == P4_HEADER || target->kind == P4_STRUCT || target->kind == P4_UNION)
		p4_check_decl(c, target);
	t = p4_resolve(c, target);
	if (t->kind == P4_TY_VOID || t->kind == P4_TY_STRING || t->kind == P4_TY_MATCH_KIND ||
	    t->kind == P4_TY_DONTCARE) {
		diag_error(c->d, target->at, "a typedef can't stand for %s", p4_tt(c, t));
		t = c->bad;
	}
	n->type = t;
	p4_env_add(c, n);
}

static void
check_newtype(struct check *c, struct p4_node *n)
{
	struct p4_node *target = n->u.alias.target;
	struct p4_type *t = p4_resolve(c, target);

	n->type = c->bad;
	if (target->kind == P4_HEADER || target->kind == P4_STRUCT || target->kind == P4_UNION)
		diag_error(c->d, target->at, "`type` makes new numbers and bools, not a %s", p4_kind_text(target->kind));
	if (t->kind == P4_TY_BIT || t->kind == P4_TY_SIGNED || t->kind == P4_TY_BOOL ||
	    t->kind == P4_TY_NEW) {
		n->type = p4_type_make(c, P4_TY_NEW, n);
		n->type->elem = t;
	} else if (!p4_is_bad(t)) {
		diag_error(c->d, n->u.alias.target->at,
			   "`type` makes new numbers and bools, not %s", p4_tt(c, t));
		diag_hint(c->d, "a second name for the same type is made by typedef");
	}
	p4_env_add(c, n);
}

static void
check_field(struct check *c, const struct p4_node *owner, struct p4_node *f)
{
	struct p4_type *t = p4_resolve(c, f->u.var.type);

	f->type = t;
	p4_check_annotations(c, f);
	if (p4_fits_field(owner->kind, t))
		return;
	diag_error(c->d, f->u.var.type->at, "%s can't be a field of a %s", p4_tt(c, t),
		   p4_kind_text(owner->kind));
	if (t->kind == P4_TY_ENUM)
		diag_hint(c->d, "an enum with an underlying type can: enum bit<8> %.*s { ... }",
			  STRA(t->decl->name));
	f->type = c->bad;
}

/* The length that extract is given is that of one field. */
static void
check_varbits(struct check *c, const struct p4_list *fields)
{
	const struct p4_node *first = NULL;

	for (uint32_t i = 0; i < fields->n; i++) {
		if (fields->v[i]->type->kind != P4_TY_VARBIT)
			continue;
		if (first) {
			diag_error(c->d, p4_where(first), "a header can't have two varbit fields");
			diag_note(c->d, p4_where(fields->v[i]), "the other is here");
			return;
		}
		first = fields->v[i];
	}
}

static void
check_structlike(struct check *c, struct p4_node *n)
{
	struct p4_list *fields = &n->u.fields.fields;

	p4_env_push(c);
	p4_declare_type_params(c, &n->u.fields.type_params);
	for (uint32_t i = 0; i < fields->n; i++)
		check_field(c, n, fields->v[i]);
	p4_check_unique(c, fields, "fields");
	if (n->kind == P4_HEADER)
		check_varbits(c, fields);
	p4_env_pop(c);
	n->type = p4_open_type(c, n);
	if (n->type->size > P4_MAX_LEAVES) {
		diag_error(c->d, p4_where(n), "'%.*s' is too large: more than %u fields within",
			   STRA(n->name), P4_MAX_LEAVES);
		n->type = c->bad;
	}
	p4_env_add(c, n);
}

static void
check_enum(struct check *c, struct p4_node *n)
{
	struct p4_node *under = n->u.enumeration.underlying;
	struct p4_list *members = &n->u.enumeration.members;
	struct p4_type *t = p4_type_make(c, P4_TY_ENUM, n);

	n->type = t;
	if (under) {
		t->elem = p4_resolve(c, under);
		if (t->elem->kind != P4_TY_BIT && t->elem->kind != P4_TY_SIGNED &&
		    !p4_is_bad(t->elem))
			diag_error(c->d, under->at,
				   "an enum is stored in bit<> or int<>, not in %s",
				   p4_tt(c, t->elem));
		if (t->elem->kind != P4_TY_BIT && t->elem->kind != P4_TY_SIGNED)
			n->type = c->bad;
	}
	p4_check_unique(c, members, "members");
	for (uint32_t i = 0; i < members->n; i++) {
		struct p4_node *m = members->v[i];
		m->type = t;
		m->u.member_decl.ordinal = i;
		m->value = NULL;
		if (!under && m->u.member_decl.init)
			diag_error(c->d, m->u.member_decl.init->at,
				   "members have values only in an enum with an "
				   "underlying type, such as enum bit<8> %.*s",
				   STRA(n->name));
		if (under && !m->u.member_decl.init)
			diag_error(c->d, p4_where(m), "member '%.*s' needs a value", STRA(m->name));
		if (!under || !m->u.member_decl.init || p4_is_bad(n->type))
			continue;
		if (!p4_check_as(c, &m->u.member_decl.init, t->elem, "the member's value"))
			continue;
		m->value = m->u.member_decl.init->value;
		if (!m->value)
			diag_error(c->d, m->u.member_decl.init->at,
				   "the member's value must be a constant");
	}
	p4_env_add(c, n);
}

static void
check_errors(struct check *c, struct p4_node *n)
{
	for (uint32_t i = 0; i < n->u.enumeration.members.n; i++) {
		struct p4_node *m = n->u.enumeration.members.v[i],
			       *old = map_get(&c->error_names, m->name);
		m->type = c->error;
		if (old) {
			diag_error(c->d, p4_where(m), "two errors named '%.*s'", STRA(m->name));
			diag_note(c->d, p4_where(old), "first declared here");
			continue;
		}
		m->u.member_decl.ordinal = c->errors.n;
		map_put(&c->error_names, m->name, m);
		vec_push(c->a, &c->errors, m);
	}
}

static void
check_match_kinds(struct check *c, struct p4_node *n)
{
	for (uint32_t i = 0; i < n->u.enumeration.members.n; i++) {
		struct p4_node *m = n->u.enumeration.members.v[i],
			       *old = map_get(&c->match_kinds, m->name);
		m->type = c->match_kind;
		m->u.member_decl.ordinal = c->match_kinds.n;
		if (old) {
			diag_error(c->d, p4_where(m), "two match kinds named '%.*s'",
				   STRA(m->name));
			diag_note(c->d, p4_where(old), "first declared here");
		} else {
			map_put(&c->match_kinds, m->name, m);
		}
	}
}

/* --- parameters --------------------------------------------------------------------------- */

static void
check_param(struct check *c, struct p4_node *p)
{
	struct p4_type *t = p4_resolve(c, p->u.var.type);
	bool object = t->kind == P4_TY_EXTERN || t->kind == P4_TY_PARSER ||
		      t->kind == P4_TY_CONTROL || t->kind == P4_TY_PACKAGE;
	bool constant = t->kind == P4_TY_INT || t->kind == P4_TY_STRING || t->kind == P4_TY_LIST;

	p->type = t;
	if (p4_is_bad(t))
		return;
	if (object && p->u.var.dir != P4_DIR_NONE) {
		diag_error(c->d, p4_where(p), "parameter '%.*s' is %s: it can't have a direction",
			   STRA(p->name), p4_tt(c, t));
		p->type = c->bad;
	} else if (constant && p->u.var.dir != P4_DIR_NONE &&
		   (p->u.var.dir != P4_DIR_IN || t->kind == P4_TY_STRING)) {
		diag_error(c->d, p4_where(p),
			   "parameter '%.*s' is %s, known at compile time: it has no direction",
			   STRA(p->name), p4_tt(c, t));
		p->type = c->bad;
	} else if (!object && !constant && !p4_is_value_type(t) && t->kind != P4_TY_DONTCARE &&
		   t->kind != P4_TY_MATCH_KIND) {
		diag_error(c->d, p->u.var.type->at, "a parameter can't be %s", p4_tt(c, t));
		p->type = c->bad;
	}
}

static void
check_default(struct check *c, struct p4_node *p)
{
	char *what = str_cstr(c->a, str_fmt(c->a, "the default value of '%.*s'", STRA(p->name)));
	struct p4_type *t;

	if (p->u.var.dir == P4_DIR_OUT || p->u.var.dir == P4_DIR_INOUT) {
		diag_error(c->d, p->u.var.init->at,
			   "only in parameters and those without direction have default values");
		return;
	}
	if (p4_is_optional(p))
		diag_error(c->d, p->u.var.init->at,
			   "an @optional parameter can't have a default value");
	t = p4_check_expr(c, &p->u.var.init);
	if (p4_is_bad(t) || p4_is_bad(p->type) || p4_has_vars(p->type) ||
	    p->type->kind == P4_TY_PARSER || p->type->kind == P4_TY_CONTROL ||
	    p->type->kind == P4_TY_EXTERN)
		return;
	if (p4_coerce(c, &p->u.var.init, p->type, what) && !p4_compile_time(c, p->u.var.init))
		diag_error(c->d, p->u.var.init->at, "%s must be known at compile time", what);
}

/* Parameters, constructor parameters and type parameters share one scope. */
static void
add_param(struct check *c, const struct p4_list *params, uint32_t i)
{
	const struct p4_sym *old = map_get(&c->scope->names, params->v[i]->name);

	for (uint32_t k = 0; old && k < i; k++)
		if (params->v[k] == old->decl)
			return; /* reported as one of two in this list */
	p4_env_add(c, params->v[i]);
}

void
p4_check_params(struct check *c, struct p4_list *params, bool ctor)
{
	p4_check_unique(c, params, "parameters");
	if (params->n > 512) {
		diag_error(c->d, params->v[0]->at, "too many parameters: %u", params->n);
		params->n = 512;
	}
	for (uint32_t i = 0; i < params->n; i++) {
		struct p4_node *p = params->v[i];
		check_param(c, p);
		if (ctor && p->u.var.dir != P4_DIR_NONE)
			diag_error(c->d, p4_where(p),
				   "constructor parameter '%.*s' can't have a direction",
				   STRA(p->name));
		if (p->u.var.init)
			check_default(c, p);
		add_param(c, params, i);
	}
}

/* --- functions, actions, externs ---------------------------------------------------------- */

static void
check_signature(struct check *c, struct p4_node *n)
{
	p4_declare_type_params(c, &n->u.func.type_params);
	if (n->u.func.ret) {
		struct p4_type *t = p4_resolve(c, n->u.func.ret);
		if (!p4_is_bad(t) && !p4_is_value_type(t) && t->kind != P4_TY_VOID &&
		    t->kind != P4_TY_DONTCARE) {
			diag_error(c->d, n->u.func.ret->at, "a function can't return %s",
				   p4_tt(c, t));
			n->u.func.ret->type = c->bad;
		}
	}
	p4_check_params(c, &n->u.func.params, false);
	for (uint32_t i = 0; i < n->u.func.params.n; i++) {
		struct p4_node *p = n->u.func.params.v[i];
		bool ctor = n->kind == P4_METHOD && !n->u.func.ret;
		if (p->type->kind == P4_TY_PARSER || p->type->kind == P4_TY_CONTROL ||
		    p->type->kind == P4_TY_PACKAGE) {
			diag_error(c->d, p4_where(p), "%s '%.*s' can't have a parameter of %s",
				   ctor ? "constructor" : p4_kind_text(n->kind), STRA(n->name),
				   p4_tt(c, p->type));
			p->type = c->bad;
		}
		if (p4_is_optional(p) && (n->kind == P4_FUNCTION || n->kind == P4_ACTION))
			diag_error(c->d, p4_where(p),
				   "the parameters of %s '%.*s' can't be @optional",
				   p4_kind_text(n->kind), STRA(n->name));
	}
}

static void
check_func_body(struct check *c, struct p4_node *n, enum p4_place place, struct p4_type *ret)
{
	enum p4_place old_place = c->place;
	struct p4_node *callable = c->callable;
	struct p4_type *old_ret = c->ret;
	uint32_t loops = c->loops;

	c->place = place;
	c->callable = n;
	c->ret = ret;
	c->loops = 0;
	if (n->u.func.body)
		p4_check_block(c, n->u.func.body);
	c->place = old_place;
	c->callable = callable;
	c->ret = old_ret;
	c->loops = loops;
}

void
p4_check_function(struct check *c, struct p4_node *n, enum p4_place place)
{
	struct p4_type *ret;
	struct p4_env *outer = c->scope, *inner;

	inner = p4_env_push(c);
	check_signature(c, n);
	n->type = p4_type_make(c, P4_TY_FUNCTION, n);
	c->scope = outer;
	p4_env_add(c, n);
	c->scope = inner;
	ret = n->u.func.ret ? n->u.func.ret->type : c->void_;
	check_func_body(c, n, place, ret);
	if (ret->kind != P4_TY_VOID && !p4_is_bad(ret) && n->u.func.body &&
	    !p4_always_returns(n->u.func.body))
		diag_error(c->d, p4_where(n), "function '%.*s' can end without returning %s",
			   STRA(n->name), p4_tt(c, ret));
	p4_env_pop(c);
}

/* What an entry of a table can hold for an action. */
static bool
is_data(const struct p4_type *t)
{
	const struct p4_type *s = p4_type_strip(t);

	return s->kind != P4_TY_STRUCT && s->kind != P4_TY_HEADER && s->kind != P4_TY_UNION && s->kind != P4_TY_STACK &&
	       s->kind != P4_TY_TUPLE;
}

static void
check_action(struct check *c, struct p4_node *n)
{
	struct p4_env *outer = c->scope, *inner;
	const struct p4_list *params = &n->u.func.params;
	bool data = false;

	n->u.func.owner = c->block;
	inner = p4_env_push(c);
	check_signature(c, n);
	for (uint32_t i = 0; i < params->n; i++) {
		const struct p4_node *p = params->v[i];
		if (p->type->kind == P4_TY_EXTERN || p->type->kind == P4_TY_INT ||
		    p->type->kind == P4_TY_STRING || p->type->kind == P4_TY_LIST)
			diag_error(c->d, p4_where(p), "an action can't have a parameter of %s",
				   p4_tt(c, p->type));
		if (p->u.var.dir == P4_DIR_NONE && !is_data(p->type)) {
			diag_error(c->d, p4_where(p), "parameter '%.*s' is set by the control plane: it can't be %s", STRA(p->name),
				   p4_tt(c, p->type));
			diag_hint(c->d, "one that a caller sets has a direction: in %s %.*s", p4_tt(c, p->type), STRA(p->name));
		}
		if (data && p->u.var.dir != P4_DIR_NONE) {
			diag_error(c->d, p4_where(p),
				   "parameters without direction must come last, but '%.*s' "
				   "follows one",
				   STRA(p->name));
			break;
		}
		data = p->u.var.dir == P4_DIR_NONE;
	}
	n->type = p4_type_make(c, P4_TY_ACTION, n);
	c->scope = outer;
	p4_env_add(c, n);
	c->scope = inner;
	check_func_body(c, n, P4_AT_ACTION, NULL);
	p4_env_pop(c);
}

static void
check_extern_function(struct check *c, struct p4_node *n)
{
	p4_env_push(c);
	check_signature(c, n);
	p4_env_pop(c);
	n->type = p4_type_make(c, P4_TY_FUNCTION, n);
	p4_env_add(c, n);
}

static void
check_extern(struct check *c, struct p4_node *n)
{
	struct p4_list *methods = &n->u.ext.methods;

	p4_env_add(c, n);
	p4_env_push(c);
	p4_declare_type_params(c, &n->u.ext.type_params);
	n->type = p4_open_type(c, n);
	p4_env_push(c);
	for (uint32_t i = 0; i < methods->n; i++) {
		struct p4_node *m = methods->v[i];
		m->u.func.owner = n;
		p4_env_push(c);
		check_signature(c, m);
		p4_env_pop(c);
		for (uint32_t k = 0; k < m->u.func.params.n; k++)
			if (m->u.func.params.v[k]->type->decl == n)
				diag_error(c->d, p4_where(m->u.func.params.v[k]), "'%.*s' can't be a parameter of its own method",
					   STRA(n->name));
		m->type = p4_type_make(c, P4_TY_FUNCTION, m);
		p4_env_add(c, m);
		if (!m->u.func.ret && !str_eq(m->name, n->name))
			diag_error(c->d, p4_where(m), "method '%.*s' has no result type",
				   STRA(m->name));
		if (m->u.func.ret && str_eq(m->name, n->name))
			diag_error(c->d, p4_where(m), "a constructor has no result type");
	}
	p4_env_pop(c);
	p4_env_pop(c);
}

/* --- parsers, controls, packages ---------------------------------------------------------- */

static void
check_locals(struct check *c, struct p4_node *n, enum p4_place place)
{
	for (uint32_t i = 0; i < n->u.block_decl.locals.n; i++) {
		c->place = place;
		p4_check_decl(c, n->u.block_decl.locals.v[i]);
	}
}

/* Is this a parser or control, and not just the type of one? */
static bool
has_body(const struct p4_type *t)
{
	return (t->kind == P4_TY_PARSER || t->kind == P4_TY_CONTROL) && t->decl->u.block_decl.has_body;
}

static void
check_no_objects(struct check *c, const struct p4_node *n)
{
	for (uint32_t i = 0; i < n->u.block_decl.params.n; i++) {
		const struct p4_node *p = n->u.block_decl.params.v[i];
		if (p->type && (p->type->kind == P4_TY_PARSER || p->type->kind == P4_TY_CONTROL ||
				p->type->kind == P4_TY_PACKAGE))
			diag_error(c->d, p4_where(p), "a %s can't have a parameter of %s",
				   p4_kind_text(n->kind), p4_tt(c, p->type));
	}
	for (uint32_t i = 0; i < n->u.block_decl.ctor_params.n; i++) {
		const struct p4_node *p = n->u.block_decl.ctor_params.v[i];
		if (p4_is_optional(p))
			diag_error(c->d, p4_where(p), "the constructor parameters of a %s can't be @optional",
				   p4_kind_text(n->kind));
		if (p->type && (p->type->kind == P4_TY_PACKAGE || has_body(p->type) ||
				(n->kind == P4_PARSER && p->type->kind == P4_TY_CONTROL) ||
				(n->kind == P4_CONTROL && p->type->kind == P4_TY_PARSER)))
			diag_error(c->d, p4_where(p),
				   "a %s can't have a constructor parameter of %s",
				   p4_kind_text(n->kind), p4_tt(c, p->type));
	}
}

static void
check_block_decl(struct check *c, struct p4_node *n)
{
	p4_env_add(c, n);
	p4_env_push(c);
	p4_declare_type_params(c, &n->u.block_decl.type_params);
	n->type = p4_open_type(c, n);
	c->block = n->u.block_decl.has_body ? n : NULL;
	p4_check_params(c, &n->u.block_decl.params, n->kind == P4_PACKAGE);
	p4_check_params(c, &n->u.block_decl.ctor_params, true);
	if (n->kind != P4_PACKAGE)
		check_no_objects(c, n);
	if (n->u.block_decl.has_body) {
		p4_env_push(c);
		check_locals(c, n, n->kind == P4_PARSER ? P4_AT_PARSER : P4_AT_CONTROL);
		if (n->kind == P4_PARSER) {
			p4_check_states(c, n);
		} else if (n->u.block_decl.body) {
			c->place = P4_AT_APPLY;
			p4_check_block(c, n->u.block_decl.body);
		}
		p4_env_pop(c);
	}
	c->place = P4_AT_TOP;
	c->block = NULL;
	p4_env_pop(c);
}

static void
check_value_set(struct check *c, struct p4_node *n)
{
	struct p4_type *t = p4_resolve(c, n->u.var.type), *size;
	const struct p4_type *s = p4_type_strip(t);

	n->type = c->bad;
	if (s->kind == P4_TY_BIT || s->kind == P4_TY_SIGNED || s->kind == P4_TY_ENUM ||
	    s->kind == P4_TY_BOOL || s->kind == P4_TY_ERROR || s->kind == P4_TY_STRUCT ||
	    s->kind == P4_TY_TUPLE)
		n->type = p4_type_of(c, P4_TY_SET, t);
	else if (!p4_is_bad(t))
		diag_error(c->d, n->u.var.type->at, "a value_set can't hold %s", p4_tt(c, t));
	size = n->u.var.init ? p4_check_expr(c, &n->u.var.init) : c->bad;
	if (!p4_is_bad(size) && ((size->kind != P4_TY_INT && size->kind != P4_TY_BIT) ||
				 !p4_compile_time(c, n->u.var.init)))
		diag_error(c->d, n->u.var.init->at,
			   "the size of a value_set must be a constant number");
	p4_env_add(c, n);
}

static void
check_var(struct check *c, struct p4_node *n)
{
	if (c->place == P4_AT_TOP && !c->block)
		diag_error(c->d, p4_where(n),
			   "variables can't be declared at the top level, only constants");
	p4_check_local(c, n);
}

void
p4_check_decl(struct check *c, struct p4_node *n)
{
	p4_check_annotations(c, n);
	switch ((uint32_t)n->kind) {
	case P4_TYPEDEF:
		check_typedef(c, n);
		break;
	case P4_NEWTYPE:
		check_newtype(c, n);
		break;
	case P4_HEADER:
	case P4_UNION:
	case P4_STRUCT:
		check_structlike(c, n);
		break;
	case P4_ENUM:
		check_enum(c, n);
		break;
	case P4_ERROR_DECL:
		check_errors(c, n);
		break;
	case P4_MATCH_KIND_DECL:
		check_match_kinds(c, n);
		break;
	case P4_EXTERN:
		check_extern(c, n);
		break;
	case P4_EXTERN_FUNCTION:
		check_extern_function(c, n);
		break;
	case P4_FUNCTION:
		p4_check_function(c, n, P4_AT_FUNCTION);
		break;
	case P4_ACTION:
		check_action(c, n);
		break;
	case P4_TABLE:
		p4_check_table(c, n);
		break;
	case P4_PARSER:
	case P4_CONTROL:
	case P4_PACKAGE:
		check_block_decl(c, n);
		break;
	case P4_VALUE_SET:
		check_value_set(c, n);
		break;
	case P4_VAR:
		check_var(c, n);
		break;
	case P4_CONST:
	case P4_INSTANCE:
		p4_check_local(c, n);
		break;
	}
}
