/* check_expr.c - expressions but for operators and calls: literals, names, members, indexes, lists;
 * l-values; what is known at compile time. */
#include "p4/checker.h"

/* The default of `error` is its first code, which const.c does not know. */
static void
fill_errors(struct check *c, struct p4_value *v)
{
	if (v->kind == P4_V_ERROR && !v->member && c->errors.n)
		v->member = c->errors.v[0];
	for (uint32_t i = 0; v->kind == P4_V_LIST && i < v->n; i++)
		fill_errors(c, v->items[i]);
}

void
p4_refold(struct check *c, struct p4_node *n)
{
	struct p4_fold f = { .a = c->a };

	n->value = p4_fold(&f, n);
	if (n->value &&
	    (n->kind == P4_DOTS || n->kind == P4_LIST_EXPR || n->kind == P4_STRUCT_EXPR))
		fill_errors(c, n->value);
	n->is_const = n->value != NULL;
}

static struct p4_type *
check_int(struct check *c, struct p4_node *n)
{
	uint32_t width = n->u.integer.width;
	struct p4_type *t;

	if (!width)
		return c->int_;
	if (width > P4_MAX_WIDTH) {
		diag_error(c->d, n->at, "the width %u is too large: at most %u", width,
			   P4_MAX_WIDTH);
		return c->bad;
	}
	t = n->u.integer.is_signed ? p4_type_signed(c, width) : p4_type_bit(c, width);
	p4_warn_fit(c, n->at, n->u.integer.value, t);
	return t;
}

struct p4_type *
p4_check_name(struct check *c, struct p4_node *n)
{
	struct p4_sym *sym = p4_env_find(c, n->name, n->u.ref.absolute);
	struct p4_node *decl = sym ? sym->decl : map_get(&c->match_kinds, n->name);

	n->u.ref.decl = decl;
	if (!decl) {
		p4_unknown(c, n, NULL, false);
		return c->bad;
	}
	if (p4_is_type_decl(decl))
		return decl->type && !p4_is_bad(decl->type) ? p4_type_of(c, P4_TY_TYPE, decl->type)
							    : c->bad;
	switch ((uint32_t)decl->kind) {
	case P4_ACTION:
		return p4_type_make(c, P4_TY_ACTION, decl);
	case P4_TABLE:
		return p4_type_make(c, P4_TY_TABLE, decl);
	case P4_STATE:
		return c->state;
	case P4_FUNCTION:
	case P4_EXTERN_FUNCTION:
	case P4_METHOD:
		return p4_type_make(c, P4_TY_FUNCTION, decl);
	}
	return decl->type ? decl->type : c->bad;
}

/* --- members ------------------------------------------------------------------------------ */

static struct p4_type *
unknown_member(struct check *c, const struct p4_node *n, const struct p4_type *t, const char *what,
	       const struct p4_list *members)
{
	struct str *names = arena_array(c->a, struct str, members->n + 1);

	for (uint32_t i = 0; i < members->n; i++)
		names[i] = members->v[i]->name;
	diag_error(c->d, p4_where(n), "no %s '%.*s' in %s", what, STRA(n->name), p4_tt(c, t));
	diag_nearest(c->d, n->name, names, members->n);
	if (t->decl)
		diag_note(c->d, p4_where(t->decl), "declared here");
	return c->bad;
}

static struct p4_type *
check_field(struct check *c, struct p4_node *n, struct p4_type *t)
{
	int32_t i = p4_type_field_index(t, n->name);
	struct p4_list fields = { 0 };

	if (i < 0) {
		if (t->kind != P4_TY_STRUCT_INIT)
			fields = t->decl->u.fields.fields;
		return unknown_member(c, n, t, "field", &fields);
	}
	n->u.member.what = P4_MEMBER_FIELD;
	n->u.member.decl = t->fields[i].decl;
	n->u.member.index = (uint32_t)i;
	return t->fields[i].type;
}

