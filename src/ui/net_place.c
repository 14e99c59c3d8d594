#include "ui/net_place.h"

#include "net/route.h"
#include "ui/net.h"

static const struct span nowhere;

static bool
find_switch(struct diags *d, const char *name, struct net_place *p)
{
	p->node = net_find(p->t, str_from(name));
	if (p->node != NET_NOWHERE && !p->t->nodes.v[p->node].is_host)
		return true;
	diag_error(d, nowhere, "--switch %s: the topology has no such switch", name);
	return false;
}

bool
net_place_find(struct arena *a, struct diags *d, const struct net_place_args *args, struct net_place *ret)
{
	*ret = (struct net_place){ .node = NET_NOWHERE };
	if (!args->topology && args->node)
		diag_error(d, nowhere, "--switch %s: of which --topology?", args->node);
	if (!args->topology)
		return !args->node;
	ret->t = net_topology_load(a, d, args->topology, 1);
	if (!ret->t)
		return false;
	vec_each (l, &ret->t->links) {
		l->rate_bps = l->has_rate ? l->rate_bps : NET_RATE;
		l->delay_ns = l->has_delay ? l->delay_ns : NET_DELAY;
	}
	return !args->node || find_switch(d, args->node, ret);
}

struct pint_universe
net_place_universe(struct arena *a, const struct net_topology *t)
{
	uint32_t n = t->switches.n, *values = arena_array(a, uint32_t, n), *links = arena_array(a, uint32_t, n + 1);
	VEC(uint32_t) next = { NULL, 0, 0 };

	for (uint32_t i = 0; i < n; i++) {
		values[i] = i + 1;
		links[i] = next.n;
		vec_each (p, &t->nodes.v[t->switches.v[i]].ports) {
			const struct net_node *peer = &t->nodes.v[net_peer(t, p).node];

			if (!peer->is_host)
				vec_push(a, &next, peer->id - 1);
		}
	}
	links[n] = next.n;
	return (struct pint_universe){ .values = values, .n = n, .links = links, .next = next.v };
}

static uint64_t
host_delay(const struct net_topology *t, uint32_t host)
{
	return t->links.v[t->nodes.v[host].ports.v[0].link].delay_ns;
}

static uint64_t
path_delay(const struct net_topology *t, const uint32_t *path, uint32_t n)
{
	uint64_t delay = 0;
	uint32_t link;

	for (uint32_t hop = 1; hop < n; hop++)
		if (net_links_between(t, path[hop - 1], path[hop], &link, 1))
			delay += t->links.v[link].delay_ns;
	return delay;
}

uint64_t
net_place_round_trip(struct arena *a, const struct net_topology *t)
{
	struct net_routes *routes = net_routes_make(a, t);
	uint32_t step = t->hosts.n / 32 + 1, *path = arena_array(a, uint32_t, t->switches.n);
	uint64_t most = 0;

	for (uint32_t i = 0; i < t->hosts.n; i += step)
		for (uint32_t k = 0; k < t->hosts.n; k++) {
			uint32_t from = net_switch_of(t, t->hosts.v[k]), to = net_switch_of(t, t->hosts.v[i]);
			uint32_t n = net_path(routes, from, to, 0, path, t->switches.n);
			uint64_t delay = host_delay(t, t->hosts.v[k]) + host_delay(t, t->hosts.v[i]) + path_delay(t, path, n);

			most = 2 * delay > most ? 2 * delay : most;
		}
	return most;
}

void
net_place_commands(FILE *out, struct arena *a, const struct weave_network *n, const struct net_topology *t, uint32_t node, uint32_t mtu, uint64_t rtt_ns)
{
	const struct net_node *s = &t->nodes.v[node];
	struct weave_network_port *ports = arena_array(a, struct weave_network_port, s->ports.n + 1);

	for (uint32_t i = 0; i < s->ports.n; i++) {
		const struct net_port *p = &s->ports.v[i];

		ports[i] = (struct weave_network_port){ .number = p->number, .mtu = mtu, .is_edge = t->nodes.v[net_peer(t, p).node].is_host,
							.rate_bps = t->links.v[p->link].rate_bps };
	}
	weave_network_commands(out, n, s->id, rtt_ns, ports, s->ports.n);
}
