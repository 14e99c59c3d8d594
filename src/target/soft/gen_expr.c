/* gen_expr.c - expressions as C expressions. */
#include "target/soft/gen.h"

const char *
gen_number(struct gen *g, struct big v, uint32_t width)
{
	const char *words = "";

	v = big_wrap_unsigned(g->a, v, width);
	if (width <= 64) {
		uint64_t n = big_u64(v);

		return gen_text(g, n < 0x80000000 ? "%lluu" : "0x%llxull", (unsigned long long)n);
	}
	if (width <= 128) {
		unsigned __int128 n = big_u128(v);

		return gen_text(g, "PS_U128(0x%llxull, 0x%llxull)", (unsigned long long)(n >> 64), (unsigned long long)n);
	}
	for (uint32_t i = 0; i < gen_words(width); i++)
		words = gen_text(g, "%s%s0x%llxull", words, i ? ", " : "", (unsigned long long)(i < v.n ? v.w[i] : 0));
	return gen_text(g, "(%s){ { %s } }", gen_wide(g, width), words);
}

/* A struct, header, tuple or stack of constants. */
static const char *
value_list(struct gen *g, const struct p4_node *at, const struct p4_value *v, const struct p4_type *t)
{
	struct gen_buf text = { 0 };

	if (v->kind == P4_V_INVALID || v->kind == P4_V_DEFAULT)
		return gen_zero(g, t);
	if (t->kind == P4_TY_STACK) {
		for (uint32_t i = 0; i < v->n && i < t->size; i++)
			gen_add(g, &text, "%s%s", i ? ", " : "", gen_value(g, at, v->items[i], t->elem));
		return gen_text(g, "(%s){ .v = { %s }, .next = %u }", gen_type(g, t), gen_done(&text), v->n);
	}
	for (uint32_t i = 0; i < v->n && i < gen_nfields(t); i++)
		gen_add(g, &text, ".%s = %s, ", gen_field(g, t, i), gen_value(g, at, v->items[i], gen_tuple_elem(t, i)));
	if (t->kind == P4_TY_HEADER)
		gen_add(g, &text, ".valid = 1");
	return gen_text(g, "(%s){ %s }", gen_type(g, t), text.n ? text.p : "0");
}

const char *
gen_value(struct gen *g, const struct p4_node *at, const struct p4_value *v, const struct p4_type *t)
{
	t = p4_type_strip(t);
	switch (v->kind) {
	case P4_V_INT:
		if (gen_is_scalar(t) || t->kind == P4_TY_INT)
			return gen_number(g, v->i, gen_width(t));
		break;
	case P4_V_BOOL:
		return v->b ? "1" : "0";
	case P4_V_STRING:
		return gen_quote(g, v->s);
	case P4_V_ENUM:
		if (t->kind == P4_TY_ENUM)
			return gen_text(g, "%uu", v->member->u.member_decl.ordinal);
		return gen_number(g, v->i, gen_width(t));
	case P4_V_ERROR:
		return gen_text(g, "%uu", v->member->u.member_decl.ordinal);
	case P4_V_LIST: case P4_V_INVALID: case P4_V_DEFAULT:
		if (gen_is_scalar(t))
			return v->kind == P4_V_LIST && v->n == 1 ? gen_value(g, at, v->items[0], t) : gen_zero(g, t);
		return value_list(g, at, v, t);
	case P4_V_INSTANCE:
		break;
	}
	return gen_fail(g, at, "this value can't be executed");
}

/* --- lists and initializers ---------------------------------------------------------------------------- */

static const struct p4_node *
field_init(const struct p4_node *e, const struct p4_type *t, uint32_t i)
{
	const struct p4_list *l = &e->u.list.items;

	if (e->kind == P4_LIST_EXPR)
		return i < l->n ? l->v[i] : NULL;
	for (uint32_t k = 0; k < l->n; k++)
		if (t->kind != P4_TY_TUPLE && l->v[k]->kind == P4_NAMED_EXPR && str_eq(l->v[k]->name, t->fields[i].name))
			return l->v[k]->u.named.expr;
	return NULL;
}

