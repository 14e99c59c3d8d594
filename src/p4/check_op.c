/* check_op.c - operators, slices, casts (P4_16 specification, section 8). */
#include "p4/checker.h"

static bool
is_fixed(const struct p4_type *t)
{
	return t->kind == P4_TY_BIT || t->kind == P4_TY_SIGNED;
}

static bool
is_number(const struct p4_type *t)
{
	return is_fixed(t) || t->kind == P4_TY_INT;
}

static struct p4_type *
bad_operand(struct check *c, const struct p4_node *n, enum p4_op op, const struct p4_type *t)
{
	if (t->kind == P4_TY_NEW && is_number(p4_type_strip(t))) {
		diag_error(c->d, n->at, "%s does not work on %s", p4_op_text(op), p4_tt(c, t));
		diag_hint(c->d, "cast it to %s first", p4_tt(c, p4_type_strip(t)));
	} else if (t->kind == P4_TY_INT) {
		diag_error(c->d, n->at, "%s needs a number with a width: write it as in 8w%s",
			   p4_op_text(op),
			   n->is_const ? str_cstr(c->a, big_text(c->a, n->value->i, 10)) : "1");
	} else if (t->kind == P4_TY_TYPE) {
		diag_error(c->d, n->at, "%s works on values, but this names %s", p4_op_text(op),
			   p4_tt(c, t->elem));
	} else {
		diag_error(c->d, n->at, "%s does not work on %s", p4_op_text(op), p4_tt(c, t));
	}
	return c->bad;
}

struct p4_type *
p4_check_unary(struct check *c, struct p4_node *n)
{
	enum p4_op op = n->u.unary.op;
	struct p4_type *t = p4_check_expr(c, &n->u.unary.a);

	if (p4_is_bad(t))
		return t;
	if (op == P4_NOT) {
		if (t->kind == P4_TY_BOOL)
			return t;
		bad_operand(c, n->u.unary.a, op, t);
		if (is_fixed(t))
			diag_hint(c->d, "! negates a bool; ~ inverts bits");
		return c->bad;
	}
	t = p4_decay(c, &n->u.unary.a);
	if (is_fixed(t) || (t->kind == P4_TY_INT && op != P4_BIT_NOT))
		return t;
	return bad_operand(c, n->u.unary.a, op, t);
}

/* Brings both operands to one type where an implicit cast can. */
static void
balance(struct check *c, struct p4_node **a, struct p4_node **b)
{
	struct p4_type *x = (*a)->type, *y = (*b)->type;

	if (p4_type_eq(x, y))
		return;
	if (x->kind == P4_TY_ENUM && x->elem)
		x = p4_decay(c, a);
	if (y->kind == P4_TY_ENUM && y->elem)
		y = p4_decay(c, b);
	if (x->kind == P4_TY_INT && is_fixed(y))
		p4_coerce(c, a, y, "the left operand");
	else if (y->kind == P4_TY_INT && is_fixed(x))
		p4_coerce(c, b, x, "the right operand");
}

static struct p4_type *
mismatch(struct check *c, struct p4_node *n, enum p4_op op, const struct p4_type *x,
	 const struct p4_type *y)
{
	diag_error(c->d, n->at,
		   "%s needs operands of one type, but the left is %s and the right is %s",
		   p4_op_text(op), p4_tt(c, x), p4_tt(c, y));
	if (x->kind == y->kind && is_fixed(x))
		diag_hint(c->d, "cast one of them: (%s) or (%s)", p4_tt(c, x), p4_tt(c, y));
	return c->bad;
}

static struct p4_type *
check_shift(struct check *c, struct p4_node *n, enum p4_op op, struct p4_node **a,
	    struct p4_node **b)
{
	struct p4_type *x = p4_decay(c, a), *y = p4_decay(c, b);
	const struct p4_node *by = *b;
	uint32_t amount;

	if (!is_number(x))
		return bad_operand(c, *a, op, x);
	if (!is_number(y))
		return bad_operand(c, *b, op, y);
	if (by->is_const && by->value->i.neg) {
		diag_error(c->d, by->at, "a shift by a negative amount");
		return c->bad;
	}
	if (y->kind == P4_TY_SIGNED && !by->is_const) {
		diag_error(c->d, by->at, "a shift's amount must be unsigned, not %s", p4_tt(c, y));
		return c->bad;
	}
	if (x->kind == P4_TY_INT && !p4_compile_time(c, by)) {
		diag_error(c->d, n->at,
			   "the shifted constant needs a width when the amount is not a constant");
		diag_hint(c->d, "write its width, as in 32w1 << x");
		return c->bad;
	}
	if (by->is_const && (!p4_value_u32(by->value, &amount) || amount > 65536) &&
	    x->kind == P4_TY_INT) {
		diag_error(c->d, by->at, "a shift by more than 65536 bits");
		return c->bad;
	}
	if (by->is_const && is_fixed(x) && p4_value_u32(by->value, &amount) && amount >= x->width &&
	    x->width)
		diag_warn(c->d, by->at, "a shift of %s by %u leaves nothing of it", p4_tt(c, x),
			  amount);
	return x;
}

