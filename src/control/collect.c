/* collect.c - resolves a query's registers, once. */
#include "control/collect.h"

static const struct span nowhere;

static bool
resolve(struct collect *c, struct diags *d, struct str name, uint32_t *ret)
{
	if (!name.n || c->dev.ops->find(c->dev.self, name, ret) == 0)
		return true;
	diag_error(d, nowhere, "the switch has no register '%.*s', which query '%.*s' needs", STRA(name),
		   STRA(c->m->name));
	return false;
}

static bool
resolve_column(struct collect *c, struct diags *d, const struct manifest_column *m, struct collect_column *ret)
{
	ret->m = m;
	if (m->words.n > COLLECT_WORDS || m->width > 128) {
		diag_error(d, nowhere, "query '%.*s': a column of %u bits in %u words is too wide", STRA(c->m->name),
			   m->width, m->words.n);
		return false;
	}
	for (uint32_t w = 0; w < m->words.n; w++)
		if (!resolve(c, d, m->words.v[w], &ret->regs[w]))
			return false;
	return true;
}

/* The manifest's columns and the graph's must be of one mind. */
static bool
check_layout(struct collect *c, struct ir_graph *g, struct diags *d)
{
	const struct manifest_state *m = c->m;
	struct ir_partial layout = { 0 };
	uint32_t stored = m->keys.n + m->values.n;

	ir_partial_layout(g, c->query, &layout);
	c->nkeys = m->keys.n;
	c->nvalues = m->kind == MANIFEST_LOST ? 2 : m->values.n;
	for (uint32_t i = 0; i < layout.columns.n && i < COLLECT_COLUMNS; i++)
		c->columns[i].is_reason = c->ring[i].is_reason = layout.columns.v[i].type.kind == IR_REASON;
	if (layout.columns.n == c->nkeys + c->nvalues && layout.columns.n <= COLLECT_COLUMNS &&
	    stored <= COLLECT_COLUMNS && m->generations >= 2 && m->window_ns > 0 &&
	    (!m->ring.rows || m->ring.columns.n == stored) &&
	    (uint64_t)m->rows * m->stages <= 1u << 24 && m->epoch_cells <= 1u << 24 && m->ring.rows <= 1u << 24)
		return true;
	diag_error(d, nowhere, "query '%.*s': the manifest's columns are not those of its query", STRA(m->name));
	return false;
}

bool
collect_open(struct collect *c, struct ir_graph *g, struct diags *d)
{
	const struct manifest_state *m = c->m;
	size_t rows = (size_t)m->rows * m->stages;
	bool ok = check_layout(c, g, d);

	if (!ok)
		return false;
	ok &= resolve(c, d, m->cell, &c->cell) && resolve(c, d, m->cell_out, &c->cell_out);
	ok &= resolve(c, d, m->absent, &c->absent) && resolve(c, d, m->overflow_in, &c->overflow_in);
	ok &= resolve(c, d, m->overflow_out, &c->overflow_out);
	for (uint32_t i = 0; ok && i < m->keys.n; i++)
		ok = resolve_column(c, d, &m->keys.v[i], &c->columns[i]);
	for (uint32_t i = 0; ok && i < m->values.n; i++)
		ok = resolve_column(c, d, &m->values.v[i], &c->columns[m->keys.n + i]);
	if (ok && m->ring.rows) {
		ok = resolve(c, d, m->ring.sequence, &c->ring_sequence) && resolve(c, d, m->ring.epoch, &c->ring_epoch);
		for (uint32_t i = 0; ok && i < m->ring.columns.n; i++)
			ok = resolve_column(c, d, &m->ring.columns.v[i], &c->ring[i]);
	}
	c->cells = arena_array(c->arena, uint64_t, rows + 1);
	c->counters = arena_array(c->arena, uint64_t, m->epoch_cells + 1);
	c->counters_out = arena_array(c->arena, uint64_t, m->epoch_cells + 1);
	map_init(&c->reasons, c->arena);
	return ok;
}
