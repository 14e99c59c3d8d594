/* shared.c - a table that queries share: its rows are partial rows of each query that takes their packets. Rows of numbers go there a block at a time,
 * copied once from where they lie, as each is wanted by several queries. */
#include "control/collect.h"

#define BLOCK 512 /* rows */

/* Some bits of a column, or all. */
struct piece {
	uint32_t column, lo, width;
	bool whole;
	const uint64_t *cells; /* in a block */
};

/* One query's part of the table. */
struct view {
	const struct ir_query *query;
	uint64_t mask, absent; /* the bit of the last value that says that the row is the query's, 0: it is in any case; that it would be if no key were absent */
	uint32_t pieces[COLLECT_COLUMNS], n; /* keys, then values */
};

struct collect_shared {
	VEC(struct view) views;
	VEC(struct piece) pieces; /* that some query wants, each once */
	uint64_t columns[COLLECT_COLUMNS][BLOCK], (*cut)[BLOCK]; /* by column; by piece */
};

/* --- opening ------------------------------------------------------------------------------------ */

static bool
is_sound(const struct manifest_state *m)
{
	bool columns = m->keys.n && m->values.n && m->keys.n + m->values.n <= COLLECT_COLUMNS &&
		       (!m->ring.rows || m->ring.columns.n == m->keys.n + m->values.n);

	return columns && m->kind == MANIFEST_REDUCE && m->generations >= 2 && m->window_ns > 0 &&
	       (uint64_t)m->rows * m->stages <= 1u << 24 && m->ring.rows <= 1u << 24;
}

/* Does the query want what the table has? */
static bool
fits(const struct manifest_state *table, const struct manifest_state *part, const struct ir_partial *layout)
{
	bool marked = part->part.mark >= 0 || part->part.absent >= 0;
	bool ok = (!marked || table->values.n > 1) && part->window_ns == table->window_ns && part->generations == table->generations;

	ok = ok && layout->nkeys == part->part.keys.n && layout->columns.n == layout->nkeys + layout->nvalues &&
	     layout->nvalues == part->values.n && layout->nvalues == part->part.values.n;
	for (uint32_t i = 0; ok && i < layout->nvalues; i++)
		ok = layout->merge[i] == IR_MERGE_SUM && part->part.values.v[i] < table->values.n;
	for (uint32_t i = 0; ok && i < layout->nkeys; i++) {
		const struct ir_type t = layout->columns.v[i].type;

		ok = part->part.keys.v[i].key < table->keys.n && !ir_is_text(t.kind) && t.kind != IR_FLOAT;
	}
	return ok;
}

static uint64_t
bit(int32_t number)
{
	return number < 0 ? 0 : 1ull << number;
}

static uint32_t
piece_number(struct collect *c, struct manifest_part_key k, uint32_t width)
{
	bool whole = k.lo == 0 && (k.key >= c->m->keys.n || width == c->m->keys.v[k.key].width);
	uint32_t i = 0;

	vec_each(p, &c->shared->pieces) {
		if (p->column == k.key && p->lo == k.lo && p->width == width)
			return i;
		i++;
	}
	vec_push(c->arena, &c->shared->pieces, (struct piece){ .column = k.key, .lo = k.lo, .width = width, .whole = whole });
	return i;
}

static bool
add_view(struct collect *c, struct ir_graph *g, struct diags *d, const struct manifest_state *part)
{
	struct view v = { .query = g->queries.v[part->query], .mask = bit(part->part.mark), .absent = bit(part->part.absent) };
	struct ir_partial layout = { 0 };

	ir_partial_layout(g, v.query, &layout);
	if (!is_sound(c->m) || !fits(c->m, part, &layout)) {
		diag_error(d, (struct span){ 0, 0 }, "query '%.*s': the columns of the table that it shares are not those of the query",
			   STRA(part->name));
		return false;
	}
	for (uint32_t i = 0; i < layout.nkeys; i++)
		v.pieces[v.n++] = piece_number(c, part->part.keys.v[i], part->keys.v[i].width);
	vec_each(x, &part->part.values)
		v.pieces[v.n++] = piece_number(c, (struct manifest_part_key){ c->m->keys.n + *x, 0 }, c->m->values.v[*x].width);
	vec_push(c->arena, &c->shared->views, v);
	return true;
}

