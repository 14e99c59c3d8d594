/* claims.c - which rows have been claimed: the woven program keeps a log of their numbers, so that reading an epoch takes as long as it has rows,
 * however large the table. A row that waits for its epoch to close waits once, whoever claimed it how often. */
#include "control/collect.h"

bool
collect_claims_open(struct collect *c, struct diags *d)
{
	const struct manifest_log *m = &c->m->log;
	uint32_t rows = c->m->rows * c->m->stages;

	if (!m->rows || c->dev.ops->claimed)
		return true;
	c->claimed = arena_array(c->arena, uint32_t, rows + 1);
	c->aside = arena_array(c->arena, uint32_t, rows + 1);
	c->waits = arena_array(c->arena, bool, rows + 1);
	c->has_log = !c->dev.ops->snapshot; /* what is copied while packets go on is copied whole */
	return collect_register(c, d, m->sequence, &c->log_sequence) && collect_register(c, d, m->row, &c->log_row);
}

static void
add(struct collect *c, uint32_t row)
{
	if (row >= c->m->rows * c->m->stages || c->waits[row])
		return;
	c->waits[row] = true;
	c->claimed[c->nclaimed++] = row;
}

int
collect_claims(struct collect *c)
{
	uint32_t mask = c->m->log.rows - 1, fresh;
	uint64_t sequence, row;
	int e = c->dev.ops->read(c->dev.self, c->log_sequence, 0, 1, &sequence);

	if (e < 0)
		return e;
	fresh = (uint32_t)sequence - c->logged;
	for (uint32_t i = 0; fresh > c->m->log.rows && i < c->m->rows * c->m->stages; i++)
		add(c, i); /* what was overwritten is not known: any */
	for (; e == 0 && fresh <= c->m->log.rows && c->logged != (uint32_t)sequence; c->logged++) {
		if (c->log_window.at)
			row = collect_cell(&c->log_window, c->logged & mask);
		else
			e = c->dev.ops->read(c->dev.self, c->log_row, c->logged & mask, 1, &row);
		if (e == 0)
			add(c, (uint32_t)row);
	}
	c->logged = e == 0 ? (uint32_t)sequence : c->logged;
	return e;
}
