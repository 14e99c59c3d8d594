/* network_expect.c - what to expect of a query over network(), before anything has run: paths are decoded, of flows that take paths of
 * different switches in any order; the marks of codes say how wrong they may be. */
#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/random.h"
#include "plan/network_inside.h"

#define TRIALS 200
#define PACKETS_MAX 5000 /* of a flow */

struct trial {
	const struct pint_code *code;
	struct pint_decoder *decoder;
	uint32_t hops, nvalues, *values;
	struct random random;
	uint32_t pid;
};

/* The first hops' values of a random order. */
static void
draw_path(struct trial *t, uint32_t *path)
{
	for (uint32_t i = 0; i < t->hops; i++) {
		uint32_t k = i % t->nvalues + (uint32_t)random_below(&t->random, t->nvalues - i % t->nvalues);
		uint32_t swap = t->values[k];

		t->values[k] = t->values[i % t->nvalues];
		path[i] = t->values[i % t->nvalues] = swap;
	}
}

static uint32_t
packets_needed(struct trial *t)
{
	struct pint_flow flow = { 0 };
	uint32_t path[PINT_HOPS], n = 0;

	draw_path(t, path);
	while (!flow.known && n < PACKETS_MAX) {
		uint32_t pid = pint_mix(++t->pid), digest = 0;

		for (uint32_t hop = 1; hop <= t->hops; hop++)
			digest = pint_encode(t->code, digest, pid, hop, path[hop - 1]);
		pint_flow_add(t->decoder, &flow, pid, t->hops, digest);
		n++;
	}
	pint_flow_fini(&flow);
	return n;
}

static int
ascending(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static void
expect_path(const struct plan_network *p, const struct network_query *q, uint32_t switches, struct plan_network_expect *ret)
{
	bool hashed = !q->path.fragments, ids = q->value == NETWORK_SWITCH_ID;
	struct trial t = { .code = &q->path, .hops = p->hops > PINT_HOPS ? PINT_HOPS : p->hops, .nvalues = ids ? switches : 1u << (q->value_bits > 12 ? 12 : q->value_bits) };
	struct pint_options options = { .eager = true };
	struct pint_universe u = { .n = t.nvalues };
	uint32_t needed[TRIALS];

	t.values = alloc(t.nvalues, sizeof(*t.values));
	for (uint32_t i = 0; i < t.nvalues; i++)
		t.values[i] = i + ids;
	u.values = t.values;
	t.decoder = pint_decoder_make(t.code, hashed ? &u : NULL, &options);
	random_init(&t.random, 1, 1);
	for (uint32_t i = 0; t.decoder && i < TRIALS; i++) {
		needed[i] = packets_needed(&t);
		ret->packets += needed[i] / (TRIALS * q->frequency);
	}
	if (t.decoder) {
		qsort(needed, TRIALS, sizeof(*needed), ascending);
		ret->most_packets = needed[TRIALS * 99 / 100] / q->frequency;
		pint_decoder_free(t.decoder);
	}
	free(t.values);
}

static void
expect_number(struct arena *a, const struct plan_network *p, const struct network_query *q, struct plan_network_expect *ret)
{
	struct pint_scale s;

	if (pint_scale_make(&s, &q->range, arena_array(a, uint32_t, PINT_SCALE_WORDS(q->range.bits))))
		ret->error = pint_scale_error(&s).relative;
	ret->packets = (q->kind == NETWORK_QUANTILE ? p->hops / (double)q->copies : 1) / q->frequency;
}

struct plan_network_expect
plan_network_expect(struct arena *a, const struct plan_network *p, uint32_t query, uint32_t switches)
{
	const struct network_query *q = &p->plan.queries.v[query];
	struct plan_network_expect ret = { .switches = switches ? switches : PLAN_NETWORK_SWITCHES };

	if (q->kind == NETWORK_STATIC)
		expect_path(p, q, ret.switches, &ret);
	else
		expect_number(a, p, q, &ret);
	return ret;
}
