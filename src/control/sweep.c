/* sweep.c - stored epochs are compared modulo 2^32: what is left of epochs long ago must not come to look new. So cells of closed epochs are
 * emptied now and then, long before.
 *
 * On a device whose packets go on meanwhile, only what was left 2^28 epochs ago is emptied, and a packet may take a row between the look at it and
 * the write. Before the next epochs are read the log of claims tells whether one did; if so, these are incomplete. Of cells that belong to
 * epochs, those are left alone that packets may be using. */
#include "control/collect.h"


struct sweep {
	struct collect *c;
	uint64_t now;	/* epoch of the latest arrival when it began */
	uint64_t before; /* epochs before this one are emptied */
	bool *emptied;	/* by row; NULL: nobody else uses them */
	uint32_t skipped;
};

static bool
is_old(const struct sweep *s, uint64_t cell)
{
	uint64_t epoch;

	return cell && (!collect_epoch(s->c, s->now, (uint32_t)(cell >> 32), &epoch) || epoch < s->before);
}

static int
sweep_rows(struct sweep *s, uint32_t reg)
{
	struct collect *c = s->c;
	uint32_t n = c->m->rows * c->m->stages;
	int e = 0;

	for (uint32_t i = 0; e == 0 && i < n; i++) {
		uint64_t cell;

		e = c->dev.ops->read(c->dev.self, reg, i, 1, &cell);
		if (e < 0 || !is_old(s, cell))
			continue;
		e = c->dev.ops->write(c->dev.self, reg, i, 0);
		if (s->emptied)
			s->emptied[i] = true;
	}
	return e;
}

/* `cells` of each epoch, `epochs` of them one after the other. */
static int
sweep_epochs(struct sweep *s, uint32_t reg, uint32_t epochs, uint32_t cells, uint32_t shift)
{
	struct collect *c = s->c;
	int e = 0;

	for (uint32_t i = 0; e == 0 && i < epochs * cells; i++) {
		uint32_t ahead = (i / cells - (uint32_t)c->open - shift) & (epochs - 1);
		uint64_t cell;

		e = c->dev.ops->read(c->dev.self, reg, i, 1, &cell);
		if (e < 0 || !is_old(s, cell))
			continue;
		if (s->emptied && ahead <= s->now - c->open)
			s->skipped++;
		else
			e = c->dev.ops->write(c->dev.self, reg, i, 0);
	}
	return e;
}

static int
sweep_all(struct sweep *s)
{
	const struct manifest_state *m = s->c->m;
	struct collect *c = s->c;
	uint32_t names[2], cells;
	int e = 0;

	if (m->cell.n)
		e = sweep_rows(s, c->cell);
	if (e == 0 && m->cell_out.n)
		e = sweep_rows(s, c->cell_out);
	if (e == 0 && m->absent.n)
		e = sweep_epochs(s, c->absent, m->epoch_cells, 1, 0);
	if (e == 0 && m->overflow_in.n)
		e = sweep_epochs(s, c->overflow_in, m->epoch_cells, 1, 0);
	if (e == 0 && m->overflow_out.n)
		e = sweep_epochs(s, c->overflow_out, m->epoch_cells, 1, 0);
	cells = collect_lost_names(c, names);
	if (e == 0 && cells && s->emptied)
		e = c->dev.ops->snapshot(c->dev.self, names, 2);
	for (int i = 0; e == 0 && cells && i < 2; i++)
		e = sweep_epochs(s, names[i], m->packets.tables, cells, m->generations);
	return e;
}

static int
read_claims(const struct collect *c, uint32_t *ret)
{
	uint64_t sequence = 0;
	int e = c->m->log.rows ? c->dev.ops->read(c->dev.self, c->log_sequence, 0, 1, &sequence) : 0;

	*ret = (uint32_t)sequence;
	return e;
}

static void
mark_incomplete(struct collect *c, uint64_t first, uint64_t last)
{
	struct ir_epoch_info info = { .late = true, .precision = -1 };

	for (uint64_t epoch = first; epoch <= last && epoch - first < LATE_REPORTED; epoch++)
		ir_eval_info(c->eval, c->query, epoch, &info);
}

static int
sweep_beside_packets(struct sweep *s)
{
	struct collect *c = s->c;
	uint64_t now;
	int e = read_claims(c, &c->logged);

	s->emptied = c->emptied = arena_array(c->arena, bool, c->m->rows * c->m->stages + 1);
	if (e == 0)
		e = c->dev.ops->snapshot(c->dev.self, c->of_rows.v, c->of_rows.n);
	if (e == 0)
		e = sweep_all(s);
	if (e == 0)
		e = c->dev.ops->arrived(c->dev.self, &now);
	if (e == 0)
		mark_incomplete(c, s->now + 1, now / c->m->window_ns);
	return e;
}

int
collect_swept(struct collect *c, uint64_t now)
{
	uint32_t rows = c->m->rows * c->m->stages, mask = c->m->log.rows - 1, until;
	bool claimed;
	uint64_t row;
	int e = c->emptied ? read_claims(c, &until) : 0;

	if (e < 0 || !c->emptied)
		return e;
	claimed = until - c->logged > c->m->log.rows;
	for (; e == 0 && !claimed && c->logged != until; c->logged++) {
		e = c->dev.ops->read(c->dev.self, c->log_row, c->logged & mask, 1, &row);
		claimed = e == 0 && row < rows && c->emptied[row];
	}
	if (e == 0 && claimed)
		mark_incomplete(c, c->open, now);
	if (e == 0)
		c->emptied = NULL;
	return e;
}

int
collect_sweep(struct collect *c, uint64_t now)
{
	struct sweep s = { .c = c, .now = now, .before = c->open };
	int e;

	if (c->open < c->sweep_at)
		return 0;
	if (!c->dev.ops->snapshot) {
		e = sweep_all(&s);
	} else {
		s.before = now > COLLECT_SWEEP ? now - COLLECT_SWEEP : 0;
		e = sweep_beside_packets(&s);
	}
	c->sweep_at = c->open + (s.skipped ? 1 : COLLECT_SWEEP);
	return e;
}
