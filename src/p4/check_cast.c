/* check_cast.c - making an expression have the type that its place asks for: implicit casts (P4_16
 * specification 8.11.2), initializers, constants without a width. */
#include "p4/checker.h"

static bool
is_structlike(const struct p4_type *t)
{
	return t->kind == P4_TY_STRUCT || t->kind == P4_TY_HEADER;
}

static bool
is_fixed(const struct p4_type *t)
{
	return t->kind == P4_TY_BIT || t->kind == P4_TY_SIGNED;
}

static bool
can_coerce_list(struct check *c, const struct p4_type *from, const struct p4_type *to)
{
	uint32_t n = to->kind == P4_TY_TUPLE ? to->nargs
		     : is_structlike(to)     ? to->nfields
					     : from->nargs;

	if (to->kind == P4_TY_STACK && to->size != from->nargs)
		return false;
	for (uint32_t i = 0; i < from->nargs && i < n; i++) {
		const struct p4_type *want = to->kind == P4_TY_TUPLE ? to->args[i]
					     : is_structlike(to)     ? to->fields[i].type
								     : to->elem;
		if (!p4_can_coerce(c, from->args[i], want))
			return false;
	}
	return from->nargs == n;
}

bool
p4_can_coerce(struct check *c, const struct p4_type *from, const struct p4_type *to)
{
	if (p4_is_bad(from) || p4_is_bad(to) || p4_type_eq(from, to))
		return true;
	if (from->kind == P4_TY_DONTCARE || to->kind == P4_TY_DONTCARE)
		return true;
	if (from->kind == P4_TY_INT)
		return is_fixed(to);
	if (from->kind == P4_TY_ENUM && from->elem)
		return p4_type_eq(from->elem, to);
	if (from->kind == P4_TY_TUPLE && (to->kind == P4_TY_TUPLE || is_structlike(to) ||
					  to->kind == P4_TY_STACK || to->kind == P4_TY_LIST))
		return can_coerce_list(c, from, to);
	if (from->kind == P4_TY_STRUCT_INIT && is_structlike(to)) {
		for (uint32_t i = 0; i < from->nfields; i++) {
			int32_t k = p4_type_field_index(to, from->fields[i].name);
			if (k < 0 || !p4_can_coerce(c, from->fields[i].type, to->fields[k].type))
				return false;
		}
		return true;
	}
	return false;
}

/* `bit<8>`, written. */
static struct p4_node *
written(struct check *c, struct p4_type *to, struct span at)
{
	struct p4_node *n, *width;

	if (to->kind == P4_TY_BIT || to->kind == P4_TY_SIGNED) {
		n = p4_node_make(c->a, to->kind == P4_TY_BIT ? P4_T_BIT : P4_T_SIGNED, at);
		width = p4_node_make(c->a, P4_INT, at);
		width->u.integer.value = big_from_u64(c->a, to->width);
		width->u.integer.base = 10;
		width->type = c->int_;
		width->is_const = true;
		width->value = p4_value_int(c->a, width->u.integer.value);
		n->u.sized.width = width;
	} else {
		n = p4_node_make(c->a, P4_T_NAME, at);
		n->name = to->decl ? to->decl->name : STR_NONE;
		n->u.ref.decl = to->decl;
	}
	n->type = to;
	return n;
}

struct p4_node *
p4_implicit_cast(struct check *c, struct p4_node *n, struct p4_type *to)
{
	struct p4_node *cast = p4_node_make(c->a, P4_CAST, n->at);

	cast->u.cast.a = n;
	cast->u.cast.to = written(c, to, n->at);
	cast->u.cast.implicit = true;
	cast->type = to;
	p4_refold(c, cast);
	return cast;
}

struct p4_type *
p4_decay(struct check *c, struct p4_node **slot)
{
	struct p4_type *t = (*slot)->type;

	if (t->kind == P4_TY_ENUM && t->elem) {
		*slot = p4_implicit_cast(c, *slot, t->elem);
		return t->elem;
	}
	return t;
}

void
p4_warn_fit(struct check *c, struct span at, struct big v, const struct p4_type *to)
{
	const struct p4_type *t = p4_type_strip(to);
	struct str text = big_text(c->a, v, 10);

	if (t->kind == P4_TY_BIT && v.neg)
		diag_warn(c->d, at, "%.*s is negative, but %s has no sign: it wraps", STRA(text),
			  p4_tt(c, t));
	else if (t->kind == P4_TY_BIT && big_bits_unsigned(v) > t->width)
		diag_warn(c->d, at, "%.*s does not fit in %s: its upper bits are lost", STRA(text),
			  p4_tt(c, t));
	else if (t->kind == P4_TY_SIGNED && !big_is_zero(v) && big_bits_signed(v) > t->width)
		diag_warn(c->d, at, "%.*s does not fit in %s: it wraps", STRA(text), p4_tt(c, t));
}

