/* interp_op.c - operators on numbers, and casts. */
#include "interp.h"

static u128
saturated(enum p4_op op, u128 a, u128 b, uint32_t w, bool sign)
{
	if (!sign && op == P4_ADD_SAT)
		return a > mask_of(w) - b ? mask_of(w) : a + b;
	if (!sign)
		return a < b ? 0 : a - b;
	{
		i128 x = as_signed(a, w), y = as_signed(b, w), r;
		i128 max = (i128)(mask_of(w) >> 1), min = -max - 1;
		bool over = op == P4_ADD_SAT ? __builtin_add_overflow(x, y, &r) : __builtin_sub_overflow(x, y, &r);
		bool up = op == P4_ADD_SAT ? y > 0 : y < 0;

		if (over || r > max || r < min)
			r = up ? max : min;
		return (u128)r & mask_of(w);
	}
}

static u128
shifted(enum p4_op op, u128 a, u128 by, uint32_t w, bool sign)
{
	if (op == P4_SHL)
		return by >= w ? 0 : a << (uint32_t)by & mask_of(w);
	if (!sign)
		return by >= w ? 0 : a >> (uint32_t)by;
	if (by >= w)
		by = w - 1;
	return (u128)(as_signed(a, w) >> (uint32_t)by) & mask_of(w);
}

static bool
less(u128 a, u128 b, uint32_t w, bool sign)
{
	return sign ? as_signed(a, w) < as_signed(b, w) : a < b;
}

static bool
compared(enum p4_op op, const struct val *a, const struct val *b)
{
	uint32_t w = width_of(a->type);
	bool sign = is_signed(a->type);

	switch ((int)op) {
	case P4_EQ:
		return val_equal(a, b);
	case P4_NE:
		return !val_equal(a, b);
	case P4_LT:
		return less(a->bits, b->bits, w, sign);
	case P4_LE:
		return !less(b->bits, a->bits, w, sign);
	case P4_GT:
		return less(b->bits, a->bits, w, sign);
	}
	return !less(a->bits, b->bits, w, sign);
}

struct val *
operate(struct interp *it, const struct p4_node *at, enum p4_op op, const struct val *a, const struct val *b, const struct p4_type *t)
{
	uint32_t w = width_of(t);
	bool sign = is_signed(t);
	u128 r = 0;

	(void)at;
	switch (op) {
	case P4_ADD:
		r = a->bits + b->bits;
		break;
	case P4_SUB:
		r = a->bits - b->bits;
		break;
	case P4_MUL:
		r = a->bits * b->bits;
		break;
	case P4_DIV:
		r = b->bits ? a->bits / b->bits : 0;
		break;
	case P4_MOD:
		r = b->bits ? a->bits % b->bits : 0;
		break;
	case P4_ADD_SAT:
	case P4_SUB_SAT:
		r = saturated(op, a->bits, b->bits, w, sign);
		break;
	case P4_SHL:
	case P4_SHR:
		r = shifted(op, a->bits, b->bits, w, sign);
		break;
	case P4_BIT_AND:
	case P4_AND:
		r = a->bits & b->bits;
		break;
	case P4_BIT_OR:
	case P4_OR:
		r = a->bits | b->bits;
		break;
	case P4_BIT_XOR:
		r = a->bits ^ b->bits;
		break;
	case P4_CONCAT:
		r = width_of(b->type) >= 128 ? b->bits : a->bits << width_of(b->type) | b->bits;
		break;
	case P4_EQ:
	case P4_NE:
	case P4_LT:
	case P4_LE:
	case P4_GT:
	case P4_GE:
		r = compared(op, a, b);
		break;
	case P4_NEG:
		r = -a->bits;
		break;
	case P4_BIT_NOT:
		r = ~a->bits;
		break;
	case P4_PLUS:
		r = a->bits;
		break;
	case P4_NOT:
		r = !a->bits;
		break;
	case P4_OP_NONE:
		interp_trouble(it, "an operator that is none");
		break;
	}
	return val_bits(it, t, r);
}

struct val *
convert(struct interp *it, const struct p4_type *to, const struct val *v)
{
	struct val *r;

	to = p4_type_strip(to);
	if (is_number(to)) {
		u128 bits = v->bits;

		/* int<N> to int<M> extends the sign; between int<N> and bit<N> the bits stay. */
		if (is_signed(v->type) && to->kind == P4_TY_SIGNED)
			bits = (u128)as_signed(bits, width_of(v->type));
		return val_bits(it, to, bits);
	}
	r = val_make(it->packet, to);
	val_assign(r, v);
	if (v->type->kind != P4_TY_HEADER && to->kind == P4_TY_HEADER)
		r->valid = true;
	return r;
}