/* Fields are stored one after the other into a temporary: the written order is the order of evaluation. */
static const char *
init_struct(struct gen *g, const struct p4_node *e, const struct p4_type *t)
{
	uint32_t n = gen_temp(g);
	struct gen_buf text = { 0 };

	gen_add(g, &text, "({ %s n%u_ = { 0 };", gen_type(g, t), n);
	for (uint32_t i = 0; i < gen_nfields(t); i++) {
		const struct p4_node *init = field_init(e, t, i);

		if (init && init->kind != P4_DOTS)
			gen_add(g, &text, " n%u_.%s = %s;", n, gen_field(g, t, i), gen_expr_as(g, init, gen_tuple_elem(t, i)));
	}
	if (t->kind == P4_TY_HEADER)
		gen_add(g, &text, " n%u_.valid = 1;", n);
	gen_add(g, &text, " n%u_; })", n);
	return text.p;
}

static const char *
init_stack(struct gen *g, const struct p4_node *e, const struct p4_type *t)
{
	uint32_t n = gen_temp(g), count = e->u.list.items.n;
	struct gen_buf text = { 0 };

	gen_add(g, &text, "({ %s n%u_ = { 0 };", gen_type(g, t), n);
	for (uint32_t i = 0; i < count && i < t->size; i++)
		if (e->u.list.items.v[i]->kind != P4_DOTS)
			gen_add(g, &text, " n%u_.v[%u] = %s;", n, i, gen_expr_as(g, e->u.list.items.v[i], t->elem));
	gen_add(g, &text, " n%u_.next = %u; n%u_; })", n, count < t->size ? count : t->size, n);
	return text.p;
}

/* Between struct-likes of different declaration and the same shape: member by member. */
static const char *
reshape(struct gen *g, const struct p4_node *e, const struct p4_type *from, const struct p4_type *to)
{
	uint32_t n = gen_temp(g);
	const char *text = gen_text(g, "({ %s m%u_ = %s; %s n%u_ = { 0 };", gen_type(g, from), n, gen_expr(g, e), gen_type(g, to), n);

	for (uint32_t i = 0; i < gen_nfields(to); i++) {
		const struct p4_type *ft = gen_tuple_elem(from, i), *tt = gen_tuple_elem(to, i);

		if (!p4_type_eq(p4_type_strip(ft), p4_type_strip(tt)))
			return gen_fail(g, e, "this conversion can't be executed");
		text = gen_text(g, "%s n%u_.%s = m%u_.%s;", text, n, gen_field(g, to, i), n, gen_field(g, from, i));
	}
	if (to->kind == P4_TY_HEADER)
		text = gen_text(g, "%s n%u_.valid = 1;", text, n);
	return gen_text(g, "%s n%u_; })", text, n);
}

static bool
is_record(const struct p4_type *t)
{
	return t->kind == P4_TY_STRUCT || t->kind == P4_TY_HEADER || t->kind == P4_TY_TUPLE;
}

const char *
gen_expr_as(struct gen *g, const struct p4_node *e, const struct p4_type *t)
{
	const struct p4_type *from;

	t = p4_type_strip(t);
	while (e->kind == P4_ARG || (e->kind == P4_CAST && !gen_is_scalar(t)))
		e = e->kind == P4_ARG ? e->u.arg.expr : e->u.cast.a;
	if (e->kind == P4_INVALID_EXPR || e->kind == P4_DOTS)
		return gen_zero(g, t);
	if (e->kind == P4_LIST_EXPR || e->kind == P4_STRUCT_EXPR) {
		if (gen_is_scalar(t) && e->u.list.items.n == 1)
			return gen_expr_as(g, e->u.list.items.v[0], t);
		if (t->kind == P4_TY_STACK)
			return init_stack(g, e, t);
		return is_record(t) ? init_struct(g, e, t) : gen_fail(g, e, "this initializer can't be executed");
	}
	if (!e->type)
		return gen_expr(g, e);
	from = p4_type_strip(e->type);
	if (from->kind == P4_TY_INT && gen_is_scalar(t)) {
		struct big v;

		if (gen_const_int(g, e, &v))
			return gen_number(g, v, gen_width(t));
	}
	if (is_record(t) && is_record(from) && !p4_type_eq(t, from) && gen_nfields(t) == gen_nfields(from))
		return reshape(g, e, from, t);
	return gen_expr(g, e);
}

/* --- the kinds ------------------------------------------------------------------------------------------- */