static struct p4_type *
check_type_member(struct check *c, struct p4_node *n, struct p4_type *t)
{
	struct p4_list *members;

	if (t->kind == P4_TY_ERROR) {
		struct p4_list all = { c->errors.v, c->errors.n, c->errors.cap };
		n->u.member.decl = map_get(&c->error_names, n->name);
		n->u.member.what = P4_MEMBER_ERROR;
		return n->u.member.decl ? c->error : unknown_member(c, n, t, "code", &all);
	}
	if (t->kind != P4_TY_ENUM) {
		diag_error(c->d, p4_where(n), "%s has no member '%.*s' to be named by its type",
			   p4_tt(c, t), STRA(n->name));
		return c->bad;
	}
	members = &t->decl->u.enumeration.members;
	for (uint32_t i = 0; i < members->n; i++)
		if (str_eq(members->v[i]->name, n->name)) {
			n->u.member.decl = members->v[i];
			n->u.member.what = P4_MEMBER_ENUM;
			n->u.member.index = i;
			return t;
		}
	return unknown_member(c, n, t, "member", members);
}

static struct p4_type *
check_stack_member(struct check *c, struct p4_node *n, struct p4_type *t)
{
	bool parser = c->block && c->block->kind == P4_PARSER;

	if (str_is(n->name, "size")) {
		n->u.member.what = P4_MEMBER_STACK_SIZE;
		return p4_type_bit(c, 32);
	}
	if (str_is(n->name, "next"))
		n->u.member.what = P4_MEMBER_STACK_NEXT;
	else if (str_is(n->name, "last"))
		n->u.member.what = P4_MEMBER_STACK_LAST;
	else if (str_is(n->name, "lastIndex"))
		n->u.member.what = P4_MEMBER_STACK_LAST_INDEX;
	else {
		diag_error(c->d, p4_where(n),
			   "a header stack has next, last, lastIndex and size, not '%.*s'",
			   STRA(n->name));
		return c->bad;
	}
	if (!parser) {
		diag_error(c->d, p4_where(n), "'%.*s' of a header stack works only in parsers",
			   STRA(n->name));
		return c->bad;
	}
	return n->u.member.what == P4_MEMBER_STACK_LAST_INDEX ? p4_type_bit(c, 32) : t->elem;
}

static struct p4_type *
check_result_member(struct check *c, struct p4_node *n, struct p4_type *t)
{
	if (str_is(n->name, "hit") || str_is(n->name, "miss")) {
		n->u.member.what = str_is(n->name, "hit") ? P4_MEMBER_HIT : P4_MEMBER_MISS;
		return c->bool_;
	}
	if (str_is(n->name, "action_run")) {
		n->u.member.what = P4_MEMBER_ACTION_RUN;
		return p4_type_make(c, P4_TY_ACTION_ENUM, t->decl);
	}
	diag_error(c->d, p4_where(n),
		   "the result of apply() has hit, miss and action_run, not '%.*s'", STRA(n->name));
	return c->bad;
}

static struct p4_type *
check_member(struct check *c, struct p4_node *n)
{
	struct p4_type *t = p4_check_expr(c, &n->u.member.object);

	n->u.member.what = P4_MEMBER_NONE;
	n->u.member.decl = NULL;
	switch ((uint32_t)t->kind) {
	case P4_TY_ERROR_TYPE:
		return t;
	case P4_TY_TYPE:
		return check_type_member(c, n, t->elem);
	case P4_TY_STRUCT:
	case P4_TY_HEADER:
	case P4_TY_UNION:
	case P4_TY_STRUCT_INIT:
		return check_field(c, n, t);
	case P4_TY_STACK:
		return check_stack_member(c, n, t);
	case P4_TY_APPLY_RESULT:
		return check_result_member(c, n, t);
	}
	diag_error(c->d, p4_where(n), "%s has no member '%.*s'", p4_tt(c, t), STRA(n->name));
	return c->bad;
}

/* --- indexes ------------------------------------------------------------------------------ */

