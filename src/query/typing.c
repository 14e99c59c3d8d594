/* Kinds and widths: which operands fit each other, and the constants that literals become. */
#include "query/check.h"

static const struct ir_type type_bool = { IR_BOOL, 1, false };

struct term
query_refuse(struct checker *c, const char *what, struct term a, struct term b, struct span at)
{
	struct str x = query_describe(c, a), y = query_describe(c, b);

	diag_error(c->d, at, "%s %.*s and %.*s", what, STRA(x), STRA(y));
	return query_error_term(at);
}

static uint32_t
bits_of(ir_i128 v)
{
	uint32_t n = 0;

	for (ir_u128 u = (ir_u128)v; u; u >>= 1)
		n++;
	return n ? n : 1;
}

static struct ir_type
int_type(uint32_t width)
{
	return (struct ir_type){ IR_INT, (uint16_t)width, false };
}

static struct str
number_text(struct checker *c, ir_u128 v)
{
	char buf[48];
	uint32_t i = sizeof(buf);

	do {
		buf[--i] = (char)('0' + (int)(v % 10));
		v /= 10;
	} while (v);
	return str_dup(c->arena, (struct str){ buf + i, sizeof(buf) - i });
}

const struct ir_expr *
query_fitting(struct checker *c, struct term lit, struct ir_type t, struct term against)
{
	uint32_t width = t.is_signed ? t.width - 1 : t.width;
	ir_u128 max = width >= 128 ? ~(ir_u128)0 : ((ir_u128)1 << width) - 1;
	struct str text = source_text(diags_sources(c->d), against.at), top = number_text(c, max);

	if (lit.value < 0 ? t.is_signed && -lit.value <= (ir_i128)max + 1
			  : (ir_u128)lit.value <= max)
		return ir_const(c->g, t, lit.value);
	diag_error(c->d, lit.at, "this number doesn't fit '%.*s', which has %u bits: %s to %.*s",
		   STRA(text), t.width, t.is_signed ? "the negative ones up" : "0", STRA(top));
	return NULL;
}

/* --- conditions
 * ------------------------------------------------------------------------------------ */

const struct ir_expr *
query_truth(struct checker *c, struct term t)
{
	if (t.kind == TERM_ERROR)
		return NULL;
	if (t.kind == TERM_BOOL)
		return ir_const(c->g, type_bool, t.value);
	if (t.kind == TERM_EXPR && t.expr->type.kind == IR_BOOL)
		return t.expr;
	if (t.kind == TERM_EXPR && t.expr->type.kind == IR_INT && t.expr->type.width == 1)
		return ir_binary(c->g, IR_EQ, t.expr, ir_const(c->g, t.expr->type, 1));
	diag_error(c->d, t.at, "a condition is expected here, not %.*s",
		   STRA(query_describe(c, t)));
	if (t.kind == TERM_EXPR)
		diag_hint(c->d, "compare it with something: '!= 0'");
	return NULL;
}

/* --- arithmetic
 * -------------------------------------------------------------------------------------- */

static bool
is_bitwise(enum ir_op op)
{
	return op == IR_AND_BITS || op == IR_OR_BITS || op == IR_XOR_BITS;
}

static bool
is_shift(enum ir_op op)
{
	return op == IR_SHL || op == IR_SHR;
}

static bool
can_calculate(enum ir_kind k)
{
	return k == IR_INT || k == IR_TIME || k == IR_FLOAT || query_is_address(k);
}

