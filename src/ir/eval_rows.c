/* Partial rows of one epoch. */
#include "ir/evaluator.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/diag.h"
#include "ir/expr.h"

/* --- cells ------------------------------------------------------------------------------------ */

static eval_cell
text_number(struct eval_texts *texts, struct str s)
{
	uintptr_t number = (uintptr_t)map_get(&texts->map, s);

	if (!number) {
		number = (uintptr_t)texts->map.n + 1;
		map_put(&texts->map, str_dup(texts->arena, s), (void *)number);
	}
	return (eval_cell)number - 1;
}

eval_cell
eval_cell_make(struct eval_texts *texts, struct ir_type t, const struct ir_value *v)
{
	eval_cell c = 0;
	double f;

	switch (v->tag) {
	case IR_V_TEXT:
		return text_number(texts, v->text);
	case IR_V_FLOAT:
	case IR_V_INT:
		break;
	case IR_V_ABSENT:
	case IR_V_LIST:
		bug("an absent value or a list has no cell");
	}
	if (t.kind == IR_FLOAT) {
		f = v->tag == IR_V_FLOAT ? v->f : (double)v->i;
		f = f == 0 ? 0 : f; /* -0 is the same key */
		memcpy(&c, &f, sizeof(f));
		return c;
	}
	/* A reason without a text is a bare code of the switch. */
	if (ir_is_text(t.kind))
		return -v->i - 1;
	return ir_wrap(t, v->tag == IR_V_INT ? v->i : (ir_i128)v->f);
}

struct ir_value
eval_cell_unusual(const struct eval_texts *texts, struct ir_type t, eval_cell c)
{
	double f;

	if (t.kind == IR_FLOAT) {
		memcpy(&f, &c, sizeof(f));
		return (struct ir_value){ .tag = IR_V_FLOAT, .f = f };
	}
	if (ir_is_text(t.kind) && c < 0)
		return ir_int(-c - 1);
	if (ir_is_text(t.kind))
		return (struct ir_value){ .tag = IR_V_TEXT, .text = texts->map.entries[c].key };
	return ir_int(c);
}

/* --- rows ------------------------------------------------------------------------------------- */

void
eval_rows_fini(struct eval_rows *r)
{
	free(r->cells);
	free(r->words);
	free(r->slots);
	free(r->ids);
	*r = (struct eval_rows){ 0 };
}

static uint64_t
hash_cells(const eval_cell *c, uint32_t n)
{
	uint64_t h = 0x2545f4914f6cdd1du;

	for (uint32_t i = 0; i < n; i++) {
		h = (h ^ (uint64_t)c[i]) * 0x9e3779b97f4a7c15u;
		h = (h ^ h >> 31 ^ (uint64_t)((ir_u128)c[i] >> 64)) * 0xbf58476d1ce4e5b9u;
		h ^= h >> 29;
	}
	return h;
}

static void
rehash(struct eval_rows *r, const struct ir_partial *layout)
{
	r->nslots = r->nslots ? r->nslots * 2 : 16;
	r->slots = alloc_again(r->slots, r->nslots, sizeof(*r->slots));
	memset(r->slots, 0, r->nslots * sizeof(*r->slots));
	for (uint32_t i = 0; i < r->n; i++) {
		uint32_t at = (uint32_t)hash_cells(eval_rows_at(r, layout, i), layout->nkeys);

		while (r->slots[at &= r->nslots - 1])
			at++;
		r->slots[at] = i + 1;
	}
}

/* The slot of a row's key: the one that holds it, or the free one where it goes. */
static uint32_t *
find(const struct eval_rows *r, const struct ir_partial *layout, const eval_cell *row)
{
	uint32_t at = (uint32_t)hash_cells(row, layout->nkeys);

	for (;; at++) {
		at &= r->nslots - 1;
		if (!r->slots[at] || !memcmp(eval_rows_at(r, layout, r->slots[at] - 1), row,
					     layout->nkeys * sizeof(*row)))
			return &r->slots[at];
	}
}