static struct p4_type *
check_concat(struct check *c, struct p4_node *n, struct p4_node **a, struct p4_node **b)
{
	struct p4_type *x = p4_decay(c, a), *y = p4_decay(c, b);
	uint32_t width;

	if (x->kind == P4_TY_STRING && y->kind == P4_TY_STRING)
		return x;
	if (!is_fixed(x))
		return bad_operand(c, *a, P4_CONCAT, x);
	if (!is_fixed(y))
		return bad_operand(c, *b, P4_CONCAT, y);
	width = x->width + y->width;
	if (width > P4_MAX_WIDTH) {
		diag_error(c->d, n->at, "the result has %u bits: at most %u", width, P4_MAX_WIDTH);
		return c->bad;
	}
	return x->kind == P4_TY_BIT ? p4_type_bit(c, width) : p4_type_signed(c, width);
}

static bool
can_compare(const struct p4_type *t)
{
	const struct p4_type *s = p4_type_strip(t);

	if (t->kind == P4_TY_TUPLE)
		for (uint32_t i = 0; i < t->nargs; i++)
			if (!can_compare(t->args[i]))
				return false;
	return is_number(s) || s->kind == P4_TY_BOOL || s->kind == P4_TY_VARBIT ||
	       s->kind == P4_TY_ENUM || s->kind == P4_TY_ERROR || s->kind == P4_TY_MATCH_KIND ||
	       s->kind == P4_TY_STRUCT || s->kind == P4_TY_HEADER || s->kind == P4_TY_UNION ||
	       s->kind == P4_TY_STACK || s->kind == P4_TY_TUPLE || s->kind == P4_TY_STRING;
}

static bool
is_init(const struct p4_node *n)
{
	return n->kind == P4_LIST_EXPR || n->kind == P4_STRUCT_EXPR || n->kind == P4_INVALID_EXPR ||
	       n->kind == P4_DOTS;
}

static struct p4_type *
check_equality(struct check *c, struct p4_node *n, enum p4_op op, struct p4_node **a,
	       struct p4_node **b)
{
	if (is_init(*a) && !is_init(*b)) {
		if (!p4_coerce(c, a, (*b)->type, "the left operand"))
			return c->bad;
	} else if (is_init(*b) && !is_init(*a)) {
		if (!p4_coerce(c, b, (*a)->type, "the right operand"))
			return c->bad;
	} else if (is_init(*a)) {
		if (p4_can_coerce(c, (*a)->type, (*b)->type) &&
		    !p4_coerce(c, a, (*b)->type, "the left operand"))
			return c->bad;
		if (!p4_need_width(c, *a) || !p4_need_width(c, *b))
			return c->bad;
	} else {
		balance(c, a, b);
	}
	if (!p4_type_eq((*a)->type, (*b)->type))
		return mismatch(c, n, op, (*a)->type, (*b)->type);
	if ((*a)->type->kind == P4_TY_STRUCT_INIT || !can_compare((*a)->type))
		return bad_operand(c, *a, op, (*a)->type);
	return c->bool_;
}

static bool
check_division(struct check *c, enum p4_op op, const struct p4_node *a, const struct p4_node *b)
{
	if (a->type->kind == P4_TY_SIGNED) {
		bad_operand(c, a, op, a->type);
		return false;
	}
	if (b->is_const && big_is_zero(b->value->i)) {
		diag_error(c->d, b->at, "division by zero");
		return false;
	}
	if ((b->is_const && b->value->i.neg) || (a->is_const && a->value->i.neg)) {
		diag_error(c->d, b->value && b->value->i.neg ? b->at : a->at,
			   "%s does not work on negative numbers", p4_op_text(op));
		return false;
	}
	return true;
}

