/* The operators after the first stateful one: filters and maps take rows one by one, the others whole relations. */
#include "ir/evaluator.h"

#include <stdlib.h>

#include "base/diag.h"
#include "ir/expr.h"

static bool
is_taken_one_by_one(const struct ir_node *n)
{
	return n->kind == IR_FILTER || n->kind == IR_MAP;
}

void
eval_test_init(struct eval_test *t, const struct ir_expr *e)
{
	struct ir_type column, common;

	*t = (struct eval_test){ .is_plain = false };
	if (!ir_is_comparison(e->op) || e->a->op != IR_COLUMN || e->b->op != IR_CONST)
		return;
	column = e->a->type;
	common = ir_common_type(column, e->b->type);
	if (column.kind == IR_FLOAT || common.kind == IR_FLOAT || ir_is_text(column.kind) || ir_is_text(e->b->type.kind) ||
	    common.width > 64 || (column.is_signed && !common.is_signed))
		return;
	if (column.width >= common.width && column.is_signed != common.is_signed)
		return; /* it has other values there */
	*t = (struct eval_test){ true, e->op, e->a->column, ir_wrap(common, e->b->value) };
}

uint32_t
eval_chain_open(struct eval_chain *x, struct eval_context *c, const struct ir_query *q, uint32_t at,
		const struct eval_relation *in)
{
	uint32_t first = at;

	*x = (struct eval_chain){ .c = c, .nodes = q->nodes.v + at, .out = *in };
	x->out.rows.n = x->out.rows.cap = 0;
	x->out.rows.v = NULL;
	x->out.packed.rows = NULL;
	x->room = arena_array(c->arena, struct ir_value *, q->nodes.n - at + 1);
	x->tests = arena_array(c->arena, struct eval_test, q->nodes.n - at + 1);
	for (; at < q->nodes.n && is_taken_one_by_one(q->nodes.v[at]); at++) {
		const struct ir_node *n = q->nodes.v[at];

		if (n->kind == IR_FILTER) {
			eval_test_init(&x->tests[at - first], n->expr);
			continue;
		}
		x->room[at - first] = arena_array(c->arena, struct ir_value, n->columns.n + 1);
		x->out.columns = n->columns.v;
		x->out.ncolumns = n->columns.n;
		x->out.by_key = false;
	}
	x->n = at - first;
	x->behind = at < q->nodes.n ? q->nodes.v[at] : NULL;
	if (at < q->nodes.n && (q->nodes.v[at]->kind == IR_REDUCE || q->nodes.v[at]->kind == IR_DISTINCT)) {
		x->folds = true;
		eval_fold_init(&x->fold, c->arena, q->nodes.v[at++], NULL, NULL, 0);
	}
	return at;
}

/* False: it lacks a value. */
static bool
map_row(struct eval_chain *x, const struct ir_node *n, struct ir_value *v)
{
	for (uint32_t i = 0; i < n->columns.n; i++) {
		v[i] = *eval_memo_get(x->c->memo, n->columns.v[i].expr);
		if (v[i].tag == IR_V_ABSENT) {
			x->c->absent++;
			return false;
		}
	}
	return true;
}

/* A row at the end of a chain. */
static void
end(struct eval_chain *x, const struct ir_value *row)
{
	struct eval_context *c = x->c;
	struct eval_fold *f = &x->fold;

	if (!x->folds) {
		vec_push(c->arena, &x->out.rows, arena_copy(c->arena, row, x->out.ncolumns * sizeof(*row)));
		return;
	}
	eval_memo_set(c->memo, NULL, row, NULL);
	if (eval_fold_tuple(f, c->memo, c->texts, 0, 0))
		eval_pack(&f->packing, f->layout.columns.n, f->row, eval_rows_put(&x->rows, f, c->scratch, 1));
	else
		c->absent++;
}

static bool
passes(struct eval_chain *x, uint32_t filter, const struct ir_value *row)
{
	const struct eval_test *t = &x->tests[filter];

	if (t->is_plain && row[t->column].tag == IR_V_INT)
		return eval_test_passes(t, row[t->column].i);
	eval_memo_set(x->c->memo, NULL, row, NULL);
	return ir_truth(eval_memo_get(x->c->memo, x->nodes[filter]->expr));
}

void
eval_chain_push(struct eval_chain *x, const struct ir_value *row)
{
	for (uint32_t i = 0; i < x->n; i++) {
		const struct ir_node *n = x->nodes[i];

		if (n->kind == IR_FILTER) {
			if (!passes(x, i, row))
				return;
			continue;
		}
		eval_memo_set(x->c->memo, NULL, row, NULL);
		if (!map_row(x, n, x->room[i]))
			return;
		row = x->room[i];
	}
	end(x, row);
}

/* --- order ------------------------------------------------------------------------------------ */

struct order {
	const struct eval_relation *r;
	int32_t by; /* first by this column; -1: none */
	bool descending;
};

static int
cmp_column(const struct order *o, const struct ir_value *a, const struct ir_value *b, uint32_t i)
{
	return ir_value_cmp_as(o->r->columns[i].type, &a[i], &b[i]);
}

static int
cmp_rows(const void *x, const void *y, void *user)
{
	const struct order *o = user;
	const struct ir_value *a = *(const struct ir_value *const *)x,
			      *b = *(const struct ir_value *const *)y;
	int c = o->by >= 0 ? cmp_column(o, a, b, (uint32_t)o->by) : 0;

	if (c)
		return o->descending ? -c : c;
	for (int keys = 1; keys >= 0; keys--) {
		for (uint32_t i = 0; i < o->r->ncolumns; i++) {
			c = o->r->columns[i].is_key == keys ? cmp_column(o, a, b, i) : 0;
			if (c)
				return c;
		}
	}
	return 0;
}

static void
sort(struct eval_relation *r, int32_t by, bool descending)
{
	struct order o = { r, by, descending };

	if (r->rows.n > 1)
		qsort_r(r->rows.v, r->rows.n, sizeof(*r->rows.v), cmp_rows, &o);
}

void
eval_sort_by_key(struct eval_relation *r)
{
	if (!r->by_key)
		sort(r, -1, false);
}

/* Rows may be shared with another reader of the same relation: they are sorted in a list of their
 * own. */
void
eval_order(struct eval_context *c, const struct ir_node *n, struct eval_relation *r)
{
	r->rows.v = arena_copy(c->arena, r->rows.v, r->rows.n * sizeof(*r->rows.v));
	r->rows.cap = r->rows.n;
	sort(r, (int32_t)n->by, n->descending || n->kind == IR_TOP);
	if (n->kind == IR_TOP && r->rows.n > n->top)
		r->rows.n = n->top;
	r->ordered = true;
}
