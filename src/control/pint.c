#include "control/pint.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "control/pint_inside.h"

#define DEFAULT_FLOWS 65536
#define DEFAULT_IDLE 60
#define RECORD_BYTES 8 /* of a digest that waits to be decoded: at most */

struct opening {
	struct pint_collector *c;
	struct arena *a;
	struct diags *d;
};

static void
refuse(const struct opening *o, const struct network_query *q, const char *why)
{
	diag_error(o->d, (struct span){ 0, 0 }, "the query '%.*s' over network() can't be answered: %s", STRA(q->name), why);
}

/* --- what a query is decoded with ----------------------------------------------------------------- */

/* All values of so few bits. */
static struct pint_universe
all_values(uint32_t bits)
{
	uint32_t n = 1u << bits, *values = alloc(n, sizeof(*values));

	for (uint32_t i = 0; i < n; i++)
		values[i] = i;
	return (struct pint_universe){ .values = values, .n = n };
}

static bool
open_static(const struct opening *o, struct collector_query *q)
{
	const struct pint_universe *switches = o->c->options.switches;
	bool hashed = !q->q->path.fragments, ids = q->q->value == NETWORK_SWITCH_ID;
	struct pint_universe all = { 0 };
	struct pint_options options = { .eager = o->c->options.eager };

	if (q->q->space)
		options.max_records = q->q->space < RECORD_BYTES ? 1 : (uint32_t)(q->q->space / RECORD_BYTES);
	if (hashed && ids && (!switches || !switches->n)) {
		refuse(o, q->q, "nobody says which switches there are");
		return false;
	}
	if (hashed && !ids)
		all = all_values(q->q->value_bits);
	q->decoder = pint_decoder_make(&q->q->path, !hashed ? NULL : ids ? switches : &all, &options);
	free((void *)(uintptr_t)all.values);
	if (!q->decoder)
		refuse(o, q->q, "its code and the switches don't go together");
	return q->decoder != NULL;
}

static bool
open_number(const struct opening *o, struct collector_query *q)
{
	const struct network_query *n = q->q;

	q->marks = alloc(PINT_SCALE_WORDS(n->range.bits), sizeof(*q->marks));
	if (!pint_scale_make(&q->scale, &n->range, q->marks)) {
		refuse(o, n, "its scale is impossible");
		return false;
	}
	for (uint32_t hops = 1; n->kind == NETWORK_QUANTILE && hops <= PINT_HOPS; hops++) {
		struct pint_recording *r = &q->recordings[hops - 1];

		if (pint_recording_make(r, n->bits, 1, 0, (size_t)(n->space / hops)) && (n->space / hops || !n->space))
			continue;
		/* the least that there must be, for such paths */
		if (hops == 1 || !r->bytes || !pint_recording_make(r, n->bits, 1, 0, r->bytes)) {
			refuse(o, n, "its space is too small for a single hop");
			return false;
		}
	}
	return true;
}

static bool
fits_graph(const struct opening *o, const struct network_query *q)
{
	const struct manifest_network *n = &o->c->m->network;
	const struct ir_graph *g = o->c->g;

	for (uint32_t i = 0; i < n->fields.n; i++)
		if (n->fields.v[i] >= g->fields.n)
			return false;
	return q->filter < 0 || ((uint32_t)q->filter < g->exprs.n && g->exprs.v[q->filter]->type.kind == IR_BOOL);
}

/* Has the flow a field that 64 bits can't hold, or with a sign? */
static bool
has_long_key(const struct opening *o, const struct network_query *q)
{
	vec_each (k, &q->flow)
		vec_each (f, &k->fields) {
			struct ir_type type = o->c->g->fields.v[o->c->m->network.fields.v[*f]]->type;

			if (type.width > 64 || type.is_signed)
				return true;
		}
	return false;
}

static bool
open_query(const struct opening *o, const struct network_query *n, struct collector_query *q)
{
	uint32_t most = o->c->options.max_flows;

	q->q = n;
	q->shown = (struct ir_query){ .name = n->name, .index = o->c->g->queries.n + n->number, .window_ns = n->window_ns, .stateful = -1 };
	if (!fits_graph(o, n)) {
		refuse(o, n, "it is of another graph");
		return false;
	}
	q->filter = n->filter < 0 ? NULL : o->c->g->exprs.v[n->filter];
	collector_columns(o->c, q);
	q->flows = (struct collector_flows){ .max = most, .nkeys = q->nkeys, .words = has_long_key(o, n) ? 2 * q->nkeys : q->nkeys,
					      .by_epoch = n->kind != NETWORK_STATIC };
	return n->kind == NETWORK_STATIC ? open_static(o, q) : open_number(o, q);
}

