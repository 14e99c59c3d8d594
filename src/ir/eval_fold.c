/* Stateful operators: tuples to partial rows, partial rows to final values. */
#include "ir/evaluator.h"

#include <math.h>
#include <stdlib.h>

#include "ir/expr.h"

static const struct ir_type type_count = { IR_INT, 64, false };

/* --- the layout of partial rows -----------------------------------------------------------------
 */

static void
add_key(struct arena *a, struct ir_partial *p, struct ir_column c)
{
	c.is_key = true;
	vec_push(a, &p->columns, c);
	p->nkeys++;
}

static void
add_value(struct arena *a, struct ir_partial *p, struct str name, struct ir_type t, int merge)
{
	vec_push(a, &p->columns, (struct ir_column){ .name = name, .type = t });
	if (merge == IR_MERGE_MIN)
		p->merge[p->nvalues++] = IR_MERGE_MIN;
	else if (merge == IR_MERGE_MAX)
		p->merge[p->nvalues++] = IR_MERGE_MAX;
	else
		p->merge[p->nvalues++] = IR_MERGE_SUM;
}

/* Sums need room: 64 bits at least, the value's own signedness. */
static struct ir_type
sum_type(struct ir_type t)
{
	if (t.kind == IR_FLOAT)
		return t;
	return (struct ir_type){ IR_INT, t.width > 64 ? 128 : 64, t.is_signed };
}

static void
layout_reduce(struct arena *a, const struct ir_node *n, struct ir_partial *p)
{
	const struct ir_column *results = n->columns.v + n->keys.n;

	switch (n->func) {
	case IR_SUM:
	case IR_MIN:
	case IR_MAX:
		for (uint32_t i = 0; i < n->columns.n - n->keys.n; i++)
			add_value(a, p, results[i].name, results[i].type,
				  n->func == IR_SUM   ? IR_MERGE_SUM
				  : n->func == IR_MIN ? IR_MERGE_MIN
						      : IR_MERGE_MAX);
		return;
	case IR_COUNT:
		add_value(a, p, STR("count"), results[0].type, IR_MERGE_SUM);
		return;
	case IR_AVG:
		add_value(a, p, STR("sum"), sum_type(n->values.v[0].type), IR_MERGE_SUM);
		add_value(a, p, STR("count"), type_count, IR_MERGE_SUM);
		return;
	case IR_DISTINCT_F:
		add_key(a, p, n->values.v[0]);
		return;
	case IR_QUANTILE:
		add_key(a, p, n->values.v[0]);
		add_value(a, p, STR("count"), type_count, IR_MERGE_SUM);
		return;
	}
}

void
eval_layout(struct arena *a, const struct ir_node *n, const struct ir_node *packets,
	    const struct ir_column *columns, uint32_t ncolumns, struct ir_partial *ret)
{
	*ret = (struct ir_partial){ 0 };
	for (uint32_t i = 0; !n && i < ncolumns; i++) {
		add_key(a, ret, columns[i]);
		ret->columns.v[i].is_key = columns[i].is_key; /* as the map says, for whoever tells it */
	}
	if (!n)
		return;
	vec_each (k, &n->keys)
		add_key(a, ret, *k);
	if (n->kind == IR_REDUCE)
		layout_reduce(a, n, ret);
	if (packets) {
		vec_each (v, &packets->values)
			add_key(a, ret, *v);
		add_key(a, ret, (struct ir_column){ .name = STR("present"), .type = { IR_INT, 32, false } });
	}
	if (n->kind == IR_LOST) {
		add_value(a, ret, STR("in"), type_count, IR_MERGE_SUM);
		add_value(a, ret, STR("out"), type_count, IR_MERGE_SUM);
	}
}

/* --- tuples ----------------------------------------------------------------------------------- */

