/* pint_rows.c - the rows of queries over network(). */
#include "control/pint_inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FREQUENT_MAX 100 /* of a hop */

/* The rows of an epoch while they are gathered. */
struct table {
	struct arena *arena;
	const struct pint_collector *c;
	struct collector_query *q;
	void *room; /* for the largest recording */
	VEC(const struct ir_value *) rows;
};

static void
column(struct collector_query *q, struct str name, struct ir_type type, bool is_key)
{
	q->columns[q->ncolumns++] = (struct ir_column){ .name = name, .type = type, .is_key = is_key };
}

static struct ir_type
value_type(const struct network_query *q)
{
	struct ir_type t = { IR_INT, 64, false };

	for (uint32_t k = 0; k <= IR_FLOAT; k++)
		if (str_is(q->value_type, ir_kind_name((enum ir_kind)k)))
			t.kind = (enum ir_kind)k;
	return t;
}

static struct str
quantile_name(struct arena *a, double p)
{
	return str_fmt(a, "p%.10g", p * 100);
}

void
collector_columns(struct pint_collector *c, struct collector_query *q)
{
	const struct ir_type number = { IR_INT, 64, false };
	struct ir_type value = value_type(q->q);

	vec_each (k, &q->q->flow)
		column(q, k->name, c->g->fields.v[c->m->network.fields.v[k->fields.v[0]]]->type, true);
	if (q->q->is_tag) {
		column(q, STR("switch"), number, true);
		column(q, STR("port"), (struct ir_type){ IR_PORT, 64, false }, true);
	}
	q->nkeys = q->ncolumns;
	switch (q->q->kind) {
	case NETWORK_STATIC:
		column(q, q->q->value == NETWORK_SWITCH_ID ? STR("path") : q->q->value_name, value, false);
		column(q, STR("packets"), number, false);
		column(q, STR("decoded_after"), number, false);
		column(q, STR("hops"), number, false);
		column(q, STR("known"), number, false);
		column(q, STR("contradictions"), number, false);
		column(q, STR("route"), number, false);
		return;
	case NETWORK_QUANTILE:
		column(q, STR("hop"), number, true);
		if (q->q->theta > 0) {
			column(q, q->q->value_name, value, true);
			column(q, STR("share"), (struct ir_type){ IR_FLOAT, 64, true }, false);
		}
		vec_each (p, &q->q->quantiles)
			column(q, quantile_name(c->g->arena, *p), value, false);
		break;
	case NETWORK_MAX:
		column(q, STR("max"), value, false);
		break;
	case NETWORK_MIN:
		column(q, STR("min"), value, false);
		break;
	case NETWORK_SUM:
		column(q, STR("sum"), value, false);
		break;
	}
	if (q->q->is_tag)
		column(q, STR("bucket"), number, false);
	column(q, STR("packets"), number, false);
}

/* What a switch counted, as people know it; utilisation with as many decimals as its codes are worth. */
static struct ir_value
shown(const struct table *t, double counted)
{
	struct ir_type type = value_type(t->q->q);

	if (t->q->q->value == NETWORK_UTILIZATION)
		return (struct ir_value){ .tag = IR_V_FLOAT, .f = round(counted / 65536 * 1e4) / 1e4 };
	return ir_int(llround(type.kind == IR_TIME ? counted * t->c->m->tick_ns : counted));
}

static struct ir_value *
new_row(struct table *t, const struct collector_flow *f)
{
	struct ir_value *v = arena_array(t->arena, struct ir_value, t->q->ncolumns);

	for (uint32_t i = 0; i < t->q->nkeys; i++)
		v[i] = ir_int(collector_key(&t->q->flows, f, i));
	vec_push(t->arena, &t->rows, v);
	return v + t->q->nkeys;
}

/* --- static values ------------------------------------------------------------------------------ */

/* The hops whose values are known, and believed. */
static uint64_t
known_hops(const struct collector_query *q, const struct collector_flow *f, uint32_t values[PINT_HOPS])
{
	if (!collector_believes(q, f))
		return 0;
	if (!f->route.path)
		return pint_flow_known(q->decoder, &f->route.decoding, values);
	memcpy(values, f->route.path, f->route.hops * sizeof(*values));
	return UINT64_MAX >> (64 - f->route.hops);
}

