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
	eval_packing_init(&f->packing, a, &f->layout);
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
	struct eval_rows *rows;
	struct eval_chain *to;
	eval_cell *cells[2]; /* room for rows that are words */
	struct ir_value *v;  /* the row to come */
	bool stay;	     /* results may stay packed: the rows outlive them */
};

static const eval_cell *
row_at(const struct finish *x, uint32_t i, eval_cell *room)
{
	const struct eval_packing *p = &x->f->packing;

	if (!x->rows->loose)
		return eval_rows_at(x->rows, &x->f->layout, i);
	eval_unpack(p, x->f->layout.columns.n, x->rows->words + (size_t)i * p->width, room);
	return room;
}

static struct ir_value
value_at(const struct finish *x, const eval_cell *row, uint32_t column)
{
	return eval_cell_value(x->c->texts, x->f->layout.columns.v[column].type, row[column]);
}

/* A new row with its first `n` columns taken from a partial one. */
static struct ir_value *
new_row(struct finish *x, const eval_cell *row, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		x->v[i] = value_at(x, row, i);
	return x->v;
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
	eval_chain_push(x->to, v);
}

static void
finish_lost(struct finish *x, const eval_cell *row)
{
	uint32_t nkeys = x->f->layout.nkeys, named = x->f->packets ? 1 : 0, shown = nkeys - named;
	uint32_t first = x->f->node->keys.n;
	const struct ir_node *last = named ? x->f->packets : x->f->node;
	struct ir_value *v;

	if (row[nkeys] == row[nkeys + 1])
		return;
	v = new_row(x, row, shown);
	for (uint32_t i = first; named && i < shown; i++)
		if (!(row[shown] >> (i - first) & 1))
			v[i] = IR_ABSENT;
	v[shown] = ir_int(ir_wrap(last->columns.v[shown].type, row[nkeys] - row[nkeys + 1]));
	eval_chain_push(x->to, v);
}

/* --- groups: DISTINCT_F and QUANTILE, whose partial rows have what they are of as their last key --- */

static int
cmp_rows(const void *a, const void *b, void *user)
{
	const struct finish *x = user;
	const eval_cell *p = row_at(x, *(const uint32_t *)a, x->cells[0]);
	const eval_cell *q = row_at(x, *(const uint32_t *)b, x->cells[1]);

	for (uint32_t i = 0; i < x->f->layout.nkeys; i++) {
		struct ir_value v = value_at(x, p, i), w = value_at(x, q, i);
		int c = ir_value_cmp_as(x->f->layout.columns.v[i].type, &v, &w);

		if (c)
			return c;
	}
	return 0;
}

/* The rows in the order of their keys; NULL: as they are. */
static uint32_t *
order_of(struct finish *x)
{
	uint32_t *order;

	eval_rows_sort(x->rows, x->f, x->c->scratch);
	if (eval_rows_by_key(x->rows, &x->f->layout))
		return NULL;
	order = arena_array(x->c->arena, uint32_t, x->rows->n + 1);
	for (uint32_t i = 0; i < x->rows->n; i++)
		order[i] = i;
	if (x->rows->n > 1)
		qsort_r(order, x->rows->n, sizeof(*order), cmp_rows, x);
	return order;
}

static bool
same_group(const struct finish *x, uint32_t i, uint32_t k)
{
	const struct ir_partial *layout = &x->f->layout;
	const struct eval_packing *p = &x->f->packing;

	if (x->rows->loose)
		return eval_packed_same(p, layout->nkeys - 1, x->rows->words + (size_t)i * p->width,
					x->rows->words + (size_t)k * p->width);
	return !memcmp(eval_rows_at(x->rows, layout, i), eval_rows_at(x->rows, layout, k),
		       (layout->nkeys - 1) * sizeof(eval_cell));
}

/* The value with the rank of the quantile (from 1) in the group [i, end), whose rows are sorted by value. */
static struct ir_value
nearest_rank(const struct finish *x, const uint32_t *order, uint32_t i, uint32_t end)
{
	uint32_t count = x->f->layout.nkeys;
	ir_u128 total = 0, below = 0;
	double rank;

	for (uint32_t k = i; k < end; k++)
		total += (ir_u128)row_at(x, order ? order[k] : k, x->cells[1])[count];
	/* 0.07 * 100 is a hair above 7 in binary, but its rank is 7. */
	rank = ceil(x->f->node->quantile * (double)total * (1 - 1e-12));
	for (; i + 1 < end; i++) {
		below += (ir_u128)row_at(x, order ? order[i] : i, x->cells[1])[count];
		if ((double)below >= rank && below)
			break;
	}
	return value_at(x, row_at(x, order ? order[i] : i, x->cells[1]), count - 1);
}

static void
finish_groups(struct finish *x)
{
	uint32_t last = x->f->layout.nkeys - 1, n = x->rows->n, end;
	const uint32_t *order = order_of(x);

	for (uint32_t i = 0; i < n; i = end) {
		uint32_t first = order ? order[i] : i;
		struct ir_value *v;

		for (end = i + 1; end < n && same_group(x, first, order ? order[end] : end);)
			end++;
		v = new_row(x, row_at(x, first, x->cells[0]), last);
		if (x->f->node->func == IR_DISTINCT_F)
			v[last] = ir_int(end - i);
		else
			v[last] = nearest_rank(x, order, i, end);
		eval_chain_push(x->to, v);
	}
}