/* Fixed-width numbers have no division in P4_16: what is not known at compile time can only be shifted or masked. */
static bool
check_divisor(struct check *c, const struct p4_node *n, enum p4_op op, const struct p4_node *a, const struct p4_node *b)
{
	const struct p4_value *v = b->is_const ? b->value : NULL;

	if ((p4_compile_time(c, b) && (!v || p4_compile_time(c, a))) || (a->is_const && big_is_zero(a->value->i)))
		return true;
	if (v && big_is_zero(big_and(c->a, v->i, big_sub(c->a, v->i, big_from_u64(c->a, 1)))))
		return true;
	diag_error(c->d, n->at, "%s is worked out at compile time, but this is not a constant", p4_op_text(op));
	diag_hint(c->d, "only powers of two can divide what is known at run time");
	return false;
}

static struct p4_type *
check_arithmetic(struct check *c, struct p4_node *n, enum p4_op op, struct p4_node **a,
		 struct p4_node **b)
{
	struct p4_type *x, *y;
	/* & | ^ on two `int`s are more than the specification promises, but p4c takes them. */
	bool fixed_only = op == P4_ADD_SAT || op == P4_SUB_SAT;
	bool compares = op == P4_LT || op == P4_LE || op == P4_GT || op == P4_GE;

	x = p4_decay(c, a);
	y = p4_decay(c, b);
	if ((op == P4_DIV || op == P4_MOD) && is_number(x) && is_number(y) &&
	    !check_division(c, op, *a, *b))
		return c->bad;
	balance(c, a, b);
	x = (*a)->type;
	y = (*b)->type;
	if (!is_number(x))
		return bad_operand(c, *a, op, x);
	if (!is_number(y))
		return bad_operand(c, *b, op, y);
	if (!p4_type_eq(x, y))
		return mismatch(c, n, op, x, y);
	if (fixed_only && x->kind == P4_TY_INT)
		return bad_operand(c, *a, op, x);
	if ((op == P4_DIV || op == P4_MOD) && !check_divisor(c, n, op, *a, *b))
		return c->bad;
	return compares ? c->bool_ : x;
}

struct p4_type *
p4_check_binary(struct check *c, struct p4_node *n, enum p4_op op, struct p4_node **a,
		struct p4_node **b)
{
	struct p4_type *x = p4_check_expr(c, a), *y = p4_check_expr(c, b);

	if (p4_is_bad(x) || p4_is_bad(y))
		return c->bad;
	if (op == P4_AND || op == P4_OR) {
		if (x->kind != P4_TY_BOOL)
			return bad_operand(c, *a, op, x);
		if (y->kind != P4_TY_BOOL)
			return bad_operand(c, *b, op, y);
		return x;
	}
	if (op == P4_SHL || op == P4_SHR)
		return check_shift(c, n, op, a, b);
	if (op == P4_CONCAT)
		return check_concat(c, n, a, b);
	if (op == P4_EQ || op == P4_NE)
		return check_equality(c, n, op, a, b);
	return check_arithmetic(c, n, op, a, b);
}

struct p4_type *
p4_check_ternary(struct check *c, struct p4_node *n)
{
	struct p4_node **a = &n->u.ternary.a, **b = &n->u.ternary.b;
	bool cond = p4_check_as(c, &n->u.ternary.cond, c->bool_, "the condition");
	struct p4_type *x = p4_check_expr(c, a), *y = p4_check_expr(c, b);

	if (!cond || p4_is_bad(x) || p4_is_bad(y))
		return c->bad;
	if (is_init(*a) && !is_init(*b))
		p4_coerce(c, a, y, "this branch");
	else if (is_init(*b) && !is_init(*a))
		p4_coerce(c, b, x, "this branch");
	else
		balance(c, a, b);
	x = (*a)->type;
	y = (*b)->type;
	if (!p4_type_eq(x, y)) {
		diag_error(c->d, n->at,
			   "the branches of ?: must have one type, but they are %s and %s",
			   p4_tt(c, x), p4_tt(c, y));
		return c->bad;
	}
	if (!p4_is_value_type(x) && !is_number(x) && x->kind != P4_TY_STRUCT_INIT &&
	    x->kind != P4_TY_STRING && x->kind != P4_TY_LIST)
		return bad_operand(c, *a, P4_OP_NONE, x);
	return x;
}

/* --- slices and casts --------------------------------------------------------------------- */

static bool
slice_bound(struct check *c, struct p4_node **slot, const char *what, uint32_t *ret)
{
	struct p4_type *t = p4_check_expr(c, slot);

	if (p4_is_bad(t))
		return false;
	t = p4_decay(c, slot);
	if (!is_number(t) || !(*slot)->is_const) {
		diag_error(c->d, (*slot)->at, "the %s of a slice must be a constant number", what);
		return false;
	}
	if ((*slot)->value->i.neg || !p4_value_u32((*slot)->value, ret) || *ret > 65536) {
		diag_error(c->d, (*slot)->at, "the %s of a slice is %s", what,
			   (*slot)->value->i.neg ? "negative" : "too large");
		return false;
	}
	return true;
}

