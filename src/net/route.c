#include "net/route.h"

#include "base/random.h"

struct net_routes {
	struct arena *arena;
	const struct net_topology *t;
	uint16_t **rows; /* by the id of the switch that paths lead to; NULL: not made yet */
	uint32_t *queue; /* of nodes */
};

struct net_routes *
net_routes_make(struct arena *a, const struct net_topology *t)
{
	struct net_routes *r = arena_new(a, struct net_routes);

	r->arena = a;
	r->t = t;
	r->rows = arena_array(a, uint16_t *, t->switches.n + 1);
	r->queue = arena_array(a, uint32_t, t->switches.n + 1);
	return r;
}

static uint32_t
id_of(const struct net_routes *r, uint32_t node)
{
	return r->t->nodes.v[node].id;
}

/* The switch behind a port, when the link is up; NET_NOWHERE. */
static uint32_t
neighbour(const struct net_routes *r, const struct net_port *p)
{
	struct net_end e = net_peer(r->t, p);

	return r->t->links.v[p->link].is_up && !r->t->nodes.v[e.node].is_host ? e.node : NET_NOWHERE;
}

/* Distances of all switches to one, by breadth. */
static uint16_t *
make_row(struct net_routes *r, uint32_t to)
{
	uint16_t *row = arena_array(r->arena, uint16_t, r->t->switches.n + 1);
	uint32_t head = 0, n = 0;

	for (uint32_t i = 0; i <= r->t->switches.n; i++)
		row[i] = NET_FAR;
	row[id_of(r, to)] = 0;
	r->queue[n++] = to;
	while (head < n) {
		uint32_t at = r->queue[head++];

		vec_each(p, &r->t->nodes.v[at].ports) {
			uint32_t next = neighbour(r, p);

			if (next == NET_NOWHERE || row[id_of(r, next)] != NET_FAR)
				continue;
			row[id_of(r, next)] = (uint16_t)(row[id_of(r, at)] + 1);
			r->queue[n++] = next;
		}
	}
	return row;
}

static const uint16_t *
row_of(struct net_routes *r, uint32_t to)
{
	uint16_t **row = &r->rows[id_of(r, to)];

	if (!*row)
		*row = make_row(r, to);
	return *row;
}

uint16_t
net_distance(struct net_routes *r, uint32_t from, uint32_t to)
{
	return row_of(r, to)[id_of(r, from)];
}

uint32_t
net_next_ports(struct net_routes *r, uint32_t at, uint32_t to, uint32_t *ret, uint32_t most)
{
	const uint16_t *row = row_of(r, to);
	uint16_t here = row[id_of(r, at)];
	uint32_t n = 0;

	if (here == NET_FAR)
		return 0;
	vec_each(p, &r->t->nodes.v[at].ports) {
		uint32_t next = neighbour(r, p);

		if (n < most && next != NET_NOWHERE && row[id_of(r, next)] + 1 == here)
			ret[n++] = p->number;
	}
	return n;
}

uint32_t
net_path(struct net_routes *r, uint32_t from, uint32_t to, uint64_t seed, uint32_t *ret, uint32_t most)
{
	struct random random;
	uint32_t at = from, n = 0;

	random_init(&random, seed, from);
	if (net_distance(r, from, to) == NET_FAR)
		return 0;
	while (n < most) {
		uint32_t ports[NET_PORTS_MAX], choices;

		ret[n++] = at;
		if (at == to)
			return n;
		choices = net_next_ports(r, at, to, ports, NET_PORTS_MAX);
		at = net_peer(r->t, net_port(r->t, at, ports[random_below(&random, choices)])).node;
	}
	return 0;
}

uint16_t
net_diameter(struct net_routes *r, uint32_t ret[2])
{
	uint16_t most = 0;

	ret[0] = ret[1] = r->t->switches.v[0];
	vec_each(to, &r->t->switches) {
		const uint16_t *row = row_of(r, *to);

		vec_each(from, &r->t->switches) {
			uint16_t d = row[id_of(r, *from)];

			if (d == NET_FAR || d <= most)
				continue;
			most = d;
			ret[0] = *from;
			ret[1] = *to;
		}
	}
	return most;
}
