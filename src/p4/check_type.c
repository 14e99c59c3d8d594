/* check_type.c - written types become canonical ones. */
#include "p4/checker.h"

struct p4_type *
p4_type_make(struct check *c, enum p4_type_kind kind, struct p4_node *decl)
{
	struct p4_type *t = arena_new(c->a, struct p4_type);

	t->kind = kind;
	t->decl = decl;
	return t;
}

static struct p4_type *
sized(struct check *c, enum p4_type_kind kind, struct p4_type **cache, uint32_t width)
{
	struct p4_type *t;

	if (cache && width <= 128 && cache[width])
		return cache[width];
	t = p4_type_make(c, kind, NULL);
	t->width = width;
	if (cache && width <= 128)
		cache[width] = t;
	return t;
}

struct p4_type *
p4_type_bit(struct check *c, uint32_t width)
{
	return sized(c, P4_TY_BIT, c->bits, width);
}

struct p4_type *
p4_type_signed(struct check *c, uint32_t width)
{
	return sized(c, P4_TY_SIGNED, c->ints, width);
}

struct p4_type *
p4_type_of(struct check *c, enum p4_type_kind kind, struct p4_type *elem)
{
	struct p4_type *t = p4_type_make(c, kind, elem->decl);

	t->elem = elem;
	return t;
}

struct p4_list *
p4_type_params(struct p4_node *decl)
{
	static const struct p4_list none;

	switch ((uint32_t)decl->kind) {
	case P4_STRUCT:
	case P4_HEADER:
	case P4_UNION:
		return &decl->u.fields.type_params;
	case P4_EXTERN:
		return &decl->u.ext.type_params;
	case P4_PARSER:
	case P4_CONTROL:
	case P4_PACKAGE:
		return &decl->u.block_decl.type_params;
	case P4_FUNCTION:
	case P4_EXTERN_FUNCTION:
	case P4_METHOD:
	case P4_ACTION:
		return &decl->u.func.type_params;
	}
	return (struct p4_list *)&none;
}

void
p4_declare_type_params(struct check *c, struct p4_list *params)
{
	p4_check_unique(c, params, "type parameters");
	for (uint32_t i = 0; i < params->n; i++) {
		params->v[i]->type = p4_type_make(c, P4_TY_VAR, params->v[i]);
		if (!map_has(&c->scope->names, params->v[i]->name))
			p4_env_add(c, params->v[i]);
	}
}

uint32_t
p4_type_leaves(const struct p4_type *t)
{
	uint64_t n = 1;

	if (t->kind == P4_TY_STACK)
		n = (uint64_t)p4_type_leaves(t->elem) * (t->size ? t->size : 1);
	else if (t->kind == P4_TY_STRUCT || t->kind == P4_TY_HEADER || t->kind == P4_TY_UNION)
		n = t->size ? t->size : 1;
	else if (t->kind == P4_TY_TUPLE)
		for (uint32_t i = 0; i < t->nargs; i++)
			n += p4_type_leaves(t->args[i]);
	return n > UINT32_MAX / 2 ? UINT32_MAX / 2 : (uint32_t)n;
}

static enum p4_type_kind
kind_of_decl(const struct p4_node *decl)
{
	if (decl->kind == P4_STRUCT)
		return P4_TY_STRUCT;
	if (decl->kind == P4_HEADER)
		return P4_TY_HEADER;
	if (decl->kind == P4_UNION)
		return P4_TY_UNION;
	if (decl->kind == P4_EXTERN)
		return P4_TY_EXTERN;
	if (decl->kind == P4_PARSER)
		return P4_TY_PARSER;
	if (decl->kind == P4_CONTROL)
		return P4_TY_CONTROL;
	return P4_TY_PACKAGE;
}

/* Fields take their types from the declaration, with parameters replaced. */
static void
fill_fields(struct check *c, struct p4_type *t)
{
	const struct p4_list *fields = &t->decl->u.fields.fields;
	struct p4_binds b = p4_binds_of(t);
	uint64_t leaves = 0;

	t->nfields = fields->n;
	t->fields = arena_array(c->a, struct p4_type_field, fields->n + 1);
	for (uint32_t i = 0; i < fields->n; i++) {
		struct p4_type *type = fields->v[i]->type ? fields->v[i]->type : c->bad;
		t->fields[i].name = fields->v[i]->name;
		t->fields[i].type = p4_subst(c, &b, type);
		t->fields[i].decl = fields->v[i];
		leaves += p4_type_leaves(t->fields[i].type);
	}
	t->size = leaves > P4_MAX_LEAVES ? P4_MAX_LEAVES + 1 : (uint32_t)leaves;
}

