/* Literals among themselves: 2 * 10ms, Th + 1, 80 == Port. */
#include "query/check.h"

static bool
is_address(enum term_kind k)
{
	return k == TERM_IPV4 || k == TERM_IPV6 || k == TERM_MAC;
}

static struct term
refuse(struct checker *c, enum ir_op op, struct term a, struct term b, struct span at)
{
	static const char *const words[] = {
#define X(o, text) [o] = text,
		IR_OPS(X)
#undef X
	};

	diag_error(c->d, at, "'%s' has no meaning between %.*s and %.*s", words[op],
		   STRA(query_describe(c, a)), STRA(query_describe(c, b)));
	return (struct term){ .kind = TERM_ERROR, .at = at };
}

static bool
holds(enum ir_op op, int order)
{
	return (op == IR_EQ && !order) || (op == IR_NE && order) || (op == IR_LT && order < 0) ||
	       (op == IR_LE && order <= 0) || (op == IR_GT && order > 0) ||
	       (op == IR_GE && order >= 0);
}

static int
order_of(struct term a, struct term b)
{
	if (a.kind == TERM_STRING)
		return str_cmp(a.text, b.text);
	if (a.kind == TERM_IPV6)
		return (ir_u128)a.value < (ir_u128)b.value ? -1
							   : (ir_u128)a.value > (ir_u128)b.value;
	return a.value < b.value ? -1 : a.value > b.value;
}

struct term
query_fold_compare(struct checker *c, enum ir_op op, struct term a, struct term b, struct span at)
{
	bool ordered = a.kind != TERM_BOOL && a.kind != TERM_STRING && a.kind != TERM_INSTANCE &&
		       a.kind != TERM_MULTICAST;

	if (a.kind != b.kind || a.digits != b.digits || (!ordered && op != IR_EQ && op != IR_NE))
		return refuse(c, op, a, b, at);
	return (struct term){ .kind = TERM_BOOL, .at = at, .value = holds(op, order_of(a, b)) };
}

/* What the result is called; TERM_ERROR when the operator makes no sense. */
static enum term_kind
result_kind(enum ir_op op, enum term_kind a, enum term_kind b)
{
	bool quantity = a == TERM_TIME || a == TERM_SIZE || a == TERM_RATE;

	if (a == TERM_INT && b == TERM_INT)
		return TERM_INT;
	if (quantity && a == b && (op == IR_ADD || op == IR_SUB || op == IR_MOD))
		return a;
	if (quantity && a == b && op == IR_DIV)
		return TERM_INT;
	if (quantity && b == TERM_INT && (op == IR_MUL || op == IR_DIV))
		return a;
	if (a == TERM_INT && (b == TERM_TIME || b == TERM_SIZE || b == TERM_RATE) && op == IR_MUL)
		return b;
	if (is_address(a) && (a == b || b == TERM_INT) &&
	    (op == IR_AND_BITS || op == IR_OR_BITS || op == IR_XOR_BITS))
		return a;
	return TERM_ERROR;
}

/* False when the result has no value or more than 127 bits. */
static bool
calculate(enum ir_op op, ir_i128 a, ir_i128 b, ir_i128 *ret)
{
	if (op == IR_ADD)
		return !__builtin_add_overflow(a, b, ret);
	if (op == IR_SUB)
		return !__builtin_sub_overflow(a, b, ret);
	if (op == IR_MUL)
		return !__builtin_mul_overflow(a, b, ret);
	if (op == IR_DIV || op == IR_MOD) {
		if (!b || (b == -1 && a < -((((ir_i128)1 << 126) - 1) * 2)))
			return false;
		*ret = op == IR_DIV ? a / b : a % b;
		return true;
	}
	if (op == IR_SHL || op == IR_SHR) {
		if (b < 0 || b > 126 || a < 0 || (op == IR_SHL && a >> (126 - b)))
			return false;
		*ret = op == IR_SHL ? a << b : a >> b;
		return true;
	}
	*ret = op == IR_AND_BITS ? (a & b) : op == IR_OR_BITS ? (a | b) : (a ^ b);
	return true;
}

struct term
query_fold(struct checker *c, enum ir_op op, struct term a, struct term b, struct span at)
{
	struct term ret = { .kind = result_kind(op, a.kind, b.kind),
			    .at = at,
			    .is_hex = a.is_hex || b.is_hex };

	if (ret.kind == TERM_ERROR)
		return refuse(c, op, a, b, at);
	if (!b.value && (op == IR_DIV || op == IR_MOD)) {
		diag_error(c->d, at, "division by 0");
		ret.kind = TERM_ERROR;
	} else if (!calculate(op, a.value, b.value, &ret.value)) {
		diag_error(c->d, at,
			   "the result of this constant expression doesn't fit into 127 bits");
		ret.kind = TERM_ERROR;
	}
	return ret;
}
