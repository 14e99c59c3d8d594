/* membership.c - `in`: prefixes, ranges and sets. */
#include "query/address.h"
#include "query/check.h"

#define SET_MAX 4096

struct term
query_both(struct checker *c, enum ir_op op, struct term a, struct term b, struct span at)
{
	const struct ir_expr *x = query_truth(c, a), *y = query_truth(c, b);

	return x && y ? query_expr_term(c, ir_binary(c->g, op, x, y), at) : query_error_term(at);
}

/* x in net/len: (x & mask) == net */
static struct term
in_prefix(struct checker *c, struct term x, struct tree *t)
{
	bool is_ipv6 = t->token.kind == TOKEN_PREFIX6;
	struct term mask = { .kind = is_ipv6 ? TERM_IPV6 : TERM_IPV4, .at = t->at }, net = mask;
	uint32_t bits = is_ipv6 ? 128 : 32;

	net.value = t->token.value;
	mask.value = (ir_i128)query_prefix_mask(bits, t->token.digits);
	if (x.kind == TERM_EXPR && x.expr->type.width != bits)
		return query_compare(c, IR_EQ, x, net, t->at); /* its message is the right one */
	if (t->token.digits < bits && x.kind == TERM_EXPR &&
	    (x.expr->type.kind == IR_IPV4 || x.expr->type.kind == IR_IPV6 ||
	     x.expr->type.kind == IR_INT)) {
		struct ir_type type = x.expr->type;

		if (type.kind != IR_INT && type.kind != (is_ipv6 ? IR_IPV6 : IR_IPV4))
			return query_compare(c, IR_EQ, x, net, t->at);
		x.expr = ir_binary(c->g, IR_AND_BITS, x.expr, ir_const(c->g, type, mask.value));
	}
	return query_compare(c, IR_EQ, x, net, t->at);
}

/* Both ends are real ports, so that neither -1 nor multicast lies between them. */
static bool
is_port_range(struct term x, struct term lo, struct term hi)
{
	return x.kind == TERM_EXPR && x.expr->type.kind == IR_PORT && lo.kind == TERM_INT &&
	       hi.kind == TERM_INT && lo.value >= 0 && hi.value < IR_PORT_MULTICAST;
}

static struct term
port_range(struct checker *c, struct term x, ir_i128 lo, ir_i128 hi, struct span at)
{
	struct ir_type t = x.expr->type;
	const struct ir_expr *low = ir_binary(c->g, IR_GE, x.expr, ir_const(c->g, t, lo));
	const struct ir_expr *high = ir_binary(c->g, IR_LE, x.expr, ir_const(c->g, t, hi));

	return query_expr_term(c, lo ? ir_binary(c->g, IR_AND, low, high) : high, at);
}

/* x in lo..hi: both ends belong to it */
static struct term
in_range(struct checker *c, struct term x, struct tree *t)
{
	struct term lo = query_term(c, NULL, t->a), hi = query_term(c, NULL, t->b), low, high;
	bool is_unsigned =
		x.kind == TERM_EXPR && !x.expr->type.is_signed && x.expr->type.kind != IR_PORT;

	if (lo.kind == TERM_ERROR || hi.kind == TERM_ERROR)
		return query_error_term(t->at);
	if (lo.kind == hi.kind && lo.digits == hi.digits && (ir_u128)lo.value > (ir_u128)hi.value &&
	    lo.value >= 0) {
		diag_error(c->d, t->at,
			   "this range is empty: its first value is larger than its last one");
		return query_error_term(t->at);
	}
	if (is_port_range(x, lo, hi))
		return port_range(c, x, lo.value, hi.value, t->at);
	c->in_range = true;
	high = query_compare(c, IR_LE, x, hi, t->at);
	low = high.kind == TERM_ERROR ? high : query_compare(c, IR_GE, x, lo, t->at);
	c->in_range = false;
	if (low.kind != TERM_ERROR && is_unsigned && !lo.value)
		return high;
	return query_both(c, IR_AND, low, high, t->at);
}

static struct term in_anything(struct checker *c, struct flow *f, struct term x, struct tree *t,
			       bool in_a_set);

/* The `||` of args [from, to), as a balanced tree: sets are long. */
static struct term
in_set(struct checker *c, struct flow *f, struct term x, struct tree *t, uint32_t from, uint32_t to)
{
	struct tree *item = t->args.v[from].value;
	struct term a, b;

	if (to - from > 1) {
		a = in_set(c, f, x, t, from, from + (to - from) / 2);
		b = in_set(c, f, x, t, from + (to - from) / 2, to);
		return query_both(c, IR_OR, a, b, t->at);
	}
	if (t->args.v[from].name.n) {
		diag_error(c->d, t->args.v[from].name_at, "a set holds values, not named ones");
		return query_error_term(item->at);
	}
	return in_anything(c, f, x, item, true);
}

/* A parameter's own tree, where it stands for more than one value. */
static struct tree *
through_params(struct checker *c, struct tree *t)
{
	for (uint32_t i = 0; i < 100 && t->kind == TREE_PATH; i++) {
		struct def *def = query_def(c, t->text);

		if (!def || !def->tree->is_param)
			break;
		t = def->value;
	}
	return t;
}

static bool
is_many(const struct tree *t)
{
	return query_is_prefix(t) || t->kind == TREE_RANGE || t->kind == TREE_SET;
}

static struct term
in_anything(struct checker *c, struct flow *f, struct term x, struct tree *t, bool in_a_set)
{
	struct tree *many = through_params(c, t);
	struct term ret = query_error_term(t->at);

	if (many->kind == TREE_SET && in_a_set)
		diag_error(c->d, t->at, "a set can't hold another set");
	else if (query_is_prefix(many))
		ret = in_prefix(c, x, many);
	else if (many->kind == TREE_RANGE)
		ret = in_range(c, x, many);
	else if (many->kind != TREE_SET)
		ret = query_compare(c, IR_EQ, x, query_term(c, NULL, t), t->at);
	else if (!many->args.n)
		diag_error(c->d, t->at, "this set is empty");
	else if (many->args.n > SET_MAX)
		diag_error(c->d, t->at, "this set has %u values: at most %d", many->args.n,
			   SET_MAX);
	else
		ret = in_set(c, f, x, many, 0, many->args.n);
	return ret;
}

struct term
query_in(struct checker *c, struct flow *f, struct tree *t)
{
	struct term x = query_term(c, f, t->a), ret;
	struct tree *many = through_params(c, t->b);

	if (x.kind == TERM_ERROR || t->b->kind == TREE_ERROR)
		return query_error_term(t->at);
	if (many->kind == TREE_LIST) {
		diag_error(c->d, t->b->at, "a set is written in braces: {80, 443}");
		return query_error_term(t->at);
	}
	if (!is_many(many)) {
		/* One value: perhaps a wrong one, which has its own message. */
		if (query_term(c, NULL, t->b).kind != TERM_ERROR) {
			diag_error(c->d, t->b->at, "'in' needs a prefix, a set or a range");
			diag_hint(c->d, "compare with one value by '=='");
		}
		return query_error_term(t->at);
	}
	ret = in_anything(c, f, x, t->b, false);
	ret.at = t->at;
	return ret;
}