bool
collect_shared_open(struct collect *c, struct ir_graph *g, struct diags *d, const bool *wanted)
{
	uint32_t self = (uint32_t)(c->m - c->manifest->states.v);

	c->shared = arena_new(c->arena, struct collect_shared);
	c->nkeys = c->m->keys.n;
	c->nvalues = c->m->values.n;
	vec_each(s, &c->manifest->states)
		if (s->part.any && s->part.state == self && s->query < g->queries.n && wanted[s->query] && !add_view(c, g, d, s))
			return false;
	c->shared->cut = arena_alloc(c->arena, sizeof(*c->shared->cut) * (c->shared->pieces.n + 1));
	return true;
}

uint32_t
collect_shared_forget(struct collect *c, const bool *gone)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < c->shared->views.n; i++)
		if (!gone[c->shared->views.v[i].query->index])
			c->shared->views.v[kept++] = c->shared->views.v[i];
	c->shared->views.n = kept;
	return kept;
}

/* A number that has more bits behind the switch than in it is not taken as it lies. */
bool
collect_shared_layout(const struct collect *c, struct ir_graph *g, struct ir_partial *ret)
{
	bool plain = true;

	*ret = (struct ir_partial){ .nkeys = c->nkeys, .nvalues = c->nvalues };
	vec_each(k, &c->m->keys)
		vec_push(c->arena, &ret->columns, (struct ir_column){ .type = { IR_INT, k->width, k->is_signed } });
	vec_each(x, &c->m->values)
		vec_push(c->arena, &ret->columns, (struct ir_column){ .type = { IR_INT, x->width, false } });
	vec_each(v, &c->shared->views) {
		struct ir_partial own = { 0 };

		ir_partial_layout(g, v->query, &own);
		for (uint32_t i = 0; i < own.nkeys; i++) {
			const struct ir_type have = ret->columns.v[c->shared->pieces.v[v->pieces[i]].column].type, want = own.columns.v[i].type;

			plain &= want.width <= 64 && !(have.is_signed && have.width < want.width);
		}
	}
	return plain;
}

/* --- rows --------------------------------------------------------------------------------------- */

void
collect_info(struct collect *c, uint64_t epoch, const struct ir_epoch_info *info)
{
	if (!c->shared)
		ir_eval_info(c->eval, c->query, epoch, info);
	for (uint32_t i = 0; c->shared && i < c->shared->views.n; i++)
		ir_eval_info(c->eval, c->shared->views.v[i].query, epoch, info);
}

static void
tell_absent(struct collect *c, const struct ir_query *q, uint64_t epoch, uint64_t n)
{
	struct ir_epoch_info info = { .absent = n, .precision = 1 };

	if (n)
		ir_eval_info(c->eval, q, epoch, &info);
}

static uint64_t
mask_of(const struct piece *p)
{
	return p->width < 64 ? (1ull << p->width) - 1 : UINT64_MAX;
}

static struct ir_value
piece_of(const struct ir_value *values, const struct piece *p)
{
	const struct ir_value *v = &values[p->column];

	return p->whole ? *v : ir_int((ir_i128)((uint64_t)v->i >> p->lo & mask_of(p)));
}

/* Of the marks, if there are any. */
static uint32_t
last_column(const struct collect *c)
{
	return c->nkeys + c->nvalues - 1;
}

void
collect_shared_row(struct collect *c, uint64_t epoch, const struct ir_value *values)
{
	uint64_t marks = (uint64_t)values[last_column(c)].i;
	struct ir_value own[COLLECT_COLUMNS];

	vec_each(v, &c->shared->views) {
		if (marks & v->absent)
			tell_absent(c, v->query, epoch, (uint64_t)values[c->nkeys].i);
		if (v->mask && !(marks & v->mask))
			continue;
		for (uint32_t i = 0; i < v->n; i++)
			own[i] = piece_of(values, &c->shared->pieces.v[v->pieces[i]]);
		ir_eval_partial(c->eval, v->query, epoch, own);
	}
}

