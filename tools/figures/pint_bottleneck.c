/* pint_bottleneck.c - which link of its way holds a flow back? What CSIG's tags and PINT's digests say of it after some packets of a flow, in
 * one simulated fabric (32 hosts, WebSearch's flows, HPCC fed by CSIG). Usage: pint_bottleneck MILLISECONDS
 *
 * The bottleneck is the link with the greatest mean utilisation over these packets. It is told by
 *
 *	csig	4 bytes: each packet names the busiest link; the one that was named most often
 *	pint	1 byte: each packet tells one link's utilisation, each as likely; the greatest mean of those heard of
 *	int	42 bytes: each packet tells all of it, so the answer is the truth
 *
 * Prints CSV: load, packets, flows with so many, and for either the share of flows of which the right link is told (`right`), and by how much
 * of it the link that is told is less busy than the bottleneck, on average (`less`). Flows to hosts of the same switch are left out.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "net/fabric.h"

#define BITS 8
#define GBPS UINT64_C(1000000000)
#define LOOKS 10 /* after 1, 2, 4, ... 512 packets */

/* By hop of a flow. */
struct seen {
	uint32_t packets;
	double use[FEEDBACK_HOPS]; /* sums: true ones, */
	uint32_t named[FEEDBACK_HOPS];
	double told[FEEDBACK_HOPS]; /* and of those that PINT told */
	uint32_t tellings[FEEDBACK_HOPS];
};

struct answers {
	uint32_t flows, right[2];
	double less[2];
};

enum { CSIG, PINT };

struct watch {
	struct arena *a;
	struct fabric *f;
	struct pint_code code;
	struct pint_scale scale;
	uint32_t room[PINT_SCALE_WORDS(BITS)];
	VEC(struct seen *) flows; /* by id */
	struct answers answers[LOOKS];
};

static void
begins(void *of, const struct fabric_flow *flow)
{
	struct watch *w = of;

	while (w->flows.n <= flow->flow.id)
		vec_push(w->a, &w->flows, NULL);
	w->flows.v[flow->flow.id] = arena_new(w->a, struct seen);
	*w->flows.v[flow->flow.id] = (struct seen){ 0 };
}

static void
leaves(void *of, struct fabric_packet *p, uint32_t hop, uint32_t switch_id, uint64_t ns)
{
	struct watch *w = of;
	uint64_t use = w->f->ports[p->flow->path[0][hop]].feedback.load.use;
	uint32_t coin = pint_hash(5, p->note.pid, hop), load = (uint32_t)(use >> 16);

	(void)switch_id;
	(void)ns;
	w->flows.v[p->flow->flow.id]->use[hop - 1] += load;
	p->observed = pint_encode(&w->code, p->observed, p->note.pid, hop, pint_scale_code(&w->scale, load, coin));
}

static uint32_t
greatest(const double *v)
{
	uint32_t best = 0;

	for (uint32_t i = 1; i < FEEDBACK_HOPS; i++)
		if (v[i] > v[best])
			best = i;
	return best;
}

static void
judge(struct answers *a, const struct seen *s)
{
	double named[FEEDBACK_HOPS], told[FEEDBACK_HOPS];
	uint32_t truth = greatest(s->use), said[2];

	for (uint32_t i = 0; i < FEEDBACK_HOPS; i++) {
		named[i] = s->named[i];
		told[i] = s->tellings[i] ? s->told[i] / s->tellings[i] : -1;
	}
	said[CSIG] = greatest(named);
	said[PINT] = greatest(told);
	a->flows++;
	for (uint32_t i = 0; i < 2; i++) {
		a->right[i] += said[i] == truth;
		a->less[i] += 1 - s->use[said[i]] / s->use[truth];
	}
}

static void
arrives(void *of, struct fabric_packet *p)
{
	struct watch *w = of;
	struct seen *s = w->flows.v[p->flow->flow.id];
	uint32_t hop = (uint32_t)__builtin_ctzll(pint_acting(&w->code, 0, p->note.pid, p->note.hops));

	if (p->note.hops < 2)
		return;
	s->packets++;
	s->named[p->note.locator - 1]++;
	s->told[hop] += (double)pint_scale_value(&w->scale, p->observed);
	s->tellings[hop]++;
	for (uint32_t i = 0; i < LOOKS; i++)
		if (s->packets == 1u << i)
			judge(&w->answers[i], s);
}

static struct net_topology *
make_topology(struct arena *a)
{
	struct net_topology *t = net_clos(a, 2, 2, 2, 4, 8);

	vec_each (l, &t->links) {
		bool is_edge = t->nodes.v[l->end[0].node].is_host || t->nodes.v[l->end[1].node].is_host;

		l->rate_bps = (is_edge ? 100 : 400) * GBPS;
		l->delay_ns = 1000;
	}
	return t;
}

static void
measure(uint32_t load_permille, uint64_t ps)
{
	struct arena *a = arena_make();
	struct watch *w = arena_new(a, struct watch);
	struct pint_range range = PINT_LOAD_RANGE(BITS);
	struct fabric_options o = { .feedback = FEEDBACK_CSIG, .observer = { w, begins, leaves, arrives } };
	struct flows flows;
	struct str nearest;
	const char *why;

	*w = (struct watch){ .a = a, .f = fabric_make(a, make_topology(a), &o, &why) };
	if (!w->f || !pint_scale_make(&w->scale, &range, w->room) || !pint_code_make(&w->code, PINT_BASELINE, FEEDBACK_HOPS, BITS, 1, BITS, 3))
		abort();
	flows_init(&flows, flow_sizes_find(STR("websearch"), &nearest), w->f->topology->hosts.n, fabric_line_bps(w->f), load_permille, ps, 1);
	fabric_feed(w->f, &flows);
	fabric_run(w->f, UINT64_MAX);
	for (uint32_t i = 0; i < LOOKS; i++) {
		const struct answers *n = &w->answers[i];

		printf("%.1f,%u,%u,%.4f,%.4f,%.4f,%.4f\n", load_permille / 1000.0, 1u << i, n->flows, (double)n->right[CSIG] / n->flows,
		       n->less[CSIG] / n->flows, (double)n->right[PINT] / n->flows, n->less[PINT] / n->flows);
	}
	arena_free(a);
}

int
main(int argc, char **argv)
{
	unsigned long ms = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;

	if (!ms || ms > 10000) {
		fprintf(stderr, "usage: pint_bottleneck MILLISECONDS\n");
		return 2;
	}
	puts("load,packets,flows,csig_right,csig_less,pint_right,pint_less");
	measure(500, ms * UINT64_C(1000000000));
	measure(700, ms * UINT64_C(1000000000));
	return 0;
}
