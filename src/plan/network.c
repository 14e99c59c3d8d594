#include "plan/network.h"

#include <inttypes.h>

#include "plan/network_inside.h"

#define DEFAULT_HOPS 8

static uint64_t
share_of(struct ir_net_fraction f)
{
	return (((uint64_t)f.num << 32) + f.den - 1) / f.den;
}

/* --- sets ----------------------------------------------------------------------------------------- */

static bool
find_mix(struct arena *a, struct diags *d, struct plan_network *p, struct plan_network_mix *mix, uint32_t *ret)
{
	const struct ir_network *n = p->network;
	struct plan_network_need needs[IR_NETWORK_QUERIES];
	uint32_t errors = diag_errors(d);

	for (uint32_t q = 0; q < n->queries.n; q++) {
		const struct ir_net_query *query = n->queries.v[q];

		needs[q].bits = query->bits * (query->copies ? query->copies : 1);
		needs[q].share = share_of(query->frequency);
		if (needs[q].bits > n->budget) {
			diag_error(d, query->bits_at, "'%.*s' takes %u bits of a packet, and the budget is %u", STRA(query->name),
				   needs[q].bits, n->budget);
			if (n->budget_at.begin != query->at.begin)
				diag_note(d, n->budget_at, "the budget");
			if (query->is_tag)
				diag_hint(d, "a tag takes 4 bytes: 'budget 32 bits' allows it; or ask for bits, .bits(8), without the place");
		}
	}
	if (diag_errors(d) > errors)
		return false;
	*ret = plan_network_mix(a, needs, n->queries.n, n->budget, mix);
	if (!*ret)
		plan_network_refuse(a, d, n, needs);
	return *ret > 0;
}

static uint32_t
bits_of(const struct plan_network *p, uint32_t q)
{
	return p->plan.queries.v[q].bits * p->plan.queries.v[q].copies;
}

static uint32_t
bits_of_set(const struct plan_network *p, uint32_t members)
{
	uint32_t bits = 0;

	for (uint32_t q = 0; q < p->plan.queries.n; q++)
		bits += members >> q & 1 ? bits_of(p, q) : 0;
	return bits;
}

/* Is there room for one more copy in all sets that the query is in? */
static bool
has_room(const struct plan_network *p, const struct plan_network_mix *mix, uint32_t n, uint32_t q)
{
	for (uint32_t i = 0; i < n; i++)
		if (mix[i].members >> q & 1 && bits_of_set(p, mix[i].members) + p->plan.queries.v[q].bits > p->plan.budget)
			return false;
	return true;
}

/* Bits that are left over become copies, one for each query in turn: each is as good as another packet. */
static void
add_copies(struct plan_network *p, const struct plan_network_mix *mix, uint32_t n)
{
	for (uint32_t copies = 2; copies <= IR_NETWORK_COPIES; copies++)
		for (uint32_t q = 0; q < p->plan.queries.n; q++) {
			const struct ir_net_query *query = p->network->queries.v[q];

			if (!query->copies && query->kind <= IR_NET_QUANTILE && p->plan.queries.v[q].copies == copies - 1 &&
			    has_room(p, mix, n, q))
				p->plan.queries.v[q].copies = copies;
		}
}

/* --- places in the digest ----------------------------------------------------------------------------- */

static bool
meet(const struct plan_network_mix *mix, uint32_t n, uint32_t a, uint32_t b)
{
	for (uint32_t i = 0; i < n; i++)
		if (mix[i].members >> a & 1 && mix[i].members >> b & 1)
			return true;
	return false;
}

/* The lowest place for query q where it meets none of those before it. */
static uint32_t
lowest(const struct plan_network *p, const struct plan_network_mix *mix, uint32_t n, uint32_t q, const uint32_t *lo)
{
	uint32_t at = 0;

	for (uint32_t i = 0; i < q; i++)
		if (meet(mix, n, i, q) && at < lo[i] + bits_of(p, i) && lo[i] < at + bits_of(p, q)) {
			at = lo[i] + bits_of(p, i);
			i = UINT32_MAX; /* from the start: others may be in the way there */
		}
	return at;
}