struct p4_type *
p4_specialize(struct check *c, struct p4_node *decl, struct p4_type **args, uint32_t n)
{
	struct p4_type *t = p4_type_make(c, kind_of_decl(decl), decl);

	t->args = args;
	t->nargs = n;
	if (t->kind == P4_TY_STRUCT || t->kind == P4_TY_HEADER || t->kind == P4_TY_UNION)
		fill_fields(c, t);
	return t;
}

struct p4_type *
p4_open_type(struct check *c, struct p4_node *decl)
{
	struct p4_list *params = p4_type_params(decl);
	struct p4_type **args = arena_array(c->a, struct p4_type *, params->n + 1);

	for (uint32_t i = 0; i < params->n; i++)
		args[i] = params->v[i]->type;
	return p4_specialize(c, decl, args, params->n);
}

bool
p4_has_vars(const struct p4_type *t)
{
	if (!t)
		return false;
	if (t->kind == P4_TY_VAR || p4_has_vars(t->elem))
		return true;
	for (uint32_t i = 0; i < t->nargs; i++)
		if (p4_has_vars(t->args[i]))
			return true;
	return false;
}

bool
p4_is_value_type(const struct p4_type *t)
{
	return t->kind == P4_TY_BOOL || t->kind == P4_TY_BIT || t->kind == P4_TY_SIGNED ||
	       t->kind == P4_TY_VARBIT || t->kind == P4_TY_ERROR || t->kind == P4_TY_STRUCT ||
	       t->kind == P4_TY_HEADER || t->kind == P4_TY_UNION || t->kind == P4_TY_ENUM ||
	       t->kind == P4_TY_NEW || t->kind == P4_TY_STACK || t->kind == P4_TY_TUPLE ||
	       t->kind == P4_TY_VAR || t->kind == P4_TY_ERROR_TYPE;
}

bool
p4_is_argument_type(const struct p4_type *t)
{
	return p4_is_value_type(t) || t->kind == P4_TY_INT || t->kind == P4_TY_MATCH_KIND || t->kind == P4_TY_DONTCARE ||
	       t->kind == P4_TY_EXTERN || t->kind == P4_TY_LIST || t->kind == P4_TY_STRUCT_INIT;
}

static bool
fits_header(const struct p4_type *t)
{
	const struct p4_type *s = p4_type_strip(t);

	if (s->kind == P4_TY_STRUCT) {
		for (uint32_t i = 0; i < s->nfields; i++)
			if (!fits_header(s->fields[i].type) ||
			    s->fields[i].type->kind == P4_TY_VARBIT)
				return false;
		return true;
	}
	return s->kind == P4_TY_BIT || s->kind == P4_TY_SIGNED || s->kind == P4_TY_VARBIT ||
	       s->kind == P4_TY_BOOL || s->kind == P4_TY_VAR || p4_is_bad(s);
}

bool
p4_fits_field(enum p4_kind owner, const struct p4_type *t)
{
	if (t->kind == P4_TY_DONTCARE)
		return true;
	if (owner == P4_HEADER)
		return fits_header(t);
	if (owner == P4_UNION)
		return t->kind == P4_TY_HEADER || t->kind == P4_TY_VAR || p4_is_bad(t);
	return p4_is_value_type(t);
}

/* A generic type's fields, once their types are known. */
static bool
check_specialized_fields(struct check *c, const struct p4_node *n, const struct p4_type *t)
{
	for (uint32_t i = 0; i < t->nfields; i++)
		if (!p4_fits_field(t->decl->kind, t->fields[i].type)) {
			diag_error(c->d, n->at, "field '%.*s' of %s can't be %s",
				   STRA(t->fields[i].name), p4_tt(c, t),
				   p4_tt(c, t->fields[i].type));
			diag_note(c->d, p4_where(t->fields[i].decl), "declared here");
			return false;
		}
	return true;
}

/* A size or width: a constant, not negative, at most `max`. */
static bool
const_size(struct check *c, struct p4_node **slot, uint32_t max, const char *what, uint32_t *ret)
{
	struct p4_type *t = p4_check_expr(c, slot);
	struct p4_node *n = *slot;

	if (p4_is_bad(t))
		return false;
	t = p4_decay(c, slot);
	n = *slot;
	if (t->kind != P4_TY_INT && t->kind != P4_TY_BIT && t->kind != P4_TY_SIGNED) {
		diag_error(c->d, n->at, "%s must be a number, not %s", what, p4_tt(c, t));
		return false;
	}
	if (!n->is_const) {
		diag_error(c->d, n->at, "%s must be a constant", what);
		return false;
	}
	if (n->value->i.neg) {
		diag_error(c->d, n->at, "%s can't be negative", what);
		return false;
	}
	if (!p4_value_u32(n->value, ret) || *ret > max) {
		struct str s = big_text(c->a, n->value->i, 10);
		diag_error(c->d, n->at, "%s %.*s is too large: at most %u", what, STRA(s), max);
		return false;
	}
	return true;
}