void
eval_fold_init(struct eval_fold *f, struct arena *a, const struct ir_node *node,
	       const struct ir_node *packets, const struct ir_column *columns, uint32_t ncolumns)
{
	*f = (struct eval_fold){ .node = node, .packets = packets };
	eval_layout(a, node, packets, columns, ncolumns, &f->layout);
	for (uint32_t i = 0; !node && i < ncolumns; i++)
		vec_push(a, &f->items, columns[i].expr);
	if (node) {
		vec_each (k, &node->keys)
			vec_push(a, &f->items, k->expr);
		vec_each (v, &node->values)
			vec_push(a, &f->items, v->expr);
	}
	if (packets)
		vec_each (v, &packets->values)
			vec_push(a, &f->items, v->expr);
	f->row = arena_array(a, eval_cell, f->layout.columns.n + 1);
}

bool
eval_fold_tuple(struct eval_fold *f, struct eval_memo *memo, struct eval_texts *texts, uint64_t in,
		uint64_t out)
{
	const struct ir_partial *p = &f->layout;
	uint32_t ncells = p->nkeys + p->nvalues, named = f->packets ? f->node->keys.n : UINT32_MAX;
	uint32_t taken = 0, present = 0;

	for (uint32_t i = 0; i < f->items.n; i++) {
		const struct ir_value *v = eval_memo_get(memo, f->items.v[i]);

		if (i >= named) {
			present |= v->tag == IR_V_ABSENT ? 0 : 1u << (i - named);
			f->row[taken] = v->tag == IR_V_ABSENT
						? 0
						: eval_cell_make(texts, p->columns.v[i].type, v);
			taken++;
			continue;
		}
		if (v->tag == IR_V_ABSENT)
			return false;
		/* What COUNT is of has to be there, and that is all. */
		if (i < ncells && !(f->node && f->node->kind == IR_REDUCE &&
				    f->node->func == IR_COUNT && i >= p->nkeys))
			f->row[taken++] = eval_cell_make(texts, p->columns.v[i].type, v);
	}
	if (f->packets)
		f->row[taken++] = present;
	if (f->node && f->node->kind == IR_LOST) {
		f->row[taken++] = in;
		f->row[taken++] = out;
	}
	while (taken < ncells)
		f->row[taken++] = 1;
	return true;
}

/* --- final values -------------------------------------------------------------------------------
 */

struct finish {
	struct eval_context *c;
	const struct eval_fold *f;
	const struct eval_rows *rows;
	struct eval_relation *ret;
	struct ir_value *block; /* values of rows to come */
};

static struct ir_value
value_at(const struct finish *x, const eval_cell *row, uint32_t column)
{
	return eval_cell_value(x->c->texts, x->f->layout.columns.v[column].type, row[column]);
}

/* A new row with its first `n` columns taken from a partial one: there is room for as many as there are partial ones. */
static struct ir_value *
new_row(struct finish *x, const eval_cell *row, uint32_t n)
{
	struct ir_value *v = x->block;

	for (uint32_t i = 0; i < n; i++)
		v[i] = value_at(x, row, i);
	x->block += x->ret->ncolumns + 1;
	x->ret->rows.v[x->ret->rows.n++] = v;
	return v;
}

static double
as_float(struct ir_type t, const struct ir_value *v)
{
	if (v->tag == IR_V_FLOAT)
		return v->f;
	return t.is_signed ? (double)v->i : (double)(ir_u128)v->i;
}

static void
finish_avg(struct finish *x, const eval_cell *row)
{
	uint32_t nkeys = x->f->layout.nkeys;
	struct ir_value sum = value_at(x, row, nkeys), *v;

	if (!row[nkeys + 1])
		return;
	v = new_row(x, row, nkeys);
	v[nkeys] = (struct ir_value){
		.tag = IR_V_FLOAT,
		.f = as_float(x->f->layout.columns.v[nkeys].type, &sum) / (double)row[nkeys + 1],
	};
}