/* Is `a op b` meaningful between kinds? */
static bool
kinds_calculate(enum ir_op op, enum ir_kind a, enum ir_kind b)
{
	if (a == IR_FLOAT || b == IR_FLOAT)
		return !is_bitwise(op) && !is_shift(op) && !query_is_address(a) && !query_is_address(b);
	if (is_shift(op))
		return b == IR_INT;
	if (a == IR_INT && b == IR_INT)
		return true;
	if (a == IR_TIME && b == IR_TIME)
		return op == IR_ADD || op == IR_SUB || op == IR_DIV || op == IR_MOD;
	if (a == IR_TIME && b == IR_INT)
		return op == IR_MUL || op == IR_DIV || is_bitwise(op);
	if (a == IR_INT && b == IR_TIME)
		return op == IR_MUL;
	if (query_is_address(a) && a == b)
		return is_bitwise(op) || op == IR_SUB;
	return query_is_address(a) && b == IR_INT && (op == IR_ADD || op == IR_SUB);
}

/* The type that a literal takes beside an expression. In sums and products a number counts as 32
 * bits, as in C, so that `ttl + 1` doesn't wrap at 256. */
static bool
literal_type(enum ir_op op, struct term lit, struct ir_type x, struct ir_type *ret)
{
	uint32_t bits = lit.kind == TERM_IPV6 || lit.value < 0 ? 1 : bits_of(lit.value);
	bool grows = op == IR_ADD || op == IR_SUB || op == IR_MUL;

	if (is_shift(op)) {
		*ret = int_type(8);
		return lit.kind == TERM_INT;
	}
	if (x.kind == IR_FLOAT) {
		*ret = (struct ir_type){ IR_INT, 64, true };
		return query_is_number(lit.kind);
	}
	if (lit.kind == TERM_TIME ||
	    (x.kind == IR_TIME && lit.kind == TERM_INT && !lit.value && grows)) {
		*ret = (struct ir_type){ IR_TIME, 64, false };
		return true;
	}
	if (query_is_address(x.kind) && (is_bitwise(op) || lit.kind != TERM_INT)) {
		*ret = x;
		return (lit.kind == TERM_INT && (lit.is_hex || !lit.value)) ||
		       (lit.kind == TERM_IPV4 && x.kind == IR_IPV4) ||
		       (lit.kind == TERM_IPV6 && x.kind == IR_IPV6) ||
		       (lit.kind == TERM_MAC && x.kind == IR_MAC);
	}
	if (!query_is_number(lit.kind))
		return false;
	bits = bits > x.width ? bits : x.width;
	if (grows && bits < 32)
		bits = 32;
	*ret = (struct ir_type){ IR_INT, (uint16_t)bits, x.is_signed };
	return true;
}

static const struct ir_expr *
arithmetic_literal(struct checker *c, enum ir_op op, struct term lit, struct term x, bool is_right)
{
	struct ir_type t;

	if (!literal_type(op, lit, x.expr->type, &t))
		return NULL;
	if (is_right && !lit.value && (op == IR_DIV || op == IR_MOD)) {
		diag_error(c->d, lit.at, "division by 0");
		return NULL;
	}
	if (is_right && is_shift(op) && (lit.value < 0 || lit.value >= x.expr->type.width)) {
		diag_error(c->d, lit.at, "a shift of '%.*s' by 0 to %u bits is expected here",
			   STRA(source_text(diags_sources(c->d), x.at)), x.expr->type.width - 1u);
		return NULL;
	}
	if (lit.value < 0 && lit.kind != TERM_IPV6 && !t.is_signed) {
		diag_error(c->d, lit.at, "a negative number beside %.*s, which has no sign",
			   STRA(query_describe(c, x)));
		return NULL;
	}
	if (t.width == 128)
		return ir_const(c->g, t, lit.value);
	return query_fitting(c, lit, t, x);
}

/* x + -1 is x - 1. */
static void
move_sign(enum ir_op *op, struct term *lit)
{
	if ((*op != IR_ADD && *op != IR_SUB) || lit->value >= 0 || lit->kind != TERM_INT)
		return;
	*op = *op == IR_ADD ? IR_SUB : IR_ADD;
	lit->value = -lit->value;
}