static void
static_row(struct table *t, const struct collector_flow *f)
{
	struct ir_value *v = new_row(t, f), *items = arena_array(t->arena, struct ir_value, f->route.hops);
	uint32_t values[PINT_HOPS];
	uint64_t known = known_hops(t->q, f, values);

	for (uint32_t i = 0; i < f->route.hops; i++)
		items[i] = known >> i & 1 ? ir_int(values[i]) : IR_ABSENT;
	v[0] = (struct ir_value){ .tag = IR_V_LIST, .list = { items, f->route.hops } };
	v[1] = ir_int((ir_i128)f->packets);
	v[2] = f->route.path && known ? ir_int((ir_i128)f->route.decoded_after) : IR_ABSENT;
	v[3] = ir_int(f->route.hops);
	v[4] = ir_int(__builtin_popcountll(known));
	v[5] = ir_int(f->route.decoding.contradictions);
	v[6] = ir_int(f->route.route);
}

bool
pint_collector_is_mixed(const struct ir_result *r, uint32_t row)
{
	const struct ir_value *v = ir_result_row(r, row);
	bool contradicted = false, known = true;

	for (uint32_t i = 0; i < r->ncolumns; i++) {
		contradicted |= str_is(r->columns[i].name, "contradictions") && v[i].i > 0;
		known &= !str_is(r->columns[i].name, "known") || v[i].i > 0;
	}
	return contradicted && !known;
}

static void
static_rows(struct table *t, uint64_t epoch)
{
	struct collector_query *q = t->q;

	for (uint32_t i = 0; i < q->npast; i++)
		if (q->past[i].epoch == epoch && q->past[i].flow->route.hops)
			static_row(t, q->past[i].flow);
	for (uint32_t i = 0; i < q->flows.n; i++) {
		struct collector_flow *f = q->flows.v[i];

		if (f->untold > epoch)
			continue;
		if (f->route.hops)
			static_row(t, f);
		f->untold = f->epoch > epoch ? f->epoch : COLLECTOR_NEVER;
	}
}

static void
forget_past(struct collector_query *q, uint64_t epoch)
{
	uint32_t left = 0;

	for (uint32_t i = 0; i < q->npast; i++) {
		struct collector_past *p = &q->past[i];

		if (p->epoch > epoch) {
			q->past[left++] = *p;
			continue;
		}
		if (p->of->route.former == p->flow)
			p->of->route.former = NULL;
		collector_flow_fini(q, p->flow);
	}
	q->npast = left;
}

/* --- numbers ------------------------------------------------------------------------------------ */

/* A row for each value that is frequent at the hop. */
static void
frequent_rows(struct table *t, const struct collector_flow *f, uint32_t hop, const struct pint_recording *how, const void *values)
{
	uint64_t all = pint_recording_count(how, values, 1);
	uint32_t codes[FREQUENT_MAX], n = pint_recording_frequent(how, values, 1, t->q->q->theta, codes, FREQUENT_MAX);

	for (uint32_t i = 0; i < n; i++) {
		uint64_t below = codes[i] ? pint_recording_rank(how, values, 1, codes[i] - 1) : 0;
		uint64_t count = pint_recording_rank(how, values, 1, codes[i]) - below;
		struct ir_value *v = new_row(t, f);

		v[0] = ir_int(hop);
		v[1] = shown(t, pint_scale_value(&t->q->scale, codes[i]));
		v[2] = (struct ir_value){ .tag = IR_V_FLOAT, .f = round((double)count / (double)all * 1e4) / 1e4 };
		v[3] = ir_int((ir_i128)count);
	}
}