static struct p4_type *
resolve_sized(struct check *c, struct p4_node *n)
{
	uint32_t width = 1;

	if (n->u.sized.width &&
	    !const_size(c, &n->u.sized.width, P4_MAX_WIDTH, "the width", &width))
		return c->bad;
	if (n->kind == P4_T_BIT)
		return p4_type_bit(c, width);
	if (n->kind == P4_T_VARBIT)
		return sized(c, P4_TY_VARBIT, NULL, width);
	if (width == 0) {
		diag_error(c->d, n->at,
			   "int<0> has no room for a sign: the width must be at least 1");
		return c->bad;
	}
	return p4_type_signed(c, width);
}

static struct p4_type *
resolve_stack(struct check *c, struct p4_node *n)
{
	struct p4_type *elem = p4_resolve(c, n->u.stack.elem), *t;
	uint32_t size = 0;

	if (!const_size(c, &n->u.stack.size, P4_MAX_STACK, "the stack's size", &size))
		return c->bad;
	if (p4_is_bad(elem))
		return c->bad;
	if (elem->kind != P4_TY_HEADER && elem->kind != P4_TY_UNION && elem->kind != P4_TY_VAR) {
		diag_error(c->d, n->u.stack.elem->at,
			   "a stack is made of headers or unions, not of %s", p4_tt(c, elem));
		return c->bad;
	}
	if (size == 0) {
		diag_error(c->d, n->u.stack.size->at, "a header stack needs at least one element");
		return c->bad;
	}
	t = p4_type_make(c, P4_TY_STACK, NULL);
	t->elem = elem;
	t->size = size;
	return t;
}

static struct p4_type **
resolve_args(struct check *c, struct p4_list *args, bool *ok)
{
	struct p4_type **v = arena_array(c->a, struct p4_type *, args->n + 1);

	for (uint32_t i = 0; i < args->n; i++) {
		v[i] = p4_resolve(c, args->v[i]);
		if (p4_is_bad(v[i]))
			*ok = false;
	}
	return v;
}

static struct p4_type *
resolve_tuple(struct check *c, struct p4_node *n)
{
	bool ok = true;
	struct p4_type *t = p4_type_make(c, P4_TY_TUPLE, NULL);

	t->args = resolve_args(c, &n->u.specialized.args, &ok);
	t->nargs = n->u.specialized.args.n;
	for (uint32_t i = 0; ok && i < t->nargs; i++)
		if (!p4_is_value_type(t->args[i]) && t->args[i]->kind != P4_TY_DONTCARE && t->args[i]->kind != P4_TY_MATCH_KIND) {
			diag_error(c->d, n->u.specialized.args.v[i]->at,
				   "%s can't be part of a tuple", p4_tt(c, t->args[i]));
			return c->bad;
		}
	if (ok && p4_type_leaves(t) > P4_MAX_LEAVES) {
		diag_error(c->d, n->at, "this type is too large");
		return c->bad;
	}
	return ok ? t : c->bad;
}

static struct p4_type *
resolve_list(struct check *c, struct p4_node *n)
{
	bool ok = true;
	struct p4_type **args = resolve_args(c, &n->u.specialized.args, &ok);

	if (!ok || n->u.specialized.args.n != 1)
		return c->bad;
	return p4_type_of(c, P4_TY_LIST, args[0]);
}

static struct p4_type *
resolve_name(struct check *c, struct p4_node *n)
{
	struct p4_sym *sym = p4_env_find(c, n->name, n->u.ref.absolute);

	n->u.ref.decl = NULL;
	if (!sym) {
		p4_unknown(c, n, "type", true);
		return c->bad;
	}
	if (!p4_is_type_decl(sym->decl)) {
		diag_error(c->d, p4_where(n), "'%.*s' is %s %s, not a type", STRA(n->name),
			   sym->decl->kind == P4_ACTION || sym->decl->kind == P4_INSTANCE ? "an"
											  : "a",
			   p4_kind_text(sym->decl->kind));
		diag_note(c->d, p4_where(sym->decl), "declared here");
		return c->bad;
	}
	n->u.ref.decl = sym->decl;
	return sym->decl->type ? sym->decl->type : c->bad;
}