static struct p4_type *
check_index(struct check *c, struct p4_node *n)
{
	struct p4_type *t = p4_check_expr(c, &n->u.index.object);
	struct p4_type *i = p4_check_expr(c, &n->u.index.index);
	const struct p4_node *index;
	uint32_t size, k;

	if (p4_is_bad(t) || p4_is_bad(i))
		return c->bad;
	if (t->kind != P4_TY_STACK && t->kind != P4_TY_TUPLE) {
		diag_error(c->d, n->u.index.object->at,
			   "only stacks and tuples have elements, not %s", p4_tt(c, t));
		if (t->kind == P4_TY_BIT || t->kind == P4_TY_SIGNED)
			diag_hint(c->d, "one bit of a number is x[3:3]");
		return c->bad;
	}
	i = p4_decay(c, &n->u.index.index);
	index = n->u.index.index;
	if (i->kind != P4_TY_INT && i->kind != P4_TY_BIT && i->kind != P4_TY_SIGNED) {
		diag_error(c->d, index->at, "an index must be a number, not %s", p4_tt(c, i));
		return c->bad;
	}
	if (t->kind == P4_TY_TUPLE && !index->is_const) {
		diag_error(c->d, index->at, "the index of a tuple must be a constant");
		return c->bad;
	}
	if (c->place == P4_AT_STATE && t->kind == P4_TY_STACK && t->elem->kind == P4_TY_UNION &&
	    !p4_compile_time(c, index)) {
		diag_error(c->d, n->at, "a parser's index into a stack of unions must be a constant");
		return c->bad;
	}
	size = t->kind == P4_TY_STACK ? t->size : t->nargs;
	if (index->is_const && (!p4_value_u32(index->value, &k) || k >= size)) {
		struct str s = big_text(c->a, index->value->i, 10);
		diag_error(c->d, index->at, "index %.*s is outside of %s", STRA(s), p4_tt(c, t));
		return c->bad;
	}
	return t->kind == P4_TY_STACK ? t->elem : t->args[k];
}

/* --- lists -------------------------------------------------------------------------------- */

static struct p4_type *
check_list(struct check *c, struct p4_node *n)
{
	struct p4_list *items = &n->u.list.items;
	struct p4_type *t = p4_type_make(c, P4_TY_TUPLE, NULL);
	bool ok = true;

	t->args = arena_array(c->a, struct p4_type *, items->n + 1);
	t->nargs = items->n;
	for (uint32_t i = 0; i < items->n; i++) {
		t->args[i] = p4_check_expr(c, &items->v[i]);
		if (t->args[i]->kind == P4_TY_TYPE) {
			diag_error(c->d, items->v[i]->at, "a value is needed, but this names %s",
				   p4_tt(c, t->args[i]->elem));
			ok = false;
		}
		if (items->v[i]->kind == P4_DOTS && i + 1 < items->n) {
			diag_error(c->d, items->v[i]->at, "`...` must come last");
			ok = false;
		}
		ok = ok && !p4_is_bad(t->args[i]);
	}
	return ok ? t : c->bad;
}

static struct p4_type *
check_struct_expr(struct check *c, struct p4_node *n)
{
	struct p4_list *items = &n->u.list.items;
	struct p4_type *t = p4_type_make(c, P4_TY_STRUCT_INIT, n);
	bool ok = true;

	p4_check_unique(c, items, "elements");
	t->fields = arena_array(c->a, struct p4_type_field, items->n + 1);
	for (uint32_t i = 0; i < items->n; i++) {
		struct p4_node *item = items->v[i];
		if (item->kind != P4_NAMED_EXPR) {
			if (i + 1 == items->n && item->kind == P4_DOTS)
				continue;
			diag_error(c->d, item->at, "%s",
				   item->kind == P4_DOTS
					   ? "`...` must come last"
					   : "all elements of this initializer must be named");
			ok = false;
			continue;
		}
		struct p4_type *type = p4_check_expr(c, &item->u.named.expr);
		item->type = type;
		t->fields[t->nfields].name = item->name;
		t->fields[t->nfields++].type = type;
		ok = ok && !p4_is_bad(type);
	}
	return ok ? t : c->bad;
}

static struct p4_type *
check_this(struct check *c, struct p4_node *n)
{
	if (c->object && c->object->type)
		return c->object->type;
	diag_error(c->d, n->at, "`this` works only in the methods of an instance");
	return c->bad;
}

static struct p4_type *
misplaced(struct check *c, const struct p4_node *n)
{
	diag_error(c->d, n->at, "a value is needed here, not %s", p4_kind_text(n->kind));
	return c->bad;
}

