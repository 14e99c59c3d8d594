/* Kinds and widths: which operands fit each other, and the constants that literals become. */
#include "query/check.h"

static const struct ir_type type_bool = { IR_BOOL, 1, false };

static struct term
error_term(struct span at)
{
	return (struct term){ .kind = TERM_ERROR, .at = at };
}

static struct term
refuse(struct checker *c, const char *what, struct term a, struct term b, struct span at)
{
	struct str x = query_describe(c, a), y = query_describe(c, b);

	diag_error(c->d, at, "%s %.*s and %.*s", what, STRA(x), STRA(y));
	return error_term(at);
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

static bool
is_address(enum ir_kind k)
{
	return k == IR_IPV4 || k == IR_IPV6 || k == IR_MAC;
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

/* A number as a constant of the type; NULL and a message when it has not the width. */
static const struct ir_expr *
fitting(struct checker *c, struct term lit, struct ir_type t, struct term against)
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

/* --- constants beside an expression ------------------------------------------------------------
 */

static bool
is_number(enum term_kind k)
{
	return k == TERM_INT || k == TERM_SIZE || k == TERM_RATE;
}

/* Metadata, and fields of headers whose names say nothing, may hold addresses and ports. */
static bool
is_open(struct checker *c, const struct ir_expr *e)
{
	const struct ir_field *f = e->field;

	if (e->op == IR_AND_BITS) /* in a prefix */
		return is_open(c, e->a);
	if (e->op != IR_FIELD || e->type.kind != IR_INT)
		return false;
	if (f->kind == IR_F_META)
		return true;
	return f->kind == IR_F_HEADER &&
	       !ir_schema_is_known(&c->schema->headers.v[f->header], f->field);
}

static bool
is_plain_address(struct checker *c, struct term lit, const struct ir_expr *e)
{
	if (!is_open(c, e))
		return false;
	return (lit.kind == TERM_IPV4 && e->type.width == 32) ||
	       (lit.kind == TERM_IPV6 && e->type.width == 128) ||
	       (lit.kind == TERM_MAC && e->type.width == 48);
}

static bool
suits_int(struct checker *c, struct term lit, struct term x)
{
	return is_number(lit.kind) || (lit.kind == TERM_BOOL && x.expr->type.width == 1) ||
	       is_plain_address(c, lit, x.expr);
}

static bool
suits(struct checker *c, struct term lit, struct term x)
{
	bool number = lit.kind == TERM_INT && (lit.is_hex || !lit.value);

	switch (x.expr->type.kind) {
	case IR_INT:
		return suits_int(c, lit, x);
	case IR_BOOL:
		return lit.kind == TERM_BOOL;
	case IR_IPV4:
		return lit.kind == TERM_IPV4 || number;
	case IR_IPV6:
		return lit.kind == TERM_IPV6 || number;
	case IR_MAC:
		return lit.kind == TERM_MAC || number;
	case IR_PORT:
		return lit.kind == TERM_INT || lit.kind == TERM_MULTICAST ||
		       (c->schema->ports.n &&
			(lit.kind == TERM_STRING || (lit.kind == TERM_INSTANCE && lit.value == IR_INSTANCE_LOCAL)));
	case IR_TIME:
		return lit.kind == TERM_TIME || (lit.kind == TERM_INT && !lit.value);
	case IR_REASON:
	case IR_DISCARD:
		return lit.kind == TERM_STRING;
	case IR_INSTANCE:
		return lit.kind == TERM_INSTANCE ||
		       (lit.kind == TERM_INT && lit.value >= 0 && lit.value < IR_INSTANCE_NAMES);
	case IR_FLOAT:
		return is_number(lit.kind) || lit.kind == TERM_DECIMAL || lit.kind == TERM_TIME;
	}
	bug("kind %d", (int)x.expr->type.kind);
}

/* Fractions have whole constants beside them: x > 0.25 is x * 100 > 25. */
static struct term
compare_float(struct checker *c, enum ir_op op, struct term x, struct term lit, struct span at)
{
	struct ir_type t = { IR_INT, 64, true };
	const struct ir_expr *e = x.expr;
	ir_i128 scale = 1;

	for (uint32_t i = 0; lit.kind == TERM_DECIMAL && i < lit.digits; i++)
		scale *= 10;
	while (scale > 1 && lit.value % 10 == 0) {
		lit.value /= 10;
		scale /= 10;
	}
	if (scale > 1)
		e = ir_binary(c->g, IR_MUL, e, ir_const(c->g, t, scale));
	if (lit.value > INT64_MAX || lit.value < INT64_MIN) {
		diag_error(c->d, lit.at, "this number has more than 64 bits");
		return error_term(at);
	}
	return query_expr_term(c, ir_binary(c->g, op, e, ir_const(c->g, t, lit.value)), at);
}

static const struct ir_expr *
constant_like(struct checker *c, struct term lit, struct term x)
{
	struct ir_type t = x.expr->type;

	if (lit.kind == TERM_STRING)
		return ir_const_reason(c->g, lit.text);
	if (lit.kind == TERM_MULTICAST)
		return ir_const(c->g, t, IR_PORT_MULTICAST);
	if (t.kind == IR_IPV6 && lit.kind == TERM_IPV6)
		return ir_const(c->g, t, lit.value);
	if (t.width == 128 && lit.kind == TERM_IPV6)
		return ir_const(c->g, t, lit.value);
	return fitting(c, lit, t, x);
}

static struct term
bool_term(struct checker *c, const struct ir_expr *e, struct span at)
{
	return query_expr_term(c, e, at);
}

/* --- ports: -1 and multicast are no numbers in the switch ----------------------------------------
 */

static const struct ir_expr *
port_is(struct checker *c, enum ir_op op, const struct ir_expr *x, uint32_t special)
{
	return ir_binary(c->g, op, x, ir_const(c->g, x->type, special));
}

/* x op v with an order, where a dropped packet has the port -1 and multicast none. */
static const struct ir_expr *
port_order(struct checker *c, enum ir_op op, const struct ir_expr *x, ir_i128 v)
{
	const struct ir_expr *e;

	if (op == IR_GT || op == IR_GE) {
		if (v + (op == IR_GT) <= -1) /* every port is at least -1 */
			return port_is(c, IR_NE, x, IR_PORT_MULTICAST);
		if (v + (op == IR_GT) == 0)
			return port_is(c, IR_LT, x, IR_PORT_MULTICAST);
		e = ir_binary(c->g, op, x, ir_const(c->g, x->type, v));
		return ir_binary(c->g, IR_AND, e, port_is(c, IR_LT, x, IR_PORT_MULTICAST));
	}
	if (v - (op == IR_LT) == -1)
		return port_is(c, IR_EQ, x, IR_PORT_DROP);
	e = ir_binary(c->g, op, x, ir_const(c->g, x->type, v));
	return ir_binary(c->g, IR_OR, e, port_is(c, IR_EQ, x, IR_PORT_DROP));
}

/* A port by the name of its interface: its number. */
static bool
named_port(struct checker *c, struct term *lit)
{
	const struct ir_schema *s = c->schema;

	lit->kind = TERM_INT;
	for (uint32_t i = 0; i < s->ports.n; i++)
		if (str_eq(s->ports.v[i], lit->text)) {
			lit->value = i;
			return true;
		}
	lit->value = IR_PORT_LOCAL;
	if (str_is(lit->text, "local"))
		return true;
	query_unknown(c, lit->at, "port", lit->text, s->ports.v, s->ports.n);
	return false;
}

static struct term
compare_port(struct checker *c, enum ir_op op, struct term x, struct term lit, struct span at)
{
	bool is_order = op != IR_EQ && op != IR_NE;
	bool special = !(x.expr->op == IR_FIELD && x.expr->field->kind == IR_F_PORT_IN);

	if (lit.kind == TERM_INSTANCE)
		lit = (struct term){ .kind = TERM_INT, .at = lit.at, .value = IR_PORT_LOCAL };
	if (lit.kind == TERM_STRING && !named_port(c, &lit))
		return error_term(at);
	if (lit.kind == TERM_MULTICAST && is_order) {
		diag_error(c->d, at, "'multicast' can be compared by '==' and '!=' only");
		return error_term(at);
	}
	if (lit.kind == TERM_INT && (lit.value < -1 || lit.value >= IR_PORT_MULTICAST)) {
		diag_error(c->d, lit.at,
			   "no port has this number: ports are 0 to 65533, and -1 means dropped");
		return error_term(at);
	}
	if (!special && (lit.kind == TERM_MULTICAST || lit.value == -1)) {
		diag_error(c->d, at, "a packet always comes in by a port: 'port_in' is never %s",
			   lit.kind == TERM_INT ? "-1" : "multicast");
		return error_term(at);
	}
	if (lit.kind == TERM_INT && lit.value == -1 && !is_order)
		lit.value = IR_PORT_DROP;
	if (is_order && special && lit.value == -1 && op == IR_LT) {
		diag_error(c->d, at, "no port is below -1");
		return error_term(at);
	}
	if (is_order && special)
		return bool_term(c, port_order(c, op, x.expr, lit.value), at);
	return bool_term(c, ir_binary(c->g, op, x.expr, constant_like(c, lit, x)), at);
}

/* --- comparisons ---------------------------------------------------------------------------------
 */

static enum ir_op
flipped(enum ir_op op)
{
	return op == IR_LT   ? IR_GT
	       : op == IR_GT ? IR_LT
	       : op == IR_LE ? IR_GE
	       : op == IR_GE ? IR_LE
			     : op;
}

static void
hint_unit(struct checker *c, struct term lit, struct term x)
{
	if (x.expr->type.kind == IR_TIME && lit.kind == TERM_INT)
		diag_hint(c->d, "a time is written with its unit: 20us, 5ms, 1s");
	else if (is_address(x.expr->type.kind) && lit.kind == TERM_INT)
		diag_hint(c->d, "write an address such as %s, or a hexadecimal number",
			  x.expr->type.kind == IR_IPV4	 ? "10.0.0.1"
			  : x.expr->type.kind == IR_IPV6 ? "2001:db8::1"
							 : "aa:bb:cc:dd:ee:ff");
	else if (x.expr->type.kind == IR_REASON)
		diag_hint(c->d, "write the reason as a string: \"MyIngress.acl/deny\"");
	else if (x.expr->type.kind == IR_DISCARD)
		diag_hint(c->d, "write the class as a string: \"ingress/discards/policy/l3/acl\"");
	else if (x.expr->type.kind == IR_INT && lit.kind == TERM_DECIMAL)
		diag_hint(c->d, "only averages and ratios have fractions");
}

static bool
has_order(struct checker *c, enum ir_op op, struct ir_type t, struct span at)
{
	if (op == IR_EQ || op == IR_NE ||
	    !(t.kind == IR_BOOL || ir_is_text(t.kind) || t.kind == IR_INSTANCE))
		return true;
	diag_error(c->d, at, "%.*s can be compared by '==' and '!=' only",
		   STRA(query_type_text(c, t)));
	return false;
}

/* An unsigned number against 0, or against the largest: the outcome may be known. */
static void
warn_known(struct checker *c, enum ir_op op, struct term x, const struct ir_expr *k, struct span at)
{
	ir_i128 v = k->value;
	bool is_top = x.expr->type.width < 127 && v == ((ir_i128)1 << x.expr->type.width) - 1;

	if (x.expr->type.is_signed || c->in_range)
		return;
	if ((op == IR_LT && !v) || (op == IR_GT && is_top))
		diag_warn(c->d, at, "this never holds: %.*s is %s", STRA(query_describe(c, x)),
			  v ? "never larger" : "never below 0");
	else if ((op == IR_GE && !v) || (op == IR_LE && is_top))
		diag_warn(c->d, at, "this always holds: %.*s is %s", STRA(query_describe(c, x)),
			  v ? "never larger" : "never below 0");
}

static struct term
compare_constant(struct checker *c, enum ir_op op, struct term x, struct term lit, struct span at)
{
	const struct ir_expr *k;

	if (!suits(c, lit, x)) {
		refuse(c, "cannot compare", x, lit, at);
		hint_unit(c, lit, x);
		return error_term(at);
	}
	if (!has_order(c, op, x.expr->type, at))
		return error_term(at);
	if (x.expr->type.kind == IR_PORT)
		return compare_port(c, op, x, lit, at);
	if (x.expr->type.kind == IR_FLOAT)
		return compare_float(c, op, x, lit, at);
	k = constant_like(c, lit, x);
	if (!k)
		return error_term(at);
	warn_known(c, op, x, k, at);
	return bool_term(c, ir_binary(c->g, op, x.expr, k), at);
}

static bool
kinds_meet(struct checker *c, const struct ir_expr *a, const struct ir_expr *b)
{
	enum ir_kind x = a->type.kind, y = b->type.kind;

	if (x == y)
		return true;
	if ((x == IR_FLOAT && (y == IR_INT || y == IR_TIME)) ||
	    (y == IR_FLOAT && (x == IR_INT || x == IR_TIME)))
		return true;
	if (is_open(c, a) || is_open(c, b)) {
		enum ir_kind other = is_open(c, a) ? y : x;

		return other == IR_PORT || (is_address(other) && a->type.width == b->type.width);
	}
	return false;
}

static struct term
compare_two(struct checker *c, enum ir_op op, struct term a, struct term b, struct span at)
{
	if (!kinds_meet(c, a.expr, b.expr))
		return refuse(c, "cannot compare", a, b, at);
	if (!has_order(c, op, a.expr->type, at))
		return error_term(at);
	if (op != IR_EQ && op != IR_NE &&
	    (a.expr->type.kind == IR_PORT || b.expr->type.kind == IR_PORT)) {
		diag_error(c->d, at, "two ports can be compared by '==' and '!=' only");
		return error_term(at);
	}
	return bool_term(c, ir_binary(c->g, op, a.expr, b.expr), at);
}

struct term
query_compare(struct checker *c, enum ir_op op, struct term a, struct term b, struct span at)
{
	if (a.kind == TERM_ERROR || b.kind == TERM_ERROR)
		return error_term(at);
	if (a.kind != TERM_EXPR && b.kind != TERM_EXPR)
		return query_fold_compare(c, op, a, b, at);
	if (b.kind != TERM_EXPR)
		return compare_constant(c, op, a, b, at);
	if (a.kind != TERM_EXPR)
		return compare_constant(c, flipped(op), b, a, at);
	return compare_two(c, op, a, b, at);
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
	return k == IR_INT || k == IR_TIME || k == IR_FLOAT || is_address(k);
}

/* Is `a op b` meaningful between kinds? */
static bool
kinds_calculate(enum ir_op op, enum ir_kind a, enum ir_kind b)
{
	if (a == IR_FLOAT || b == IR_FLOAT)
		return !is_bitwise(op) && !is_shift(op) && !is_address(a) && !is_address(b);
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
	if (is_address(a) && a == b)
		return is_bitwise(op) || op == IR_SUB;
	return is_address(a) && b == IR_INT && (op == IR_ADD || op == IR_SUB);
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
		return is_number(lit.kind);
	}
	if (lit.kind == TERM_TIME ||
	    (x.kind == IR_TIME && lit.kind == TERM_INT && !lit.value && grows)) {
		*ret = (struct ir_type){ IR_TIME, 64, false };
		return true;
	}
	if (is_address(x.kind) && (is_bitwise(op) || lit.kind != TERM_INT)) {
		*ret = x;
		return (lit.kind == TERM_INT && (lit.is_hex || !lit.value)) ||
		       (lit.kind == TERM_IPV4 && x.kind == IR_IPV4) ||
		       (lit.kind == TERM_IPV6 && x.kind == IR_IPV6) ||
		       (lit.kind == TERM_MAC && x.kind == IR_MAC);
	}
	if (!is_number(lit.kind))
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
	return fitting(c, lit, t, x);
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
		refuse(c, "cannot calculate with", a, b, at);
		if (a.kind == TERM_DECIMAL || b.kind == TERM_DECIMAL)
			diag_hint(c->d, "fractions can only be compared: multiply by a whole "
					"number instead");
	}
	return error_term(at);
}

struct term
query_unary(struct checker *c, enum ir_op op, struct term a, struct span at)
{
	const struct ir_expr *e;

	if (a.kind == TERM_ERROR)
		return error_term(at);
	if (op == IR_NOT && a.kind != TERM_BOOL) {
		e = query_truth(c, a);
		return e ? query_expr_term(c, ir_unary(c->g, op, e), at) : error_term(at);
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
	    (a.expr->type.kind == IR_INT || (op == IR_BIT_NOT && is_address(a.expr->type.kind)) ||
	     (op == IR_NEG && a.expr->type.kind == IR_FLOAT)))
		return query_expr_term(c, ir_unary(c->g, op, a.expr), at);
	diag_error(c->d, at, "'%c' has no meaning before %.*s", op == IR_NEG ? '-' : '~',
		   STRA(query_describe(c, a)));
	return error_term(at);
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