struct p4_type *
p4_check_slice(struct check *c, struct p4_node *n)
{
	struct p4_type *t = p4_check_expr(c, &n->u.slice.object);
	bool plus = n->u.slice.plus;
	bool ok = slice_bound(c, &n->u.slice.hi, plus ? "width" : "upper bound",
			      &n->u.slice.hi_value);

	ok = slice_bound(c, &n->u.slice.lo, "lower bound", &n->u.slice.lo_value) && ok;
	if (p4_is_bad(t) || !ok)
		return c->bad;
	t = p4_decay(c, &n->u.slice.object);
	if (!is_number(t)) {
		diag_error(c->d, n->u.slice.object->at,
			   "a slice is taken of bit<>, int<> or int, not of %s", p4_tt(c, t));
		return c->bad;
	}
	if (plus && n->u.slice.hi_value == 0) {
		diag_error(c->d, n->u.slice.hi->at, "a slice needs at least one bit");
		return c->bad;
	}
	if (plus)
		n->u.slice.hi_value += n->u.slice.lo_value - 1;
	if (n->u.slice.hi_value < n->u.slice.lo_value) {
		diag_error(c->d, n->at,
			   "the upper bound %u of the slice is below the lower bound %u",
			   n->u.slice.hi_value, n->u.slice.lo_value);
		return c->bad;
	}
	if (is_fixed(t) && n->u.slice.hi_value >= t->width) {
		diag_error(c->d, n->u.slice.hi->at, "bit %u is outside of %s", n->u.slice.hi_value,
			   p4_tt(c, t));
		return c->bad;
	}
	return p4_type_bit(c, n->u.slice.hi_value - n->u.slice.lo_value + 1);
}

/* Casts between what is stored, see section "Explicit casts". */
static bool
can_cast(const struct p4_type *from, const struct p4_type *to)
{
	if (p4_type_eq(from, to))
		return true;
	if (from->kind == P4_TY_BOOL || to->kind == P4_TY_BOOL) {
		const struct p4_type *o = from->kind == P4_TY_BOOL ? to : from;
		return (o->kind == P4_TY_BIT && o->width == 1) ||
		       (o->kind == P4_TY_INT && o == from);
	}
	if (to->kind == P4_TY_INT || from->kind == P4_TY_INT)
		return is_number(from) && is_number(to);
	if (!is_fixed(from) || !is_fixed(to))
		return false;
	return from->kind == to->kind || from->width == to->width;
}

/* Was `type t` made of `base`, directly or in steps? */
static bool
derives(const struct p4_type *t, const struct p4_type *base)
{
	for (; t->kind == P4_TY_NEW; t = t->elem)
		if (p4_type_eq(t, base))
			return true;
	return p4_type_eq(t, base);
}

static bool
cast_allowed(const struct p4_node *n, const struct p4_type *from, const struct p4_type *to)
{
	if (p4_type_eq(from, to))
		return true;
	if (from->kind == P4_TY_VAR || to->kind == P4_TY_VAR)
		return false;
	if ((from->kind == P4_TY_ENUM && !from->elem) || (to->kind == P4_TY_ENUM && !to->elem))
		return false;
	if (from->kind == P4_TY_INT && p4_type_strip(to)->kind == P4_TY_BOOL)
		return n->is_const && !n->value->i.neg && big_bits_unsigned(n->value->i) <= 1;
	if (from->kind == P4_TY_NEW && to->kind == P4_TY_NEW && !derives(from, to) &&
	    !derives(to, from))
		return false;
	if (from->kind != to->kind && (from->kind == P4_TY_NEW || to->kind == P4_TY_NEW) && is_fixed(p4_type_strip(from)) &&
	    is_fixed(p4_type_strip(to)))
		return derives(from, to) || derives(to, from);
	return can_cast(p4_type_strip(from), p4_type_strip(to));
}

/* --- `int` at run time --------------------------------------------------------------------- */

static struct p4_node *
written_type(struct check *c, struct span at, enum p4_kind kind, uint32_t width)
{
	struct p4_node *n = p4_node_make(c->a, kind, at), *w = p4_node_make(c->a, P4_INT, at);

	w->u.integer.value = big_from_u64(c->a, width);
	w->u.integer.base = 10;
	n->u.sized.width = w;
	return n;
}

