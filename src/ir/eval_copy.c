/* Rows of one fold that become rows of the next as they are: distinct rows that are counted by some of their keys, in one operator or in two, and counts
 * that are joined. No value is unpacked, and no expression asked. */
#include "ir/evaluator.h"

#include "ir/expr.h"

/* A column of the rows to come: a number, or a column of those that there are. */
struct copied {
	bool is_const;
	eval_cell number;
	uint32_t column;
};

/* Where a chain's expression has its value from. */
static bool
trace_back(const struct eval_chain *x, const struct ir_expr *e, struct copied *ret)
{
	for (uint32_t i = x->n; i-- > 0 && e->op == IR_COLUMN;)
		e = x->nodes[i]->columns.v[e->column].expr;
	if (e->op == IR_CONST && ir_const_value(e).tag == IR_V_INT)
		*ret = (struct copied){ .is_const = true, .number = ir_const_value(e).i };
	else if (e->op == IR_COLUMN)
		*ret = (struct copied){ .column = e->column };
	return e->op == IR_COLUMN || ret->is_const;
}

static bool
is_number(struct ir_type t)
{
	return t.kind != IR_FLOAT && !ir_is_text(t.kind);
}

static bool
only_copies(const struct eval_fold *f, const struct eval_rows *rows, const struct eval_chain *x, struct copied *v)
{
	const struct ir_partial *layout = &x->fold.layout;
	bool ok = rows->loose && f->node && (f->node->kind == IR_DISTINCT || (f->node->kind == IR_REDUCE && f->node->func == IR_SUM));

	ok &= x->folds && (x->fold.node->kind == IR_DISTINCT || x->fold.node->func == IR_SUM) && layout->columns.n == x->fold.items.n;
	for (uint32_t i = 0; ok && i < x->n; i++)
		ok = x->nodes[i]->kind == IR_MAP;
	for (uint32_t i = 0; ok && i < layout->columns.n; i++)
		ok = is_number(layout->columns.v[i].type) && trace_back(x, x->fold.items.v[i], &v[i]) &&
		     (v[i].is_const || is_number(f->layout.columns.v[v[i].column].type));
	return ok;
}

/* Columns whose bits can be taken as they are. */
static bool
are_bits(const struct eval_place *from, const struct eval_place *to)
{
	return !from->wide && !to->wide && !from->is_signed && !to->is_signed && from->mask <= to->mask;
}

/* `first`: the column is the first in its word, which is set; the others are added. */
static void
copy_column(const struct eval_place *from, uint32_t from_width, const struct eval_rows *rows, const struct eval_place *to,
	    uint32_t to_width, bool first, uint64_t *out)
{
	const uint64_t *row = rows->words;

	for (uint32_t i = 0; i < rows->n; i++, row += from_width, out += to_width) {
		if (first)
			out[to->word] = 0;
		if (are_bits(from, to))
			out[to->word] |= (row[from->word] >> from->shift & from->mask) << to->shift;
		else
			eval_pack_add(to, out, eval_packed_cell(from, row));
	}
}

static void
copy_number(eval_cell number, uint32_t n, const struct eval_place *to, uint32_t to_width, bool first, uint64_t *out)
{
	for (uint32_t i = 0; i < n; i++, out += to_width) {
		if (first)
			out[to->word] = 0;
		eval_pack_add(to, out, number);
	}
}

bool
eval_copy_rows(struct eval_context *c, const struct eval_fold *f, const struct eval_rows *rows, struct eval_chain *x)
{
	struct copied *v = arena_array(c->arena, struct copied, x->fold.items.n + 1);
	const struct eval_packing *to = &x->fold.packing;
	uint64_t *out;

	if (!only_copies(f, rows, x, v))
		return false;
	if (!rows->n)
		return true;
	out = eval_rows_put(&x->rows, &x->fold, c->scratch, rows->n);
	for (uint32_t k = 0; k < x->fold.layout.columns.n; k++) {
		if (v[k].is_const)
			copy_number(v[k].number, rows->n, &to->places[k], to->width, eval_is_first(to, k), out);
		else
			copy_column(&f->packing.places[v[k].column], f->packing.width, rows, &to->places[k], to->width,
				    eval_is_first(to, k), out);
	}
	return true;
}

/* The words of the keys before `end`, and 1 behind them. */
static void
count_rows(const struct eval_place *end, uint32_t from_width, const struct eval_rows *rows, uint32_t nkeys, uint32_t width, uint64_t *out)
{
	uint64_t below = end->mask << end->shift, before = ~(below | (below - 1));
	const uint64_t *row = rows->words;

	for (uint32_t i = 0; i < rows->n; i++, row += from_width, out += width) {
		for (uint32_t k = 0; k < end->word; k++)
			out[k] = row[k];
		if (nkeys > end->word)
			out[end->word] = row[end->word] & before;
		out[nkeys] = 1;
	}
}

