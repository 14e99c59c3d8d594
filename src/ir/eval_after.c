/* The operators after the first stateful one: whole relations, one epoch at a time. */
#include "ir/evaluator.h"

#include <stdlib.h>

#include "base/diag.h"
#include "ir/expr.h"

static void
filter(struct eval_context *c, const struct ir_node *n, struct eval_relation *r)
{
	uint32_t kept = 0;
	const struct ir_value **rows =
		arena_array(c->arena, const struct ir_value *, r->rows.n + 1);

	vec_each (row, &r->rows) {
		eval_memo_set(c->memo, NULL, *row, NULL);
		if (ir_truth(eval_memo_get(c->memo, n->expr)))
			rows[kept++] = *row;
	}
	r->rows.v = rows;
	r->rows.n = kept;
	r->rows.cap = kept;
}

static void
map_rows(struct eval_context *c, const struct ir_node *n, struct eval_relation *r)
{
	struct eval_relation out = { .columns = n->columns.v,
				     .ncolumns = n->columns.n,
				     .ordered = r->ordered };

	vec_each (row, &r->rows) {
		struct ir_value *v = arena_array(c->arena, struct ir_value, out.ncolumns + 1);
		bool whole = true;

		eval_memo_set(c->memo, NULL, *row, NULL);
		for (uint32_t i = 0; i < out.ncolumns && whole; i++) {
			v[i] = *eval_memo_get(c->memo, n->columns.v[i].expr);
			whole = v[i].tag != IR_V_ABSENT;
		}
		if (whole)
			vec_push(c->arena, &out.rows, v);
		else
			c->absent++;
	}
	*r = out;
}

/* A reduce or distinct over rows. */
static void
fold(struct eval_context *c, const struct ir_node *n, struct eval_relation *r)
{
	struct eval_relation out = { .columns = n->columns.v, .ncolumns = n->columns.n };
	struct eval_rows rows = { 0 };
	struct eval_fold f;

	eval_fold_init(&f, c->arena, n, NULL, NULL, 0);
	vec_each (row, &r->rows) {
		eval_memo_set(c->memo, NULL, *row, NULL);
		if (eval_fold_tuple(&f, c->memo, c->texts, 0, 0))
			eval_rows_add(&rows, &f.layout, false, f.row);
		else
			c->absent++;
	}
	eval_fold_finish(c, &f, &rows, &out);
	eval_rows_fini(&rows);
	*r = out;
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
static void
order_by(struct eval_context *c, const struct ir_node *n, struct eval_relation *r)
{
	r->rows.v = arena_copy(c->arena, r->rows.v, r->rows.n * sizeof(*r->rows.v));
	r->rows.cap = r->rows.n;
	sort(r, (int32_t)n->by, n->descending || n->kind == IR_TOP);
	if (n->kind == IR_TOP && r->rows.n > n->top)
		r->rows.n = n->top;
	r->ordered = true;
}

void
eval_after(struct eval_context *c, const struct ir_node *n, struct eval_relation *r)
{
	switch (n->kind) {
	case IR_FILTER:
		filter(c, n, r);
		return;
	case IR_MAP:
		map_rows(c, n, r);
		return;
	case IR_REDUCE:
	case IR_DISTINCT:
		fold(c, n, r);
		return;
	case IR_TOP:
	case IR_SORT:
		order_by(c, n, r);
		return;
	case IR_LOST:
	case IR_JOIN:
	case IR_PACKETS:
	case IR_REFINE:
		bug("this operator doesn't work on rows");
	}
}
