#include "net/fabric_queries.h"

#include <stdlib.h>

#define BITS 8
#define LONGEST_NS 65536
#define FEWEST 100 /* codes of a hop, for its quantiles to be judged */
#define SWITCHES_ON_WAY FEEDBACK_HOPS

/* One flow. What it holds of latencies is empty for short flows. */
struct asked {
	struct pint_flow path;
	VEC(uint32_t) truth[SWITCHES_ON_WAY];
	VEC(uint32_t) codes[SWITCHES_ON_WAY];
};

struct fabric_queries {
	struct arena *arena;
	const struct fabric *f;
	bool is_together;
	struct pint_code path, latency;
	struct pint_scale scale;
	uint32_t room[PINT_SCALE_WORDS(BITS)];
	struct pint_decoder *decoder;
	VEC(struct asked *) flows; /* by id; NULL: no packet yet */
	VEC(uint32_t) packets;	   /* that paths took */
	uint32_t wrong_paths;
};

/* A packet's digest: the path's bits, and above them the latency's. */
static void
leaves(void *of, struct fabric_packet *p, uint32_t hop, uint32_t switch_id, uint64_t ns)
{
	struct fabric_queries *q = of;
	struct asked *flow = q->flows.v[p->flow->flow.id];
	uint32_t pid = p->note.pid, path = p->observed & 0xff, latency = p->observed >> BITS;

	if (p->flow->flow.bytes >= FABRIC_QUERIES_LONG)
		vec_push(q->arena, &flow->truth[hop - 1], (uint32_t)ns);
	path = pint_encode(&q->path, path, pid, hop, switch_id);
	latency = pint_encode(&q->latency, latency, pid, hop, pint_scale_code(&q->scale, ns, 0));
	p->observed = latency << BITS | path;
}

static bool
is_true_path(const struct fabric_queries *q, const struct asked *a, const struct fabric_flow *flow)
{
	uint32_t path[PINT_HOPS];

	pint_flow_path(q->decoder, &a->path, path);
	for (uint32_t i = 0; i + 1 < flow->links; i++)
		if (path[i] != q->f->ports[flow->path[0][i + 1]].switch_id)
			return false;
	return true;
}

static void
arrives(void *of, struct fabric_packet *p)
{
	struct fabric_queries *q = of;
	struct asked *a = q->flows.v[p->flow->flow.id];
	uint32_t hops = p->note.hops;
	uint64_t from = pint_acting(&q->latency, 0, p->note.pid, hops);

	if (!a->path.known && pint_flow_add(q->decoder, &a->path, p->note.pid, hops, p->observed & 0xff) == PINT_DECODED) {
		vec_push(q->arena, &q->packets, a->path.packets);
		q->wrong_paths += !is_true_path(q, a, p->flow);
	}
	if (p->flow->flow.bytes >= FABRIC_QUERIES_LONG && !(q->is_together && p->note.is_carried))
		vec_push(q->arena, &a->codes[__builtin_ctzll(from)], p->observed >> BITS);
}

static void
begins(void *of, const struct fabric_flow *flow)
{
	struct fabric_queries *q = of;

	while (q->flows.n <= flow->flow.id)
		vec_push(q->arena, &q->flows, NULL);
	q->flows.v[flow->flow.id] = arena_new(q->arena, struct asked);
}

struct fabric_queries *
fabric_queries_make(struct arena *a, struct fabric_options *o, bool is_together)
{
	struct fabric_queries *q = arena_new(a, struct fabric_queries);

	*q = (struct fabric_queries){ .arena = a, .is_together = is_together };
	o->observer = (struct fabric_observer){ q, begins, leaves, arrives };
	if (is_together) {
		o->extra_bytes += 2 * BITS / 8;
		o->is_inside = true;
	}
	return q;
}

bool
fabric_queries_start(struct fabric_queries *q, const struct fabric *f)
{
	struct pint_range range = { PINT_MULTIPLICATIVE, .bits = BITS, .min = 1, .max = LONGEST_NS };
	struct pint_universe all = { .n = f->topology->switches.n };
	struct pint_options options = { .max_hops = SWITCHES_ON_WAY, .simple = true, .eager = true };
	uint32_t *ids = arena_array(q->arena, uint32_t, all.n);

	for (uint32_t i = 0; i < all.n; i++)
		ids[i] = i + 1;
	all.values = ids;
	q->f = f;
	if (!pint_scale_make(&q->scale, &range, q->room) ||
	    !pint_code_make(&q->path, PINT_SEARCHED, SWITCHES_ON_WAY, BITS, 1, 0, 2) ||
	    !pint_code_make(&q->latency, PINT_BASELINE, SWITCHES_ON_WAY, BITS, 1, BITS, 3))
		return false;
	q->decoder = pint_decoder_make(&q->path, &all, &options);
	return q->decoder;
}

static int
by_value(const void *x, const void *y)
{
	const uint32_t *a = x, *b = y;

	return *a < *b ? -1 : *a > *b;
}

static uint32_t
quantile(const uint32_t *sorted, uint32_t n, uint32_t percent)
{
	return sorted[((uint64_t)n * percent + 99) / 100 - 1];
}

static double
relative_error(const struct fabric_queries *q, const struct asked *a, uint32_t hop, uint32_t percent)
{
	double truth = quantile(a->truth[hop].v, a->truth[hop].n, percent);
	double found = pint_scale_value(&q->scale, quantile(a->codes[hop].v, a->codes[hop].n, percent));

	return found > truth ? found / truth - 1 : 1 - found / truth;
}

static void
judge(struct fabric_queries *q, struct asked *a, struct fabric_answers *sum)
{
	for (uint32_t hop = 0; hop < SWITCHES_ON_WAY; hop++) {
		if (a->codes[hop].n < FEWEST)
			continue;
		qsort(a->truth[hop].v, a->truth[hop].n, sizeof(uint32_t), by_value);
		qsort(a->codes[hop].v, a->codes[hop].n, sizeof(uint32_t), by_value);
		sum->median += relative_error(q, a, hop, 50);
		sum->p99 += relative_error(q, a, hop, 99);
		sum->hops++;
	}
}

struct fabric_answers
fabric_queries_finish(struct fabric_queries *q)
{
	struct fabric_answers r = { .paths = q->packets.n, .wrong_paths = q->wrong_paths };

	vec_each(flow, &q->flows)
		if (*flow) {
			judge(q, *flow, &r);
			pint_flow_fini(&(*flow)->path);
		}
	vec_each(n, &q->packets)
		r.packets_mean += (double)*n / r.paths;
	if (r.paths) {
		qsort(q->packets.v, r.paths, sizeof(uint32_t), by_value);
		r.packets_p99 = quantile(q->packets.v, r.paths, 99);
	}
	if (r.hops) {
		r.median /= r.hops;
		r.p99 /= r.hops;
	}
	pint_decoder_free(q->decoder);
	return r;
}
