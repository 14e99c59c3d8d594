/* reduce.c - the functions of reduce, and the values that they work on. */
#include "query/check.h"

#define VALUES_MAX 7 /* of a reduce: what partial rows have room for */

static const struct ir_type type_count = { IR_INT, 32, false };

static const struct func {
	const char *name;
	enum ir_func func;
} funcs[] = {
	{ "sum", IR_SUM },	     { "count", IR_COUNT }, { "min", IR_MIN },
	{ "max", IR_MAX },	     { "avg", IR_AVG },	    { "distinct", IR_DISTINCT_F },
	{ "quantile", IR_QUANTILE },
};
#define NFUNCS (sizeof(funcs) / sizeof(funcs[0]))

static bool
is_func(const struct tree *t)
{
	for (uint32_t i = 0; i < NFUNCS; i++)
		if ((t->kind == TREE_PATH || t->kind == TREE_CALL) &&
		    str_is(t->text, funcs[i].name))
			return true;
	return t->kind == TREE_CALL;
}

static bool
check_func(struct checker *c, const struct tree_op *op, struct tree *t, enum ir_func *ret)
{
	struct str word = STR_NONE, list[NFUNCS];

	if (!t) {
		diag_error(c->d, op->at, "'reduce' needs a function: func=sum");
		return false;
	}
	for (uint32_t i = 0; i < NFUNCS; i++)
		list[i] = str_from(funcs[i].name);
	if (!query_word(c, t, &word)) {
		if (t->kind != TREE_ERROR)
			diag_error(c->d, t->at,
				   "a function is expected here: sum, count, min, max, avg, "
				   "distinct(f) or "
				   "quantile(f, p)");
		return false;
	}
	for (uint32_t i = 0; i < NFUNCS; i++) {
		if (!str_eq(word, list[i]))
			continue;
		*ret = funcs[i].func;
		return true;
	}
	query_unknown(c, t->at, "function", word, list, NFUNCS);
	return false;
}

bool
query_quantile(struct checker *c, struct tree *t, double *ret)
{
	struct term p = query_term(c, NULL, t);
	double v = (double)p.value;

	for (uint32_t i = 0; i < p.digits; i++)
		v /= 10;
	if (p.kind == TERM_ERROR)
		return false;
	if ((p.kind != TERM_INT && p.kind != TERM_DECIMAL) || v < 0 || v > 1) {
		diag_error(c->d, t->at, "a quantile is a number between 0 and 1, as 0.99");
		return false;
	}
	*ret = v;
	return true;
}

/* What stands in the function's parentheses: f, or f and p. */
static bool
func_args(struct checker *c, struct flow *f, struct tree *t, struct ir_node *n,
	  struct columns *values)
{
	uint32_t wanted = n->func == IR_QUANTILE ? 2 : 1;
	struct tree_arg arg;
	struct column col;

	if (n->func == IR_COUNT || t->args.n != wanted) {
		diag_error(c->d, t->at, "'%.*s' takes %s", STRA(t->text),
			   n->func == IR_COUNT ? "no arguments"
			   : n->func == IR_QUANTILE
				   ? "a field and a number of 0 to 1: quantile(f, p)"
				   : "one field");
		return false;
	}
	if (wanted == 2 && !query_quantile(c, t->args.v[1].value, &n->quantile))
		return false;
	arg = t->args.v[0];
	if (!query_item(c, f, &arg, true, &col))
		return false;
	if (!arg.name.n)
		col.name = n->func == IR_DISTINCT_F ? STR("count") : STR("value");
	col.is_key = false;
	vec_push(c->arena, values, col);
	return true;
}

static bool
has_name(const struct columns *columns, struct str name)
{
	for (uint32_t i = 0; i < columns->n; i++)
		if (str_eq(columns->v[i].name, name))
			return true;
	return false;
}

/* A key may name a column, or the field that a column of another name holds. */
static bool
is_one_of(const struct columns *keys, const struct column *col, const struct columns *all)
{
	for (uint32_t i = 0; i < keys->n; i++)
		if (str_eq(keys->v[i].name, col->name) ||
		    (col->field && keys->v[i].field == col->field && !has_name(all, keys->v[i].name)))
			return true;
	return false;
}

/* Values of the map before: the columns that are not keys, here nor there. */
static void
mapped_values(struct checker *c, struct flow *f, const struct columns *keys, struct columns *values)
{
	for (uint32_t i = 0; f->has_columns && i < f->columns.n; i++) {
		struct column col = f->columns.v[i];

		if (col.is_key || is_one_of(keys, &col, &f->columns))
			continue;
		if (f->reduced)
			col.expr = ir_column(c->g, col.type, i, 0);
		vec_push(c->arena, values, col);
	}
}

/* Can the function work on such values? */
static bool
suits(enum ir_func func, enum ir_kind k)
{
	bool number = k == IR_INT || k == IR_TIME || k == IR_FLOAT;

	switch (func) {
	case IR_SUM:
		return number || k == IR_BOOL;
	case IR_COUNT:
	case IR_DISTINCT_F:
		return true;
	case IR_AVG:
	case IR_QUANTILE:
		return number;
	case IR_MIN:
	case IR_MAX:
		return number || k == IR_IPV4 || k == IR_IPV6 || k == IR_MAC;
	}
	bug("function %d", (int)func);
}

