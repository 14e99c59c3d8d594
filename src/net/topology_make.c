/* Generators. Names are s1, s2, ... and h1, h2, ...; links come in an order that does not change. */
#include "base/random.h"
#include "net/topology.h"

static uint32_t
new_switch(struct net_topology *t, double x, double y)
{
	uint32_t i = net_add_switch(t, str_fmt(t->arena, "s%u", t->switches.n + 1));

	t->nodes.v[i].x = x;
	t->nodes.v[i].y = y;
	return i;
}

static uint32_t
new_host(struct net_topology *t, uint32_t at_switch, double x, double y)
{
	uint32_t i = net_add_host(t, str_fmt(t->arena, "h%u", t->hosts.n + 1), at_switch);

	t->nodes.v[i].x = x;
	t->nodes.v[i].y = y;
	return i;
}

static void
join(struct net_topology *t, uint32_t a, uint32_t b)
{
	net_join(t, (struct net_end){ a, net_free_port(t, a) }, (struct net_end){ b, net_free_port(t, b) });
}

struct net_topology *
net_chain(struct arena *a, uint32_t n)
{
	struct net_topology *t = net_topology_make(a, str_fmt(a, "chain:%u", n));

	t->is_placed = true;
	for (uint32_t i = 0; i < n; i++) {
		new_switch(t, i, 0);
		new_host(t, t->switches.v[i], i, 1);
	}
	for (uint32_t i = 0; i + 1 < n; i++)
		join(t, t->switches.v[i], t->switches.v[i + 1]);
	return t;
}

/* --- Clos networks --- */

struct clos {
	struct net_topology *t;
	uint32_t pods, edges, aggregations, cores, hosts;
	uint32_t first_core;
	double width; /* of the drawing */
};

/* Evenly over the drawing's width. */
static double
spread(const struct clos *c, uint32_t i, uint32_t n)
{
	return c->width * (i + 0.5) / n;
}

static void
make_pod(struct clos *c, uint32_t pod)
{
	struct net_topology *t = c->t;
	uint32_t first_edge = t->nodes.n, all_hosts = c->pods * c->edges * c->hosts;
	uint32_t uplinks = c->aggregations ? c->cores / c->aggregations : 0;

	for (uint32_t e = 0; e < c->edges; e++)
		new_switch(t, spread(c, pod * c->edges + e, c->pods * c->edges), 2);
	for (uint32_t g = 0; g < c->aggregations; g++) {
		uint32_t up = new_switch(t, spread(c, pod * c->aggregations + g, c->pods * c->aggregations), 1);

		for (uint32_t e = 0; e < c->edges; e++)
			join(t, first_edge + e, up);
		for (uint32_t k = 0; k < uplinks; k++)
			join(t, up, c->first_core + g * uplinks + k);
	}
	for (uint32_t e = 0; e < c->edges; e++)
		for (uint32_t h = 0; h < c->hosts; h++)
			new_host(t, first_edge + e, spread(c, t->hosts.n, all_hosts), 3);
}

struct net_topology *
net_clos(struct arena *a, uint32_t pods, uint32_t edges, uint32_t aggregations, uint32_t cores, uint32_t hosts)
{
	struct str name = str_fmt(a, "clos:%u,%u,%u,%u,%u", pods, edges, aggregations, cores, hosts);
	struct clos c = { net_topology_make(a, name), pods, edges, aggregations, cores, hosts, 0, 0 };

	c.t->is_placed = true;
	c.width = pods * (edges > aggregations ? edges : aggregations);
	for (uint32_t k = 0; k < cores; k++)
		new_switch(c.t, spread(&c, k, cores), 0);
	for (uint32_t p = 0; p < pods; p++)
		make_pod(&c, p);
	return c.t;
}

/* --- graphs like those of providers --- */

/* The backbone is a row of D switches. Each other one hangs on a switch that is there already, so near to the backbone that no path gets
 * longer than D. Its rank differs by at most 1 from its neighbour's, as those along the backbone do; rings are closed only between
 * ranks that do, so no path between the backbone's ends gets shorter either. */
struct isp {
	struct net_topology *t;
	struct random random;
	uint32_t d;
	uint32_t *at, *height, *rank; /* by switch: its place on the backbone, links to there, rank */
	VEC(uint32_t) *of_rank;
	VEC(uint32_t) tips; /* may be grown on */
};

static void
put(struct isp *p, uint32_t s, uint32_t at, uint32_t height, uint32_t rank)
{
	uint32_t end = p->d - 1 - at < at ? p->d - 1 - at : at;

	p->at[s] = at;
	p->height[s] = height;
	p->rank[s] = rank;
	vec_push(p->t->arena, &p->of_rank[rank], s);
	if (height < end)
		vec_push(p->t->arena, &p->tips, s);
}

/* Mostly on what came last: providers' graphs have long chains. */
static uint32_t
choose_tip(struct isp *p)
{
	uint32_t recent = p->tips.n < 8 ? p->tips.n : 8;

	if (random_percent(&p->random, 55))
		return p->tips.v[p->tips.n - 1 - random_below(&p->random, recent)];
	return p->tips.v[random_below(&p->random, p->tips.n)];
}

static void
grow(struct isp *p)
{
	uint32_t from = choose_tip(p), rank = p->rank[from] + (uint32_t)random_below(&p->random, 3);
	uint32_t s = new_switch(p->t, 0, 0);

	rank = rank ? rank - 1 : 0;
	if (rank > p->d - 1)
		rank = p->d - 1;
	join(p->t, from, s);
	put(p, s, p->at[from], p->height[from] + 1, rank);
}

static bool
are_joined(const struct net_topology *t, uint32_t a, uint32_t b)
{
	vec_each(q, &t->nodes.v[a].ports)
		if (net_peer(t, q).node == b)
			return true;
	return false;
}

/* From an end of a chain, where there is one, to a switch of a near rank. */
static void
close_ring(struct isp *p)
{
	for (uint32_t attempt = 0; attempt < 64; attempt++) {
		uint32_t a = (uint32_t)random_below(&p->random, p->t->switches.n);
		uint32_t rank = p->rank[a] + (uint32_t)random_below(&p->random, 3), b;

		if (p->t->nodes.v[a].ports.n > 1 && attempt < 48)
			continue;
		rank = rank ? rank - 1 : 0;
		if (rank >= p->d)
			continue;
		if (!p->of_rank[rank].n)
			continue;
		b = p->of_rank[rank].v[random_below(&p->random, p->of_rank[rank].n)];
		if (a == b || are_joined(p->t, a, b) || p->t->nodes.v[b].ports.n > 6)
			continue;
		join(p->t, a, b);
		return;
	}
}

struct net_topology *
net_isp(struct arena *a, uint32_t n, uint32_t d, uint64_t seed)
{
	struct isp p = { .t = net_topology_make(a, str_fmt(a, "isp:%u,%u", n, d)), .d = d };

	random_init(&p.random, seed, n);
	p.at = arena_array(a, uint32_t, n);
	p.height = arena_array(a, uint32_t, n);
	p.rank = arena_array(a, uint32_t, n);
	p.of_rank = arena_alloc(a, sizeof(*p.of_rank) * d);
	for (uint32_t i = 0; i < d; i++) {
		new_switch(p.t, 0, 0);
		put(&p, i, i, 0, i);
		if (i)
			join(p.t, i - 1, i);
	}
	while (p.t->switches.n < n)
		grow(&p);
	for (uint32_t i = 0; n > d && i < n / 5; i++)
		close_ring(&p);
	for (uint32_t i = 0; i < n; i++)
		new_host(p.t, i, 0, 0);
	return p.t;
}