static struct p4_type *
check_kind(struct check *c, struct p4_node *n)
{
	struct p4_type *t;

	switch ((uint32_t)n->kind) {
	case P4_BAD:
		return c->bad;
	case P4_INT:
		return check_int(c, n);
	case P4_BOOL:
		return c->bool_;
	case P4_STRING:
		return c->string;
	case P4_NAME:
		return p4_check_name(c, n);
	case P4_TYPE_EXPR:
		t = p4_resolve_generic(c, n->u.type_expr.type);
		return p4_is_bad(t) ? t : p4_type_of(c, P4_TY_TYPE, t);
	case P4_MEMBER:
		return check_member(c, n);
	case P4_INDEX:
		return check_index(c, n);
	case P4_SLICE:
		return p4_check_slice(c, n);
	case P4_UNARY:
		return p4_check_unary(c, n);
	case P4_BINARY:
		return p4_check_binary(c, n, n->u.binary.op, &n->u.binary.a, &n->u.binary.b);
	case P4_TERNARY:
		return p4_check_ternary(c, n);
	case P4_CAST:
		return p4_check_cast(c, n);
	case P4_CALL:
		return p4_check_call(c, n);
	case P4_LIST_EXPR:
		return check_list(c, n);
	case P4_STRUCT_EXPR:
		return check_struct_expr(c, n);
	case P4_INVALID_EXPR:
	case P4_DOTS:
		return c->dontcare;
	case P4_THIS:
		return check_this(c, n);
	}
	return misplaced(c, n);
}

static bool
int_operand_ok(struct check *c, const struct p4_node *a)
{
	return a->type->kind != P4_TY_INT || p4_compile_time(c, a) || p4_need_width(c, a);
}

/* `int` exists only at compile time, and its constants have their limits. */
static bool
check_folded(struct check *c, const struct p4_node *n)
{
	const struct p4_node *a = n->kind == P4_BINARY	? n->u.binary.a
				  : n->kind == P4_UNARY ? n->u.unary.a
				  : n->kind == P4_SLICE ? n->u.slice.object
							: NULL;
	const struct p4_node *b = n->kind == P4_BINARY ? n->u.binary.b : NULL;

	if (!a || p4_is_bad(n->type))
		return true;
	if (!int_operand_ok(c, a) || (b && !int_operand_ok(c, b)))
		return false;
	if (a->is_const && (!b || b->is_const) && !n->is_const &&
	    (n->type->kind == P4_TY_INT || n->type->kind == P4_TY_STRING)) {
		diag_error(c->d, n->at, "the value of this constant is too large");
		return false;
	}
	return true;
}

struct p4_type *
p4_check_expr(struct check *c, struct p4_node **slot)
{
	struct p4_node *n = *slot;

	if (!n)
		return c->bad;
	while (n->kind == P4_CAST && n->u.cast.implicit)
		*slot = n = n->u.cast.a;
	if (!p4_descend(c, n->at)) {
		n->type = c->bad;
		return n->type;
	}
	n->is_const = false;
	n->value = NULL;
	n->type = check_kind(c, n);
	if (!p4_is_bad(n->type) && n->kind != P4_LIST_EXPR && n->kind != P4_STRUCT_EXPR)
		p4_refold(c, n);
	else if (n->type->kind == P4_TY_TUPLE)
		p4_refold(c, n);
	if (!check_folded(c, n))
		n->type = c->bad;
	p4_ascend(c);
	return n->type;
}

bool
p4_check_as(struct check *c, struct p4_node **slot, struct p4_type *to, const char *what)
{
	p4_check_expr(c, slot);
	return p4_coerce(c, slot, to, what);
}

/* --- compile time ------------------------------------------------------------------------- */

static bool
is_action_param(struct check *c, const struct p4_node *param)
{
	const struct p4_list *params;

	if (!c->callable || c->callable->kind != P4_ACTION)
		return false;
	params = &c->callable->u.func.params;
	for (uint32_t i = 0; i < params->n; i++)
		if (params->v[i] == param)
			return true;
	return false;
}

static bool
all_compile_time(struct check *c, const struct p4_list *l)
{
	for (uint32_t i = 0; i < l->n; i++)
		if (!p4_compile_time(c, l->v[i]))
			return false;
	return true;
}

/* Constants, and what depends on constructor parameters and instances: known once `main` is laid
 * out. */