static bool
is_small(const struct column *col)
{
	return col->type.kind == IR_BOOL || (col->expr && col->expr->op == IR_CONST &&
					     col->expr->value >= 0 && col->expr->value < 256);
}

static struct ir_type
result_type(enum ir_func func, const struct column *col)
{
	struct ir_type t = col->type;

	switch (func) {
	case IR_SUM:
		if (t.kind == IR_FLOAT)
			return t;
		if (t.kind == IR_TIME)
			return (struct ir_type){ IR_TIME, 64, t.is_signed };
		return is_small(col) ? type_count
				     : (struct ir_type){ IR_INT, t.width > 64 ? t.width : 64,
							 t.is_signed };
	case IR_COUNT:
	case IR_DISTINCT_F:
		return type_count;
	case IR_AVG:
		return (struct ir_type){ IR_FLOAT, 64, true };
	case IR_MIN:
	case IR_MAX:
	case IR_QUANTILE:
		return t;
	}
	bug("function %d", (int)func);
}

static bool
is_constant_one(const struct columns *values)
{
	const struct ir_expr *e = values->n == 1 ? values->v[0].expr : NULL;

	return e && e->op == IR_CONST && e->type.kind == IR_INT && e->value == 1;
}

/* Counting: nothing to carry. The name stays that of the 1 which was summed. */
static void
make_count(struct checker *c, struct ir_node *n, struct columns *values)
{
	struct column col = { .name = STR("count"), .type = type_count };

	if (n->func == IR_SUM && values->n)
		col.name = values->v[0].name;
	n->func = IR_COUNT;
	values->n = 0;
	vec_push(c->arena, values, col);
}

static bool
check_values(struct checker *c, const struct tree_op *op, struct tree *t, struct ir_node *n,
	     struct columns *values)
{
	uint32_t max = n->func == IR_SUM || n->func == IR_MIN || n->func == IR_MAX ? VALUES_MAX : 1;

	if (n->func == IR_COUNT || (n->func == IR_SUM && (!values->n || is_constant_one(values)))) {
		make_count(c, n, values);
		return true;
	}
	if (!values->n || (!(t->kind == TREE_CALL && t->args.n) &&
			   (n->func == IR_DISTINCT_F || n->func == IR_QUANTILE))) {
		diag_error(c->d, t->at, "'%.*s' needs to know of what: %.*s(packet.len_in%s)",
			   STRA(t->text), STRA(t->text), n->func == IR_QUANTILE ? ", 0.99" : "");
		return false;
	}
	if (values->n > max) {
		diag_error(c->d, op->at, "'%.*s' works on at most %u value%s: there are %u",
			   STRA(t->text), max, max == 1 ? "" : "s", values->n);
		return false;
	}
	vec_each (v, values) {
		if (suits(n->func, v->type.kind))
			continue;
		diag_error(c->d, t->at, "'%.*s' can't work on '%.*s', which is %.*s", STRA(t->text),
			   STRA(v->name), STRA(query_type_text(c, v->type)));
		return false;
	}
	vec_each (v, values) {
		vec_push(c->arena, &n->values,
			 (struct ir_column){ v->name, v->type, false, v->expr });
		v->type = result_type(n->func, v);
	}
	return true;
}

/* Results are no longer what they were read from. */
static void
forget_fields(struct columns *values)
{
	vec_each (v, values) {
		v->field = NULL;
		v->is_key = false;
		v->expr = NULL;
	}
}

void
query_reduce(struct checker *c, struct flow *f, const struct tree_op *op)
{
	static const char *const names[] = { "keys", "func", "rows", "stages", "overflow" };
	struct ir_node n = { .kind = IR_REDUCE, .at = op->at }, *made;
	struct columns keys = { .n = 0 }, values = { .n = 0 };
	struct tree *args[5];
	bool ok = query_bind(c, op, names, 5, 2, args);

	if (ok && args[0] && !args[1] && is_func(args[0])) { /* .reduce(sum) */
		args[1] = args[0];
		args[0] = NULL;
	}
	if (ok) { /* both are told */
		ok = check_func(c, op, args[1], &n.func);
		ok &= query_keys(c, f, op, args[0], &keys);
	}
	ok = ok && query_table(c, args + 2, &n);
	if (ok && args[1]->kind == TREE_CALL && args[1]->args.n)
		ok = func_args(c, f, args[1], &n, &values);
	else if (ok)
		mapped_values(c, f, &keys, &values);
	ok = ok && check_values(c, op, args[1], &n, &values) &&
	     query_names_differ(c, &keys, &values, op->at);
	if (!ok) {
		query_fail(f);
		return;
	}
	forget_fields(&values);
	struct columns used = { .n = 0 };
	vec_each (v, &n.values)
		vec_push(c->arena, &used, (struct column){ .expr = v->expr });
	query_keep_for_node(c, f, &keys, &used);
	made = query_node(c, f, IR_REDUCE, op);
	*made = n;
	query_push_columns(c, made, &keys, &values);
	query_become(c, f, &keys, &values);
}
