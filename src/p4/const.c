/* const.c - compile-time values: folding of checked expressions, exact for `int`, wrapping or
 * saturating for bit<N> and int<N> (P4_16 specification, section 8). */
#include "p4/checker.h"

#define MAX_SHIFT 65536 /* bits that a constant shift of `int` may add */
#define MAX_WORDS \
	2048 /* of 64 bits in a value of type `int`, so that squaring in turn comes to an end */
#define MAX_STRING 65536

static struct p4_value *
make(struct arena *a, enum p4_value_kind kind)
{
	struct p4_value *v = arena_new(a, struct p4_value);

	v->kind = kind;
	return v;
}

struct p4_value *
p4_value_int(struct arena *a, struct big i)
{
	struct p4_value *v = make(a, P4_V_INT);

	v->i = i;
	return v;
}

struct p4_value *
p4_value_bool(struct arena *a, bool b)
{
	struct p4_value *v = make(a, P4_V_BOOL);

	v->b = b;
	return v;
}

static bool
is_numeric(const struct p4_value *v)
{
	return v->kind == P4_V_INT || v->kind == P4_V_ENUM;
}

bool
p4_value_u32(const struct p4_value *v, uint32_t *ret)
{
	if (!v || !is_numeric(v) || v->i.neg || !big_fits_u64(v->i) || big_u64(v->i) > UINT32_MAX)
		return false;
	*ret = (uint32_t)big_u64(v->i);
	return true;
}

bool
p4_value_eq(const struct p4_value *x, const struct p4_value *y)
{
	if (!x || !y)
		return x == y;
	if (x->kind != y->kind)
		return false;
	switch (x->kind) {
	case P4_V_INT:
		return big_cmp(x->i, y->i) == 0;
	case P4_V_BOOL:
		return x->b == y->b;
	case P4_V_STRING:
		return str_eq(x->s, y->s);
	case P4_V_ENUM:
	case P4_V_ERROR: /* without an underlying type, `i` is the ordinal */
		return big_cmp(x->i, y->i) == 0;
	case P4_V_LIST:
		for (uint32_t i = 0; i < x->n && i < y->n; i++)
			if (!p4_value_eq(x->items[i], y->items[i]))
				return false;
		return x->n == y->n;
	case P4_V_INSTANCE:
		return x->inst == y->inst;
	case P4_V_DEFAULT:
	case P4_V_INVALID:
		return true;
	}
	return false;
}

static struct p4_value *
default_items(struct arena *a, const struct p4_type *t)
{
	struct p4_value *v = make(a, P4_V_LIST);
	bool tuple = t->kind == P4_TY_TUPLE;
	uint32_t n = tuple ? t->nargs : t->kind == P4_TY_STACK ? t->size : t->nfields;

	v->items = arena_array(a, struct p4_value *, n + 1);
	v->n = n;
	for (uint32_t i = 0; i < n; i++) {
		const struct p4_type *item = tuple		      ? t->args[i]
					     : t->kind == P4_TY_STACK ? t->elem
								      : t->fields[i].type;
		v->items[i] = p4_default_value(a, item);
		if (!v->items[i])
			return NULL;
	}
	return v;
}

static struct p4_value *
default_enum(struct arena *a, const struct p4_type *t)
{
	struct p4_list *members = &t->decl->u.enumeration.members;
	struct p4_value *v = make(a, P4_V_ENUM);

	if (!t->elem)
		v->member = members->n ? members->v[0] : NULL;
	for (uint32_t i = 0; t->elem && i < members->n; i++) {
		const struct p4_value *m = members->v[i]->value;
		if (m && big_is_zero(m->i)) {
			v->member = members->v[i];
			break;
		}
	}
	return v;
}

struct p4_value *
p4_default_value(struct arena *a, const struct p4_type *t)
{
	struct p4_value *v;

	switch ((uint32_t)t->kind) {
	case P4_TY_BOOL:
		return p4_value_bool(a, false);
	case P4_TY_INT:
	case P4_TY_BIT:
	case P4_TY_SIGNED:
	case P4_TY_VARBIT:
		return p4_value_int(a, big_from_u64(a, 0));
	case P4_TY_STRING:
		return make(a, P4_V_STRING);
	case P4_TY_ERROR:
		return make(a, P4_V_ERROR); /* member NULL until one is known: NoError */
	case P4_TY_ENUM:
		return default_enum(a, t);
	case P4_TY_NEW:
		return p4_default_value(a, t->elem);
	case P4_TY_HEADER:
		return make(a, P4_V_INVALID);
	case P4_TY_UNION:
		v = make(a, P4_V_INVALID);
		return v;
	case P4_TY_STRUCT:
	case P4_TY_TUPLE:
	case P4_TY_STACK:
		return default_items(a, t);
	}
	return NULL;
}