static const char *
expr_const(struct gen *g, const struct p4_node *e)
{
	if (e->kind == P4_INT)
		return gen_number(g, e->u.integer.value, e->type && gen_width(e->type) ? gen_width(e->type) : 64);
	if (e->kind == P4_BOOL)
		return e->u.boolean ? "1" : "0";
	return gen_quote(g, e->u.string);
}

static const char *
expr_member(struct gen *g, const struct p4_node *e)
{
	const struct p4_node *o = e->u.member.object;

	switch (e->u.member.what) {
	case P4_MEMBER_ENUM: case P4_MEMBER_ERROR:
		if (p4_type_strip(e->type)->kind != P4_TY_ENUM && e->u.member.what == P4_MEMBER_ENUM)
			return gen_fail(g, e, "this enum member has no value");
		return gen_text(g, "%uu", e->u.member.decl->u.member_decl.ordinal);
	case P4_MEMBER_HIT:
		return gen_text(g, "(%s)->hit", gen_expr(g, o));
	case P4_MEMBER_MISS:
		return gen_text(g, "(!(%s)->hit)", gen_expr(g, o));
	case P4_MEMBER_ACTION_RUN:
		return gen_text(g, "(%s)->action", gen_expr(g, o));
	case P4_MEMBER_STACK_SIZE:
		return gen_text(g, "%uu", p4_type_strip(o->type)->size);
	case P4_MEMBER_STACK_LAST_INDEX:
		return gen_text(g, "((%s).next - 1u)", gen_expr(g, o));
	case P4_MEMBER_FIELD:
		if (!gen_is_lvalue(e))
			return gen_read_member(g, o->type, e->u.member.index, gen_text(g, "(%s)", gen_expr(g, o)));
		if (gen_has_no_address(e))
			return gen_text(g, "((%s)%s)", gen_type(g, e->type), gen_lvalue(g, e));
		return gen_lvalue(g, e);
	case P4_MEMBER_STACK_NEXT: case P4_MEMBER_STACK_LAST:
		return gen_lvalue(g, e);
	case P4_MEMBER_METHOD: case P4_MEMBER_NONE:
		break;
	}
	return gen_fail(g, e, "'%.*s' has no value", STRA(e->name));
}

/* Operands whose evaluation does something are put in order through temporaries. */
static const char *
expr_binary(struct gen *g, const struct p4_node *e)
{
	const struct p4_node *x = e->u.binary.a, *y = e->u.binary.b;
	enum p4_op op = e->u.binary.op;
	bool is_shift = op == P4_SHL || op == P4_SHR;
	const struct p4_type *t = x->type;
	const char *a, *b;
	uint32_t n;

	if (p4_type_strip(t)->kind == P4_TY_INT || x->kind == P4_LIST_EXPR || x->kind == P4_STRUCT_EXPR || x->kind == P4_INVALID_EXPR)
		t = is_shift ? e->type : y->type;
	a = gen_expr_as(g, x, t);
	b = is_shift ? gen_distance(g, y) : op == P4_CONCAT ? gen_expr(g, y) : gen_expr_as(g, y, t);
	if (op == P4_AND || op == P4_OR || !(gen_has_effects(x) || gen_has_effects(y)))
		return gen_binary(g, e, op, t, a, y->type, b, y);
	n = gen_temp(g);
	return gen_text(g, "({ %s l%u_ = %s; %s r%u_ = %s; %s; })", gen_type(g, t), n, a, is_shift ? "uint64_t" :
			gen_type(g, op == P4_CONCAT ? y->type : t), n, b,
			gen_binary(g, e, op, t, gen_text(g, "l%u_", n), y->type, gen_text(g, "r%u_", n), y));
}

static const char *
expr_cast(struct gen *g, const struct p4_node *e)
{
	const struct p4_node *a = e->u.cast.a;
	struct big v;

	if (gen_is_scalar(e->type) && (a->kind == P4_LIST_EXPR || a->kind == P4_STRUCT_EXPR))
		return gen_expr_as(g, a, e->type);
	if (!gen_is_scalar(e->type))
		return gen_expr_as(g, a, e->type);
	if (p4_type_strip(a->type)->kind == P4_TY_INT && gen_const_int(g, a, &v))
		return gen_number(g, v, gen_width(e->type));
	return gen_cast(g, e, e->type, a->type, gen_expr(g, a));
}