void
eval_count_groups(struct eval_context *c, const struct eval_fold *f, const struct eval_rows *rows, struct eval_fold *ret_fold,
		  struct eval_rows *ret)
{
	uint32_t last = f->layout.nkeys - 1;
	const struct eval_packing *p = &ret_fold->packing;

	*ret_fold = (struct eval_fold){ .node = f->node, .layout = { .nkeys = last, .nvalues = 1 } };
	for (uint32_t i = 0; i < last; i++)
		vec_push(c->arena, &ret_fold->layout.columns, f->layout.columns.v[i]);
	vec_push(c->arena, &ret_fold->layout.columns, f->node->columns.v[last]);
	eval_packing_init(&ret_fold->packing, c->arena, &ret_fold->layout);
	if (rows->n)
		count_rows(&f->packing.places[last], f->packing.width, rows, p->nkeys, p->width,
			   eval_rows_put(ret, ret_fold, c->scratch, rows->n));
}

/* --- joins -------------------------------------------------------------------------------------- */

static bool
same_type(struct ir_type a, struct ir_type b)
{
	return a.kind == b.kind && a.width == b.width && a.is_signed == b.is_signed;
}

/* Is it joined on all its keys, with a number behind them? */
static bool
is_side(const struct ir_node *n, const struct eval_fold *f, const struct eval_rows *rows, const uint32_t *on, uint32_t non)
{
	const struct ir_partial *layout = &f->layout;
	bool ok = f->node && f->node->kind == IR_REDUCE && (f->node->func == IR_SUM || f->node->func == IR_COUNT) && !f->packets &&
		  layout->nkeys == non && layout->nvalues == 1 && n->columns.n == non + 1 && (rows->loose || !rows->n);

	for (uint32_t i = 0; ok && i < non; i++)
		ok = on[i] == i && eval_is_word(layout->columns.v[i].type) && same_type(layout->columns.v[i].type, n->columns.v[i].type);
	return ok && eval_is_word(layout->columns.v[non].type) && eval_is_word(n->columns.v[non].type);
}

bool
eval_joins_rows(const struct ir_node *n, const struct eval_fold *left, const struct eval_rows *rows)
{
	return (n->join == IR_JOIN_DIFF || n->join == IR_JOIN_SUM) && is_side(n, left, rows, n->on_left.v, n->on_left.n);
}

static void
put_side(struct eval_context *c, const struct eval_fold *from, const struct eval_rows *rows, bool negative, const struct eval_fold *to,
	 struct eval_rows *ret)
{
	uint32_t width = to->packing.width, nkeys = to->layout.nkeys;
	const struct eval_place *old = &from->packing.places[nkeys], *place = &to->packing.places[nkeys];
	uint64_t *out;

	if (!rows->n)
		return;
	out = eval_rows_put(ret, to, c->scratch, rows->n);
	for (uint32_t k = 0; k < nkeys; k++)
		copy_column(&from->packing.places[k], from->packing.width, rows, &to->packing.places[k], width,
			    eval_is_first(&to->packing, k), out);
	for (uint32_t i = 0; i < rows->n; i++) { /* a number has its word for itself */
		uint64_t v = (uint64_t)eval_packed_cell(old, rows->words + (size_t)i * from->packing.width);

		out[(size_t)i * width + place->word] = (negative ? 0 - v : v) & place->mask;
	}
}

bool
eval_join_rows(struct eval_context *c, const struct ir_node *n, const struct eval_fold *left, const struct eval_rows *left_rows,
	       const struct eval_fold *right, const struct eval_rows *right_rows, struct eval_fold *ret_fold, struct eval_rows *ret)
{
	uint32_t nkeys = n->on_left.n;
	const struct eval_test differs = { true, IR_NE, nkeys, 0 };

	if (!is_side(n, right, right_rows, n->on_right.v, n->on_right.n))
		return false;
	*ret_fold = (struct eval_fold){ .node = n, .layout = { .nkeys = nkeys, .nvalues = 1, .merge = { IR_MERGE_SUM } } };
	for (uint32_t i = 0; i <= nkeys; i++)
		vec_push(c->arena, &ret_fold->layout.columns, n->columns.v[i]);
	eval_packing_init(&ret_fold->packing, c->arena, &ret_fold->layout);
	put_side(c, left, left_rows, false, ret_fold, ret);
	put_side(c, right, right_rows, n->join == IR_JOIN_DIFF, ret_fold, ret);
	eval_rows_settle(ret, ret_fold, c->scratch);
	if (n->join == IR_JOIN_DIFF)
		eval_rows_keep(ret, &ret_fold->packing, &differs);
	return true;
}