/* A number as a value of type `to`. */
static struct p4_value *
wrap(struct arena *a, struct big i, const struct p4_type *to)
{
	const struct p4_type *t = p4_type_strip(to);
	struct p4_value *v;

	if (t->kind == P4_TY_BIT)
		i = big_wrap_unsigned(a, i, t->width);
	else if (t->kind == P4_TY_SIGNED)
		i = big_wrap_signed(a, i, t->width);
	else if (t->kind == P4_TY_BOOL)
		return p4_value_bool(a, !big_is_zero(i));
	v = p4_value_int(a, i);
	while (to->kind == P4_TY_NEW)
		to = to->elem;
	if (to->kind != P4_TY_ENUM)
		return v;
	v->kind = P4_V_ENUM;
	for (uint32_t k = 0; k < to->decl->u.enumeration.members.n; k++) {
		struct p4_node *m = to->decl->u.enumeration.members.v[k];
		if (m->value && big_cmp(m->value->i, i) == 0) {
			v->member = m;
			break;
		}
	}
	return v;
}

struct p4_value *
p4_value_cast(struct arena *a, const struct p4_value *v, const struct p4_type *to)
{
	struct p4_value *r;

	if (v->kind == P4_V_BOOL && p4_type_strip(to)->kind != P4_TY_BOOL)
		return wrap(a, big_from_u64(a, v->b), to);
	if (v->kind == P4_V_INT || (v->kind == P4_V_ENUM && p4_type_strip(to)->kind != P4_TY_ENUM))
		return wrap(a, v->i, to);
	r = make(a, v->kind);
	*r = *v;
	return r;
}

/* --- operators ---------------------------------------------------------------------------- */

static struct big
saturate(struct arena *a, struct big i, const struct p4_type *t)
{
	struct big one = big_from_u64(a, 1), lo, hi;

	if (t->kind == P4_TY_SIGNED) {
		hi = big_sub(a, big_pow2(a, t->width - 1), one);
		lo = big_neg(a, big_pow2(a, t->width - 1));
	} else {
		hi = big_sub(a, big_pow2(a, t->width), one);
		lo = big_from_u64(a, 0);
	}
	if (big_cmp(i, lo) < 0)
		return lo;
	return big_cmp(i, hi) > 0 ? hi : i;
}

static struct p4_value *
shift(struct arena *a, enum p4_op op, struct big x, struct big y, const struct p4_type *t)
{
	uint32_t by;

	if (y.neg)
		return NULL;
	if (!big_fits_u64(y) || big_u64(y) > MAX_SHIFT) {
		if (t->kind == P4_TY_INT && op == P4_SHL && !big_is_zero(x))
			return NULL;
		by = MAX_SHIFT;
	} else {
		by = (uint32_t)big_u64(y);
	}
	if (op == P4_SHR)
		return wrap(a, big_shr(a, x, by), t);
	if (t->kind != P4_TY_INT && by >= t->width)
		return p4_value_int(a, big_from_u64(a, 0));
	return wrap(a, big_shl(a, x, by), t);
}

static struct p4_value *
concat(struct arena *a, const struct p4_node *n, struct big x, struct big y)
{
	const struct p4_type *right = p4_type_strip(n->u.binary.b->type);
	struct big low = big_wrap_unsigned(a, y, right->width);

	return wrap(a, big_or(a, big_shl(a, x, right->width), low), n->type);
}

