/* rows.c - rows of columns of numbers, taken where they lie: a device that lets its registers be looked into is read without copies,
 * and what it says goes to the evaluator as it is. */
#include "control/collect.h"

static void
look_into(const struct collect *c, uint32_t reg, uint32_t n, struct device_cells *ret)
{
	if (c->dev.ops->look)
		c->dev.ops->look(c->dev.self, reg, n, ret);
}

/* The lower half of cells of 64 bits. */
static struct device_cells
lower_half(struct device_cells w)
{
	if (w.at && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)
		w.at = (const uint8_t *)w.at + 4;
	w.bytes = 4;
	return w;
}

/* Numbers of up to 64 bits in one register, or in the epoch's cell. */
static bool
is_plain(const struct collect_column *col, struct ir_type t)
{
	bool extended = col->m->is_signed && col->m->width < t.width; /* negative numbers get more bits */

	return !ir_is_text(t.kind) && t.kind != IR_FLOAT && t.width <= 64 && col->m->width <= 64 && col->m->words.n <= 1 &&
	       col->window.at && !extended;
}

bool
collect_windows(struct collect *c, struct collect_column *columns, uint32_t n, uint32_t cells, const struct ir_partial *layout)
{
	bool plain = n == layout->columns.n;

	for (uint32_t i = 0; i < n; i++) {
		struct collect_column *col = &columns[i];

		if (col->m->words.n)
			look_into(c, col->regs[0], cells, &col->window);
		else
			col->window = lower_half(c->cell_window);
		plain = plain && is_plain(col, layout->columns.v[i].type);
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
		c->cell_window.at = NULL;
	if (c->m->cell_out.n)
		look_into(c, c->cell_out, rows, &c->out_window);
	if (c->m->ring.rows) {
		look_into(c, c->ring_sequence, 1, &c->next_window);
		look_into(c, c->ring_epoch, c->m->ring.rows, &c->ring_epoch_window);
	}
	if (c->has_log)
		look_into(c, c->log_row, c->m->log.rows, &c->log_window);
}

static void
hand_over(struct collect *c, const struct collect_column *columns, uint32_t ncolumns, uint32_t first, const uint32_t *rows, uint32_t n,
	  enum ir_cells_keys same, uint64_t epoch)
{
	struct ir_cells cells[COLLECT_COLUMNS];

	for (uint32_t i = 0; i < ncolumns; i++) {
		const struct device_cells *w = &columns[i].window;

		cells[i] = (struct ir_cells){ (const uint8_t *)w->at + (size_t)first * w->stride, w->bytes, w->stride };
	}
	if (c->shared)
		collect_shared_cells(c, epoch, cells, rows, n);
	else
		ir_eval_cells(c->eval, c->query, epoch, cells, rows, n, same);
}

void
collect_plain_tuples(struct collect *c, uint32_t first, uint32_t n, uint64_t epoch)
{
	hand_over(c, c->ring, c->m->ring.columns.n, first, NULL, n, IR_KEYS_OFTEN, epoch);
}

void
collect_plain_rows(struct collect *c, const uint32_t *rows, uint32_t n, uint64_t epoch)
{
	hand_over(c, c->columns, c->nkeys + c->nvalues, 0, rows, n, IR_KEYS_SELDOM, epoch);
}

void
collect_plain_part(struct collect *c, uint32_t first, uint32_t n, uint64_t epoch)
{
	hand_over(c, c->columns, c->nkeys + c->nvalues, first, NULL, n, IR_KEYS_NEVER, epoch);
}