static void
finish_lost(struct finish *x, const eval_cell *row)
{
	uint32_t nkeys = x->f->layout.nkeys, named = x->f->packets ? 1 : 0, shown = nkeys - named;
	uint32_t first = x->f->node->keys.n;
	struct ir_value *v;

	if (row[nkeys] == row[nkeys + 1])
		return;
	v = new_row(x, row, shown);
	for (uint32_t i = first; named && i < shown; i++)
		if (!(row[shown] >> (i - first) & 1))
			v[i] = IR_ABSENT;
	v[shown] = ir_int(ir_wrap(x->ret->columns[shown].type, row[nkeys] - row[nkeys + 1]));
}

static int
cmp_rows(const void *a, const void *b, void *user)
{
	const struct finish *x = user;
	const eval_cell *p = *(const eval_cell *const *)a, *q = *(const eval_cell *const *)b;

	for (uint32_t i = 0; i < x->f->layout.nkeys; i++) {
		struct ir_value v = value_at(x, p, i), w = value_at(x, q, i);
		int c = ir_value_cmp_as(x->f->layout.columns.v[i].type, &v, &w);

		if (c)
			return c;
	}
	return 0;
}

/* The rank-th smallest (from 1) of a group whose rows are sorted by value. */
static const eval_cell *
nearest_rank(const struct finish *x, const eval_cell *const *rows, uint32_t n)
{
	uint32_t count = x->f->layout.nkeys;
	ir_u128 total = 0, below = 0;
	double rank;

	for (uint32_t i = 0; i < n; i++)
		total += (ir_u128)rows[i][count];
	/* 0.07 * 100 is a hair above 7 in binary, but its rank is 7. */
	rank = ceil(x->f->node->quantile * (double)total * (1 - 1e-12));
	for (uint32_t i = 0; i + 1 < n; i++) {
		below += (ir_u128)rows[i][count];
		if ((double)below >= rank && below)
			return rows[i];
	}
	return rows[n - 1];
}

/* DISTINCT_F and QUANTILE: partial rows have what they are of as their last key. */
static void
finish_groups(struct finish *x)
{
	uint32_t last = x->f->layout.nkeys - 1, n = x->rows->n, end;
	const eval_cell **rows = arena_array(x->c->arena, const eval_cell *, n + 1);
	struct ir_value *v;

	for (uint32_t i = 0; i < n; i++)
		rows[i] = eval_rows_at(x->rows, &x->f->layout, i);
	if (!eval_rows_by_key(x->rows, &x->f->layout))
		qsort_r(rows, n, sizeof(*rows), cmp_rows, x);
	for (uint32_t i = 0; i < n; i = end) {
		for (end = i + 1; end < n && !memcmp(rows[i], rows[end], last * sizeof(**rows));)
			end++;
		v = new_row(x, rows[i], last);
		if (x->f->node->func == IR_DISTINCT_F)
			v[last] = ir_int(end - i);
		else
			v[last] = value_at(x, nearest_rank(x, rows + i, end - i), last);
	}
}

void
eval_fold_finish(struct eval_context *c, const struct eval_fold *f, const struct eval_rows *rows,
		 struct eval_relation *ret)
{
	struct finish x = { c, f, rows, ret, NULL };
	bool reduce = f->node && f->node->kind == IR_REDUCE;

	ret->rows.n = 0;
	ret->rows.v = arena_array(c->arena, const struct ir_value *, rows->n + 1);
	ret->rows.cap = rows->n;
	ret->by_key = !f->packets && eval_rows_by_key(rows, &f->layout); /* a name's absent fields sort first */
	x.block = arena_array(c->arena, struct ir_value, (size_t)rows->n * (ret->ncolumns + 1));
	if (reduce && (f->node->func == IR_DISTINCT_F || f->node->func == IR_QUANTILE)) {
		finish_groups(&x);
		return;
	}
	for (uint32_t i = 0; i < rows->n; i++) {
		const eval_cell *row = eval_rows_at(rows, &f->layout, i);

		if (reduce && f->node->func == IR_AVG)
			finish_avg(&x, row);
		else if (f->node && f->node->kind == IR_LOST)
			finish_lost(&x, row);
		else
			new_row(&x, row, ret->ncolumns);
	}
}