bool
p4_compile_time(struct check *c, const struct p4_node *n)
{
	const struct p4_node *decl;

	if (!n || n->is_const || !n->type || p4_is_bad(n->type))
		return true;
	switch ((uint32_t)n->kind) {
	case P4_NAME:
		decl = n->u.ref.decl;
		if (!decl || decl->kind == P4_INSTANCE || decl->kind == P4_ENUM_MEMBER || n->type->kind == P4_TY_TYPE)
			return true;
		return decl->kind == P4_PARAM && decl->u.var.dir == P4_DIR_NONE &&
		       !is_action_param(c, decl);
	case P4_CALL:
		return n->u.call.what == P4_CALL_CONSTRUCTOR ||
		       n->u.call.what == P4_CALL_MIN_SIZE_BITS ||
		       n->u.call.what == P4_CALL_MIN_SIZE_BYTES ||
		       n->u.call.what == P4_CALL_MAX_SIZE_BITS ||
		       n->u.call.what == P4_CALL_MAX_SIZE_BYTES;
	case P4_MEMBER:
		return p4_compile_time(c, n->u.member.object);
	case P4_INDEX:
		return p4_compile_time(c, n->u.index.object) &&
		       p4_compile_time(c, n->u.index.index);
	case P4_SLICE:
		return p4_compile_time(c, n->u.slice.object);
	case P4_UNARY:
		return p4_compile_time(c, n->u.unary.a);
	case P4_BINARY:
		return p4_compile_time(c, n->u.binary.a) && p4_compile_time(c, n->u.binary.b);
	case P4_TERNARY:
		return p4_compile_time(c, n->u.ternary.cond) &&
		       p4_compile_time(c, n->u.ternary.a) && p4_compile_time(c, n->u.ternary.b);
	case P4_CAST:
		return p4_compile_time(c, n->u.cast.a);
	case P4_LIST_EXPR:
	case P4_STRUCT_EXPR:
		return all_compile_time(c, &n->u.list.items);
	case P4_NAMED_EXPR:
		return p4_compile_time(c, n->u.named.expr);
	case P4_INVALID_EXPR:
	case P4_DOTS:
	case P4_THIS:
		return true;
	}
	return false;
}

/* --- l-values ----------------------------------------------------------------------------- */

static bool
check_assignable_name(struct check *c, const struct p4_node *n, const char *what)
{
	const struct p4_node *decl = n->u.ref.decl;

	if (!decl || decl->kind == P4_VAR)
		return true;
	if (decl->kind == P4_PARAM &&
	    (decl->u.var.dir == P4_DIR_OUT || decl->u.var.dir == P4_DIR_INOUT))
		return true;
	if (decl->kind == P4_PARAM && decl->u.var.dir == P4_DIR_IN)
		diag_error(c->d, n->at, "%s: '%.*s' is an in parameter and can't be changed", what,
			   STRA(n->name));
	else if (decl->kind == P4_PARAM)
		diag_error(c->d, n->at,
			   "%s: parameter '%.*s' has no direction and can't be changed", what,
			   STRA(n->name));
	else
		diag_error(c->d, n->at, "%s: '%.*s' is no variable", what, STRA(n->name));
	diag_note(c->d, p4_where(decl), "declared here");
	return false;
}

bool
p4_check_lvalue(struct check *c, const struct p4_node *n, const char *what)
{
	for (;;) {
		if (!n->type || p4_is_bad(n->type))
			return true;
		if (n->kind == P4_NAME && n->type->kind != P4_TY_TYPE)
			return check_assignable_name(c, n, what);
		if (n->kind == P4_MEMBER && (n->u.member.what == P4_MEMBER_FIELD ||
					     n->u.member.what == P4_MEMBER_STACK_NEXT ||
					     n->u.member.what == P4_MEMBER_STACK_LAST))
			n = n->u.member.object;
		else if (n->kind == P4_INDEX && (n->u.index.object->type->kind == P4_TY_STACK ||
						n->u.index.object->type->kind == P4_TY_TUPLE))
			n = n->u.index.object;
		else if (n->kind == P4_SLICE && n->u.slice.object->kind != P4_CAST)
			n = n->u.slice.object;
		else
			break;
	}
	diag_error(c->d, n->at, "%s: this can't be assigned to", what);
	return false;
}