static void
append(struct eval_rows *r, const struct ir_partial *layout, const eval_cell *row)
{
	uint32_t width = layout->nkeys + layout->nvalues;

	if (r->n == r->cap) {
		if (r->cap >= UINT32_MAX / 4)
			bug("an epoch of more than %u rows", r->cap);
		r->cap = r->cap ? r->cap * 2 : 4;
		r->cells = alloc_again(r->cells, (size_t)r->cap * (width ? width : 1), sizeof(*r->cells));
	}
	if (width)
		memcpy(r->cells + (size_t)r->n * width, row, width * sizeof(*row));
	r->n++;
}

static int
cmp_cells(struct ir_type t, eval_cell a, eval_cell b)
{
	struct ir_value x, y;

	if (ir_is_text(t.kind))
		return a < b ? -1 : a > b;
	x = eval_cell_value(NULL, t, a);
	y = eval_cell_value(NULL, t, b);
	return ir_value_cmp_as(t, &x, &y);
}

eval_cell
eval_cell_merge(int how, struct ir_type t, eval_cell a, eval_cell b)
{
	double x, y;

	if (how == IR_MERGE_MIN)
		return cmp_cells(t, a, b) <= 0 ? a : b;
	if (how == IR_MERGE_MAX)
		return cmp_cells(t, a, b) >= 0 ? a : b;
	if (t.kind != IR_FLOAT && t.width <= 64 && t.width && !t.is_signed)
		return ((uint64_t)a + (uint64_t)b) & UINT64_MAX >> (64 - t.width);
	if (t.kind != IR_FLOAT)
		return ir_wrap(t, (eval_cell)((ir_u128)a + (ir_u128)b));
	memcpy(&x, &a, sizeof(x));
	memcpy(&y, &b, sizeof(y));
	x += y;
	a = 0;
	memcpy(&a, &x, sizeof(x));
	return a;
}

void
eval_rows_add(struct eval_rows *r, const struct ir_partial *layout, bool plain,
	      const eval_cell *row)
{
	uint32_t *slot;
	eval_cell *old;

	if (r->loose)
		bug("rows are either looked up or loose");
	if (plain) {
		append(r, layout, row);
		return;
	}
	if (r->n >= r->nslots / 2)
		rehash(r, layout);
	slot = find(r, layout, row);
	if (!*slot) {
		append(r, layout, row);
		*slot = r->n;
		return;
	}
	old = r->cells + (size_t)(*slot - 1) * (layout->nkeys + layout->nvalues);
	for (uint32_t i = layout->nkeys; i < layout->nkeys + layout->nvalues; i++)
		old[i] = eval_cell_merge((int)layout->merge[i - layout->nkeys], layout->columns.v[i].type,
			       old[i], row[i]);
}

void
eval_rows_place(struct eval_rows *r, uint64_t id)
{
	r->ids = alloc_again(r->ids, r->cap, sizeof(*r->ids));
	r->ids[r->n - 1] = id;
}

struct ranked {
	uint64_t id;
	uint32_t row;
};

static int
cmp_places(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	return x->row < y->row ? -1 : 1;
}

void
eval_rows_order(struct eval_rows *r, const struct ir_partial *layout)
{
	size_t width = layout->nkeys + layout->nvalues;
	struct ranked *places;
	eval_cell *cells;

	if (!r->ids || !width)
		return;
	places = alloc_again(NULL, r->n, sizeof(*places));
	cells = alloc_again(NULL, (size_t)r->cap * width, sizeof(*cells));
	for (uint32_t i = 0; i < r->n; i++)
		places[i] = (struct ranked){ r->ids[i], i };
	qsort(places, r->n, sizeof(*places), cmp_places);
	for (uint32_t i = 0; i < r->n; i++)
		memcpy(cells + i * width, r->cells + places[i].row * width, width * sizeof(*cells));
	free(places);
	free(r->cells);
	free(r->ids);
	r->cells = cells;
	r->ids = NULL;
}