static struct p4_node *
written_cast(struct check *c, struct p4_node *a, bool is_signed, uint32_t width)
{
	struct p4_node *n = p4_node_make(c->a, P4_CAST, a->at);

	n->u.cast.to = written_type(c, a->at, is_signed ? P4_T_SIGNED : P4_T_BIT, width);
	n->u.cast.a = a;
	return n;
}

/* `(bit<8>)((int)x + 1)`: `int` exists only at compile time, but what is kept of the result is known: as sums, products and
 * bitwise operations need no higher bits of their operands than they give, x is cast to bit<8> instead, by its own sign. */
static void
narrow(struct check *c, struct p4_node **slot, const struct p4_type *to)
{
	struct p4_node *n = *slot;
	enum p4_op op = n->kind == P4_BINARY ? n->u.binary.op : P4_OP_NONE;

	if (!p4_descend(c, n->at))
		return;
	if (n->kind == P4_UNARY && n->u.unary.op != P4_NOT) {
		narrow(c, &n->u.unary.a, to);
	} else if (op == P4_ADD || op == P4_SUB || op == P4_MUL || op == P4_BIT_AND || op == P4_BIT_OR || op == P4_BIT_XOR) {
		narrow(c, &n->u.binary.a, to);
		narrow(c, &n->u.binary.b, to);
	} else if (n->kind == P4_CAST && !n->u.cast.implicit && n->u.cast.to->kind == P4_T_INT) {
		const struct p4_type *t = p4_type_strip(p4_check_expr(c, &n->u.cast.a));
		if (is_fixed(t) && !p4_compile_time(c, n->u.cast.a))
			*slot = written_cast(c, written_cast(c, n->u.cast.a, t->kind == P4_TY_SIGNED, to->width),
					     to->kind == P4_TY_SIGNED, to->width);
	}
	p4_ascend(c);
}

struct p4_type *
p4_check_cast(struct check *c, struct p4_node *n)
{
	struct p4_type *to = p4_resolve(c, n->u.cast.to), *from;
	const struct p4_node *a;

	if (is_fixed(p4_type_strip(to)))
		narrow(c, &n->u.cast.a, p4_type_strip(to));
	from = p4_check_expr(c, &n->u.cast.a);
	a = n->u.cast.a;

	if (p4_is_bad(to) || p4_is_bad(from))
		return c->bad;
	if (is_init(a) || (a->kind == P4_TERNARY && from->kind != P4_TY_INT)) {
		if (to->kind == P4_TY_HEADER || to->kind == P4_TY_STRUCT ||
		    to->kind == P4_TY_TUPLE || to->kind == P4_TY_STACK || to->kind == P4_TY_LIST ||
		    to->kind == P4_TY_UNION || a->kind == P4_DOTS)
			return p4_coerce(c, &n->u.cast.a, to, "the value to cast") ? to : c->bad;
	}
	if (from->kind == P4_TY_INT && a->kind == P4_TERNARY && !a->is_const &&
	    is_fixed(p4_type_strip(to))) {
		if (!p4_coerce(c, &n->u.cast.a, (struct p4_type *)p4_type_strip(to),
			       "the value to cast"))
			return c->bad;
		from = n->u.cast.a->type;
	}
	if (!cast_allowed(a, from, to)) {
		const struct p4_type *f = p4_type_strip(from), *t = p4_type_strip(to);
		diag_error(c->d, n->at, "%s can't be cast to %s", p4_tt(c, from), p4_tt(c, to));
		if (is_fixed(f) && is_fixed(t) && f->kind != t->kind && f->width != t->width)
			diag_hint(c->d, "sign and width change in two steps: first (%s), then (%s)",
				  p4_tt(c, f->kind == P4_TY_BIT ? p4_type_bit(c, t->width)
								: p4_type_signed(c, t->width)),
				  to->decl ? str_cstr(c->a, to->decl->name) : p4_tt(c, to));
		else if (from->kind == P4_TY_NEW && to->kind == P4_TY_NEW && p4_type_eq(f, t))
			diag_hint(c->d, "go by what both are made of: (%.*s)(%s)",
				  STRA(to->decl->name), p4_tt(c, f));
		return c->bad;
	}
	if (to->kind == P4_TY_INT && !p4_compile_time(c, a)) {
		diag_error(c->d, n->at,
			   "`int` exists only at compile time, but this is not a constant");
		return c->bad;
	}
	if (from->kind == P4_TY_INT && a->is_const)
		p4_warn_fit(c, a->at, a->value->i, to);
	return to;
}