static const char *
expr_slice(struct gen *g, const struct p4_node *e)
{
	const struct p4_node *o = e->u.slice.object;

	return gen_slice(g, o->type, gen_expr(g, o), e->u.slice.hi_value, e->u.slice.lo_value);
}

static const char *
expr_ternary(struct gen *g, const struct p4_node *e)
{
	return gen_text(g, "(%s ? %s : %s)", gen_expr(g, e->u.ternary.cond), gen_expr_as(g, e->u.ternary.a, e->type),
			gen_expr_as(g, e->u.ternary.b, e->type));
}

static const char *
expr_index(struct gen *g, const struct p4_node *e)
{
	const struct p4_type *t = p4_type_strip(e->u.index.object->type);
	struct big i;

	if (t->kind == P4_TY_STACK && gen_is_lvalue(e))
		return gen_lvalue(g, e);
	if (!gen_const_int(g, e->u.index.index, &i))
		return gen_fail(g, e, "this index must be a constant");
	if (t->kind == P4_TY_STACK)
		return gen_text(g, "(%s).v[%llu]", gen_expr(g, e->u.index.object), (unsigned long long)big_u64(i) % (t->size ? t->size : 1));
	return gen_text(g, "(%s).%s", gen_expr(g, e->u.index.object), gen_field(g, t, (uint32_t)big_u64(i)));
}

static const char *
expr_name(struct gen *g, const struct p4_node *e)
{
	const struct p4_value *v = gen_ctor_arg(g, e->u.ref.decl);

	if (v && v->kind != P4_V_INSTANCE)
		return gen_value(g, e, v, e->type);
	return gen_lvalue(g, e);
}

static const char *
expr_kind(struct gen *g, const struct p4_node *e)
{
	switch ((int)e->kind) {
	case P4_INT: case P4_BOOL: case P4_STRING:
		return expr_const(g, e);
	case P4_NAME:
		return expr_name(g, e);
	case P4_MEMBER:
		return expr_member(g, e);
	case P4_INDEX:
		return expr_index(g, e);
	case P4_SLICE:
		return expr_slice(g, e);
	case P4_UNARY:
		return gen_unary(g, e->u.unary.op, e->type, gen_expr(g, e->u.unary.a));
	case P4_BINARY:
		return expr_binary(g, e);
	case P4_TERNARY:
		return expr_ternary(g, e);
	case P4_CAST:
		return expr_cast(g, e);
	case P4_CALL:
		return gen_call(g, e);
	case P4_ARG:
		return gen_expr(g, e->u.arg.expr);
	case P4_NAMED_EXPR:
		return gen_expr(g, e->u.named.expr);
	case P4_LIST_EXPR: case P4_STRUCT_EXPR: case P4_INVALID_EXPR:
		return gen_expr_as(g, e, e->type);
	}
	return gen_fail(g, e, "%s can't be executed here", p4_kind_text(e->kind));
}

const char *
gen_expr(struct gen *g, const struct p4_node *e)
{
	const char *r;

	if (!e || e->kind == P4_BAD)
		return "0";
	if (++g->depth > GEN_DEPTH)
		r = gen_fail(g, e, "the expression is nested too deeply");
	else if (e->is_const && e->value && e->type && e->value->kind != P4_V_INSTANCE && e->kind != P4_ARG)
		r = gen_value(g, e, e->value, e->type);
	else
		r = expr_kind(g, e);
	g->depth--;
	return r;
}

const char *
gen_u64(struct gen *g, const struct p4_node *e)
{
	const char *a = gen_expr(g, e);
	const struct p4_type *t = e->type;

	if (!t || !gen_is_scalar(t) || gen_width(t) == 0)
		return a;
	return gen_bits(g, t, a, gen_width(t) < 64 ? gen_width(t) - 1 : 63, 0);
}

const char *
gen_distance(struct gen *g, const struct p4_node *e)
{
	const char *a = gen_expr(g, e);
	uint32_t w = e->type && gen_is_scalar(e->type) ? gen_width(e->type) : 64;

	if (w > 128)
		return gen_fail(g, e, "an index or distance of %u bits can't be executed", w);
	return w > 64 ? gen_text(g, "ps_distance(%s)", a) : a;
}
