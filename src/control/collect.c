/* collect.c - resolves a query's registers, once. */
#include "control/collect.h"

#define RING_LARGE 1024 /* rows: many more than what packets of one burst write */

static const struct span nowhere;

bool
collect_register(struct collect *c, struct diags *d, struct str name, uint32_t *ret)
{
	if (!name.n || c->dev.ops->find(c->dev.self, name, ret) == 0)
		return true;
	diag_error(d, nowhere, "the switch has no register '%.*s', which query '%.*s' needs", STRA(name),
		   STRA(c->m->name));
	return false;
}

bool
collect_resolve(struct collect *c, struct diags *d, const struct manifest_column *m, struct collect_column *ret)
{
	ret->m = m;
	if (m->words.n > COLLECT_WORDS || m->width > 128) {
		diag_error(d, nowhere, "query '%.*s': a column of %u bits in %u words is too wide", STRA(c->m->name),
			   m->width, m->words.n);
		return false;
	}
	for (uint32_t w = 0; w < m->words.n; w++)
		if (!collect_register(c, d, m->words.v[w], &ret->regs[w]))
			return false;
	return true;
}

/* The manifest's columns and the graph's must be of one mind. */
static bool
check_layout(struct collect *c, struct ir_graph *g, struct diags *d)
{
	const struct manifest_state *m = c->m;
	struct ir_partial layout = { 0 };
	uint32_t stored = m->keys.n + m->values.n, named = 0;

	ir_partial_layout(g, c->query, &layout);
	c->nkeys = m->keys.n;
	c->nvalues = m->kind == MANIFEST_LOST ? 2 : m->values.n;
	for (uint32_t i = 0; i < layout.columns.n && i < COLLECT_COLUMNS; i++)
		c->columns[i].kind = c->ring[i].kind = layout.columns.v[i].type.kind;
	if (m->packets.capacity)
		named = m->packets.fields.n + 1;
	if (!ir_packets(c->query) == !named && layout.columns.n == c->nkeys + named + c->nvalues && layout.columns.n <= COLLECT_COLUMNS &&
	    stored <= COLLECT_COLUMNS && m->generations >= 2 && m->window_ns > 0 &&
	    (!m->ring.rows || m->ring.columns.n == stored + (m->kind == MANIFEST_LOST)) &&
	    (uint64_t)m->rows * m->stages <= 1u << 24 && m->epoch_cells <= 1u << 24 && m->ring.rows <= 1u << 24)
		return true;
	diag_error(d, nowhere, "query '%.*s': the manifest's columns are not those of its query", STRA(m->name));
	return false;
}

static void
list_columns(struct collect *c, const struct collect_column *columns, uint32_t n, struct collect_regs *to)
{
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t w = 0; columns[i].m && w < columns[i].m->words.n; w++)
			vec_push(c->arena, to, columns[i].regs[w]);
}

static void
list_registers(struct collect *c)
{
	const struct manifest_state *m = c->m;
	const struct {
		struct str name;
		uint32_t reg;
	} singles[] = { { m->cell, c->cell }, { m->cell_out, c->cell_out }, { m->absent, c->absent },
			{ m->overflow_in, c->overflow_in }, { m->overflow_out, c->overflow_out } };

	for (uint32_t i = 0; i < sizeof(singles) / sizeof(singles[0]); i++)
		if (singles[i].name.n)
			vec_push(c->arena, &c->of_rows, singles[i].reg);
	if (m->cell.n)
		list_columns(c, c->columns, m->keys.n + m->values.n, &c->of_rows);
	if (m->ring.rows) {
		vec_push(c->arena, &c->of_ring, c->ring_epoch);
		list_columns(c, c->ring, m->ring.columns.n, &c->of_ring);
	}
}

/* Rows of losses and of raw tuples are not handed on as they are. */
static void
look_at_registers(struct collect *c, struct ir_graph *g)
{
	struct ir_partial layout = { 0 };

	collect_look(c);
	if (c->raw || (c->shared && !collect_shared_layout(c, g, &layout)))
		return;
	if (!c->shared)
		ir_partial_layout(g, c->query, &layout);
	c->plain_rows = c->cell_window.at &&
			collect_windows(c, c->columns, c->m->keys.n + c->m->values.n, c->m->rows * c->m->stages, &layout);
	if (c->lost)
		return;
	c->plain_ring = c->m->ring.rows && c->m->kind != MANIFEST_STREAM && c->ring_epoch_window.at &&
			collect_windows(c, c->ring, c->m->ring.columns.n, c->m->ring.rows, &layout);
}

/* Losses are read as they are on both sides of the queue. */
static void
set_patience(struct collect *c)
{
	uint32_t rows = c->m->ring.rows;

	if (rows >= RING_LARGE && c->next_window.bytes == 4 && !c->lost) {
		c->written = c->next_window.at;
		c->patience = rows / 16;
	}
}

bool
collect_open(struct collect *c, struct ir_graph *g, struct diags *d, const bool *wanted)
{
	const struct manifest_state *m = c->m;
	size_t rows = c->dev.ops->claimed ? 0 : (size_t)m->rows * m->stages;
	bool ok = m->query == MANIFEST_SHARED ? collect_shared_open(c, g, d, wanted) :
		  m->raw ? collect_raw_open(c, g, d) : check_layout(c, g, d);

	if (!ok)
		return false;
	ok &= collect_register(c, d, m->cell, &c->cell) && collect_register(c, d, m->cell_out, &c->cell_out);
	ok &= collect_register(c, d, m->absent, &c->absent) && collect_register(c, d, m->overflow_in, &c->overflow_in);
	ok &= collect_register(c, d, m->overflow_out, &c->overflow_out);
	for (uint32_t i = 0; ok && i < m->keys.n; i++)
		ok = collect_resolve(c, d, &m->keys.v[i], &c->columns[i]);
	for (uint32_t i = 0; ok && i < m->values.n; i++)
		ok = collect_resolve(c, d, &m->values.v[i], &c->columns[m->keys.n + i]);
	if (ok && m->ring.rows) {
		ok = collect_register(c, d, m->ring.sequence, &c->ring_sequence) && collect_register(c, d, m->ring.epoch, &c->ring_epoch);
		for (uint32_t i = 0; ok && i < m->ring.columns.n; i++)
			ok = collect_resolve(c, d, &m->ring.columns.v[i], &c->ring[i]);
	}
	if (ok && m->kind == MANIFEST_LOST)
		ok = collect_lost_open(c, d);
	if (!ok || !collect_claims_open(c, d))
		return false;
	look_at_registers(c, g);
	set_patience(c);
	list_registers(c);
	c->sweep_at = COLLECT_SWEEP;
	c->cells = arena_array(c->arena, uint64_t, rows + 1);
	c->left = arena_array(c->arena, uint64_t, c->dev.ops->snapshot ? rows + 1 : 1);
	c->counters = arena_array(c->arena, uint64_t, m->epoch_cells + 1);
	c->counters_out = arena_array(c->arena, uint64_t, m->epoch_cells + 1);
	map_init(&c->reasons, c->arena);
	map_init(&c->classes, c->arena);
	return ok;
}

void
collect_close(struct collect *c)
{
	collect_lost_close(c);
}