/* A column of rows that lie apart. */
static void
copy_column(const struct ir_cells *column, const uint32_t *rows, uint32_t n, uint64_t *ret)
{
	const uint8_t *at = column->cells;
	size_t stride = column->stride;

	if (column->bytes == 4)
		for (uint32_t i = 0; i < n; i++)
			ret[i] = *(const uint32_t *)(const void *)(at + (rows ? rows[i] : i) * stride);
	else
		for (uint32_t i = 0; i < n; i++)
			ret[i] = collect_number(at + (rows ? rows[i] : i) * stride, column->bytes);
}

static void
cut_piece(struct collect_shared *s, uint32_t number, uint32_t n)
{
	struct piece *p = &s->pieces.v[number];
	const uint64_t *from = s->columns[p->column], mask = mask_of(p);

	p->cells = p->whole ? from : s->cut[number];
	if (p->whole)
		return;
	for (uint32_t i = 0; i < n; i++)
		s->cut[number][i] = from[i] >> p->lo & mask;
}

/* The block's rows that are the query's. */
static uint32_t
pick(const struct view *v, const uint64_t *marks, uint32_t n, uint32_t *ret)
{
	uint32_t picked = 0;

	for (uint32_t i = 0; i < n; i++) {
		ret[picked] = i;
		picked += (marks[i] & v->mask) != 0;
	}
	return picked;
}

static uint64_t
all_marks(const struct collect *c, uint32_t n)
{
	uint64_t all = 0;

	for (uint32_t i = 0; i < n; i++)
		all |= c->shared->columns[last_column(c)][i];
	return all;
}

static uint64_t
sum_where(const uint64_t *marks, uint64_t mask, const uint64_t *counts, uint32_t n)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < n; i++)
		sum += marks[i] & mask ? counts[i] : 0;
	return sum;
}

static void
hand_block(struct collect *c, const struct view *v, uint32_t n, uint64_t epoch)
{
	struct collect_shared *s = c->shared;
	const uint64_t *marks = s->columns[last_column(c)];
	struct ir_cells cells[COLLECT_COLUMNS];
	uint32_t places[BLOCK], picked;

	if (v->absent)
		tell_absent(c, v->query, epoch, sum_where(marks, v->absent, s->columns[c->nkeys], n));
	picked = v->mask ? pick(v, marks, n, places) : n;
	if (!picked)
		return;
	for (uint32_t k = 0; k < v->n; k++)
		cells[k] = (struct ir_cells){ s->pieces.v[v->pieces[k]].cells, 8, 8 };
	ir_eval_cells(c->eval, v->query, epoch, cells, v->mask ? places : NULL, picked, IR_KEYS_OFTEN);
}

void
collect_shared_cells(struct collect *c, uint64_t epoch, const struct ir_cells *columns, const uint32_t *rows, uint32_t n)
{
	for (uint32_t first = 0; first < n; first += BLOCK) {
		uint32_t some = n - first < BLOCK ? n - first : BLOCK;
		uint64_t marks;

		for (uint32_t k = 0; k < c->nkeys + c->nvalues; k++) {
			struct ir_cells at = columns[k];

			if (!rows)
				at.cells = (const uint8_t *)at.cells + (size_t)first * at.stride;
			copy_column(&at, rows ? rows + first : NULL, some, c->shared->columns[k]);
		}
		for (uint32_t k = 0; k < c->shared->pieces.n; k++)
			cut_piece(c->shared, k, some);
		marks = all_marks(c, some);
		vec_each(v, &c->shared->views)
			if (!v->mask || marks & (v->mask | v->absent))
				hand_block(c, v, some, epoch);
	}
}
