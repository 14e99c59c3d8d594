/* collect_raw.c - packets as the switch saw them, or as much of them as the rest of a query reads: a ring's columns are fields of the
 * graph, and among them those that say which others are there. */
#include "control/collect.h"

struct collect_raw {
	uint32_t fields[COLLECT_COLUMNS];   /* by column */
	int32_t presence[COLLECT_COLUMNS];  /* the column that says whether this one is there; -1: it always is */
	bool is_port[COLLECT_COLUMNS];	    /* and that column is a port: there unless dropped */
	int32_t instance;		    /* column; -1: none */
	struct ir_value *values;	    /* by field */
	uint32_t nfields;
};

/* The column of the field that says whether `f` is there. */
static int32_t
presence_of(const struct ir_graph *g, const struct manifest_state *m, const struct ir_field *f)
{
	for (uint32_t i = 0; i < m->fields.n; i++) {
		const struct ir_field *o = g->fields.v[m->fields.v[i]];

		if (f->kind == IR_F_HEADER && o->kind == IR_F_VALID && o->header == f->header && o->at == f->at)
			return (int32_t)i;
		if (f->kind == IR_F_LEN_OUT && o->kind == IR_F_PORT_OUT)
			return (int32_t)i;
	}
	return -1;
}

static bool
fits(const struct collect *c, const struct ir_graph *g)
{
	const struct manifest_state *m = c->m;

	if (m->fields.n != m->keys.n || m->ring.columns.n != m->keys.n || m->keys.n > COLLECT_COLUMNS || m->values.n ||
	    m->generations < 2 || !m->window_ns || !m->ring.rows || m->ring.rows > 1u << 24 || m->rows || m->stages ||
	    m->from > c->query->nodes.n || m->epoch_cells > 1u << 24)
		return false;
	vec_each(f, &m->fields)
		if (*f >= g->fields.n)
			return false;
	return true;
}

bool
collect_raw_open(struct collect *c, struct ir_graph *g, struct diags *d)
{
	struct collect_raw *raw = arena_new(c->arena, struct collect_raw);

	if (!fits(c, g)) {
		diag_error(d, (struct span){ 0, 0 }, "query '%.*s': the manifest's fields are not those of its query",
			   STRA(c->m->name));
		return false;
	}
	raw->instance = -1;
	raw->nfields = g->fields.n;
	raw->values = arena_array(c->arena, struct ir_value, g->fields.n + 1);
	for (uint32_t i = 0; i < c->m->fields.n; i++) {
		const struct ir_field *f = g->fields.v[c->m->fields.v[i]];

		raw->fields[i] = f->index;
		raw->presence[i] = presence_of(g, c->m, f);
		raw->is_port[i] = f->kind == IR_F_LEN_OUT;
		if (f->kind == IR_F_INSTANCE)
			raw->instance = (int32_t)i;
		c->ring[i].kind = c->columns[i].kind = f->type.kind;
	}
	c->nkeys = c->m->keys.n;
	c->raw = raw;
	return true;
}

static bool
is_there(const struct collect_raw *raw, uint32_t column, const struct ir_value *values)
{
	const struct ir_value *says;

	if (raw->presence[column] < 0)
		return true;
	says = &values[raw->presence[column]];
	return raw->is_port[column] ? says->i != IR_PORT_DROP : says->i != 0;
}

void
collect_raw_tuple(struct collect *c, uint64_t epoch, const struct ir_value *values)
{
	struct collect_raw *raw = c->raw;

	for (uint32_t i = 0; i < raw->nfields; i++)
		raw->values[i] = (struct ir_value){ .tag = IR_V_ABSENT };
	for (uint32_t i = 0; i < c->m->fields.n; i++)
		if (is_there(raw, i, values))
			raw->values[raw->fields[i]] = values[i];
	ir_eval_tuple(c->eval, c->query, epoch, c->m->from, raw->values,
		      raw->instance < 0 ? 0 : (uint32_t)values[raw->instance].i);
}
