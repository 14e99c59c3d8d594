/* compare.c - comparisons: which operands meet, the constants that literals become beside them, and
 * ports, whose -1 and multicast are no numbers in the switch. */
#include <ctype.h>

#include "query/check.h"

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
	return query_is_number(lit.kind) || (lit.kind == TERM_BOOL && x.expr->type.width == 1) ||
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
	case IR_QDISC:
		return lit.kind == TERM_STRING;
	case IR_FLOAT:
		return query_is_number(lit.kind) || lit.kind == TERM_DECIMAL || lit.kind == TERM_TIME;
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
		return query_error_term(at);
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
	return query_fitting(c, lit, t, x);
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
		return query_error_term(at);
	if (lit.kind == TERM_MULTICAST && is_order) {
		diag_error(c->d, at, "'multicast' can be compared by '==' and '!=' only");
		return query_error_term(at);
	}
	if (lit.kind == TERM_INT && (lit.value < -1 || lit.value >= IR_PORT_MULTICAST)) {
		diag_error(c->d, lit.at,
			   "no port has this number: ports are 0 to 65533, and -1 means dropped");
		return query_error_term(at);
	}
	if (!special && (lit.kind == TERM_MULTICAST || lit.value == -1)) {
		diag_error(c->d, at, "a packet always comes in by a port: 'port_in' is never %s",
			   lit.kind == TERM_INT ? "-1" : "multicast");
		return query_error_term(at);
	}
	if (lit.kind == TERM_INT && lit.value == -1 && !is_order)
		lit.value = IR_PORT_DROP;
	if (is_order && special && lit.value == -1 && op == IR_LT) {
		diag_error(c->d, at, "no port is below -1");
		return query_error_term(at);
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
	else if (query_is_address(x.expr->type.kind) && lit.kind == TERM_INT)
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
	    !(t.kind == IR_BOOL || ir_is_text(t.kind) || t.kind == IR_INSTANCE || t.kind == IR_QDISC))
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

/* Up to 16 bits of hexadecimal digits off the front. */
static bool
take_hex(struct str *s, uint32_t *ret)
{
	uint32_t n = 0;

	for (*ret = 0; n < s->n && n < 4 && isxdigit((unsigned char)s->p[n]); n++)
		*ret = *ret << 4 | (uint32_t)(s->p[n] <= '9' ? s->p[n] - '0' : (s->p[n] | 32) - 'a' + 10);
	*s = str_sub(*s, n, s->n);
	return n > 0;
}

/* MAJOR: or MAJOR:MINOR, as tc tells handles. */
static struct term
compare_qdisc(struct checker *c, enum ir_op op, struct term x, struct term lit, struct span at)
{
	struct str rest = lit.text;
	uint32_t major = 0, minor = 0;
	bool ok = take_hex(&rest, &major) && rest.n && rest.p[0] == ':';

	rest = ok ? str_sub(rest, 1, rest.n) : rest;
	if (!ok || (rest.n && (!take_hex(&rest, &minor) || rest.n))) {
		diag_error(c->d, lit.at, "\"%.*s\" is no handle of a queue", STRA(lit.text));
		diag_hint(c->d, "handles are MAJOR:MINOR in hexadecimal, as `tc qdisc` shows them: \"8001:\"");
		return query_error_term(at);
	}
	return bool_term(c, ir_binary(c->g, op, x.expr, ir_const(c->g, x.expr->type, major << 16 | minor)), at);
}

static struct term
compare_constant(struct checker *c, enum ir_op op, struct term x, struct term lit, struct span at)
{
	const struct ir_expr *k;

	if (!suits(c, lit, x)) {
		query_refuse(c, "cannot compare", x, lit, at);
		hint_unit(c, lit, x);
		return query_error_term(at);
	}
	if (!has_order(c, op, x.expr->type, at))
		return query_error_term(at);
	if (x.expr->type.kind == IR_PORT)
		return compare_port(c, op, x, lit, at);
	if (x.expr->type.kind == IR_QDISC)
		return compare_qdisc(c, op, x, lit, at);
	if (x.expr->type.kind == IR_FLOAT)
		return compare_float(c, op, x, lit, at);
	k = constant_like(c, lit, x);
	if (!k)
		return query_error_term(at);
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

		return other == IR_PORT || (query_is_address(other) && a->type.width == b->type.width);
	}
	return false;
}

static struct term
compare_two(struct checker *c, enum ir_op op, struct term a, struct term b, struct span at)
{
	if (!kinds_meet(c, a.expr, b.expr))
		return query_refuse(c, "cannot compare", a, b, at);
	if (!has_order(c, op, a.expr->type, at))
		return query_error_term(at);
	if (op != IR_EQ && op != IR_NE &&
	    (a.expr->type.kind == IR_PORT || b.expr->type.kind == IR_PORT)) {
		diag_error(c->d, at, "two ports can be compared by '==' and '!=' only");
		return query_error_term(at);
	}
	return bool_term(c, ir_binary(c->g, op, a.expr, b.expr), at);
}

struct term
query_compare(struct checker *c, enum ir_op op, struct term a, struct term b, struct span at)
{
	if (a.kind == TERM_ERROR || b.kind == TERM_ERROR)
		return query_error_term(at);
	if (a.kind != TERM_EXPR && b.kind != TERM_EXPR)
		return query_fold_compare(c, op, a, b, at);
	if (b.kind != TERM_EXPR)
		return compare_constant(c, op, a, b, at);
	if (a.kind != TERM_EXPR)
		return compare_constant(c, flipped(op), b, a, at);
	return compare_two(c, op, a, b, at);
}