/* A query keeps its place in all sets where that can be; else each set is filled by itself. */
static void
place(struct arena *a, struct plan_network *p, const struct plan_network_mix *mix, uint32_t n)
{
	uint32_t lo[IR_NETWORK_QUERIES];
	bool same = true;

	for (uint32_t q = 0; q < p->plan.queries.n; q++) {
		lo[q] = lowest(p, mix, n, q, lo);
		same &= lo[q] + bits_of(p, q) <= p->plan.budget;
	}
	for (uint32_t i = 0; i < n; i++) {
		uint32_t at = 0;

		for (uint32_t q = 0; q < p->plan.queries.n; q++) {
			struct network_part part = { q, same ? lo[q] : at };

			if (!(mix[i].members >> q & 1))
				continue;
			vec_push(a, &p->plan.sets.v[i].parts, part);
			at += bits_of(p, q);
		}
	}
}

static void
make_sets(struct arena *a, struct plan_network *p, const struct plan_network_mix *mix, uint32_t n)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < n; i++) {
		struct network_set set = { .last = (uint32_t)((sum += mix[i].share) - 1) };

		vec_push(a, &p->plan.sets, set);
	}
	place(a, p, mix, n);
	for (uint32_t q = 0; q < p->plan.queries.n; q++) {
		const struct ir_net_fraction f = p->network->queries.v[q]->frequency;
		struct plan_network_share share = { (double)f.num / f.den, 0 };
		uint64_t got = 0;

		for (uint32_t i = 0; i < n; i++)
			got += mix[i].members >> q & 1 ? mix[i].share : 0;
		share.got = (double)got / 4294967296.0;
		p->plan.queries.v[q].frequency = share.got;
		vec_push(a, &p->shares, share);
	}
}

/* --- queries ---------------------------------------------------------------------------------------- */

/* The manifest has these words in the same order. */
_Static_assert((int)NETWORK_SUM == (int)IR_NET_SUM && (int)NETWORK_FIELD == (int)IR_NET_FIELD, "enums differ");

static struct network_query
describe(struct arena *a, const struct ir_net_query *q)
{
	struct network_query ret = {
		.name = q->name, .kind = (enum network_kind)q->kind, .value = (enum network_value)q->value, .filter = -1, .number = q->index + 1,
		.theta = q->theta, .value_name = q->value_text, .value_type = str_from(ir_kind_name(q->type.kind)), .is_tag = q->is_tag, .bits = q->bits, .copies = q->copies ? q->copies : 1, .space = q->space, .window_ns = q->window_ns,
	};

	for (uint32_t i = 0; i < q->nquantiles; i++)
		vec_push(a, &ret.quantiles, q->quantiles[i]);
	return ret;
}

static bool
check_fields(struct diags *d, const struct plan_program *p, const struct ir_net_query *q, const struct ir_expr *e, bool *seen)
{
	if (!e || seen[e->id])
		return true;
	seen[e->id] = true;
	if (e->op == IR_FIELD) {
		uint32_t field = e->field->kind == IR_F_HEADER ? e->field->field : PLAN_NETWORK_VALIDITY;

		if (!plan_network_changes(p, e->field->header, field))
			return true;
		diag_error(d, q->filter_at, "the program may change '%.*s' on the way: switches would not agree on which packets this holds for",
			   STRA(str_sub(e->field->text, 0, e->field->text.n - 3))); /* _in */
		return false;
	}
	return check_fields(d, p, q, e->a, seen) && check_fields(d, p, q, e->b, seen);
}