static bool
coerce_int(struct check *c, struct p4_node **slot, struct p4_type *to)
{
	struct p4_node *n = *slot;

	if (n->is_const)
		p4_warn_fit(c, n->at, n->value->i, to);
	if (n->kind == P4_INT) {
		n->type = to;
		p4_refold(c, n);
	} else {
		*slot = p4_implicit_cast(c, n, to);
	}
	return true;
}

/* --- initializers ------------------------------------------------------------------------- */

static bool
ends_with_dots(const struct p4_node *n)
{
	const struct p4_list *items = &n->u.list.items;

	return n->u.list.dots || (items->n && items->v[items->n - 1]->kind == P4_DOTS);
}

static bool
coerce_items(struct check *c, struct p4_node *n, struct p4_type *to, const char *what)
{
	struct p4_list *items = &n->u.list.items;
	bool dots = ends_with_dots(n), ok = true;
	uint32_t have = items->n - (dots && !n->u.list.dots ? 1 : 0);
	uint32_t want = to->kind == P4_TY_TUPLE	  ? to->nargs
			: is_structlike(to)	  ? to->nfields
			: to->kind == P4_TY_STACK ? to->size
						  : have;

	if (have > want || (have < want && !dots)) {
		diag_error(c->d, n->at, "%s: %s has %u element%s, but %u %s given", what,
			   p4_tt(c, to), want, want == 1 ? "" : "s", have,
			   have == 1 ? "is" : "are");
		if (to->decl)
			diag_note(c->d, p4_where(to->decl), "declared here");
		return false;
	}
	for (uint32_t i = 0; i < have; i++) {
		struct p4_type *t = to->kind == P4_TY_TUPLE ? to->args[i]
				    : is_structlike(to)	    ? to->fields[i].type
							    : to->elem;
		ok = p4_coerce(c, &items->v[i], t, what) && ok;
	}
	if (dots && !n->u.list.dots)
		items->v[have]->type = c->dontcare;
	return ok;
}

static void
unknown_field(struct check *c, const struct p4_node *item, const struct p4_type *to)
{
	struct str *names = arena_array(c->a, struct str, to->nfields + 1);

	for (uint32_t i = 0; i < to->nfields; i++)
		names[i] = to->fields[i].name;
	diag_error(c->d, p4_where(item), "no field '%.*s' in %s", STRA(item->name), p4_tt(c, to));
	diag_nearest(c->d, item->name, names, to->nfields);
	if (to->decl)
		diag_note(c->d, p4_where(to->decl), "declared here");
}

static bool
coerce_named(struct check *c, struct p4_node *n, struct p4_type *to, const char *what)
{
	struct p4_list *items = &n->u.list.items;
	bool *seen = arena_array(c->a, bool, to->nfields + 1), ok = true;

	for (uint32_t i = 0; i < items->n; i++) {
		struct p4_node *item = items->v[i];
		int32_t k;
		if (item->kind != P4_NAMED_EXPR)
			continue;
		k = p4_type_field_index(to, item->name);
		if (k < 0) {
			unknown_field(c, item, to);
			ok = false;
			continue;
		}
		seen[k] = true;
		ok = p4_coerce(c, &item->u.named.expr, to->fields[k].type, what) && ok;
		item->type = to->fields[k].type;
	}
	for (uint32_t k = 0; ok && k < to->nfields && !ends_with_dots(n); k++)
		if (!seen[k]) {
			diag_error(c->d, n->at, "%s: field '%.*s' of %s gets no value", what,
				   STRA(to->fields[k].name), p4_tt(c, to));
			diag_hint(
				c->d,
				"end the list with `...` to give the others their default values");
			return false;
		}
	return ok;
}

static bool
mismatch(struct check *c, const struct p4_node *n, const struct p4_type *to, const char *what)
{
	const struct p4_type *from = n->type, *f = p4_type_strip(from), *t = p4_type_strip(to);

	if (from->kind == P4_TY_TYPE)
		diag_error(c->d, n->at, "%s: a value is needed, but this names %s", what,
			   p4_tt(c, from->elem));
	else if (to->kind == P4_TY_DONTCARE)
		diag_error(c->d, n->at, "%s has no type here", what);
	else
		diag_error(c->d, n->at, "%s must be %s, not %s", what, p4_tt(c, to),
			   p4_tt(c, from));
	if (is_fixed(f) && is_fixed(t) && (f->kind == t->kind || f->width == t->width))
		diag_hint(c->d, "a cast converts it: (%s)",
			  to->decl ? str_cstr(c->a, to->decl->name) : p4_tt(c, to));
	else if (f->kind == P4_TY_BIT && f->width == 1 && to->kind == P4_TY_BOOL)
		diag_hint(c->d, "compare it, as in `x == 1`, or cast it: (bool)");
	return false;
}

