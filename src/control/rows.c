/* rows.c - rows of columns of numbers, taken where they lie: a device that lets its registers be looked into is read without copies,
 * and what it says goes to the evaluator as it is. */
#include "control/collect.h"

static void
look_into(const struct collect *c, uint32_t reg, uint32_t n, struct collect_window *ret)
{
	ret->cells = c->dev.ops->look ? c->dev.ops->look(c->dev.self, reg, n, &ret->bytes) : NULL;
}

/* Numbers of up to 64 bits in one register, or in the epoch's cell. */
static bool
is_plain(const struct collect_column *col, struct ir_type t)
{
	return !ir_is_text(t.kind) && t.kind != IR_FLOAT && col->m->width <= 64 && col->m->words.n <= 1 &&
	       (!col->m->words.n || col->window.cells);
}

/* Is the number another one in the evaluator's type? */
static bool
wraps(const struct manifest_column *m, struct ir_type t)
{
	return t.width < m->width || t.is_signed != m->is_signed || (!m->words.n && (t.is_signed || t.width < 32));
}

bool
collect_windows(struct collect *c, struct collect_column *columns, uint32_t n, uint32_t cells, const struct ir_partial *layout)
{
	bool plain = n == layout->columns.n;

	for (uint32_t i = 0; plain && i < n; i++) {
		struct collect_column *col = &columns[i];

		if (col->m->words.n)
			look_into(c, col->regs[0], cells, &col->window);
		col->type = layout->columns.v[i].type;
		col->wraps = wraps(col->m, col->type);
		plain = is_plain(col, col->type);
	}
	return plain;
}

void
collect_look(struct collect *c)
{
	uint32_t rows = c->m->rows * c->m->stages;

	if (c->m->cell.n)
		look_into(c, c->cell, rows, &c->cell_window);
	if (c->cell_window.bytes != 8)
		c->cell_window.cells = NULL;
	if (c->m->cell_out.n)
		look_into(c, c->cell_out, rows, &c->out_window);
	if (c->m->ring.rows) {
		look_into(c, c->ring_sequence, 1, &c->next_window);
		look_into(c, c->ring_epoch, c->m->ring.rows, &c->ring_epoch_window);
	}
	if (c->has_log)
		look_into(c, c->log_row, c->m->log.rows, &c->log_window);
}

static ir_i128
number(const struct collect_column *col, uint32_t index)
{
	uint64_t v = collect_cell(&col->window, index);
	uint32_t unused = 64 - col->m->width;

	return col->m->is_signed ? (ir_i128)((int64_t)(v << unused) >> unused) : (ir_i128)v;
}

void
collect_plain(struct collect *c, const struct collect_column *columns, uint32_t n, uint32_t index, uint32_t packed,
	      uint64_t epoch)
{
	ir_i128 *row = ir_eval_row(c->eval, c->query, epoch);

	for (uint32_t i = 0; i < n; i++) {
		row[i] = columns[i].m->words.n ? number(&columns[i], index) : packed;
		if (columns[i].wraps)
			row[i] = ir_wrap(columns[i].type, row[i]);
	}
}