static bool
is_number(struct ir_type t)
{
	return t.kind != IR_FLOAT && !ir_is_text(t.kind);
}

/* Leaves the rows that pass the filters that come first, where a look at a number tells. */
static void
keep_passing(struct finish *x)
{
	const struct ir_node *n = x->f->node;

	if (!x->rows->loose || (n->kind != IR_DISTINCT && n->kind != IR_JOIN && (n->kind != IR_REDUCE || n->func == IR_AVG)))
		return;
	for (uint32_t i = 0; i < x->to->n && x->to->tests[i].is_plain; i++)
		eval_rows_keep(x->rows, &x->f->packing, &x->to->tests[i]);
}

/* Whether columns of rows and results are the same numbers, and nothing comes behind them but filters that have been asked. */
static bool
are_results(const struct eval_fold *f, const struct eval_rows *rows, const struct eval_chain *to)
{
	bool ok = rows->loose && !to->folds && f->node && !f->packets && f->node->kind != IR_LOST &&
		  to->out.ncolumns == f->layout.columns.n && (f->node->kind != IR_REDUCE || f->node->func != IR_AVG);

	for (uint32_t i = 0; ok && i < to->n; i++)
		ok = to->tests[i].is_plain;
	for (uint32_t i = 0; ok && i < f->layout.columns.n; i++)
		ok = is_number(f->layout.columns.v[i].type);
	return ok;
}

static void
unpack_numbers(const struct eval_packing *p, uint32_t n, const uint64_t *row, struct ir_value *ret)
{
	for (uint32_t i = 0; i < n; i++)
		ret[i] = ir_int(eval_packed_cell(&p->places[i], row));
}

static void
put_results(struct finish *x)
{
	struct eval_relation *r = &x->to->out;
	uint32_t n = r->ncolumns;
	struct ir_value *v = eval_room(x->c, sizeof(*v) * n * (x->stay ? 1 : x->rows->n));

	if (x->stay) {
		r->packed = (struct eval_packed){ x->rows, &x->f->packing, v };
		return;
	}
	r->rows.v = eval_room(x->c, sizeof(*r->rows.v) * x->rows->n);
	r->rows.n = r->rows.cap = x->rows->n;
	for (uint32_t i = 0; i < x->rows->n; i++, v += n) {
		const uint64_t *row = x->rows->words + (size_t)i * x->f->packing.width;

		r->rows.v[i] = v;
		unpack_numbers(&x->f->packing, n, row, v);
	}
}

const struct ir_value *
ir_result_unpack(const struct ir_result *r, uint32_t row)
{
	const struct eval_packed *p = r->packed;

	unpack_numbers(p->packing, r->ncolumns, p->rows->words + (size_t)row * p->packing->width, p->row);
	return p->row;
}

/* Of rows that go to a TOP, it takes a few. */
static void
keep_top(struct finish *x)
{
	const struct ir_node *top = x->to->behind;

	if (top && top->kind == IR_TOP && !x->f->packing.places[top->by].wide)
		eval_rows_top(x->rows, &x->f->packing, top->by, top->top, x->c->arena);
}

/* A row becomes a row. */
static void
finish_rows(struct finish *x)
{
	const struct ir_node *n = x->f->node;
	bool results;

	if (n)
		keep_passing(x);
	results = are_results(x->f, x->rows, x->to);
	if (results)
		keep_top(x);
	eval_rows_sort(x->rows, x->f, x->c->scratch);
	if (results) {
		put_results(x);
		return;
	}
	for (uint32_t i = 0; i < x->rows->n; i++) {
		const eval_cell *row = row_at(x, i, x->cells[0]);

		if (n && n->kind == IR_REDUCE && n->func == IR_AVG)
			finish_avg(x, row);
		else if (n && n->kind == IR_LOST)
			finish_lost(x, row);
		else
			eval_chain_push(x->to, new_row(x, row, n ? n->columns.n : x->f->layout.nkeys));
	}
}

static void
finish_counts(struct finish *x)
{
	struct eval_rows counts = { 0 };
	struct eval_fold fold;

	eval_count_groups(x->c, x->f, x->rows, &fold, &counts);
	eval_rows_settle(&counts, &fold, x->c->scratch);
	x->f = &fold;
	x->rows = &counts;
	x->stay = false;
	finish_rows(x);
	eval_rows_done(&counts, x->c->scratch);
}

void
eval_fold_finish(struct eval_context *c, const struct eval_fold *f, struct eval_rows *rows, struct eval_chain *to)
{
	struct finish x = { .c = c, .f = f, .rows = rows, .to = to, .stay = c->packs && !to->behind };
	bool reduce = f->node && f->node->kind == IR_REDUCE;
	uint32_t ncolumns = f->layout.columns.n;

	if (eval_copy_rows(c, f, rows, to))
		return;
	for (int i = 0; i < 2; i++)
		x.cells[i] = arena_array(c->arena, eval_cell, ncolumns + 1);
	x.v = arena_array(c->arena, struct ir_value, ncolumns + 1);
	if (reduce && f->node->func == IR_DISTINCT_F && rows->loose)
		finish_counts(&x);
	else if (reduce && (f->node->func == IR_DISTINCT_F || f->node->func == IR_QUANTILE))
		finish_groups(&x);
	else
		finish_rows(&x);
}