static struct p4_value *
arithmetic(struct arena *a, const struct p4_node *n, struct big x, struct big y)
{
	const struct p4_type *t = p4_type_strip(n->type);

	if (x.n + y.n > MAX_WORDS)
		return NULL;
	switch ((uint32_t)n->u.binary.op) {
	case P4_ADD:
		return wrap(a, big_add(a, x, y), t);
	case P4_SUB:
		return wrap(a, big_sub(a, x, y), t);
	case P4_MUL:
		return wrap(a, big_mul(a, x, y), t);
	case P4_DIV:
		return big_is_zero(y) || x.neg || y.neg ? NULL : wrap(a, big_div(a, x, y), t);
	case P4_MOD:
		return big_is_zero(y) || x.neg || y.neg ? NULL : wrap(a, big_mod(a, x, y), t);
	case P4_ADD_SAT:
		return p4_value_int(a, saturate(a, big_add(a, x, y), t));
	case P4_SUB_SAT:
		return p4_value_int(a, saturate(a, big_sub(a, x, y), t));
	case P4_SHL:
	case P4_SHR:
		return shift(a, n->u.binary.op, x, y, t);
	case P4_BIT_AND:
		return wrap(a, big_and(a, x, y), t);
	case P4_BIT_OR:
		return wrap(a, big_or(a, x, y), t);
	case P4_BIT_XOR:
		return wrap(a, big_xor(a, x, y), t);
	case P4_LT:
		return p4_value_bool(a, big_cmp(x, y) < 0);
	case P4_LE:
		return p4_value_bool(a, big_cmp(x, y) <= 0);
	case P4_GT:
		return p4_value_bool(a, big_cmp(x, y) > 0);
	case P4_GE:
		return p4_value_bool(a, big_cmp(x, y) >= 0);
	case P4_CONCAT:
		return concat(a, n, x, y);
	}
	return NULL;
}

static struct p4_value *
string_concat(struct arena *a, const struct p4_value *x, const struct p4_value *y)
{
	struct p4_value *v = make(a, P4_V_STRING);

	v->s = str_fmt(a, "%.*s%.*s", STRA(x->s), STRA(y->s));
	return v;
}

static struct p4_value *
operand(struct p4_fold *f, const struct p4_node *n)
{
	if (!n)
		return NULL;
	if (n->is_const)
		return n->value;
	return f->lookup ? p4_fold(f, n) : NULL;
}

/* && and || know their result when the left side decides. */
static struct p4_value *
fold_logic(struct p4_fold *f, const struct p4_node *n, const struct p4_value *x)
{
	const struct p4_value *y;
	bool decided = n->u.binary.op == P4_OR;

	if (x->kind != P4_V_BOOL)
		return NULL;
	if (x->b == decided)
		return p4_value_bool(f->a, decided);
	y = operand(f, n->u.binary.b);
	return y && y->kind == P4_V_BOOL ? p4_value_bool(f->a, y->b) : NULL;
}

static struct p4_value *
fold_binary(struct p4_fold *f, const struct p4_node *n)
{
	const struct p4_value *x = operand(f, n->u.binary.a), *y;
	enum p4_op op = n->u.binary.op;

	if (!x)
		return NULL;
	if (op == P4_AND || op == P4_OR)
		return fold_logic(f, n, x);
	y = operand(f, n->u.binary.b);
	if (!y)
		return NULL;
	if (op == P4_EQ || op == P4_NE)
		return p4_value_bool(f->a, p4_value_eq(x, y) == (op == P4_EQ));
	if (op == P4_CONCAT && x->kind == P4_V_STRING && y->kind == P4_V_STRING)
		return x->s.n + (uint64_t)y->s.n > MAX_STRING ? NULL : string_concat(f->a, x, y);
	if (!is_numeric(x) || !is_numeric(y))
		return NULL;
	return arithmetic(f->a, n, x->i, y->i);
}

static struct p4_value *
fold_unary(struct p4_fold *f, const struct p4_node *n)
{
	const struct p4_value *x = operand(f, n->u.unary.a);

	if (!x)
		return NULL;
	if (n->u.unary.op == P4_NOT)
		return x->kind == P4_V_BOOL ? p4_value_bool(f->a, !x->b) : NULL;
	if (!is_numeric(x))
		return NULL;
	if (n->u.unary.op == P4_NEG)
		return wrap(f->a, big_neg(f->a, x->i), n->type);
	if (n->u.unary.op == P4_BIT_NOT) { /* -x - 1 */
		struct big one = big_from_u64(f->a, 1);
		return wrap(f->a, big_sub(f->a, big_neg(f->a, x->i), one), n->type);
	}
	return p4_value_int(f->a, x->i);
}

static struct p4_value *
fold_slice(struct p4_fold *f, const struct p4_node *n)
{
	const struct p4_value *x = operand(f, n->u.slice.object);

	if (!x || !is_numeric(x))
		return NULL;
	return p4_value_int(f->a, big_slice(f->a, x->i, n->u.slice.hi_value, n->u.slice.lo_value));
}