static bool
add_queries(struct arena *a, struct diags *d, const struct plan_program *program, struct plan_network *p)
{
	bool ok = true;

	vec_each (q, &p->network->queries) {
		ok &= plan_network_has_space(d, *q);
		if ((*q)->filter)
			ok &= check_fields(d, program, *q, (*q)->filter, arena_array(a, bool, (*q)->filter->id + 1));
		vec_push(a, &p->plan.queries, describe(a, *q));
	}
	return ok;
}

struct plan_network *
plan_network_make(struct arena *a, struct diags *d, const struct ir_network *n, const struct plan_program *program,
		  const struct plan_network_options *o)
{
	struct plan_network *p = arena_new(a, struct plan_network);
	struct plan_network_mix mix[PLAN_NETWORK_MIX];
	uint32_t nsets = 0;
	bool ok;

	p->network = n;
	p->hops = o && o->hops ? o->hops : DEFAULT_HOPS;
	p->plan.budget = n->budget;
	p->plan.ethertype = o && o->ethertype ? o->ethertype : NETWORK_ETHERTYPE;
	ok = plan_network_identity(a, d, program, p);
	ok &= add_queries(a, d, program, p);
	ok &= find_mix(a, d, p, mix, &nsets);
	if (!ok)
		return NULL;
	add_copies(p, mix, nsets);
	make_sets(a, p, mix, nsets);
	for (uint32_t q = 0; q < n->queries.n; q++)
		ok &= plan_network_code(a, d, n->queries.v[q], program, p->hops, &p->plan.queries.v[q]);
	if (!ok)
		return NULL;
	p->plan.plan = o && o->plan ? o->plan : plan_network_number(p);
	return p;
}

/* --- for others ------------------------------------------------------------------------------------- */

static uint32_t
number_of(const struct ir_network *n, const struct ir_field *f)
{
	for (uint32_t i = 0; i < n->fields.n; i++)
		if (n->fields.v[i] == f)
			return i;
	bug("a flow's field is not among those of the reports");
}

void
plan_network_describe(struct arena *a, const struct plan_network *p, const struct ir_graph *g, struct manifest_network *ret)
{
	const struct ir_network *n = g->network;

	if (!n || n->queries.n != p->plan.queries.n)
		bug("a graph with other queries over network()");
	*ret = p->plan;
	memset(&ret->fields, 0, sizeof(ret->fields));
	memset(&ret->queries, 0, sizeof(ret->queries));
	vec_each (f, &n->fields)
		vec_push(a, &ret->fields, (*f)->index);
	vec_each (q, &n->queries) {
		struct network_query out = p->plan.queries.v[(*q)->index];

		out.filter = (*q)->filter ? (int32_t)(*q)->filter->id : -1;
		vec_each (k, &(*q)->flow) {
			struct network_flow_key key = { .name = k->name };

			for (uint32_t i = 0; i < k->nfields; i++)
				vec_push(a, &key.fields, number_of(n, k->fields[i]));
			vec_push(a, &out.flow, key);
		}
		vec_push(a, &ret->queries, out);
	}
}

void
plan_network_print(FILE *out, const struct plan_network *p)
{
	uint64_t before = 0;

	fprintf(out, "network budget %u hops %u plan %u\n", p->plan.budget, p->hops, p->plan.plan);
	vec_each (id, &p->identity)
		fprintf(out, "  identity %.*s %u\n", STRA(id->text), id->width);
	vec_each (q, &p->plan.queries)
		fprintf(out, "  query %.*s bits %u%s copies %u asked %.9g got %.9g\n", STRA(q->name), q->bits, q->is_tag ? " csig" : "", q->copies,
			p->shares.v[q->number - 1].asked, q->frequency);
	vec_each (s, &p->plan.sets) {
		fprintf(out, "  set %.9g", (double)((uint64_t)s->last + 1 - before) / 4294967296.0);
		before = (uint64_t)s->last + 1;
		vec_each (part, &s->parts)
			fprintf(out, " %.*s@%u", STRA(p->plan.queries.v[part->query].name), part->lo);
		fputc('\n', out);
	}
}