/* Is `decl` within the type arguments of `t`, or `t` itself one of its types? */
static bool
made_of(const struct p4_type *t, const struct p4_node *decl)
{
	if (t->decl == decl)
		return true;
	for (uint32_t i = 0; i < t->nargs; i++)
		if (made_of(t->args[i], decl))
			return true;
	return false;
}

static struct p4_type *
resolve_specialized(struct check *c, struct p4_node *n)
{
	struct p4_type *base = p4_resolve_generic(c, n->u.specialized.base);
	struct p4_list *args = &n->u.specialized.args, *params;
	bool ok = true;
	struct p4_type **v = resolve_args(c, args, &ok);

	if (p4_is_bad(base) || !ok)
		return c->bad;
	params = base->decl ? p4_type_params(base->decl) : NULL;
	if (!params || !params->n || base != base->decl->type) {
		diag_error(c->d, n->at, "%s takes no type arguments", p4_tt(c, base));
		return c->bad;
	}
	if (params->n != args->n) {
		diag_error(c->d, n->at, "'%.*s' takes %u type argument%s, not %u",
			   STRA(base->decl->name), params->n, params->n == 1 ? "" : "s", args->n);
		diag_note(c->d, p4_where(base->decl), "declared here");
		return c->bad;
	}
	for (uint32_t i = 0; i < args->n; i++)
		if (!p4_is_argument_type(v[i]) && v[i]->kind != P4_TY_STRING) {
			diag_error(c->d, args->v[i]->at, "%s can't be a type argument",
				   p4_tt(c, v[i]));
			return c->bad;
		}
	for (uint32_t i = 0; i < args->n; i++)
		if (made_of(v[i], base->decl)) {
			diag_error(c->d, n->at, "'%.*s' is among its own type arguments", STRA(base->decl->name));
			return c->bad;
		}
	base = p4_specialize(c, base->decl, v, args->n);
	if (p4_type_leaves(base) > P4_MAX_LEAVES) {
		diag_error(c->d, n->at, "this type is too large");
		return c->bad;
	}
	for (uint32_t i = 0; base->nfields && i < args->n; i++)
		if (v[i]->kind == P4_TY_DONTCARE) {
			diag_error(c->d, args->v[i]->at,
				   "a type argument of %s must be written out: _ is for calls",
				   p4_tt(c, base));
			return c->bad;
		}
	if (!check_specialized_fields(c, n, base))
		return c->bad;
	return base;
}

static struct p4_type *
resolve_kind(struct check *c, struct p4_node *n)
{
	switch ((uint32_t)n->kind) {
	case P4_T_NAME:
		return resolve_name(c, n);
	case P4_T_SPECIALIZED:
		return resolve_specialized(c, n);
	case P4_T_BIT:
	case P4_T_SIGNED:
	case P4_T_VARBIT:
		return resolve_sized(c, n);
	case P4_T_STACK:
		return resolve_stack(c, n);
	case P4_T_TUPLE:
		return resolve_tuple(c, n);
	case P4_T_LIST:
		return resolve_list(c, n);
	case P4_T_INT:
		return c->int_;
	case P4_T_BOOL:
		return c->bool_;
	case P4_T_ERROR:
		if (!c->errors.n)
			diag_error(c->d, n->at, "no errors are declared: include core.p4");
		return c->error;
	case P4_T_STRING:
		return c->string;
	case P4_T_MATCH_KIND:
		return c->match_kind;
	case P4_T_VOID:
		return c->void_;
	case P4_T_DONTCARE:
		return c->dontcare;
	case P4_HEADER:
	case P4_STRUCT:
	case P4_UNION:
		return n->type ? n->type : c->bad;
	}
	return c->bad;
}

struct p4_type *
p4_resolve_generic(struct check *c, struct p4_node *n)
{
	if (!n)
		return c->bad;
	if (!p4_descend(c, n->at))
		return n->type = c->bad;
	n->type = resolve_kind(c, n);
	p4_ascend(c);
	return n->type;
}

struct p4_type *
p4_resolve(struct check *c, struct p4_node *n)
{
	struct p4_type *t = p4_resolve_generic(c, n);
	struct p4_node *decl = t->decl;
	uint32_t params = decl ? p4_type_params(decl)->n : 0;

	if (params && n->kind == P4_T_NAME && n->u.ref.decl == decl && t == decl->type) {
		diag_error(c->d, n->at, "'%.*s' needs %u type argument%s: %.*s<...>",
			   STRA(decl->name), params, params == 1 ? "" : "s", STRA(decl->name));
		diag_note(c->d, p4_where(decl), "declared here");
		return n->type = c->bad;
	}
	return t;
}
