/* Evaluates single operators and whole expressions: the only place that knows what an operator
 * does. Constant folding (graph.c), packets and aggregates (eval*.c) all come here. */
#include "ir/expr.h"

#include <math.h>

bool
ir_is_comparison(enum ir_op op)
{
	return op >= IR_EQ && op <= IR_GE;
}

struct ir_type
ir_common_type(struct ir_type a, struct ir_type b)
{
	if (a.kind == IR_FLOAT || b.kind == IR_FLOAT)
		return (struct ir_type){ IR_FLOAT, 64, true };
	if (a.width != b.width)
		return a.width > b.width ? a : b;
	return (struct ir_type){ a.kind, a.width, a.is_signed && b.is_signed };
}

bool
ir_truth(const struct ir_value *v)
{
	switch (v->tag) {
	case IR_V_ABSENT:
		return false;
	case IR_V_INT:
		return v->i != 0;
	case IR_V_FLOAT:
		return v->f != 0;
	case IR_V_TEXT:
		return v->text.n != 0;
	case IR_V_LIST:
		return v->list.n != 0;
	}
	return false;
}

static double
as_float(const struct ir_value *v)
{
	return v->tag == IR_V_FLOAT ? v->f : (double)v->i;
}

static struct ir_value
make_float(double f)
{
	/* Infinities and NaN are no results: nothing was measured. */
	return isfinite(f) ? (struct ir_value){ .tag = IR_V_FLOAT, .f = f } : IR_ABSENT;
}

/* A literal without '#' stands for every entry of its table and action (docs/semantics.md). */
static bool
reason_eq(struct str a, struct str b)
{
	int64_t hash_a = str_find(a, '#'), hash_b = str_find(b, '#');

	if (hash_a >= 0 && hash_b < 0)
		a = str_sub(a, 0, (uint32_t)hash_a);
	else if (hash_b >= 0 && hash_a < 0)
		b = str_sub(b, 0, (uint32_t)hash_b);
	return str_eq(a, b);
}

static int
compare(const struct ir_expr *e, const struct ir_value *a, const struct ir_value *b)
{
	struct ir_type t = ir_common_type(e->a->type, e->b->type);
	struct ir_value x, y;

	if (a->tag == IR_V_TEXT && b->tag == IR_V_TEXT && reason_eq(a->text, b->text))
		return 0;
	if (a->tag != IR_V_INT || b->tag != IR_V_INT)
		return ir_value_cmp(a, b);
	x = ir_int(ir_wrap(t, a->i));
	y = ir_int(ir_wrap(t, b->i));
	return ir_value_cmp_as(t, &x, &y);
}

static bool
compares(const struct ir_expr *e, const struct ir_value *a, const struct ir_value *b)
{
	return a->tag != IR_V_ABSENT && b->tag != IR_V_ABSENT && ir_holds(e->op, compare(e, a, b));
}

static ir_i128
divide(struct ir_type t, ir_i128 a, ir_i128 b, bool rest)
{
	if (!t.is_signed)
		return (ir_i128)(rest ? (ir_u128)a % (ir_u128)b : (ir_u128)a / (ir_u128)b);
	if (b == -1) /* the smallest number has no opposite */
		return rest ? 0 : (ir_i128) - (ir_u128)a;
	return rest ? a % b : a / b;
}

static ir_i128
shift_right(struct ir_type t, ir_i128 a, ir_i128 by)
{
	bool all = by < 0 || by >= 128;

	if (!t.is_signed)
		return all ? 0 : (ir_i128)((ir_u128)a >> by);
	return all ? (a < 0 ? -1 : 0) : a >> by;
}