struct term
query_arithmetic(struct checker *c, enum ir_op op, struct term a, struct term b, struct span at)
{
	const struct ir_expr *x = a.expr, *y = b.expr;
	uint32_t errors = diag_errors(c->d);

	if (a.kind != TERM_EXPR && b.kind != TERM_EXPR)
		return query_fold(c, op, a, b, at);
	if (b.kind != TERM_EXPR) {
		move_sign(&op, &b);
		y = arithmetic_literal(c, op, b, a, true);
	} else if (a.kind != TERM_EXPR && is_shift(op)) {
		x = query_value(c, a);
	} else if (a.kind != TERM_EXPR) {
		x = arithmetic_literal(c, op, a, b, false);
	}
	if (x && y && can_calculate(x->type.kind) && can_calculate(y->type.kind) &&
	    kinds_calculate(op, x->type.kind, y->type.kind))
		return query_expr_term(c, ir_binary(c->g, op, x, y), at);
	if (errors == diag_errors(c->d)) {
		query_refuse(c, "cannot calculate with", a, b, at);
		if (a.kind == TERM_DECIMAL || b.kind == TERM_DECIMAL)
			diag_hint(c->d, "fractions can only be compared: multiply by a whole "
					"number instead");
	}
	return query_error_term(at);
}

struct term
query_unary(struct checker *c, enum ir_op op, struct term a, struct span at)
{
	const struct ir_expr *e;

	if (a.kind == TERM_ERROR)
		return query_error_term(at);
	if (op == IR_NOT && a.kind != TERM_BOOL) {
		e = query_truth(c, a);
		return e ? query_expr_term(c, ir_unary(c->g, op, e), at) : query_error_term(at);
	}
	if (op == IR_NOT) {
		a.value = !a.value;
		a.at = at;
		return a;
	}
	if (op == IR_NEG && (a.kind == TERM_INT || a.kind == TERM_DECIMAL || a.kind == TERM_TIME)) {
		a.value = -a.value;
		a.at = at;
		return a;
	}
	if (a.kind == TERM_EXPR &&
	    (a.expr->type.kind == IR_INT || (op == IR_BIT_NOT && query_is_address(a.expr->type.kind)) ||
	     (op == IR_NEG && a.expr->type.kind == IR_FLOAT)))
		return query_expr_term(c, ir_unary(c->g, op, a.expr), at);
	diag_error(c->d, at, "'%c' has no meaning before %.*s", op == IR_NEG ? '-' : '~',
		   STRA(query_describe(c, a)));
	return query_error_term(at);
}

const struct ir_expr *
query_value(struct checker *c, struct term t)
{
	uint32_t bits;

	switch (t.kind) {
	case TERM_ERROR:
		return NULL;
	case TERM_EXPR:
		return t.expr;
	case TERM_BOOL:
		return ir_const(c->g, type_bool, t.value);
	case TERM_TIME:
		return ir_const(c->g, (struct ir_type){ IR_TIME, 64, false }, t.value);
	case TERM_IPV4:
		return ir_const(c->g, (struct ir_type){ IR_IPV4, 32, false }, t.value);
	case TERM_IPV6:
		return ir_const(c->g, (struct ir_type){ IR_IPV6, 128, false }, t.value);
	case TERM_MAC:
		return ir_const(c->g, (struct ir_type){ IR_MAC, 48, false }, t.value);
	case TERM_INT:
	case TERM_SIZE:
	case TERM_RATE:
		bits = t.value < 0 ? 129 : bits_of(t.value);
		if (bits <= 64)
			return ir_const(c->g, int_type(bits <= 32 ? 32 : 64), t.value);
		diag_error(c->d, t.at, "a constant value here is a number of 0 to 64 bits");
		return NULL;
	case TERM_DECIMAL:
	case TERM_STRING:
	case TERM_MULTICAST:
	case TERM_INSTANCE:
		diag_error(c->d, t.at, "%.*s can't be a value of its own",
			   STRA(query_describe(c, t)));
		return NULL;
	}
	bug("term %d", (int)t.kind);
}
