/* The rows of an epoch in order: top, sort. */
#include "query/check.h"

/* by=count, by=-count */
static bool
check_by(struct checker *c, struct flow *f, const struct tree_op *op, struct tree *t,
	 struct ir_node *n)
{
	int32_t i = -1;

	if (t && t->kind == TREE_UNARY && t->op == IR_NEG) {
		n->descending = !n->descending;
		t = t->a;
	}
	if (t && t->kind != TREE_PATH) {
		diag_error(c->d, t->at, "the name of a column is expected here");
		return false;
	}
	if (t) {
		i = query_find_column(c, f, &f->columns, t->text);
		if (i < 0)
			query_term(c, f, t); /* for its message */
	} else {
		for (uint32_t k = 0; k < f->columns.n; k++)
			if (!f->columns.v[k].is_key)
				i = i == -1 ? (int32_t)k : -2;
		if (i < 0)
			diag_error(c->d, op->at,
				   "'%.*s' needs the column that it goes by: by=count",
				   STRA(op->name));
	}
	if (i < 0)
		return false;
	n->by = (uint32_t)i;
	return true;
}

static bool
needs_group(struct checker *c, struct flow *f, const struct tree_op *op)
{
	if (f->reduced)
		return true;
	if (!f->lost_track)
		diag_error(c->d, op->at,
			   "'%.*s' works on an aggregate: there is none before a reduce",
			   STRA(op->name));
	f->bad = true;
	return false;
}

void
query_top(struct checker *c, struct flow *f, const struct tree_op *op)
{
	static const char *const names[] = { "n", "by" };
	struct ir_node n = { .kind = IR_TOP, .descending = true, .at = op->at };
	struct tree *args[2];
	uint64_t top = 0;
	bool ok;

	if (!needs_group(c, f, op))
		return;
	ok = query_bind(c, op, names, 2, 2, args);
	if (ok && !args[0])
		diag_error(c->d, op->at, "'top' needs how many it keeps: .top(10, by=count)");
	ok = ok && args[0] &&
	     query_constant_int(c, args[0], "how many rows top keeps", 1, 1000000, &top);
	if (!ok || !check_by(c, f, op, args[1], &n)) {
		f->bad = true;
		return;
	}
	n.top = (uint32_t)top;
	*query_node(c, f, IR_TOP, op) = n;
	vec_each (col, &f->columns)
		vec_push(c->arena, &f->q->nodes.v[f->q->nodes.n - 1]->columns,
			 (struct ir_column){ col->name, col->type, col->is_key, NULL });
}

static bool
check_order(struct checker *c, struct tree *t, bool *ret)
{
	struct str word = STR_NONE;

	if (!t)
		return true;
	if (t->kind == TREE_BOOL) { /* descending=true */
		*ret = t->value;
		return true;
	}
	if (query_word(c, t, &word) && (str_is(word, "asc") || str_is(word, "desc"))) {
		*ret = str_is(word, "desc");
		return true;
	}
	diag_error(c->d, t->at, "'asc' or 'desc' is expected here");
	return false;
}

void
query_sort(struct checker *c, struct flow *f, const struct tree_op *op)
{
	static const char *const names[] = { "by", "order", "descending" };
	struct ir_node n = { .kind = IR_SORT, .at = op->at };
	struct tree *args[3];

	if (!needs_group(c, f, op))
		return;
	if (!query_bind(c, op, names, 3, 2, args) || !check_order(c, args[1], &n.descending) ||
	    !check_order(c, args[2], &n.descending) || !check_by(c, f, op, args[0], &n)) {
		f->bad = true;
		return;
	}
	*query_node(c, f, IR_SORT, op) = n;
	vec_each (col, &f->columns)
		vec_push(c->arena, &f->q->nodes.v[f->q->nodes.n - 1]->columns,
			 (struct ir_column){ col->name, col->type, col->is_key, NULL });
}