static bool
coerce_dots(struct check *c, struct p4_node *n, struct p4_type *to, const char *what)
{
	n->type = to;
	if (p4_has_vars(to))
		return true;
	if (!p4_default_value(c->a, to)) {
		if (diag_errors(c->d) && to->nfields) /* a field's type may have been refused */
			return false;
		diag_error(c->d, n->at, "%s: %s has no default value", what, p4_tt(c, to));
		return false;
	}
	p4_refold(c, n);
	return true;
}

static bool
coerce_list(struct check *c, struct p4_node *n, struct p4_type *to, const char *what)
{
	if (n->kind == P4_STRUCT_EXPR && is_structlike(to)) {
		if (!coerce_named(c, n, to, what))
			return false;
	} else if (n->kind == P4_LIST_EXPR && (is_structlike(to) || to->kind == P4_TY_TUPLE ||
					       to->kind == P4_TY_STACK || to->kind == P4_TY_LIST)) {
		if (!coerce_items(c, n, to, what))
			return false;
	} else {
		return mismatch(c, n, to, what);
	}
	n->type = to;
	p4_refold(c, n);
	return true;
}

static bool
coerce_branches(struct check *c, struct p4_node *n, struct p4_type *to, const char *what)
{
	if (!p4_coerce(c, &n->u.ternary.a, to, what) || !p4_coerce(c, &n->u.ternary.b, to, what))
		return false;
	n->type = to;
	p4_refold(c, n);
	return true;
}

bool
p4_coerce(struct check *c, struct p4_node **slot, struct p4_type *to, const char *what)
{
	struct p4_node *n = *slot;
	struct p4_type *from = n->type;

	if (p4_is_bad(from) || p4_is_bad(to))
		return false;
	if (n->kind == P4_DOTS && from->kind == P4_TY_DONTCARE)
		return coerce_dots(c, n, to, what);
	if (n->kind == P4_INVALID_EXPR) {
		if (to->kind != P4_TY_HEADER && to->kind != P4_TY_UNION && to->kind != P4_TY_VAR) {
			diag_error(c->d, n->at, "%s: {#} stands for an invalid header, not for %s",
				   what, p4_tt(c, to));
			return false;
		}
		n->type = to;
		p4_refold(c, n);
		return true;
	}
	if (p4_type_eq(from, to) || to->kind == P4_TY_DONTCARE)
		return true;
	if (n->kind == P4_LIST_EXPR || n->kind == P4_STRUCT_EXPR)
		return coerce_list(c, n, to, what);
	if (n->kind == P4_TERNARY && p4_can_coerce(c, from, to))
		return coerce_branches(c, n, to, what);
	if (from->kind == P4_TY_INT && is_fixed(to))
		return coerce_int(c, slot, to);
	if (from->kind == P4_TY_ENUM && from->elem && p4_type_eq(from->elem, to)) {
		*slot = p4_implicit_cast(c, n, to);
		return true;
	}
	return mismatch(c, n, to, what);
}

bool
p4_need_width(struct check *c, const struct p4_node *n)
{
	if (!n || !n->type)
		return true;
	if (n->type->kind == P4_TY_STRUCT_INIT) {
		diag_error(c->d, n->at, "the type of this initializer is not known here");
		diag_hint(c->d, "write it in front, as in (my_struct_t){ a = 1 }");
		return false;
	}
	if (n->kind == P4_LIST_EXPR || n->kind == P4_STRUCT_EXPR) {
		for (uint32_t i = 0; i < n->u.list.items.n; i++)
			if (!p4_need_width(c, n->u.list.items.v[i]))
				return false;
		return true;
	}
	if (n->kind == P4_NAMED_EXPR)
		return p4_need_width(c, n->u.named.expr);
	if (n->type->kind == P4_TY_INT) {
		diag_error(c->d, n->at, "a constant without a width can't stand here");
		diag_hint(c->d, "write its width, as in 32w10, or a cast, as in (bit<32>)x");
		return false;
	}
	if ((n->kind == P4_DOTS || n->kind == P4_INVALID_EXPR) && n->type->kind == P4_TY_DONTCARE) {
		diag_error(c->d, n->at, "the type of this is not known here");
		return false;
	}
	return true;
}