struct pint_collector *
pint_collector_open(struct arena *a, struct diags *d, const struct manifest *m, struct ir_graph *g,
		    const struct pint_collector_options *options, ir_emit *emit, void *user)
{
	struct pint_collector *c = alloc(1, sizeof(*c));
	struct opening o = { c, a, d };
	bool ok = true;

	c->m = m;
	c->g = g;
	c->options = *options;
	c->options.max_flows = options->max_flows ? options->max_flows : DEFAULT_FLOWS;
	c->options.idle_epochs = options->idle_epochs ? options->idle_epochs : DEFAULT_IDLE;
	c->emit = emit;
	c->user = user;
	c->fields = alloc(g->fields.n + 1, sizeof(*c->fields));
	c->queries = alloc(m->network.queries.n + 1, sizeof(*c->queries));
	for (uint32_t i = 0; i < m->network.queries.n; i++)
		ok &= open_query(&o, &m->network.queries.v[i], &c->queries[i]);
	if (ok)
		return c;
	pint_collector_close(c);
	return NULL;
}

void
pint_collector_close(struct pint_collector *c)
{
	for (uint32_t i = 0; c && i < c->m->network.queries.n; i++) {
		struct collector_query *q = &c->queries[i];

		if (q->q)
			collector_flows_fini(q);
		if (q->decoder)
			pint_decoder_free(q->decoder);
		free(q->marks);
	}
	if (c) {
		free(c->queries);
		free(c->fields);
	}
	free(c);
}

/* --- reports ------------------------------------------------------------------------------------ */

void
pint_collector_report(struct pint_collector *c, const struct pint_report *r)
{
	const struct manifest_network *n = &c->m->network;
	const struct network_set *s = &n->sets.v[network_set_of(n, r->pid)];

	c->counts.reports++;
	if (r->plan != n->plan) {
		c->counts.foreign++;
		return;
	}
	vec_each (p, &s->parts) {
		struct collector_query *q = &c->queries[p->query];

		collector_take(c, q, r, r->digest >> p->lo & UINT32_MAX >> (32 - q->q->bits * q->q->copies));
	}
}

/* The column whose name ends so: programs put them into their metadata. -1: there is none. */
static int32_t
find_column(const struct ir_result *r, const char *name)
{
	for (uint32_t i = 0; i < r->ncolumns; i++) {
		struct str all = r->columns[i].name;
		int64_t dot = str_rfind(all, '.');

		if (str_is(str_sub(all, (uint32_t)(dot + 1), all.n), name))
			return (int32_t)i;
	}
	return -1;
}

/* An epoch of which reports are missing is incomplete for all queries. */
static void
take_info(struct pint_collector *c, const struct ir_result *r)
{
	uint64_t time = r->epoch * r->query->window_ns;

	if (!r->info.lost_tuples && !r->info.late)
		return;
	c->counts.lost += r->info.lost_tuples;
	for (uint32_t i = 0; i < c->m->network.queries.n; i++) {
		struct collector_query *q = &c->queries[i];
		uint64_t number = time / q->q->window_ns;
		struct collector_epoch *e = collector_epoch(q, number < q->told ? q->told : number);

		e->lost += r->info.lost_tuples;
		e->late |= r->info.late;
		e->restarted |= r->info.restarted;
	}
}

bool
pint_collector_result(struct pint_collector *c, const struct ir_result *r, uint32_t switch_id)
{
	int32_t pid = find_column(r, "pid_out"), time = find_column(r, "time_in");
	uint32_t n = c->m->network.fields.n;

	if (!str_is(r->query->name, NETWORK_REPORTS))
		return false;
	take_info(c, r);
	if (pid < 0 || (uint32_t)pid + 4 + n > r->ncolumns)
		bug("reports of queries over network() have other columns");
	for (uint32_t i = 0; i < r->nrows; i++) {
		const struct ir_value *v = ir_result_row(r, i) + pid;
		struct pint_report report = {
			.time_ns = time < 0 ? r->epoch * r->query->window_ns : (uint64_t)ir_result_row(r, i)[time].i,
			.switch_id = switch_id, .plan = c->m->network.plan, .pid = (uint32_t)v[0].i, .hops = (uint32_t)v[1].i,
			.digest = (uint32_t)v[2].i, .there = (uint32_t)v[3].i, .fields = v + 4,
		};

		pint_collector_report(c, &report);
	}
	return true;
}

void
pint_collector_advance(struct pint_collector *c, uint64_t now)
{
	for (uint32_t i = 0; i < c->m->network.queries.n; i++)
		collector_tell(c, &c->queries[i], now / c->queries[i].q->window_ns);
}

void
pint_collector_finish(struct pint_collector *c)
{
	for (uint32_t i = 0; i < c->m->network.queries.n; i++)
		collector_tell(c, &c->queries[i], UINT64_MAX);
}

const struct pint_collector_counts *
pint_collector_counts(const struct pint_collector *c)
{
	return &c->counts;
}
