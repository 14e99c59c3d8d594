/* net_entries.c - routes for programs that nobody gave entries: any program with a table that has an IPv4 address as its only key, matched by prefix, and
 * an action which takes a port (9 bits) and perhaps the next hop's address (48 bits). programs/forward.p4 also spreads flows over all shortest paths. */
#include <inttypes.h>
#include <stdio.h>

#include "ui/net.h"

struct port_set {
	uint32_t first, n;
};

struct writer {
	FILE *out;
	const struct net *net;
	struct net_routes *routes;
	const struct ps_program *program;
	const struct net_node *node;
	uint32_t at;
	const struct ps_table_info *table;
	const struct ps_action_info *forward;
	bool spreads;
	VEC(uint32_t) members; /* ports, set after set */
	VEC(struct port_set) sets;
};

/* Takes a port, and nothing that we can't tell. */
static bool
is_forward(const struct ps_action_info *a)
{
	bool has_port = false;

	for (uint32_t i = 0; i < a->nparams; i++) {
		if (a->params[i].width != 9 && a->params[i].width != 48)
			return false;
		has_port |= a->params[i].width == 9;
	}
	return has_port && a->nparams <= 2;
}

static bool
find_table(struct writer *w)
{
	const struct ps_program *p = w->program;

	for (uint32_t i = 0; i < p->ntables; i++) {
		const struct ps_table_info *t = &p->tables[i];

		if (t->nkeys != 1 || t->keys[0].match != PS_LPM || t->keys[0].width != 32 || t->const_entries)
			continue;
		for (uint32_t k = 0; k < t->nactions; k++) {
			if (!is_forward(&p->actions[t->actions[k]]))
				continue;
			w->table = t;
			w->forward = &p->actions[t->actions[k]];
			return true;
		}
	}
	return false;
}

static uint64_t
next_mac(const struct writer *w, uint32_t port)
{
	struct net_end peer = net_peer(w->net->t, net_port(w->net->t, w->at, port));
	const struct net_node *n = &w->net->t->nodes.v[peer.node];

	return n->is_host ? n->mac : UINT64_C(0x080000000000) | (uint64_t)n->id << 8;
}

static void
write_forward(struct writer *w, uint32_t port)
{
	uint64_t mac = next_mac(w, port);

	for (uint32_t i = 0; i < w->forward->nparams; i++)
		if (w->forward->params[i].width == 9)
			fprintf(w->out, " %" PRIu32, port);
		else
			fprintf(w->out, " 0x%012" PRIx64, mac);
	fputc('\n', w->out);
}

/* Where the set's members begin; it is added when it is new. */
static uint32_t
set_of(struct writer *w, const uint32_t *ports, uint32_t n)
{
	struct arena *a = w->net->arena;
	uint32_t first = w->members.n;

	vec_each(s, &w->sets)
		if (s->n == n && memcmp(w->members.v + s->first, ports, n * sizeof(*ports)) == 0)
			return s->first;
	for (uint32_t i = 0; i < n; i++)
		vec_push(a, &w->members, ports[i]);
	vec_push(a, &w->sets, (struct port_set){ first, n });
	for (uint32_t i = 0; i < n; i++) {
		fprintf(w->out, "table_add ForwardIngress.members ForwardIngress.forward %u =>", first + i);
		write_forward(w, ports[i]);
	}
	return first;
}

static void
write_route(struct writer *w, const struct net_node *host, uint32_t home)
{
	uint32_t ports[NET_PORTS_MAX], n, first = 0;

	if (home == w->at) {
		ports[0] = net_peer(w->net->t, &host->ports.v[0]).port;
		n = w->net->t->links.v[host->ports.v[0].link].is_up;
	} else {
		n = net_next_ports(w->routes, w->at, home, ports, NET_PORTS_MAX);
	}
	if (!n)
		return;
	if (n > 1 && w->spreads)
		first = set_of(w, ports, n);
	fprintf(w->out, "table_add %s %s %u.%u.%u.%u/32 =>", w->table->name,
		n > 1 && w->spreads ? "ForwardIngress.spread" : w->forward->name, host->ip >> 24, host->ip >> 16 & 255,
		host->ip >> 8 & 255, host->ip & 255);
	if (n > 1 && w->spreads)
		fprintf(w->out, " %u %u 0x%08x\n", first, n, w->node->id * 0x9e3779b1u);
	else
		write_forward(w, ports[0]);
}

void
net_routes_write(FILE *out, struct diags *d, const struct net *net, struct net_routes *r, const struct net_switch *s)
{
	struct writer w = { .out = out, .net = net, .routes = r, .program = sw_program(s->soft.sw), .at = s->node };

	w.node = &net->t->nodes.v[s->node];
	w.spreads = net->is_default;
	if (!find_table(&w)) {
		if (w.node->id == 1 && !s->run->is_plain) /* once */
			diag_warn(d, (struct span){ 0, 0 }, "no entries for switch %.*s, and no table of the program's is one of routes",
				  STRA(w.node->name));
		return;
	}
	fprintf(out, "table_clear %s\n%s", w.table->name, w.spreads ? "table_clear ForwardIngress.members\n" : "");
	vec_each(h, &net->t->hosts)
		write_route(&w, &net->t->nodes.v[*h], net_switch_of(net->t, *h));
}