/* Lists become values in the order of the fields of the type that they were converted to. */
static struct p4_value *
fold_list(struct p4_fold *f, const struct p4_node *n)
{
	const struct p4_type *t = n->type;
	bool tuple = t->kind == P4_TY_TUPLE, open = t->kind == P4_TY_LIST;
	uint32_t n_items = n->u.list.items.n;
	uint32_t want = open			 ? n_items
			: tuple			 ? t->nargs
			: t->kind == P4_TY_STACK ? t->size
						 : t->nfields;
	struct p4_value *v = make(f->a, P4_V_LIST);

	v->items = arena_array(f->a, struct p4_value *, want + 1);
	v->n = want;
	for (uint32_t i = 0; i < n_items; i++) {
		const struct p4_node *item = n->u.list.items.v[i];
		int32_t k = (int32_t)i;
		if (item->kind == P4_NAMED_EXPR) {
			k = p4_type_field_index(t, item->name);
			item = item->u.named.expr;
		}
		if (item->kind == P4_DOTS && (n->u.list.dots || (uint32_t)k >= want))
			break;
		if (k < 0 || (uint32_t)k >= want || !(v->items[k] = operand(f, item)))
			return NULL;
	}
	for (uint32_t i = 0; i < want; i++) {
		if (v->items[i])
			continue;
		v->items[i] =
			open ? NULL
			     : p4_default_value(f->a, tuple		       ? t->args[i]
						      : t->kind == P4_TY_STACK ? t->elem
									       : t->fields[i].type);
		if (!v->items[i])
			return NULL;
	}
	return v;
}

static struct p4_value *
fold_member(struct p4_fold *f, const struct p4_node *n)
{
	const struct p4_node *m = n->u.member.decl;
	const struct p4_value *x;
	struct p4_value *v;

	if (n->u.member.what == P4_MEMBER_ENUM || n->u.member.what == P4_MEMBER_ERROR) {
		v = make(f->a, n->u.member.what == P4_MEMBER_ENUM ? P4_V_ENUM : P4_V_ERROR);
		v->member = n->u.member.decl;
		if (m && m->value)
			v->i = m->value->i;
		else if (m)
			v->i = big_from_u64(f->a, m->u.member_decl.ordinal);
		return v;
	}
	if (n->u.member.what == P4_MEMBER_STACK_SIZE)
		return p4_value_int(f->a, big_from_u64(f->a, n->u.member.object->type->size));
	if (n->u.member.what != P4_MEMBER_FIELD)
		return NULL;
	x = operand(f, n->u.member.object);
	if (!x || x->kind != P4_V_LIST || n->u.member.index >= x->n)
		return NULL;
	return x->items[n->u.member.index];
}

static struct p4_value *
fold_index(struct p4_fold *f, const struct p4_node *n)
{
	const struct p4_value *x = operand(f, n->u.index.object), *i = operand(f, n->u.index.index);
	uint32_t k;

	if (!x || !i || x->kind != P4_V_LIST || !p4_value_u32(i, &k) || k >= x->n)
		return NULL;
	return x->items[k];
}

static bool
is_size_call(const struct p4_node *n)
{
	return n->u.call.what == P4_CALL_MIN_SIZE_BITS ||
	       n->u.call.what == P4_CALL_MIN_SIZE_BYTES ||
	       n->u.call.what == P4_CALL_MAX_SIZE_BITS || n->u.call.what == P4_CALL_MAX_SIZE_BYTES;
}

/* Sizes of section "Compile-time size determination"; *ok is cleared for types that have none. */
uint32_t
p4_size_bits(const struct p4_type *t, bool max, bool *ok)
{
	uint64_t sum = 0;

	t = p4_type_strip(t);
	switch ((uint32_t)t->kind) {
	case P4_TY_BOOL:
		return 1;
	case P4_TY_BIT:
	case P4_TY_SIGNED:
		return t->width;
	case P4_TY_VARBIT:
		return max ? t->width : 0;
	case P4_TY_STACK:
		sum = (uint64_t)t->size * p4_size_bits(t->elem, max, ok);
		return sum > UINT32_MAX ? UINT32_MAX : (uint32_t)sum;
	case P4_TY_STRUCT:
	case P4_TY_HEADER:
	case P4_TY_UNION:
		for (uint32_t i = 0; i < t->nfields; i++) {
			uint64_t bits = p4_size_bits(t->fields[i].type, max, ok);
			sum = t->kind != P4_TY_UNION ? sum + bits : bits > sum ? bits : sum;
		}
		return sum > UINT32_MAX ? UINT32_MAX : (uint32_t)sum;
	case P4_TY_TUPLE:
		for (uint32_t i = 0; i < t->nargs; i++)
			sum += p4_size_bits(t->args[i], max, ok);
		return sum > UINT32_MAX ? UINT32_MAX : (uint32_t)sum;
	}
	*ok = false;
	return 0;
}