static struct ir_value
integers(const struct ir_expr *e, ir_i128 a, ir_i128 b)
{
	struct ir_type t = e->type;
	ir_u128 x, y, z = 0;

	if (e->op == IR_SHR)
		return ir_int(ir_wrap(t, shift_right(t, a, b)));
	x = (ir_u128)(a = ir_wrap(t, a));
	y = (ir_u128)(b = e->op == IR_SHL ? b : ir_wrap(t, b));
	switch (e->op) {
	case IR_ADD:
		z = x + y;
		break;
	case IR_SUB:
		z = x - y;
		break;
	case IR_MUL:
		z = x * y;
		break;
	case IR_DIV:
	case IR_MOD:
		if (!b)
			return IR_ABSENT;
		z = (ir_u128)divide(t, a, b, e->op == IR_MOD);
		break;
	case IR_AND_BITS:
		z = x & y;
		break;
	case IR_OR_BITS:
		z = x | y;
		break;
	case IR_XOR_BITS:
		z = x ^ y;
		break;
	case IR_SHL:
		z = y < 128 ? x << y : 0;
		break;
	case IR_CONST:
	case IR_FIELD:
	case IR_COLUMN:
	case IR_NOT:
	case IR_NEG:
	case IR_BIT_NOT:
	case IR_SHR:
	case IR_EQ:
	case IR_NE:
	case IR_LT:
	case IR_LE:
	case IR_GT:
	case IR_GE:
	case IR_AND:
	case IR_OR:
		bug("'%d' is no operator on integers", e->op);
	}
	return ir_int(ir_wrap(t, (ir_i128)z));
}

static struct ir_value
floats(enum ir_op op, double a, double b)
{
	if (op == IR_ADD)
		return make_float(a + b);
	if (op == IR_SUB)
		return make_float(a - b);
	if (op == IR_MUL)
		return make_float(a * b);
	if (op == IR_DIV)
		return b == 0 ? IR_ABSENT : make_float(a / b);
	if (op == IR_MOD)
		return b == 0 ? IR_ABSENT : make_float(fmod(a, b));
	return IR_ABSENT; /* bits of a fraction: the front end rejects it */
}

static struct ir_value
unary(const struct ir_expr *e, const struct ir_value *a)
{
	if (e->op == IR_NOT)
		return ir_int(!ir_truth(a));
	if (a->tag == IR_V_INT)
		return ir_int(
			ir_wrap(e->type, e->op == IR_NEG ? (ir_i128) - (ir_u128)a->i : ~a->i));
	if (a->tag == IR_V_FLOAT && e->op == IR_NEG)
		return make_float(-a->f);
	return IR_ABSENT;
}

struct ir_value
ir_apply(const struct ir_expr *e, const struct ir_value *a, const struct ir_value *b)
{
	if (!b)
		return unary(e, a);
	if (e->op == IR_AND)
		return ir_int(ir_truth(a) && ir_truth(b));
	if (e->op == IR_OR)
		return ir_int(ir_truth(a) || ir_truth(b));
	if (ir_is_comparison(e->op))
		return ir_int(compares(e, a, b));
	if (a->tag == IR_V_INT && b->tag == IR_V_INT && e->type.kind != IR_FLOAT)
		return integers(e, a->i, b->i);
	if (a->tag == IR_V_ABSENT || b->tag == IR_V_ABSENT || a->tag == IR_V_TEXT ||
	    b->tag == IR_V_TEXT)
		return IR_ABSENT;
	return floats(e->op, as_float(a), as_float(b));
}

struct ir_value
ir_const_value(const struct ir_expr *e)
{
	if (e->type.kind == IR_REASON)
		return (struct ir_value){ .tag = IR_V_TEXT, .text = e->text };
	return ir_int(e->value);
}

struct ir_value
ir_expr_eval(const struct ir_expr *e, const struct ir_value *fields, const struct ir_value *columns,
	     const struct ir_value *right)
{
	struct ir_value a, b;

	if (e->op == IR_CONST)
		return ir_const_value(e);
	if (e->op == IR_FIELD)
		return fields ? fields[e->field->index] : IR_ABSENT;
	if (e->op == IR_COLUMN) {
		const struct ir_value *row = e->side ? right : columns;

		return row ? row[e->column] : IR_ABSENT;
	}
	a = ir_expr_eval(e->a, fields, columns, right);
	if (!e->b)
		return ir_apply(e, &a, NULL);
	/* A side that can't change the outcome isn't computed. */
	if ((e->op == IR_AND && !ir_truth(&a)) || (e->op == IR_OR && ir_truth(&a)))
		return ir_int(e->op == IR_OR);
	b = ir_expr_eval(e->b, fields, columns, right);
	return ir_apply(e, &a, &b);
}