static void
quantile_rows(struct table *t, const struct collector_flow *f)
{
	for (uint32_t hop = 0; hop < f->quantiles.nhops; hop++) {
		const struct hop_record *h = &f->quantiles.hops[hop];
		const void *values;
		struct ir_value *v;

		if (!h->how)
			continue;
		values = collector_recorded(h, t->room);
		if (t->q->q->theta > 0) {
			frequent_rows(t, f, hop + 1, h->how, values);
			continue;
		}
		v = new_row(t, f);
		*v++ = ir_int(hop + 1);
		vec_each (p, &t->q->q->quantiles)
			*v++ = shown(t, pint_recording_value(h->how, values, 1, *p, &t->q->scale));
		*v = ir_int((ir_i128)pint_recording_count(h->how, values, 1));
	}
}

static void
fold_row(struct table *t, const struct collector_flow *f)
{
	struct ir_value *v = new_row(t, f);
	double value = (double)f->fold.best;

	*v++ = shown(t, t->q->q->kind == NETWORK_SUM ? value / (double)f->packets : value);
	if (t->q->q->is_tag)
		*v++ = ir_int(pint_scale_code(&t->q->scale, f->fold.best, 0));
	*v = ir_int((ir_i128)f->packets);
}

static void
number_rows(struct table *t, uint64_t epoch)
{
	for (uint32_t i = 0; i < t->q->flows.n; i++) {
		const struct collector_flow *f = t->q->flows.v[i];

		if (f->epoch != epoch || !f->packets)
			continue;
		if (t->q->q->kind == NETWORK_QUANTILE)
			quantile_rows(t, f);
		else
			fold_row(t, f);
	}
}

/* --- epochs ------------------------------------------------------------------------------------- */

/* By key; routes of a flow in their order. */
static int
order(const void *a, const void *b, void *user)
{
	const struct ir_value *x = *(const struct ir_value *const *)a, *y = *(const struct ir_value *const *)b;
	const struct collector_query *q = user;
	uint32_t last = q->ncolumns - 1;
	int cmp = 0;

	for (uint32_t i = 0; i < q->ncolumns && !cmp; i++)
		if (q->columns[i].is_key)
			cmp = ir_value_cmp_as(q->columns[i].type, &x[i], &y[i]);
	return cmp || q->q->kind != NETWORK_STATIC ? cmp : ir_value_cmp(&x[last], &y[last]);
}

static void
tell_epoch(struct pint_collector *c, struct collector_query *q, const struct collector_epoch *e)
{
	struct table t = { .arena = arena_make(), .c = c, .q = q };
	struct ir_result r = { .query = &q->shown, .epoch = e->number, .columns = q->columns, .ncolumns = q->ncolumns };

	t.room = arena_alloc(t.arena, q->recordings[0].bytes);
	if (q->q->kind == NETWORK_STATIC)
		static_rows(&t, e->number);
	else
		number_rows(&t, e->number);
	if (t.rows.n)
		qsort_r(t.rows.v, t.rows.n, sizeof(*t.rows.v), order, q);
	r.rows = t.rows.v;
	r.nrows = t.rows.n;
	r.info = (struct ir_epoch_info){ .absent = e->absent, .crowded = e->crowded, .lost_tuples = e->lost, .late = e->late, .restarted = e->restarted,
					 .precision = e->crowded || e->lost || e->late ? -1 : 1 };
	c->emit(c->user, &r);
	arena_free(t.arena);
}

static bool
is_gone(const struct collector_query *q, const struct collector_flow *f, uint64_t until)
{
	(void)q;
	return f->epoch < until;
}

void
collector_tell(struct pint_collector *c, struct collector_query *q, uint64_t end)
{
	uint32_t n = 0;

	while (n < q->nepochs && q->epochs[n].number < end)
		tell_epoch(c, q, &q->epochs[n++]);
	q->told = end > q->told ? end : q->told;
	if (!n)
		return;
	memmove(q->epochs, q->epochs + n, (q->nepochs - n) * sizeof(*q->epochs));
	q->nepochs -= n;
	if (q->q->kind != NETWORK_STATIC) {
		collector_forget(q, is_gone, end);
		return;
	}
	forget_past(q, end - 1);
	if (end > c->options.idle_epochs)
		collector_forget(q, is_gone, end - c->options.idle_epochs);
}