static struct p4_value *
fold_call(struct p4_fold *f, const struct p4_node *n)
{
	enum p4_call_kind what = n->u.call.what;
	const struct p4_type *t;
	bool ok = true;
	uint32_t bits;

	if (what == P4_CALL_CONSTRUCTOR && f->lookup)
		return f->lookup(f->context, n);
	if (what == P4_CALL_EXTERN && n->u.call.nordered &&
	    str_is(n->u.call.target->name, "static_assert")) {
		const struct p4_value *x = operand(f, n->u.call.ordered[0]);
		return x && x->kind == P4_V_BOOL && x->b ? p4_value_bool(f->a, true) : NULL;
	}
	if (!is_size_call(n) || !n->u.call.object || !n->u.call.object->type)
		return NULL;
	t = n->u.call.object->type;
	t = t->kind == P4_TY_TYPE ? t->elem : t;
	bits = p4_size_bits(t, what == P4_CALL_MAX_SIZE_BITS || what == P4_CALL_MAX_SIZE_BYTES,
			    &ok);
	if (!ok)
		return NULL;
	if (what == P4_CALL_MIN_SIZE_BYTES || what == P4_CALL_MAX_SIZE_BYTES)
		bits = (bits + 7) >> 3;
	return p4_value_int(f->a, big_from_u64(f->a, bits));
}

static struct p4_value *
fold_name(struct p4_fold *f, const struct p4_node *n)
{
	const struct p4_node *decl = n->u.ref.decl;

	if (!decl)
		return NULL;
	if (decl->kind == P4_ENUM_MEMBER) { /* a match kind */
		struct p4_value *v = make(f->a, P4_V_ENUM);
		v->member = n->u.ref.decl;
		return v;
	}
	if (decl->kind == P4_CONST)
		return decl->is_const ? decl->value
		       : f->lookup    ? p4_fold(f, decl->u.var.init)
				      : NULL;
	return f->lookup ? f->lookup(f->context, n) : NULL;
}

static struct p4_value *
fold_leaf(struct p4_fold *f, const struct p4_node *n)
{
	struct p4_value *v;

	switch ((uint32_t)n->kind) {
	case P4_INT:
		return wrap(f->a, n->u.integer.value, n->type);
	case P4_BOOL:
		return p4_value_bool(f->a, n->u.boolean);
	case P4_STRING:
		v = make(f->a, P4_V_STRING);
		v->s = n->u.string;
		return v;
	case P4_INVALID_EXPR:
		return make(f->a, P4_V_INVALID);
	case P4_DOTS:
		return n->type->kind == P4_TY_DONTCARE ? NULL : p4_default_value(f->a, n->type);
	}
	return NULL;
}

static struct p4_value *
fold_kind(struct p4_fold *f, const struct p4_node *n)
{
	const struct p4_value *x;

	switch ((uint32_t)n->kind) {
	case P4_NAME:
		return fold_name(f, n);
	case P4_MEMBER:
		return fold_member(f, n);
	case P4_INDEX:
		return fold_index(f, n);
	case P4_SLICE:
		return fold_slice(f, n);
	case P4_UNARY:
		return fold_unary(f, n);
	case P4_BINARY:
		return fold_binary(f, n);
	case P4_TERNARY:
		x = operand(f, n->u.ternary.cond);
		if (!x || x->kind != P4_V_BOOL)
			return NULL;
		return operand(f, x->b ? n->u.ternary.a : n->u.ternary.b);
	case P4_CAST:
		x = operand(f, n->u.cast.a);
		return x ? p4_value_cast(f->a, x, n->type) : NULL;
	case P4_CALL:
		return fold_call(f, n);
	case P4_LIST_EXPR:
	case P4_STRUCT_EXPR:
		return fold_list(f, n);
	}
	return fold_leaf(f, n);
}

struct p4_value *
p4_fold(struct p4_fold *f, const struct p4_node *n)
{
	struct p4_value *v;

	if (!n || !n->type || n->type->kind == P4_TY_ERROR_TYPE || f->depth > P4_MAX_DEPTH)
		return NULL;
	f->depth++;
	v = fold_kind(f, n);
	f->depth--;
	return v;
}
